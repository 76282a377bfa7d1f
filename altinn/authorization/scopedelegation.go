package authorization

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mpe/altinn/problem"
	"mpe/altinn/resource"
	"mpe/oauth/org"
)

// ScopeDelegation lets a supplier use some of Maskinporten's scopes on behalf of a consumer: those that a resource of the
// type MaskinportenSchema stands for.
type ScopeDelegation struct {
	Resource string     `json:"resource"`
	Consumer org.Number `json:"consumer"` // who delegates
	Supplier org.Number `json:"supplier"` // to whom
	Created  time.Time  `json:"created,omitzero"`
}

// ScopeDelegations answers Maskinporten and the owners of scopes, as Altinn's delegation look-up does.
type ScopeDelegations struct {
	Store   ScopeDelegationStore
	Parties Parties
}

// ScopeDelegationStore is where scope delegations are kept, with the resources that they are of.
type ScopeDelegationStore interface {
	// ScopeDelegations are all, and ScopeDelegationsOf a consumer's, in no order. None is no error.
	ScopeDelegations(ctx context.Context) ([]*ScopeDelegation, error)
	ScopeDelegationsOf(ctx context.Context, consumer org.Number) ([]*ScopeDelegation, error)

	// Resource gives resource.ErrNotFound when there is none with the id.
	Resource(ctx context.Context, id string) (*resource.Resource, error)
}

// Delegated tells whether the consumer has delegated the scope to the supplier.
func (d *ScopeDelegations) Delegated(
	ctx context.Context, scope string, consumer, supplier org.Number,
) (bool, error) {
	found, err := d.find(ctx, ScopeQuery{Scope: scope, Consumer: consumer, Supplier: supplier})
	if err != nil {
		return false, fmt.Errorf("delegation of %s from %s to %s: %w", scope, consumer, supplier, err)
	}
	return len(found) > 0, nil
}

// ScopeQuery is which delegations are wanted. What is empty does not matter.
type ScopeQuery struct {
	Scope              string
	Consumer, Supplier org.Number
}

// DelegatedScopes is a delegation with the scopes that it is of.
type DelegatedScopes struct {
	ScopeDelegation
	SchemeID string // the delegation scheme of the resource; empty: it has none
	Scopes   []string
}

// LookUp is the delegations that are wanted. Whoever is no administrator has to name a scope that begins with a prefix
// of its own.
func (d *ScopeDelegations) LookUp(
	ctx context.Context, q ScopeQuery, admin bool, prefixes []string,
) ([]DelegatedScopes, error) {
	if !admin {
		if err := owns(q.Scope, prefixes); err != nil {
			return nil, err
		}
	}
	if q == (ScopeQuery{}) {
		return nil, &problem.Plain{Kind: problem.BadRequest, Type: rfc7231 + "6.5.1",
			Title: "Missing query parameters; provide at least one of: scope, supplierOrg, consumerOrg",
			Why:   "The query names neither scope nor supplierOrg nor consumerOrg. supplier_org and consumer_org are not read."}
	}
	if err := d.valid(q); err != nil {
		return nil, err
	}
	return d.find(ctx, q)
}

// rfc7231 is where this component of Altinn says that statuses are described.
const rfc7231 = "https://tools.ietf.org/html/rfc7231#section-"

func owns(scope string, prefixes []string) error {
	switch {
	case scope == "":
		return notAuthorized("Not authorized for lookup of delegations without specifying parameter: scope",
			"The query names no scope. Only the scope altinn:maskinporten/delegations.admin may leave it out.")
	case !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(scope, p+":") }):
		return notAuthorized("Not authorized for lookup of delegations for the scope: "+scope,
			fmt.Sprintf("The scope begins with none of the caller's prefixes (the claim consumer_prefix): %s.",
				cmp.Or(strings.Join(prefixes, ", "), "the token has none")))
	default:
		return nil
	}
}

func notAuthorized(title, why string) error {
	return &problem.Plain{Kind: problem.Forbidden, Type: rfc7231 + "6.5.3", Title: title, Why: why}
}

// valid wants both organisations to be ones.
func (d *ScopeDelegations) valid(q ScopeQuery) error {
	var wrong problem.Malformed
	named := [...]struct {
		name   string
		number org.Number
	}{{"supplierOrg", q.Supplier}, {"consumerOrg", q.Consumer}}
	for _, n := range named {
		if _, err := org.Parse(string(n.number)); n.number != "" && err != nil {
			wrong.Fields = append(wrong.Fields, problem.Field{Name: n.name, Message: n.name + " is not a valid organization number"})
		}
	}
	if wrong.Fields != nil {
		return &wrong
	}
	for _, n := range named {
		if _, known := d.Parties.Organisation(n.number); n.number != "" && !known {
			text := fmt.Sprintf("The specified %s: %s, is not a valid organization number (Parameter '%[1]s')", n.name, n.number)
			return &problem.Plain{Kind: problem.BadRequest, Text: text,
				Why: fmt.Sprintf("The party register does not know the organisation %s.", n.number)}
		}
	}
	return nil
}

// find is the delegations, in the order of consumer, supplier and resource.
func (d *ScopeDelegations) find(ctx context.Context, q ScopeQuery) ([]DelegatedScopes, error) {
	all := d.Store.ScopeDelegations
	if q.Consumer != "" {
		all = func(ctx context.Context) ([]*ScopeDelegation, error) {
			return d.Store.ScopeDelegationsOf(ctx, q.Consumer)
		}
	}
	delegations, err := all(ctx)
	if err != nil {
		return nil, err
	}
	found := []DelegatedScopes{}
	for _, one := range delegations {
		if q.Supplier != "" && one.Supplier != q.Supplier {
			continue
		}
		r, err := d.Store.Resource(ctx, one.Resource)
		if errors.Is(err, resource.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		scopes := r.Scopes()
		if r.Type != resource.MaskinportenSchema || q.Scope != "" && !slices.Contains(scopes, q.Scope) {
			continue
		}
		found = append(found, DelegatedScopes{*one, r.SchemeID(), scopes})
	}
	slices.SortFunc(found, func(a, b DelegatedScopes) int {
		return cmp.Or(cmp.Compare(a.Consumer, b.Consumer), cmp.Compare(a.Supplier, b.Supplier), cmp.Compare(a.Resource, b.Resource))
	})
	return found, nil
}

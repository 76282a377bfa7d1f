package authorization

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"mpe/altinn/party"
	"mpe/altinn/problem"
	"mpe/altinn/resource"
	"mpe/oauth/org"
)

// Supplier is an organisation that a consumer can delegate scopes to. Without it there are no delegations.
type Supplier struct {
	ID       string     `json:"id"` // a UUID: that of the assignment
	Consumer org.Number `json:"consumer"`
	Supplier org.Number `json:"supplier"`
	Created  time.Time  `json:"created,omitzero"`
}

// Suppliers is where consumers look after whom they have delegated scopes to, and suppliers what they have been given.
type Suppliers struct {
	Store   SupplierStore
	Parties Parties

	Now   func() time.Time
	NewID func() string // a UUID
}

// SupplierStore is where suppliers and scope delegations are.
type SupplierStore interface {
	SupplierReader

	// ChangeSuppliers runs change on one state of the store, and stores what it puts, all or nothing. It can run more
	// than once.
	ChangeSuppliers(ctx context.Context, change func(SupplierWriter) error) error
}

// SupplierReader is what can be read of them. Suppliers are all, in no order; none is no error.
type SupplierReader interface {
	ScopeDelegationStore
	Suppliers(ctx context.Context) ([]*Supplier, error)
}

// SupplierWriter stores them, each in place of the one between the same parties. What is removed and not there is no
// error.
type SupplierWriter interface {
	SupplierReader
	PutSupplier(ctx context.Context, s *Supplier) error
	RemoveSupplier(ctx context.Context, s *Supplier) error
	PutScopeDelegation(ctx context.Context, d *ScopeDelegation) error
	RemoveScopeDelegation(ctx context.Context, d *ScopeDelegation) error
}

// Ends are the two organisations of a delegation. One that is empty stands for all.
type Ends struct{ Consumer, Supplier org.Number }

func (e Ends) of(consumer, supplier org.Number) bool {
	return (e.Consumer == "" || e.Consumer == consumer) && (e.Supplier == "" || e.Supplier == supplier)
}

// Owner is the organisation with the UUID, on whose behalf the person may manage access, or a refusal.
func (s *Suppliers) Owner(uuid string, by *party.Person) (*party.Party, error) {
	p, known := s.Parties.ByUUID(uuid)
	if !known || p.Number == "" {
		return nil, noParty(fmt.Sprintf("No organisation has the partyUuid %s.", uuid))
	}
	if !by.ManagesAccess(p.Number) {
		return nil, problem.Refuse(problem.Forbidden, fmt.Sprintf("%s may not manage access on behalf of %s.", by.Name, p.Number))
	}
	return p, nil
}

func noParty(why string) error { return problem.New("AM-00023", why) }

// Add makes the supplier one of the consumer's. One that is already stays as it is.
func (s *Suppliers) Add(ctx context.Context, e Ends) (*Supplier, error) {
	if _, known := s.Parties.Organisation(e.Supplier); !known || e.Supplier == e.Consumer {
		return nil, noParty(fmt.Sprintf("%q is no other organisation that could be a supplier.", e.Supplier))
	}
	var made *Supplier
	err := s.Store.ChangeSuppliers(ctx, func(w SupplierWriter) error {
		all, err := suppliers(ctx, w, e)
		if err != nil {
			return err
		}
		if len(all) > 0 {
			made = all[0]
			return nil
		}
		made = &Supplier{ID: s.NewID(), Consumer: e.Consumer, Supplier: e.Supplier, Created: s.Now()}
		return w.PutSupplier(ctx, made)
	})
	return made, err
}

// List is the suppliers between those ends, in their order.
func (s *Suppliers) List(ctx context.Context, e Ends) ([]*Supplier, error) {
	return suppliers(ctx, s.Store, e)
}

func suppliers(ctx context.Context, r SupplierReader, e Ends) ([]*Supplier, error) {
	all, err := r.Suppliers(ctx)
	all = slices.DeleteFunc(all, func(s *Supplier) bool { return !e.of(s.Consumer, s.Supplier) })
	slices.SortFunc(all, func(a, b *Supplier) int {
		return slices.Compare([]org.Number{a.Consumer, a.Supplier}, []org.Number{b.Consumer, b.Supplier})
	})
	return all, err
}

// Remove ends what is between the two. What has been delegated has to be taken back first, unless that is to be done as
// well.
func (s *Suppliers) Remove(ctx context.Context, e Ends, cascade bool) error {
	return s.Store.ChangeSuppliers(ctx, func(w SupplierWriter) error {
		delegations, err := between(ctx, w, e)
		if err != nil {
			return err
		}
		if len(delegations) > 0 && !cascade {
			return &problem.Invalid{Violations: []problem.Violation{{Code: "AM.VLD-00031", Path: "$QUERY/cascade", Why: fmt.Sprintf(
				"%s has delegated %d resources to %s, %s among them. Take them back first, or send cascade=true.",
				e.Consumer, len(delegations), e.Supplier, delegations[0].Resource)}}}
		}
		for _, d := range delegations {
			if err := w.RemoveScopeDelegation(ctx, d); err != nil {
				return err
			}
		}
		return w.RemoveSupplier(ctx, &Supplier{Consumer: e.Consumer, Supplier: e.Supplier})
	})
}

// between are the delegations between those ends, in the order of their resources.
func between(ctx context.Context, r SupplierReader, e Ends) ([]*ScopeDelegation, error) {
	all, err := r.ScopeDelegations(ctx)
	all = slices.DeleteFunc(all, func(d *ScopeDelegation) bool { return !e.of(d.Consumer, d.Supplier) })
	slices.SortFunc(all, func(a, b *ScopeDelegation) int {
		return slices.Compare([]string{a.Resource, string(a.Supplier)}, []string{b.Resource, string(b.Supplier)})
	})
	return all, err
}

// Delegated are the delegations between those ends, of one resource or, when it is empty, of all.
func (s *Suppliers) Delegated(ctx context.Context, e Ends, id string) ([]*ScopeDelegation, error) {
	all, err := between(ctx, s.Store, e)
	return slices.DeleteFunc(all, func(d *ScopeDelegation) bool { return id != "" && d.Resource != id }), err
}

// Check is whether the person can delegate the resource on behalf of the consumer.
func (s *Suppliers) Check(ctx context.Context, by *party.Person, consumer org.Number, id string) (bool, error) {
	r, err := schema(ctx, s.Store, id)
	if err != nil {
		return false, err
	}
	return r.Delegable && passesPackage(by, consumer, resource.PackagePrefix+"maskinporten-scopes"), nil
}

// schema is the resource with the id, which has to stand for scopes.
func schema(ctx context.Context, from ScopeDelegationStore, id string) (*resource.Resource, error) {
	r, err := from.Resource(ctx, id)
	if errors.Is(err, resource.ErrNotFound) {
		return nil, problem.New("AM-00027", fmt.Sprintf("There is no resource %q.", id))
	}
	if err != nil {
		return nil, err
	}
	if r.Type != resource.MaskinportenSchema {
		return nil, &problem.Invalid{Violations: []problem.Violation{{Code: "AM.VLD-00032", Path: "$QUERY/resource", Why: fmt.Sprintf(
			"The resource %q is of the type %s, and has to be a %s, which stands for scopes.", id, r.Type, resource.MaskinportenSchema)}}}
	}
	return r, nil
}

// Delegate gives the supplier the scopes that the resource stands for.
func (s *Suppliers) Delegate(ctx context.Context, by *party.Person, e Ends, id string) error {
	may, err := s.Check(ctx, by, e.Consumer, id)
	if err != nil {
		return err
	}
	if !may {
		return problem.New("AM-00028", fmt.Sprintf(
			"%s may not delegate %q on behalf of %s: that takes the access package maskinporten-scopes, and a resource that is delegable.",
			by.Name, id, e.Consumer))
	}
	return s.Store.ChangeSuppliers(ctx, func(w SupplierWriter) error {
		all, err := suppliers(ctx, w, e)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return problem.New("AM-00022", fmt.Sprintf("%s is no supplier of %s: add it first.", e.Supplier, e.Consumer))
		}
		return w.PutScopeDelegation(ctx, &ScopeDelegation{Resource: id, Consumer: e.Consumer, Supplier: e.Supplier, Created: s.Now()})
	})
}

// Withdraw takes the resource back. One that was not delegated is no error.
func (s *Suppliers) Withdraw(ctx context.Context, e Ends, id string) error {
	return s.Store.ChangeSuppliers(ctx, func(w SupplierWriter) error {
		return w.RemoveScopeDelegation(ctx, &ScopeDelegation{Resource: id, Consumer: e.Consumer, Supplier: e.Supplier})
	})
}

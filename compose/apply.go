package compose

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mpe/altinn/authorization"
	"mpe/altinn/pdp"
	"mpe/altinn/resource"
	"mpe/altinn/system"
	"mpe/altinn/systemuser"
	"mpe/compose/seed"
	"mpe/oauth"
	"mpe/oauth/org"
)

// apply puts what the seed names into the stores. What is there already under the same name is replaced, and the rest
// is left: a Redis that outlives the emulator keeps what was added to it.
func (s *edition) apply(ctx context.Context, world *seed.World) error {
	now := s.config.Now()
	steps := []struct {
		what  string
		store func() error
	}{
		{"scopes", func() error { return s.maskinporten.PutScopes(ctx, scopes(world, now)...) }},
		{"clients", func() error { return s.maskinporten.PutClients(ctx, s.clients(world)...) }},
		{"delegations", func() error { return s.records.PutScopeDelegations(ctx, delegations(world, now)...) }},
		{"resources", func() error { return s.putResources(ctx, world) }},
		{"systems", func() error { return s.records.PutSystems(ctx, systems(world, now)...) }},
		{"system users", func() error { return s.putSystemUsers(ctx, world, now) }},
		{"requests", func() error { return s.records.PutRequests(ctx, requests(world, now)...) }},
	}
	for _, step := range steps {
		if err := step.store(); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return nil
}

// scopes are the declared ones, and those of Digdir and Altinn that clients have without anyone declaring them.
func scopes(world *seed.World, now time.Time) []*oauth.Scope {
	var all []*oauth.Scope
	known := map[string]bool{}
	for _, declared := range world.Scopes {
		known[declared.Name] = true
		all = append(all, scope(declared, now))
	}
	for _, c := range world.Clients {
		for _, name := range c.Scopes {
			if !known[name] {
				known[name] = true
				all = append(all, &oauth.Scope{Name: name})
			}
		}
	}
	return all
}

// delegationSources are where consumers delegate scopes, by the name that a seed has for it.
var delegationSources = map[string]string{"": "", "altinn": "https://tt02.altinn.no/"}

func scope(declared seed.Scope, now time.Time) *oauth.Scope {
	s := &oauth.Scope{
		Name:             declared.Name,
		Owner:            declared.Owner,
		Description:      declared.Description,
		Visibility:       strings.ToUpper(declared.Visibility),
		IntegrationTypes: declared.IntegrationTypes,
		DelegationSource: delegationSources[declared.DelegationSource],
		MaxAge:           time.Duration(declared.TokenLifetime),
		AccessibleForAll: declared.Access.All,
		Access:           map[org.Number]oauth.ScopeAccess{},
	}
	for _, consumer := range declared.Access.Organisations {
		s.Access[consumer] = oauth.ScopeAccess{State: oauth.Approved, Created: now, LastUpdated: now}
	}
	return s
}

// clients registers each client with the public halves of its keys.
func (s *edition) clients(world *seed.World) []*oauth.Client {
	all := make([]*oauth.Client, len(world.Clients))
	for i, declared := range world.Clients {
		client := &oauth.Client{
			ID:              declared.ID,
			Name:            declared.Name,
			Org:             declared.Org,
			IntegrationType: declared.IntegrationType,
			Scopes:          declared.Scopes,
			TokenLifetime:   time.Duration(declared.TokenLifetime),
			Inactive:        !declared.Active,
		}
		for _, key := range s.credentials.keys[declared.ID] {
			client.Keys = append(client.Keys, oauth.ClientKey{JWK: key.public, Expires: key.Expires})
		}
		all[i] = client
	}
	return all
}

func delegations(world *seed.World, now time.Time) []*authorization.ScopeDelegation {
	all := make([]*authorization.ScopeDelegation, len(world.Delegations))
	for i, d := range world.Delegations {
		all[i] = &authorization.ScopeDelegation{
			Resource: schemaOf(d.Scope), Consumer: d.Consumer, Supplier: d.Supplier, Created: now,
		}
	}
	return all
}

func systems(world *seed.World, now time.Time) []*system.System {
	all := make([]*system.System, len(world.Systems))
	for i, d := range world.Systems {
		all[i] = &system.System{
			ID:                  d.ID,
			InternalID:          seed.SystemID(d.ID),
			Vendor:              d.Vendor,
			Name:                d.Name,
			Description:         d.Description,
			ClientIDs:           d.ClientIDs,
			Rights:              resource.RightsTo(d.Rights...),
			AccessPackages:      d.AccessPackages,
			AllowedRedirectURLs: d.AllowedRedirectURLs,
			Visible:             d.Visible,
			Created:             now,
		}
	}
	return all
}

// putResources stores the resources with their policies.
func (s *edition) putResources(ctx context.Context, world *seed.World) error {
	codes := map[org.Number]string{}
	for _, o := range world.Organisations {
		codes[o.Number] = o.ServiceOwnerCode
	}
	scopes := map[string]string{} // by the resource that stands for them
	for _, scope := range world.Scopes {
		scopes[schemaOf(scope.Name)] = scope.Name
	}
	return s.records.ChangeResources(ctx, func(w resource.Writer) error {
		for _, declared := range slices.Concat(world.Resources, schemas(world)) {
			r := declaredResource(declared, codes[declared.Owner])
			if scope := scopes[r.ID]; scope != "" && r.Type == resource.MaskinportenSchema {
				r.References = []resource.Reference{{Source: "ExternalPlatform", Reference: scope, Type: resource.MaskinportenScope}}
			}
			if err := w.PutResource(ctx, r); err != nil {
				return err
			}
			if declared.Policy == nil {
				continue
			}
			if err := w.PutPolicy(ctx, declared.ID, policy(declared.ID, declared.Policy)); err != nil {
				return err
			}
		}
		return nil
	})
}

// schemas are the resources that stand for the scopes that can be delegated. Altinn delegates resources; a seed names
// scopes. A resource of the seed that has the name already stands for the scope with all that it says.
func schemas(world *seed.World) []seed.Resource {
	declared := map[string]bool{}
	for _, r := range world.Resources {
		declared[r.ID] = true
	}
	var all []seed.Resource
	for _, s := range world.Scopes {
		if id := schemaOf(s.Name); s.DelegationSource != "" && !declared[id] {
			all = append(all, seed.Resource{
				ID: id, Owner: s.Owner, Type: resource.MaskinportenSchema, Delegable: true,
				Title: seed.Texts{"nb": s.Name, "nn": s.Name, "en": s.Name},
			})
		}
	}
	return all
}

// schemaOf is the id of the resource that stands for a scope.
func schemaOf(scope string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, scope)
}

func declaredResource(d seed.Resource, code string) *resource.Resource {
	r := &resource.Resource{
		ID: d.ID, Title: resource.Texts(d.Title), Type: cmp.Or(d.Type, "GenericAccessResource"),
		Delegable: d.Delegable, Visible: true, VersionID: 1,
	}
	if d.Owner != "" {
		r.Authority = &resource.Authority{Organization: d.Owner, Code: code}
	}
	if d.AccessList != nil {
		r.AccessListMode = resource.Enabled
		r.AccessLists = []resource.AccessList{{ID: d.ID, Members: d.AccessList}}
	}
	return r
}

// policy is the resource's in XACML.
func policy(id string, p *seed.Policy) []byte {
	if p.XACML != nil {
		return p.XACML
	}
	grants := make([]resource.Grant, len(p.Rules))
	for i, r := range p.Rules {
		grants[i] = resource.Grant{ID: r.ID, Effect: pdp.Effect(r.Effect), Actions: r.Actions, Subjects: r.Subjects}
	}
	return resource.WritePolicy(id, p.MinimumAuthenticationLevel, grants)
}

// putSystemUsers stores the system users. Their owners have passed on what there was to pass on.
func (s *edition) putSystemUsers(ctx context.Context, world *seed.World, now time.Time) error {
	users := systemUsers(world, now)
	delegable := map[string][]resource.Right{} // by resource
	for _, u := range users {
		for _, right := range u.Rights {
			id := right.ResourceID()
			if _, known := delegable[id]; !known {
				var err error
				if delegable[id], err = s.delegable(ctx, id); err != nil {
					return fmt.Errorf("the policy of %s: %w", id, err)
				}
			}
			u.Delegated = append(u.Delegated, delegable[id]...)
		}
	}
	return s.records.PutSystemUsers(ctx, users...)
}

// delegable are the rights to the resource that can be passed on; none without a policy that tells them.
func (s *edition) delegable(ctx context.Context, id string) ([]resource.Right, error) {
	policy, err := s.records.CompiledPolicy(ctx, id)
	if errors.Is(err, resource.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rules, err := resource.Flatten(policy)
	if err != nil {
		return nil, nil //nolint:nilerr // nobody can pass on a right that cannot be told from the policy
	}
	return resource.Delegable(rules), nil
}

func systemUsers(world *seed.World, now time.Time) []*systemuser.SystemUser {
	all := make([]*systemuser.SystemUser, len(world.SystemUsers))
	for i, d := range world.SystemUsers {
		all[i] = &systemuser.SystemUser{
			ID:             d.ID,
			System:         d.System,
			Owner:          d.Owner,
			ExternalRef:    d.ExternalRef,
			Title:          d.Title,
			Type:           systemuser.Type(d.Type),
			Rights:         resource.RightsTo(d.Rights...),
			AccessPackages: d.AccessPackages,
			Clients:        slices.Clone(d.Clients),
			Created:        now,
		}
		if d.Deleted {
			all[i].Deleted = now
		}
	}
	return all
}

func requests(world *seed.World, now time.Time) []*systemuser.Request {
	all := make([]*systemuser.Request, len(world.Requests))
	for i, d := range world.Requests {
		all[i] = &systemuser.Request{
			ID:                     d.ID,
			Kind:                   systemuser.Kind(d.Kind),
			System:                 d.System,
			Party:                  d.Party,
			ExternalRef:            d.ExternalRef,
			Rights:                 resource.RightsTo(d.Rights...),
			AccessPackages:         d.AccessPackages,
			UnwantedRights:         resource.RightsTo(d.UnwantedRights...),
			UnwantedAccessPackages: d.UnwantedAccessPackages,
			RedirectURL:            d.RedirectURL,
			Status:                 systemuser.RequestStatus(d.Status),
			Created:                now.Add(-time.Duration(d.Age)),
		}
		if all[i].Kind == systemuser.ChangeRequest {
			all[i].SystemUser = changed(world, d)
		}
	}
	return all
}

// changed is the id of the system user that a request for a change is about: the one with the same system, owner and
// reference; empty: none.
func changed(world *seed.World, r seed.Request) string {
	for _, u := range world.SystemUsers {
		if u.System == r.System && u.Owner == r.Party && cmp.Or(u.ExternalRef, string(u.Owner)) == cmp.Or(r.ExternalRef, string(r.Party)) {
			return u.ID
		}
	}
	return ""
}

package compose

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mpe/altinn/authorization"
	"mpe/altinn/resource"
	"mpe/altinn/system"
	"mpe/altinn/systemuser"
	"mpe/compose/seed"
	"mpe/oauth"
	"mpe/oauth/org"
)

// apply puts what the seed names into the stores. What is there already under the same name is replaced, and the rest
// is left: a Redis that outlives the emulator keeps what was added to it.
func (s *sandbox) apply(ctx context.Context, world *seed.World) error {
	now := s.config.Now()
	steps := []struct {
		what  string
		store func() error
	}{
		{"scopes", func() error { return s.maskinporten.PutScopes(ctx, scopes(world, now)...) }},
		{"clients", func() error { return s.maskinporten.PutClients(ctx, s.clients(world)...) }},
		{"delegations", func() error { return s.records.PutScopeDelegations(ctx, delegations(world, now)...) }},
		{"systems", func() error { return s.records.PutSystems(ctx, systems(world, now)...) }},
		{"system users", func() error { return s.records.PutSystemUsers(ctx, systemUsers(world, now)...) }},
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
func (s *sandbox) clients(world *seed.World) []*oauth.Client {
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
		all[i] = &authorization.ScopeDelegation{Scope: d.Scope, Consumer: d.Consumer, Supplier: d.Supplier, Created: now}
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
	}
	return all
}

package compose

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
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

// present is the world that is there now, as a seed would declare it.
func (s *edition) present(ctx context.Context, st state) (*seed.World, error) {
	stored, err := s.stored(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading what is there: %w", err)
	}
	return st.set(s.said(stored)), nil
}

// set gives the world the clock and the settings that tests have changed.
func (st state) set(w *seed.World) *seed.World {
	w.Clock = st.Clock
	w.Settings.Issuer = cmp.Or(st.Issuer, w.Settings.Issuer)
	w.Settings.Approvals = cmp.Or(st.Approvals, w.Settings.Approvals)
	return w
}

// declared is the world of the seed, said in the same way.
func (s *edition) declared() *seed.World {
	w := s.said(s.population(s.world))
	w.Parties = s.world.Parties
	return w
}

// stored is everything that is in the stores.
func (s *edition) stored(ctx context.Context) (*population, error) {
	p := &population{}
	var err error
	return p, inTurn([]step{
		{"scopes", func() error { p.scopes, err = s.maskinporten.Scopes(ctx); return err }},
		{"clients", func() error { p.clients, err = s.maskinporten.Clients(ctx); return err }},
		{"delegations", func() error { p.delegations, err = s.records.ScopeDelegations(ctx); return err }},
		{"resources", func() error { p.resources, err = s.storedResources(ctx); return err }},
		{"systems", func() error { p.systems, err = s.records.Systems(ctx); return err }},
		{"system users", func() error { p.users, err = s.records.SystemUsers(ctx, 0, math.MaxInt32); return err }},
		{"requests", func() error { p.requests, err = s.records.AllRequests(ctx); return err }},
	})
}

func (s *edition) storedResources(ctx context.Context) ([]*published, error) {
	found, err := s.records.Resources(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]*published, len(found))
	for i, r := range found {
		policy, err := s.records.Policy(ctx, r.ID)
		if err != nil && !errors.Is(err, resource.ErrNotFound) {
			return nil, err
		}
		all[i] = &published{r, policy}
	}
	return all, nil
}

// said is the population as a seed says it. What follows from the rest is left out.
func (s *edition) said(p *population) *seed.World {
	w := *s.world
	w.Warnings = nil
	w.Parties = s.parties
	w.Scopes, w.Clients = saidScopes(p.scopes), s.saidClients(p.clients)
	w.Resources = saidResources(p.resources, w.Organisations)
	w.Resources = slices.DeleteFunc(w.Resources, func(r seed.Resource) bool { return follows(r, w.Scopes, w.Parties) })
	w.Delegations = saidDelegations(p.delegations, w.Scopes)
	w.Systems, w.SystemUsers = saidSystems(p.systems), saidUsers(p.users)
	w.Requests = saidRequests(p.requests, s.config.Now())
	return &w
}

func saidScopes(stored []*oauth.Scope) []seed.Scope {
	var all []seed.Scope
	for _, o := range stored {
		d := seed.Scope{
			Name:             o.Name,
			Owner:            o.Owner,
			Description:      o.Description,
			Visibility:       strings.ToLower(o.Visibility),
			IntegrationTypes: o.IntegrationTypes,
			TokenLifetime:    seed.Duration(o.MaxAge),
			Inactive:         o.Inactive,
		}
		for name, url := range delegationSources {
			if url == o.DelegationSource {
				d.DelegationSource = name
			}
		}
		if d.Access.All = o.AccessibleForAll; !d.Access.All {
			for _, consumer := range slices.Sorted(maps.Keys(o.Access)) {
				if o.Access[consumer].State == oauth.Approved {
					d.Access.Organisations = append(d.Access.Organisations, consumer)
				}
			}
		}
		if !reflect.DeepEqual(d, seed.Scope{Name: o.Name}) { // or it is there for a client that has it
			all = append(all, d)
		}
	}
	return all
}

func (s *edition) saidClients(stored []*oauth.Client) []seed.Client {
	all := make([]seed.Client, len(stored))
	for i, o := range stored {
		all[i] = seed.Client{
			ID:              o.ID,
			Name:            o.Name,
			Org:             o.Org,
			IntegrationType: cmp.Or(o.IntegrationType, oauth.DefaultIntegrationType),
			Scopes:          o.Scopes,
			TokenLifetime:   seed.Duration(o.TokenLifetime),
			Active:          !o.Inactive,
		}
		for _, key := range o.Keys {
			all[i].Keys = append(all[i].Keys, s.credentials.declared(o.ID, key))
		}
	}
	return all
}

// saidResources leaves nothing out: what a seed has no member for stands in Registered.
func saidResources(stored []*published, organisations []seed.Organisation) []seed.Resource {
	codes := map[org.Number]string{}
	for _, o := range organisations {
		codes[o.Number] = o.ServiceOwnerCode
	}
	all := make([]seed.Resource, len(stored))
	for i, p := range stored {
		d := seed.Resource{
			ID: p.ID, Owner: p.Owner(), Type: p.Type, Title: seed.Texts(p.Title), Delegable: p.Delegable,
		}
		if p.AccessListMode == resource.Enabled && len(p.AccessLists) == 1 {
			d.AccessList = append([]org.Number{}, p.AccessLists[0].Members...)
		}
		if !sameResource(declaredResource(d, codes[d.Owner]), p.Resource) {
			d.AccessList = nil
			d.Registered = rest(p.Resource)
		}
		if p.Policy != nil {
			d.Policy = saidPolicy(p.ID, p.Policy)
		}
		all[i] = d
	}
	return all
}

func sameResource(a, b *resource.Resource) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// rest is the resource without what a seed has members for.
func rest(r *resource.Resource) json.RawMessage {
	text, _ := json.Marshal(r) // it was stored so
	var members map[string]json.RawMessage
	_ = json.Unmarshal(text, &members)
	for _, name := range [...]string{"identifier", "title", "resourceType", "delegable"} {
		delete(members, name)
	}
	text, _ = json.Marshal(members)
	return text
}

func saidPolicy(id string, xml []byte) *seed.Policy {
	level, grants, ours := resource.ReadPolicy(id, xml)
	if !ours {
		return &seed.Policy{XACML: string(xml)}
	}
	p := &seed.Policy{MinimumAuthenticationLevel: level, Rules: make([]seed.Rule, len(grants))}
	for i, g := range grants {
		p.Rules[i] = seed.Rule{ID: g.ID, Effect: string(g.Effect), Actions: g.Actions, Subjects: g.Subjects}
	}
	return p
}

// follows tells whether the resource is there because of a scope, and says nothing of its own.
func follows(r seed.Resource, scopes []seed.Scope, parties seed.Parties) bool {
	i := slices.IndexFunc(scopes, func(s seed.Scope) bool { return s.DelegationSource != "" && schemaOf(s.Name) == r.ID })
	if i < 0 {
		return false
	}
	implied := saidResources(resources(&seed.World{Scopes: scopes[i : i+1], Parties: parties}), parties.Organisations)
	return reflect.DeepEqual(implied, []seed.Resource{r})
}

// saidDelegations name the scope where its name says the resource.
func saidDelegations(stored []*authorization.ScopeDelegation, scopes []seed.Scope) []seed.Delegation {
	named := map[string]string{}
	for _, s := range scopes {
		named[schemaOf(s.Name)] = s.Name
	}
	all := make([]seed.Delegation, len(stored))
	for i, d := range stored {
		all[i] = seed.Delegation{Scope: named[d.Resource], Consumer: d.Consumer, Supplier: d.Supplier}
		if all[i].Scope == "" {
			all[i].Resource = d.Resource
		}
	}
	return all
}

func saidSystems(stored []*system.System) []seed.System {
	all := make([]seed.System, len(stored))
	for i, s := range stored {
		all[i] = seed.System{
			ID:                  s.ID,
			Vendor:              s.Vendor,
			Name:                s.Name,
			Description:         s.Description,
			ClientIDs:           s.ClientIDs,
			Rights:              resourcesOf(s.Rights),
			AccessPackages:      s.AccessPackages,
			AllowedRedirectURLs: s.AllowedRedirectURLs,
			Visible:             s.Visible,
			Deleted:             !s.Deleted.IsZero(),
		}
		if s.InternalID != seed.SystemID(s.ID) {
			all[i].InternalID = s.InternalID
		}
	}
	return all
}

func resourcesOf(rights []resource.Right) []string {
	var all []string
	for _, r := range rights {
		all = append(all, r.ResourceID())
	}
	return all
}

func saidUsers(stored []*systemuser.SystemUser) []seed.SystemUser {
	all := make([]seed.SystemUser, len(stored))
	for i, u := range stored {
		all[i] = seed.SystemUser{
			ID:             u.ID,
			System:         u.System,
			Owner:          u.Owner,
			ExternalRef:    u.ExternalRef,
			Title:          u.Title,
			Type:           string(cmp.Or(u.Type, systemuser.Standard)),
			Rights:         resourcesOf(u.Rights),
			AccessPackages: u.AccessPackages,
			Clients:        u.Clients,
			ActsForOwner:   u.ActsForOwner,
			Deleted:        !u.Live(),
		}
	}
	return all
}

func saidRequests(stored []*systemuser.Request, now time.Time) []seed.Request {
	all := make([]seed.Request, len(stored))
	for i, r := range stored {
		all[i] = seed.Request{
			ID:                     r.ID,
			Kind:                   string(cmp.Or(r.Kind, systemuser.StandardRequest)),
			System:                 r.System,
			Party:                  r.Party,
			ExternalRef:            r.ExternalRef,
			Title:                  r.Title,
			SystemUser:             r.SystemUser,
			Rights:                 resourcesOf(r.Rights),
			AccessPackages:         r.AccessPackages,
			UnwantedRights:         resourcesOf(r.UnwantedRights),
			UnwantedAccessPackages: r.UnwantedAccessPackages,
			RedirectURL:            r.RedirectURL,
			Status:                 string(r.Status),
			Escalated:              r.Escalated,
			Age:                    seed.Duration(max(0, now.Sub(r.Created)).Truncate(time.Millisecond)),
			Deleted:                !r.Live(),
		}
	}
	return all
}

package compose

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"mpe/altinn/authorization"
	"mpe/altinn/resource"
	"mpe/altinn/system"
	"mpe/altinn/systemuser"
	"mpe/oauth"
)

// change stores what differs between two populations, of which the first is there: what only that has is forgotten, and
// what they have alike stays as it is stored.
func (s *edition) change(ctx context.Context, from, to *population) error {
	gone, put := &population{}, &population{}
	gone.scopes, put.scopes = differing(from.scopes, to.scopes, func(o *oauth.Scope) string { return o.Name })
	gone.clients, put.clients = differing(from.clients, to.clients, func(c *oauth.Client) string { return c.ID })
	gone.delegations, put.delegations = differing(from.delegations, to.delegations, func(d *authorization.ScopeDelegation) string {
		return d.Resource + " " + string(d.Consumer) + " " + string(d.Supplier)
	})
	gone.resources, put.resources = differing(from.resources, to.resources, func(p *published) string { return p.ID })
	gone.systems, put.systems = differing(from.systems, to.systems, func(o *system.System) string { return o.ID })
	gone.users, put.users = differing(from.users, to.users, func(u *systemuser.SystemUser) string { return u.ID })
	gone.requests, put.requests = differing(from.requests, to.requests, func(r *systemuser.Request) string { return r.ID })
	for _, p := range put.resources {
		if p.Policy == nil { // the one that it had would stay
			gone.resources = append(gone.resources, p)
		}
	}
	if err := s.forget(ctx, gone); err != nil {
		return err
	}
	return s.store(ctx, put)
}

// differing are those that are in the first list only, and those of the second that are not in the first as they are.
func differing[T any](from, to []*T, name func(*T) string) (gone, put []*T) {
	before := make(map[string][]byte, len(from))
	for _, v := range from {
		before[name(v)], _ = json.Marshal(v) // records are stored so
	}
	for _, v := range to {
		after, _ := json.Marshal(v)
		if was, there := before[name(v)]; !there || !bytes.Equal(was, after) {
			put = append(put, v)
		}
		delete(before, name(v))
	}
	for _, v := range from {
		if _, left := before[name(v)]; left {
			gone = append(gone, v)
		}
	}
	return gone, put
}

// forget removes what is there, in the order in which it refers to each other.
func (s *edition) forget(ctx context.Context, p *population) error {
	return inTurn([]step{
		{"requests", func() error {
			return s.records.DeleteRequests(ctx, ids(p.requests, func(r *systemuser.Request) string { return r.ID })...)
		}},
		{"system users", func() error {
			return s.records.DeleteSystemUsers(ctx, ids(p.users, func(u *systemuser.SystemUser) string { return u.ID })...)
		}},
		{"systems", func() error {
			return s.records.DeleteSystems(ctx, ids(p.systems, func(o *system.System) string { return o.ID })...)
		}},
		{"delegations", func() error {
			return each(p.delegations, func(d *authorization.ScopeDelegation) error { return s.records.DeleteScopeDelegation(ctx, d) })
		}},
		{"resources", func() error { return s.forgetResources(ctx, p.resources) }},
		{"clients", func() error {
			return each(p.clients, func(c *oauth.Client) error { return unlessGone(s.maskinporten.DeleteClient(ctx, c.ID)) })
		}},
		{"scopes", func() error {
			return each(p.scopes, func(o *oauth.Scope) error { return unlessGone(s.maskinporten.DeleteScope(ctx, o.Name)) })
		}},
	})
}

func (s *edition) forgetResources(ctx context.Context, all []*published) error {
	if len(all) == 0 {
		return nil
	}
	return s.records.ChangeResources(ctx, func(w resource.Writer) error {
		return each(all, func(p *published) error { return w.DeleteResource(ctx, p.ID) })
	})
}

func ids[T any](all []T, id func(T) string) []string {
	list := make([]string, len(all))
	for i, v := range all {
		list[i] = id(v)
	}
	return list
}

func each[T any](all []T, do func(T) error) error {
	for _, v := range all {
		if err := do(v); err != nil {
			return err
		}
	}
	return nil
}

// unlessGone lets pass that somebody else has removed it.
func unlessGone(err error) error {
	if errors.Is(err, oauth.ErrNotFound) {
		return nil
	}
	return err
}

package resource

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mpe/altinn/problem"
	"mpe/oauth/org"
)

// Registry is the rules of the registry: who may publish what, and what others see of it.
type Registry struct{ Store Store }

// Caller is who publishes: by whom the token was issued to, and by what it may do.
type Caller struct {
	Org      org.Number // empty: the token names no organisation
	Prefixes []string   // of the scopes at Maskinporten that are the caller's
	Admin    bool       // may act for every owner
}

// Create publishes a resource. It fills in what the registry decides.
func (r *Registry) Create(ctx context.Context, caller Caller, n *Resource) error {
	if err := n.spell(); err != nil {
		return err
	}
	if err := n.checkNew(); err != nil {
		return err
	}
	if err := caller.mayPublish(n); err != nil {
		return err
	}
	n.AccessLists, n.VersionID = nil, 1
	return r.Store.ChangeResources(ctx, func(w Writer) error {
		switch _, err := w.Resource(ctx, n.ID); {
		case err == nil:
			return &problem.Plain{Kind: problem.Conflict, Text: "The Resource already exist: " + n.ID,
				Why: fmt.Sprintf("There is a resource %q already. PUT changes it; a new one needs another identifier.", n.ID)}
		case !errors.Is(err, ErrNotFound):
			return err
		}
		return w.PutResource(ctx, n)
	})
}

// Update publishes a new version of the resource with the id, in place of the one before.
func (r *Registry) Update(ctx context.Context, caller Caller, id string, n *Resource) error {
	if err := n.spell(); err != nil {
		return err
	}
	return r.Store.ChangeResources(ctx, func(w Writer) error {
		old, err := stored(ctx, w, id)
		if err != nil {
			return err
		}
		if n.ID != id {
			return &problem.Plain{Kind: problem.BadRequest, Text: "Id in path does not match ID in resource",
				Why: fmt.Sprintf("The path says %q, and identifier in the body %q; they have to be the same.", id, n.ID)}
		}
		if err := n.checkChanged(); err != nil {
			return err
		}
		if err := caller.owns(old); err != nil {
			return err
		}
		if err := caller.mayPublish(n); err != nil {
			return err
		}
		n.AccessLists = old.AccessLists
		n.VersionID = max(old.VersionID, 1) + 1 // what was stored without a version is the first
		return w.PutResource(ctx, n)
	})
}

// Delete forgets the resource and its policy.
func (r *Registry) Delete(ctx context.Context, caller Caller, id string) error {
	return r.Store.ChangeResources(ctx, func(w Writer) error {
		old, err := stored(ctx, w, id)
		if err != nil {
			return err
		}
		if err := caller.owns(old); err != nil {
			return err
		}
		return w.DeleteResource(ctx, id)
	})
}

// Resource is the one with the id. A version above 0 has to be the resource's own: no other is kept.
func (r *Registry) Resource(ctx context.Context, id string, version int) (*Resource, error) {
	found, err := stored(ctx, r.Store, id)
	if err != nil {
		return nil, err
	}
	if version > 0 && version != max(found.VersionID, 1) {
		return nil, absent(fmt.Sprintf("The resource %q has the version %d. The version %d is not kept.",
			id, max(found.VersionID, 1), version))
	}
	return found, nil
}

// List is all resources, with apps or without.
func (r *Registry) List(ctx context.Context, apps, migrated bool) ([]*Resource, error) {
	all, err := r.Store.Resources(ctx)
	return slices.DeleteFunc(all, func(r *Resource) bool {
		return r.Type == app && !apps || r.Type == migratedApp && !migrated
	}), err
}

// stored is the resource with the id, or a refusal.
func stored(ctx context.Context, from Reader, id string) (*Resource, error) {
	found, err := from.Resource(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return nil, absent(fmt.Sprintf("There is no resource %q.", id))
	}
	return found, err
}

// absent is an answer of which the registry says nothing.
func absent(why string) error {
	return &problem.Plain{Kind: problem.NotFound, Empty: true, Why: why}
}

// owns wants the caller to be the resource's owner.
func (c Caller) owns(r *Resource) error {
	switch owner := r.Owner(); {
	case c.Admin, owner != "" && owner == c.Org:
		return nil
	case owner == "":
		return problem.Refuse(problem.Forbidden, fmt.Sprintf(
			"The resource %q has no hasCompetentAuthority.organization: only the admin scope may change it.", r.ID))
	default:
		return problem.Refuse(problem.Forbidden, fmt.Sprintf(
			"The token is that of %s, and the resource %q belongs to %s (hasCompetentAuthority.organization).",
			cmp.Or(string(c.Org), "no organisation"), r.ID, owner))
	}
}

// mayPublish wants the resource, and the scopes that it stands for, to be the caller's.
func (c Caller) mayPublish(r *Resource) error {
	if err := c.owns(r); err != nil || c.Admin {
		return err
	}
	foreign := slices.DeleteFunc(r.Scopes(), func(scope string) bool {
		return slices.ContainsFunc(c.Prefixes, func(p string) bool { return strings.HasPrefix(scope, p+":") })
	})
	if len(foreign) > 0 {
		return &ForeignScopes{Scopes: foreign, Prefixes: c.Prefixes}
	}
	return nil
}

// ForeignScopes is the refusal of a resource that stands for the scopes of somebody else.
type ForeignScopes struct{ Scopes, Prefixes []string }

func (f *ForeignScopes) Error() string {
	return fmt.Sprintf(
		"The scopes %s have to start with a prefix of the caller's (the claim consumer_prefix) and a colon; the token has %s.",
		strings.Join(f.Scopes, ", "), cmp.Or(strings.Join(f.Prefixes, ", "), "none"))
}

package altinnredis

import (
	"cmp"
	"context"
	"slices"

	"mpe/altinn/resource"
)

// policy is a resource's policy as it was uploaded.
type policy struct {
	Resource string `json:"resource"`
	XML      []byte `json:"xml"`
}

func resources(db database) table[resource.Resource] {
	return table[resource.Resource]{
		database: db,
		name:     "resource",
		id:       func(r *resource.Resource) string { return r.ID },
		home:     func(*resource.Resource) string { return allResources },
	}
}

func policies(db database) table[policy] {
	return table[policy]{
		database: db,
		name:     "policy",
		id:       func(p *policy) string { return p.Resource },
		home:     func(*policy) string { return allPolicies },
	}
}

const allResources, allPolicies = "resource:all", "policy:all"

// ChangeResources runs change on one state of the store, and stores what it puts, all or nothing. It runs again when
// the store has changed meanwhile.
func (s *Store) ChangeResources(ctx context.Context, change func(resource.Writer) error) error {
	return s.change(ctx, func(tx *Tx) error { return change(tx) })
}

// PutResource stores a resource, in place of the one with the same id.
func (tx *Tx) PutResource(ctx context.Context, r *resource.Resource) error {
	return tx.resources.put(ctx, tx, r)
}

// PutPolicy stores the resource's policy.
func (tx *Tx) PutPolicy(ctx context.Context, id string, xml []byte) error {
	return tx.policies.put(ctx, tx, &policy{Resource: id, XML: xml})
}

// DeleteResource forgets the resource and its policy.
func (tx *Tx) DeleteResource(ctx context.Context, id string) error {
	if err := tx.resources.remove(ctx, tx, id); err != nil {
		return err
	}
	return tx.policies.remove(ctx, tx, id)
}

// Resource is the one with the id. The error is resource.ErrNotFound when there is none.
func (r *records) Resource(ctx context.Context, id string) (*resource.Resource, error) {
	found, err := r.resources.at(ctx, address{id: id, home: allResources})
	if err == nil && found == nil {
		err = resource.ErrNotFound
	}
	return found, err
}

// Resources are all, in the order of their ids.
func (r *records) Resources(ctx context.Context) ([]*resource.Resource, error) {
	all, err := r.resources.in(ctx, allResources)
	slices.SortFunc(all, func(a, b *resource.Resource) int { return cmp.Compare(a.ID, b.ID) })
	return all, err
}

// Policy is the resource's. The error is resource.ErrNotFound when it has none.
func (r *records) Policy(ctx context.Context, id string) ([]byte, error) {
	found, err := r.policies.at(ctx, address{id: id, home: allPolicies})
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, resource.ErrNotFound
	}
	return found.XML, nil
}

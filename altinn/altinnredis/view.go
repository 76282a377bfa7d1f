package altinnredis

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/redis/go-redis/v9"

	"mpe/altinn/authorization"
	"mpe/altinn/pdp"
	"mpe/altinn/resource"
	"mpe/altinn/systemuser"
)

// View is what has been read of the store while it was of one generation, and reads the rest when it is asked for. It
// may come to hold what is newer, never what is older. What it gives must not be changed.
type View struct {
	*records
	generation string

	resources memory[*resource.Resource]
	policies  memory[*pdp.Policy]
	users     memory[*systemuser.SystemUser]
}

// View is the store as it is now. That costs one round trip; what has been read before, and compiled, is at hand until
// anything is written, here or by another emulator.
func (s *Store) View(ctx context.Context) (authorization.View, error) {
	generation, err := s.client.Get(ctx, s.systems.key("generation")).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("reading the generation: %w", err)
	}
	if view := s.view.Load(); view != nil && view.generation == generation {
		return view, nil
	}
	view := &View{records: &s.records, generation: generation}
	s.view.Store(view)
	return view, nil
}

// Resource is the one with the id. The error is resource.ErrNotFound when there is none.
func (v *View) Resource(ctx context.Context, id string) (*resource.Resource, error) {
	return v.resources.get(id, func() (*resource.Resource, error) { return v.records.Resource(ctx, id) })
}

// CompiledPolicy is the resource's. The error is resource.ErrNotFound when it has none.
func (v *View) CompiledPolicy(ctx context.Context, id string) (*pdp.Policy, error) {
	return v.policies.get(id, func() (*pdp.Policy, error) { return v.records.CompiledPolicy(ctx, id) })
}

// SystemUser is the one with the id, deleted or not. The error is systemuser.ErrNotFound when there never was one.
func (v *View) SystemUser(ctx context.Context, id string) (*systemuser.SystemUser, error) {
	return v.users.get(id, func() (*systemuser.SystemUser, error) { return v.records.SystemUser(ctx, id) })
}

// CompiledPolicy is the resource's policy, read. The error is resource.ErrNotFound when it has none.
func (r *records) CompiledPolicy(ctx context.Context, id string) (*pdp.Policy, error) {
	xml, err := r.Policy(ctx, id)
	if err != nil {
		return nil, err
	}
	return pdp.ParsePolicy(xml)
}

// memory remembers values by id. The zero value is empty.
type memory[T any] struct {
	mutex  sync.RWMutex
	values map[string]T
}

// remembered bounds a memory. A full one starts anew, which costs each value one more read.
const remembered = 50_000

func (m *memory[T]) get(id string, read func() (T, error)) (T, error) {
	m.mutex.RLock()
	value, ok := m.values[id]
	m.mutex.RUnlock()
	if ok {
		return value, nil
	}
	value, err := read()
	if err != nil {
		return value, err
	}
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.values == nil || len(m.values) >= remembered {
		m.values = map[string]T{}
	}
	m.values[id] = value
	return value, nil
}

package altinnredis

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/redis/go-redis/v9"

	"mpe/altinn/system"
	"mpe/oauth/org"
)

func systems(db database) table[system.System] {
	return table[system.System]{
		database: db,
		name:     "system",
		id:       func(s *system.System) string { return s.ID },
		home:     func(s *system.System) string { return vendorKey(s.Vendor) },
		sets: func(s *system.System) []string {
			sets := []string{allSystems}
			for _, client := range s.ActiveClients() {
				sets = append(sets, clientKey(client))
			}
			return sets
		},
	}
}

const allSystems = "system:all"

func vendorKey(vendor org.Number) string { return "system:vendor:" + string(vendor) }
func clientKey(client string) string     { return "system:client:" + client }
func changesKey(id string) string        { return "system:changes:" + id }

// PutSystems stores systems. One with the same id is replaced.
func (s *Store) PutSystems(ctx context.Context, systems ...*system.System) error {
	return inChunks(ctx, s, systems, func(tx *Tx, some []*system.System) error { return tx.systems.put(ctx, tx, some...) })
}

// DeleteSystems forgets systems, which is more than to mark them as deleted.
func (s *Store) DeleteSystems(ctx context.Context, ids ...string) error {
	return inChunks(ctx, s, ids, func(tx *Tx, some []string) error { return tx.systems.remove(ctx, tx, some...) })
}

// ChangeSystems runs change on one state of the store, and stores what it puts, all or nothing. It runs again when the
// store has changed meanwhile.
func (s *Store) ChangeSystems(ctx context.Context, change func(system.Writer) error) error {
	return s.change(ctx, func(tx *Tx) error { return change(tx) })
}

// PutSystem stores a system, in place of the one with the same id, and adds to its change log.
func (tx *Tx) PutSystem(ctx context.Context, s *system.System, change system.Change) error {
	encoded, err := json.Marshal(change)
	if err != nil {
		return fmt.Errorf("storing the change of %q: %w", s.ID, err)
	}
	log := tx.systems.key(changesKey(s.ID))
	tx.later(func(ctx context.Context, p redis.Pipeliner) { p.LPush(ctx, log, encoded) })
	return tx.systems.put(ctx, tx, s)
}

// System is the one with the id, deleted or not. The error is system.ErrNotFound when there never was one.
func (r *records) System(ctx context.Context, id string) (*system.System, error) {
	found, err := r.systems.at(ctx, address{id: id, home: vendorKey(system.Vendor(id))})
	if err == nil && found == nil {
		err = system.ErrNotFound
	}
	return found, err
}

// Systems are all of them, deleted ones included.
func (r *records) Systems(ctx context.Context) ([]*system.System, error) {
	return r.systems.of(ctx, allSystems)
}

// SystemsOfVendor are the vendor's systems, deleted ones included.
func (r *records) SystemsOfVendor(ctx context.Context, vendor org.Number) ([]*system.System, error) {
	return r.systems.in(ctx, vendorKey(vendor))
}

// SystemsWithClient are the ids of the systems that have the client, whoever's they are; deleted ones have none.
func (r *records) SystemsWithClient(ctx context.Context, clientID string) ([]string, error) {
	addresses, err := r.systems.addresses(ctx, clientKey(clientID))
	if err != nil {
		return nil, err
	}
	return ids(addresses), nil
}

func ids(addresses []address) []string {
	ids := make([]string, len(addresses))
	for i, a := range addresses {
		ids[i] = a.id
	}
	return ids
}

// SystemsOfClient are the ids of the vendor's systems that have the client.
func (r *records) SystemsOfClient(ctx context.Context, vendor org.Number, clientID string) ([]string, error) {
	all, err := r.SystemsWithClient(ctx, clientID)
	return ofVendor(vendor, all), err
}

func ofVendor(vendor org.Number, systems []string) []string {
	return slices.DeleteFunc(systems, func(id string) bool { return system.Vendor(id) != vendor })
}

// SystemChanges are those of the system, the latest first.
func (r *records) SystemChanges(ctx context.Context, id string) ([]system.Change, error) {
	encoded, err := r.systems.LRange(ctx, r.systems.key(changesKey(id)), 0, -1).Result()
	if err != nil {
		return nil, fmt.Errorf("reading the changes of %q: %w", id, err)
	}
	changes := make([]system.Change, len(encoded))
	for i := range encoded {
		if err := json.Unmarshal([]byte(encoded[i]), &changes[i]); err != nil {
			return nil, fmt.Errorf("decoding a change of %q: %w", id, err)
		}
	}
	return changes, nil
}

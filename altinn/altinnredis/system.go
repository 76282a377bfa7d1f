package altinnredis

import (
	"context"

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
			var sets []string
			for _, client := range s.ActiveClients() {
				sets = append(sets, clientKey(s.Vendor, client))
			}
			return sets
		},
	}
}

func vendorKey(vendor org.Number) string { return "system:vendor:" + string(vendor) }

func clientKey(vendor org.Number, client string) string {
	return "system:client:" + string(vendor) + ":" + client
}

// PutSystems stores systems. One with the same id is replaced.
func (s *Store) PutSystems(ctx context.Context, systems ...*system.System) error {
	return s.systems.put(ctx, systems)
}

// DeleteSystems forgets systems, which is more than to mark them as deleted.
func (s *Store) DeleteSystems(ctx context.Context, ids ...string) error {
	return s.systems.remove(ctx, ids)
}

// SystemsOfClient are the ids of the vendor's systems that have the client.
func (s *Store) SystemsOfClient(ctx context.Context, vendor org.Number, clientID string) ([]string, error) {
	addresses, err := s.systems.addresses(ctx, clientKey(vendor, clientID))
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(addresses))
	for i, a := range addresses {
		ids[i] = a.id
	}
	return ids, nil
}

// SystemsOfVendor are the vendor's systems, deleted ones included.
func (s *Store) SystemsOfVendor(ctx context.Context, vendor org.Number) ([]*system.System, error) {
	return s.systems.in(ctx, vendorKey(vendor))
}

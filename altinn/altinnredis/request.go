package altinnredis

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"mpe/altinn/systemuser"
	"mpe/oauth/org"
)

func requests(db database) table[systemuser.Request] {
	return table[systemuser.Request]{
		database: db,
		name:     "request",
		id:       func(r *systemuser.Request) string { return r.ID },
		home:     func(r *systemuser.Request) string { return partyKey(r.System, r.Party) },
		sets: func(r *systemuser.Request) []string {
			if !r.Live() {
				return nil
			}
			return []string{allRequests, kindKey(r.Kind, r.System), toKey(r.Party)}
		},
	}
}

const allRequests = "request:all"

func partyKey(system string, party org.Number) string {
	return "request:party:" + string(party) + ":" + system
}
func kindKey(kind systemuser.Kind, system string) string {
	return "request:system:" + string(kind) + ":" + system
}
func toKey(party org.Number) string { return "request:to:" + string(party) }

// PutRequests stores requests. One with the same id is replaced.
func (s *Store) PutRequests(ctx context.Context, requests ...*systemuser.Request) error {
	return inChunks(ctx, s, requests, func(tx *Tx, some []*systemuser.Request) error {
		return tx.PutRequests(ctx, some...)
	})
}

// PutRequests stores requests, each in place of the one with the same id.
func (tx *Tx) PutRequests(ctx context.Context, requests ...*systemuser.Request) error {
	return tx.requests.put(ctx, tx, requests...)
}

// DeleteRequests forgets requests, which is more than to mark them as deleted.
func (s *Store) DeleteRequests(ctx context.Context, ids ...string) error {
	return inChunks(ctx, s, ids, func(tx *Tx, some []string) error { return tx.requests.remove(ctx, tx, some...) })
}

// Request is the one with the id, deleted or not. The error is systemuser.ErrNotFound when there never was one.
func (r *records) Request(ctx context.Context, id string) (*systemuser.Request, error) {
	found, err := r.requests.find(ctx, id)
	if err == nil && found == nil {
		err = systemuser.ErrNotFound
	}
	return found, err
}

// RequestsOf are all requests for the system to the party, deleted ones included.
func (r *records) RequestsOf(ctx context.Context, system string, party org.Number) ([]*systemuser.Request, error) {
	return r.requests.in(ctx, partyKey(system, party))
}

// RequestsTo are the requests to the party that are not deleted, in the order of their ids.
func (r *records) RequestsTo(ctx context.Context, party org.Number) ([]*systemuser.Request, error) {
	return r.requests.of(ctx, toKey(party))
}

// RequestsOfSystem are at most limit requests of the kind for the system, from that id on and without the deleted ones.
func (r *records) RequestsOfSystem(
	ctx context.Context, kind systemuser.Kind, system, from string, limit int,
) ([]*systemuser.Request, error) {
	return r.requests.fromID(ctx, kindKey(kind, system), from, limit)
}

// Requests are all that are not deleted, the latest first.
func (r *records) Requests(ctx context.Context) ([]*systemuser.Request, error) {
	all, err := r.requests.of(ctx, allRequests)
	slices.SortStableFunc(all, func(a, b *systemuser.Request) int { return b.Created.Compare(a.Created) })
	return all, err
}

// AllRequests are all, deleted ones included, in the order of their ids.
func (r *records) AllRequests(ctx context.Context) ([]*systemuser.Request, error) {
	where, err := r.requests.HGetAll(ctx, r.requests.key(r.requests.name)).Result()
	if err != nil {
		return nil, fmt.Errorf("reading the requests: %w", err)
	}
	addresses := make([]address, 0, len(where))
	for id, encoded := range where {
		var p places
		if err := json.Unmarshal([]byte(encoded), &p); err != nil {
			return nil, fmt.Errorf("decoding the places of %q: %w", id, err)
		}
		addresses = append(addresses, address{id: id, home: p.Home})
	}
	slices.SortFunc(addresses, func(a, b address) int { return cmp.Compare(a.id, b.id) })
	return r.requests.all(ctx, r.requests.name, addresses)
}

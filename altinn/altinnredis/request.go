package altinnredis

import (
	"context"

	"mpe/altinn/systemuser"
	"mpe/oauth/org"
)

func requests(db database) table[systemuser.Request] {
	return table[systemuser.Request]{
		database: db,
		name:     "request",
		id:       func(r *systemuser.Request) string { return r.ID },
		home:     func(r *systemuser.Request) string { return partyKey(r.System, r.Party) },
	}
}

func partyKey(system string, party org.Number) string {
	return "request:party:" + string(party) + ":" + system
}

// PutRequests stores requests. One with the same id is replaced.
func (s *Store) PutRequests(ctx context.Context, requests ...*systemuser.Request) error {
	return s.requests.put(ctx, requests)
}

// DeleteRequests forgets requests.
func (s *Store) DeleteRequests(ctx context.Context, ids ...string) error {
	return s.requests.remove(ctx, ids)
}

// RequestsOf are all requests for the system to the party.
func (s *Store) RequestsOf(ctx context.Context, system string, party org.Number) ([]*systemuser.Request, error) {
	return s.requests.in(ctx, partyKey(system, party))
}

package altinnredis

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"mpe/altinn/systemuser"
	"mpe/oauth/org"
)

func systemUsers(db database) table[systemuser.SystemUser] {
	return table[systemuser.SystemUser]{
		database: db,
		name:     "systemuser",
		id:       func(u *systemuser.SystemUser) string { return u.ID },
		home:     func(u *systemuser.SystemUser) string { return refKey(u.Owner, u.Ref()) },
		sets: func(u *systemuser.SystemUser) []string {
			sets := []string{ownerKey(u.Owner)}
			for _, client := range u.Clients {
				sets = append(sets, agentKey(client))
			}
			return sets
		},
		series: func(u *systemuser.SystemUser) ([]string, int64) {
			if !u.Live() {
				return []string{allUsers}, u.Sequence
			}
			return []string{allUsers, systemKey(u.System)}, u.Sequence
		},
	}
}

const allUsers, sequence = "systemuser:all", "systemuser:sequence"

func refKey(owner org.Number, ref string) string {
	return "systemuser:ref:" + string(owner) + ":" + ref
}
func ownerKey(owner org.Number) string  { return "systemuser:owner:" + string(owner) }
func agentKey(client org.Number) string { return "systemuser:client:" + string(client) }
func systemKey(system string) string    { return "systemuser:system:" + system }

// PutSystemUsers stores system users. One with the same id is replaced.
func (s *Store) PutSystemUsers(ctx context.Context, users ...*systemuser.SystemUser) error {
	return inChunks(ctx, s, users, func(tx *Tx, some []*systemuser.SystemUser) error {
		return tx.PutSystemUsers(ctx, some...)
	})
}

// DeleteSystemUsers forgets system users, which is more than to mark them as deleted.
func (s *Store) DeleteSystemUsers(ctx context.Context, ids ...string) error {
	return inChunks(ctx, s, ids, func(tx *Tx, some []string) error { return tx.users.remove(ctx, tx, some...) })
}

// ChangeSystemUsers runs change on one state of the store, and stores what it puts, all or nothing. It runs again when
// the store has changed meanwhile.
func (s *Store) ChangeSystemUsers(ctx context.Context, change func(systemuser.Writer) error) error {
	return s.change(ctx, func(tx *Tx) error { return change(tx) })
}

// PutSystemUsers stores system users, each in place of the one with the same id and with the next Sequence.
func (tx *Tx) PutSystemUsers(ctx context.Context, users ...*systemuser.SystemUser) error {
	last, err := tx.LastSystemUser(ctx)
	if err != nil {
		return err
	}
	tx.last = max(tx.last, last)
	for _, u := range users {
		tx.last++
		u.Sequence = tx.last
	}
	counted := tx.last
	tx.later(func(ctx context.Context, p redis.Pipeliner) { p.Set(ctx, tx.users.key(sequence), counted, 0) })
	return tx.users.put(ctx, tx, users...)
}

// LastSystemUser is the highest Sequence so far.
func (r *records) LastSystemUser(ctx context.Context) (int64, error) {
	last, err := r.users.Get(ctx, r.users.key(sequence)).Int64()
	if err != nil && !errors.Is(err, redis.Nil) {
		return 0, fmt.Errorf("reading the sequence: %w", err)
	}
	return last, nil
}

// SystemUser is the one with the id, deleted or not. The error is systemuser.ErrNotFound when there never was one.
func (r *records) SystemUser(ctx context.Context, id string) (*systemuser.SystemUser, error) {
	found, err := r.users.find(ctx, id)
	if err == nil && found == nil {
		err = systemuser.ErrNotFound
	}
	return found, err
}

// SystemUsersByRef are those with exactly that owner and Ref, deleted ones included.
func (r *records) SystemUsersByRef(ctx context.Context, owner org.Number, ref string) ([]*systemuser.SystemUser, error) {
	return r.users.in(ctx, refKey(owner, ref))
}

// Candidates are the ids of the systems, and the system users, that an answer to the query can be of. They are read in
// one round trip.
func (r *records) Candidates(ctx context.Context, q systemuser.Query) ([]string, []*systemuser.SystemUser, error) {
	ofClient, byRef := clientKey(q.ClientID), refKey(q.Owner, q.Ref())
	var members, encoded *redis.StringSliceCmd
	_, err := r.users.Pipelined(ctx, func(p redis.Pipeliner) error {
		members, encoded = p.ZRange(ctx, r.systems.key(ofClient), 0, -1), p.HVals(ctx, r.users.key(byRef))
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("reading %s and %s: %w", ofClient, byRef, err)
	}
	addresses, err := r.systems.parse(ofClient, members)
	if err != nil {
		return nil, nil, err
	}
	users, err := r.users.decodeFrom(byRef, encoded)
	return ofVendor(q.Vendor, ids(addresses)), users, err
}

// SystemUsersOfOwner are the owner's, deleted ones included.
func (r *records) SystemUsersOfOwner(ctx context.Context, owner org.Number) ([]*systemuser.SystemUser, error) {
	return r.users.of(ctx, ownerKey(owner))
}

// SystemUsersOfClient are those that have the organisation among their clients, deleted ones included.
func (r *records) SystemUsersOfClient(ctx context.Context, client org.Number) ([]*systemuser.SystemUser, error) {
	return r.users.of(ctx, agentKey(client))
}

// SystemUsersOfSystem are at most limit of the system's, from that Sequence on and without the deleted ones.
func (r *records) SystemUsersOfSystem(
	ctx context.Context, system string, from int64, limit int,
) ([]*systemuser.SystemUser, error) {
	return r.users.from(ctx, systemKey(system), from, limit)
}

// SystemUsers are at most limit of all, from that Sequence on and deleted ones included.
func (r *records) SystemUsers(ctx context.Context, from int64, limit int) ([]*systemuser.SystemUser, error) {
	return r.users.from(ctx, allUsers, from, limit)
}

package altinnredis

import (
	"context"

	"mpe/altinn/authorization"
	"mpe/oauth/org"
)

func scopeDelegations(db database) table[authorization.ScopeDelegation] {
	return table[authorization.ScopeDelegation]{
		database: db,
		name:     "scopedelegation",
		id:       delegationID,
		home:     func(d *authorization.ScopeDelegation) string { return consumerKey(d.Consumer) },
		sets:     func(*authorization.ScopeDelegation) []string { return []string{allDelegations} },
	}
}

const allDelegations = "scopedelegation:all"

func delegationID(d *authorization.ScopeDelegation) string {
	return string(d.Consumer) + ":" + string(d.Supplier) + ":" + d.Resource
}

func consumerKey(consumer org.Number) string { return "scopedelegation:consumer:" + string(consumer) }

// PutScopeDelegations stores delegations. One of the same resource, consumer and supplier is replaced.
func (s *Store) PutScopeDelegations(ctx context.Context, delegations ...*authorization.ScopeDelegation) error {
	return inChunks(ctx, s, delegations, func(tx *Tx, some []*authorization.ScopeDelegation) error {
		return tx.delegations.put(ctx, tx, some...)
	})
}

// DeleteScopeDelegation forgets a delegation. One that is not there is no error.
func (s *Store) DeleteScopeDelegation(ctx context.Context, d *authorization.ScopeDelegation) error {
	return s.change(ctx, func(tx *Tx) error { return tx.delegations.remove(ctx, tx, delegationID(d)) })
}

// ScopeDelegations are all.
func (r *records) ScopeDelegations(ctx context.Context) ([]*authorization.ScopeDelegation, error) {
	return r.delegations.of(ctx, allDelegations)
}

// ScopeDelegationsOf are the consumer's.
func (r *records) ScopeDelegationsOf(ctx context.Context, consumer org.Number) ([]*authorization.ScopeDelegation, error) {
	return r.delegations.in(ctx, consumerKey(consumer))
}

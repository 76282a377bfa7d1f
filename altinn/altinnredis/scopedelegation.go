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
		id:       func(d *authorization.ScopeDelegation) string { return delegationID(d.Scope, d.Consumer, d.Supplier) },
		home:     func(d *authorization.ScopeDelegation) string { return consumerKey(d.Consumer) },
	}
}

func delegationID(scope string, consumer, supplier org.Number) string {
	return string(consumer) + ":" + string(supplier) + ":" + scope
}

func consumerKey(consumer org.Number) string { return "scopedelegation:consumer:" + string(consumer) }

// PutScopeDelegations stores delegations. One of the same scope, consumer and supplier is replaced.
func (s *Store) PutScopeDelegations(ctx context.Context, delegations ...*authorization.ScopeDelegation) error {
	return inChunks(ctx, s, delegations, func(tx *Tx, some []*authorization.ScopeDelegation) error {
		return tx.delegations.put(ctx, tx, some...)
	})
}

// DeleteScopeDelegation forgets a delegation.
func (s *Store) DeleteScopeDelegation(ctx context.Context, scope string, consumer, supplier org.Number) error {
	return s.change(ctx, func(tx *Tx) error {
		return tx.delegations.remove(ctx, tx, delegationID(scope, consumer, supplier))
	})
}

// ScopeDelegation gives authorization.ErrNotFound when the consumer has not delegated the scope to the supplier.
func (r *records) ScopeDelegation(
	ctx context.Context, scope string, consumer, supplier org.Number,
) (*authorization.ScopeDelegation, error) {
	where := address{id: delegationID(scope, consumer, supplier), home: consumerKey(consumer)}
	delegation, err := r.delegations.at(ctx, where)
	if err == nil && delegation == nil {
		err = authorization.ErrNotFound
	}
	return delegation, err
}

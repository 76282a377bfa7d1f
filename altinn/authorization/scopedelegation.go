// Package authorization says who may do what in Altinn.
package authorization

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mpe/oauth/org"
)

// ScopeDelegation lets a supplier use one of Maskinporten's scopes on behalf of a consumer.
type ScopeDelegation struct {
	Scope    string     `json:"scope"`
	Consumer org.Number `json:"consumer"` // who delegates
	Supplier org.Number `json:"supplier"` // to whom
	Created  time.Time  `json:"created,omitzero"`
}

// ScopeDelegations answers Maskinporten, as Altinn's delegation look-up does.
type ScopeDelegations struct {
	Store ScopeDelegationStore
}

// ScopeDelegationStore is where scope delegations are kept.
type ScopeDelegationStore interface {
	// ScopeDelegation gives ErrNotFound when the consumer has not delegated the scope to the supplier.
	ScopeDelegation(ctx context.Context, scope string, consumer, supplier org.Number) (*ScopeDelegation, error)
}

// ErrNotFound is that there is no such delegation.
var ErrNotFound = errors.New("no such delegation")

// Delegated tells whether the consumer has delegated the scope to the supplier.
func (d *ScopeDelegations) Delegated(
	ctx context.Context, scope string, consumer, supplier org.Number,
) (bool, error) {
	_, err := d.Store.ScopeDelegation(ctx, scope, consumer, supplier)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("delegation of %s from %s to %s: %w", scope, consumer, supplier, err)
	}
	return true, nil
}

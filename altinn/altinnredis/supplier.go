package altinnredis

import (
	"context"

	"mpe/altinn/authorization"
)

func suppliers(db database) table[authorization.Supplier] {
	return table[authorization.Supplier]{
		database: db,
		name:     "supplier",
		id:       supplierID,
		home:     func(*authorization.Supplier) string { return allSuppliers },
	}
}

const allSuppliers = "supplier:all"

func supplierID(s *authorization.Supplier) string {
	return string(s.Consumer) + ":" + string(s.Supplier)
}

// ChangeSuppliers runs change on one state of the store, and stores what it puts, all or nothing. It runs again when the
// store has changed meanwhile.
func (s *Store) ChangeSuppliers(ctx context.Context, change func(authorization.SupplierWriter) error) error {
	return s.change(ctx, func(tx *Tx) error { return change(tx) })
}

// PutSupplier stores a supplier, in place of the one between the same parties.
func (tx *Tx) PutSupplier(ctx context.Context, s *authorization.Supplier) error {
	return tx.suppliers.put(ctx, tx, s)
}

// RemoveSupplier forgets a supplier.
func (tx *Tx) RemoveSupplier(ctx context.Context, s *authorization.Supplier) error {
	return tx.suppliers.remove(ctx, tx, supplierID(s))
}

// PutScopeDelegation stores a delegation, in place of the one of the same resource between the same parties.
func (tx *Tx) PutScopeDelegation(ctx context.Context, d *authorization.ScopeDelegation) error {
	return tx.delegations.put(ctx, tx, d)
}

// RemoveScopeDelegation forgets a delegation.
func (tx *Tx) RemoveScopeDelegation(ctx context.Context, d *authorization.ScopeDelegation) error {
	return tx.delegations.remove(ctx, tx, delegationID(d))
}

// Suppliers are all.
func (r *records) Suppliers(ctx context.Context) ([]*authorization.Supplier, error) {
	return r.suppliers.in(ctx, allSuppliers)
}

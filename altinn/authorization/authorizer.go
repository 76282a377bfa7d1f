package authorization

import (
	"context"

	"mpe/altinn/systemuser"
)

// View is what decisions are made from.
type View interface {
	Resources

	// SystemUser gives systemuser.ErrNotFound for an id that there never was. Deleted ones are found.
	SystemUser(ctx context.Context, id string) (*systemuser.SystemUser, error)
}

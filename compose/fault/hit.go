package fault

import (
	"context"
	"time"

	"mpe/compose/seed"
)

// Hit is a request that is spoiled.
type Hit struct {
	Rule   string // its id, or Header
	Then   seed.FaultThen
	Caller Caller // unverified

	delay time.Duration
	taken bool
}

type key struct{}

// Take is how the request is spoiled, for the endpoint that answers it; nil: not at all. Who takes it keeps it in the
// journal.
func Take(ctx context.Context) *Hit {
	h, _ := ctx.Value(key{}).(*Hit)
	if h != nil {
		h.taken = true
	}
	return h
}

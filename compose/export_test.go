package compose

import (
	"fmt"

	"context"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"mpe/altinn/systemuser"
)

// Routes are those of the default sandbox.
func (e *Emulator) Routes() gin.RoutesInfo {
	return e.sandboxes.byDefault.current.Load().handler.(*gin.Engine).Routes()
}

// CollectSandboxes deletes those whose time is over, and returns when nothing of them is left.
func CollectSandboxes(ctx context.Context, e *Emulator) {
	e.sandboxes.collectNow(ctx)
	e.sandboxes.dropping.Wait()
}

// KeysOf are the names of the keys of a sandbox.
func (e *Emulator) KeysOf(ctx context.Context, id string) (all []string) {
	_ = scan(ctx, e.redis, sandboxPrefix(id), func(found []string) error {
		all = append(all, found...)
		return nil
	})
	return all
}

// AddRequests stores so many requests for system users in the default sandbox.
func (e *Emulator) AddRequests(ctx context.Context, n int) error {
	s := e.sandboxes.byDefault.current.Load()
	all := make([]*systemuser.Request, n)
	for i := range all {
		all[i] = &systemuser.Request{
			ID: uuid.NewString(), Kind: systemuser.Kind("standard"), System: "310000019_fakturapro", Party: "310000027",
			ExternalRef: fmt.Sprint(i), Status: "New", Created: s.config.Now(),
		}
	}
	return s.records.PutRequests(ctx, all...)
}

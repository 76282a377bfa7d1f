package compose

import (
	"context"
	"fmt"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

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

// Stored is everything in the stores of the default sandbox, but for times of creation and what follows from the order
// in which it was stored.
func (e *Emulator) Stored(ctx context.Context) (map[string]any, error) {
	s := e.sandboxes.byDefault.current.Load()
	p, err := s.stored(ctx)
	if err != nil {
		return nil, err
	}
	for _, o := range p.scopes {
		for consumer, access := range o.Access {
			access.Created, access.LastUpdated = time.Time{}, time.Time{}
			o.Access[consumer] = access
		}
	}
	for _, d := range p.delegations {
		d.Created = time.Time{}
	}
	for _, o := range p.systems {
		o.Created, o.Deleted = time.Time{}, whether(o.Deleted)
	}
	for _, u := range p.users {
		u.Created, u.Changed, u.Deleted, u.DeletedBy, u.Sequence = time.Time{}, time.Time{}, whether(u.Deleted), "", 0
	}
	for _, r := range p.requests {
		r.Changed, r.ChangedBy, r.Deleted = time.Time{}, "", whether(r.Deleted)
		r.Created = r.Created.Truncate(time.Second)
	}
	return map[string]any{
		"scopes": p.scopes, "clients": p.clients, "delegations": p.delegations, "resources": p.resources,
		"systems": p.systems, "users": p.users, "requests": p.requests,
	}, nil
}

// whether is one and the same time where there is any.
func whether(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return time.Unix(1, 0).UTC()
}

// TakeSnapshot takes one of the default sandbox, and gives its id.
func (e *Emulator) TakeSnapshot(ctx context.Context) (string, error) {
	s, err := e.sandboxes.byDefault.Snapshot(ctx, "")
	return s.ID, err
}

// NewBatcher makes one of the client.
func NewBatcher(client redis.UniversalClient) redis.UniversalClient {
	return &batcher{UniversalClient: client}
}

// Waiting is how many wait for the batcher's round trip before theirs.
func Waiting(b redis.UniversalClient) int {
	c := b.(*batcher)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return len(c.waiting)
}

package compose

import (
	"context"
	"sync"

	"github.com/redis/go-redis/v9"
)

// batcher is a client of Redis whose HGet, Get and Pipelined share round trips: what is asked for while others are on
// their way waits for them, and goes together. What a busy Redis costs a request is then the commands, and not a write, a
// read and a wakeup for each of them. All else goes as ever.
type batcher struct {
	redis.UniversalClient

	mutex   sync.Mutex
	running bool
	waiting []*batch
}

// batch are the commands of one caller.
type batch struct {
	ask      func(redis.Pipeliner) error
	commands []redis.Cmder
	err      error // of ask
	answered chan struct{}
}

// Pipelined is that of redis.Cmdable, but that fn runs while others wait. When ctx ends before the answer is there, the
// commands may be carried out all the same; they are not to be looked at then.
func (c *batcher) Pipelined(ctx context.Context, fn func(redis.Pipeliner) error) ([]redis.Cmder, error) {
	b := &batch{ask: fn, answered: make(chan struct{})}
	if c.enqueue(b) {
		go c.run()
	}
	select {
	case <-b.answered:
		return b.commands, b.failure()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// failure is that of the first command that failed.
func (b *batch) failure() error {
	if b.err != nil {
		return b.err
	}
	for _, command := range b.commands {
		if err := command.Err(); err != nil {
			return err
		}
	}
	return nil
}

// HGet is that of redis.Cmdable.
func (c *batcher) HGet(ctx context.Context, key, field string) *redis.StringCmd {
	return c.read(ctx, func(p redis.Pipeliner) *redis.StringCmd { return p.HGet(ctx, key, field) })
}

// Get is that of redis.Cmdable.
func (c *batcher) Get(ctx context.Context, key string) *redis.StringCmd {
	return c.read(ctx, func(p redis.Pipeliner) *redis.StringCmd { return p.Get(ctx, key) })
}

func (c *batcher) read(ctx context.Context, ask func(redis.Pipeliner) *redis.StringCmd) *redis.StringCmd {
	var command *redis.StringCmd
	commands, err := c.Pipelined(ctx, func(p redis.Pipeliner) error { command = ask(p); return nil })
	if commands == nil { // the command may still be on its way
		left := redis.NewStringCmd(ctx)
		left.SetErr(err)
		return left
	}
	return command
}

// enqueue tells whether nobody is sending.
func (c *batcher) enqueue(b *batch) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.waiting = append(c.waiting, b)
	idle := !c.running
	c.running = true
	return idle
}

// next is what has come meanwhile. When that is nothing the sending has ended, and who comes next begins it anew.
func (c *batcher) next() []*batch {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	batches := c.waiting
	c.waiting = nil
	c.running = len(batches) > 0
	return batches
}

// run sends until nothing waits.
func (c *batcher) run() {
	for batches := c.next(); len(batches) > 0; batches = c.next() {
		c.send(batches)
	}
}

// send is one round trip. It is of several callers' concern, so that none of them can call it off; how long Redis may take
// is the client's to say.
func (c *batcher) send(batches []*batch) {
	ctx := context.Background()
	p := c.Pipeline()
	for _, b := range batches {
		b.put(ctx, p)
	}
	_, _ = p.Exec(ctx) // each command has its own error
	for _, b := range batches {
		close(b.answered)
	}
}

// put adds the caller's commands to the others, or none of them.
func (b *batch) put(ctx context.Context, p redis.Pipeliner) {
	others := p.Len()
	b.err = b.ask(p)
	if b.err == nil {
		b.commands = p.Cmds()[others:]
		return
	}
	kept := p.Cmds()[:others]
	p.Discard()
	_ = p.BatchProcess(ctx, kept...) // only queues them
}

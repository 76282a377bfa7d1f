package journal

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// Journal keeps the newest exchanges in Redis; emulators on the same Redis share them. To record one costs a request a
// send on a channel: a goroutine of the journal's encodes and writes them, many at once.
type Journal struct {
	redis   redis.UniversalClient
	entries string // key of a hash: id to entry, as JSON
	order   string // key of a list: ids, the oldest first
	size    int
	log     *slog.Logger

	buffer []byte // the writer's, filled anew with each batch

	queue   chan message
	dropped atomic.Int64
	stop    func() // closes stopping
	cancel  func() // ends what the writer is doing

	stopping chan struct{}
	stopped  chan struct{}

	*waiting
}

// message is what the writer is told: an entry, or that someone waits for all before.
type message struct {
	entry   *Entry       // by reference, for every journal has room for thousands
	written chan<- error // nil with an entry
}

// maxQueued is how many entries may wait for the writer: some seconds of as many tokens as a core can sign.
const maxQueued = 4096

// New opens the journal that is kept below the prefix, and starts its writer. It keeps size entries, at least one. The
// prefix has to hold a hash tag, as "mpe:{default}:" does, so that a Redis Cluster keeps the keys on one node.
func New(client redis.UniversalClient, prefix string, size int, log *slog.Logger) *Journal {
	ctx, cancel := context.WithCancel(context.Background())
	stopping := make(chan struct{})
	j := &Journal{
		redis:    client,
		entries:  prefix + "journal",
		order:    prefix + "journal:order",
		size:     max(size, 1),
		log:      log,
		queue:    make(chan message, maxQueued),
		stop:     sync.OnceFunc(func() { close(stopping) }),
		cancel:   cancel,
		stopping: stopping,
		stopped:  make(chan struct{}),
		waiting:  newWaiting(),
	}
	go j.run(ctx)
	return j
}

// Record takes the exchange down without waiting. When too many wait already it is dropped. Nobody may change what the
// entry refers to from now on, and nothing may be recorded once the journal is closed.
func (j *Journal) Record(e Entry) {
	select {
	case j.queue <- message{entry: &e}:
	default:
		j.dropped.Add(1)
	}
}

// Dropped is how many entries were recorded but not kept: too many were waiting, or Redis did not take them.
func (j *Journal) Dropped() int64 { return j.dropped.Load() }

// Flush waits until all that has been recorded here can be read. The error says why the last of it could not be
// written, or that ctx ended first.
func (j *Journal) Flush(ctx context.Context) error {
	written := make(chan error, 1)
	select {
	case j.queue <- message{written: written}:
	case <-j.stopped:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("flushing the journal: %w", ctx.Err())
	}
	select {
	case err := <-written:
		return err
	case <-j.stopped:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("flushing the journal: %w", ctx.Err())
	}
}

// Close ends all waiting, writes what was recorded and ends the writer. What is not written when ctx ends is lost. The
// Redis client stays open, and the journal can still be read.
func (j *Journal) Close(ctx context.Context) error {
	defer j.cancel()
	j.Release()
	err := j.Flush(ctx)
	j.stop()
	select {
	case <-j.stopped:
		return err
	case <-ctx.Done():
		return fmt.Errorf("closing the journal: %w", ctx.Err())
	}
}

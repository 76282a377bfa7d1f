package oauthredis

import (
	"context"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// marker writes marks into Redis where there are none. Those that are asked for while others are on their way wait for
// them and go together: what a busy store costs a request is the commands, not a write, a read and a wakeup as well.
type marker struct {
	redis      redis.UniversalClient
	generation string // its key

	mutex   sync.Mutex
	running bool
	waiting []*mark
}

// mark is a key that has to be written, and then what Redis answered.
type mark struct {
	key, value string
	ttl        time.Duration

	set        *redis.BoolCmd   // false: something stood there already
	generation *redis.StringCmd // read after the mark was set
	answered   chan struct{}
}

// put sets the mark, or finds that it is set. When ctx ends before that is known, the mark may be set all the same.
func (w *marker) put(ctx context.Context, m *mark) error {
	m.answered = make(chan struct{})
	if w.enqueue(m) {
		go w.run()
	}
	select {
	case <-m.answered:
		return m.set.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// enqueue tells whether nobody is writing.
func (w *marker) enqueue(m *mark) bool {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.waiting = append(w.waiting, m)
	idle := !w.running
	w.running = true
	return idle
}

// next is what has come meanwhile. When that is nothing the writing has ended, and the next mark begins it anew.
func (w *marker) next() []*mark {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	marks := w.waiting
	w.waiting = nil
	w.running = len(marks) > 0
	return marks
}

// run writes until nothing waits. A mark is of several requests' concern, so none of them can call it off; how long
// Redis may take is the client's to say.
func (w *marker) run() {
	for marks := w.next(); len(marks) > 0; marks = w.next() {
		w.write(context.Background(), marks)
	}
}

// write sets the marks and then reads the generation, in one round trip. Each command holds its own error.
func (w *marker) write(ctx context.Context, marks []*mark) {
	pipe := w.redis.Pipeline()
	for _, m := range marks {
		m.set = pipe.SetNX(ctx, m.key, m.value, m.ttl)
	}
	generation := pipe.Get(ctx, w.generation)
	_, _ = pipe.Exec(ctx)
	for _, m := range marks {
		m.generation = generation
		close(m.answered)
	}
}

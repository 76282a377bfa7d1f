package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Reader follows the journal in the order in which exchanges were recorded, and waits for more. It reads from Redis at
// its own pace: a slow one holds nobody up, and misses only what newer exchanges have taken the place of.
type Reader struct {
	journal *Journal
	match   Match
	last    string   // id of the last entry that was read; empty: none
	ahead   []string // ids of what is known to come after it
	changed <-chan struct{}
}

const (
	maxReaders = 100                    // that wait at the same time
	poll       = 100 * time.Millisecond // how often one that waits looks for what others on the same Redis wrote
)

var (
	// ErrBusy is that as many wait for the journal as may.
	ErrBusy = fmt.Errorf("%d already wait for the journal", maxReaders)

	// ErrReleased is that the journal lets nobody wait any more, for it is about to close.
	ErrReleased = errors.New("the journal is closing")
)

// Follow opens a reader of what matches and is recorded after the entry of that id; all that is kept when there is no
// such entry, and what is recorded from now on when the id is empty. It has to be closed. The error is ErrBusy when too
// many wait.
func (j *Journal) Follow(ctx context.Context, m Match, after string) (*Reader, error) {
	if err := j.Flush(ctx); err != nil {
		return nil, err
	}
	if after == "" {
		last, err := j.redis.LIndex(ctx, j.order, -1).Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			return nil, fmt.Errorf("reading the journal's order: %w", err)
		}
		after = last
	}
	if err := j.admit(); err != nil {
		return nil, err
	}
	return &Reader{journal: j, match: m, last: after}, nil
}

// Close lets another one wait.
func (r *Reader) Close() { <-r.journal.readers }

// Next waits until there is something to read, at least one entry. The error is ErrReleased when that will not be, or
// says that ctx ended first; the reader can then still be used.
func (r *Reader) Next(ctx context.Context) ([]Entry, error) {
	for {
		entries, err := r.read(ctx)
		if err != nil {
			return nil, err
		}
		found := slices.DeleteFunc(entries, func(e Entry) bool { return !r.match.Matches(e) })
		if len(found) > 0 {
			return found, nil
		}
		if len(entries) > 0 {
			continue
		}
		if err := r.wait(ctx); err != nil {
			return nil, err
		}
	}
}

// read gives what is there, without waiting, and no more than a chunk of it; nothing means that it was all read.
func (r *Reader) read(ctx context.Context) ([]Entry, error) {
	for {
		if len(r.ahead) == 0 {
			r.changed = r.journal.changes() // before looking, so that nothing is recorded unseen in between
			var err error
			if r.ahead, err = r.journal.after(ctx, r.last); err != nil || len(r.ahead) == 0 {
				return nil, err
			}
		}
		ids := r.ahead[:min(len(r.ahead), chunk)]
		entries, err := r.journal.read(ctx, ids)
		if err != nil {
			return nil, err
		}
		r.last, r.ahead = ids[len(ids)-1], r.ahead[len(ids):]
		if len(entries) > 0 {
			return entries, nil
		}
	}
}

// wait returns when something may have been recorded.
func (r *Reader) wait(ctx context.Context) error {
	others := time.NewTimer(poll)
	defer others.Stop()
	select {
	case <-r.changed:
		return nil
	case <-others.C:
		return nil
	case <-r.journal.released:
		return ErrReleased
	case <-ctx.Done():
		return ctx.Err()
	}
}

// after is what was recorded after the entry of that id; all that is kept when that is not there any more.
func (j *Journal) after(ctx context.Context, id string) ([]string, error) {
	for n := 16; ; n *= 8 { // mostly there is little that is new
		ids, err := j.redis.LRange(ctx, j.order, int64(-n), -1).Result()
		if err != nil {
			return nil, fmt.Errorf("reading the journal's order: %w", err)
		}
		for i := len(ids) - 1; i >= 0; i-- {
			if ids[i] == id {
				return ids[i+1:], nil
			}
		}
		if len(ids) < n {
			return ids, nil
		}
	}
}

// waiting is what a journal knows of its readers.
type waiting struct {
	mu       sync.Mutex
	changed  chan struct{} // closed, and replaced, when something was written
	readers  chan struct{} // has one for each that may wait
	released chan struct{} // closed when none may any more
	release  func()
}

func newWaiting() *waiting {
	released := make(chan struct{})
	return &waiting{
		changed:  make(chan struct{}),
		readers:  make(chan struct{}, maxReaders),
		released: released,
		release:  sync.OnceFunc(func() { close(released) }),
	}
}

func (w *waiting) admit() error {
	select {
	case w.readers <- struct{}{}:
		return nil
	default:
		return ErrBusy
	}
}

// changes is closed when something is written from now on.
func (w *waiting) changes() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.changed
}

// wake tells the readers that something was written.
func (w *waiting) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.changed)
	w.changed = make(chan struct{})
}

// Release ends all waiting, and lets nobody wait from now on. All else goes on.
func (w *waiting) Release() { w.release() }

package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	maxBatch = 256                   // entries that are written at once
	linger   = 50 * time.Millisecond // how long an entry waits for others to be written with, unless somebody wants to read

	maxBuffer = 1 << 20 // bytes that are kept for the next batch
)

// run writes what is recorded until the journal is closed.
func (j *Journal) run(ctx context.Context) {
	defer close(j.stopped)
	told := int64(0)
	for {
		select {
		case first := <-j.queue:
			told = j.report(told, j.write(ctx, j.gather(first)))
		case <-j.stopping:
			return
		}
	}
}

// batch is what is written at once.
type batch struct {
	entries []*Entry
	waiting []chan<- error // who wants to know when it is written
}

func (b *batch) add(m message) {
	if m.written != nil {
		b.waiting = append(b.waiting, m.written)
		return
	}
	b.entries = append(b.entries, m.entry)
}

// due tells whether the batch should not wait for more.
func (b *batch) due() bool { return len(b.entries) == maxBatch || len(b.waiting) > 0 }

// gather waits a little for more to write.
func (j *Journal) gather(first message) *batch {
	b := &batch{}
	b.add(first)
	patience := time.NewTimer(linger)
	defer patience.Stop()
	for !b.due() {
		select {
		case m := <-j.queue:
			b.add(m)
		case <-patience.C:
			return b
		}
	}
	return b
}

// write keeps the batch and tells those who wait for it, or for anything.
func (j *Journal) write(ctx context.Context, b *batch) error {
	err := j.keep(ctx, b.entries)
	if len(b.entries) > 0 {
		j.wake()
	}
	for _, written := range b.waiting {
		written <- err
	}
	return err
}

// keep stores the entries. One that cannot be encoded does not keep the others out.
func (j *Journal) keep(ctx context.Context, entries []*Entry) error {
	var fields, ids []any
	var failed []error
	buffer := j.buffer[:0]
	for _, e := range entries {
		start := len(buffer)
		written, err := e.appendJSON(buffer)
		if err != nil {
			failed = append(failed, fmt.Errorf("encoding journal entry %s: %w", e.ID, err))
			continue
		}
		buffer = written
		fields = append(fields, e.ID, buffer[start:])
		ids = append(ids, e.ID)
	}
	if cap(buffer) <= maxBuffer {
		j.buffer = buffer
	}
	j.dropped.Add(int64(len(failed)))
	if len(ids) == 0 {
		return errors.Join(failed...)
	}
	if err := j.push(ctx, fields, ids); err != nil {
		j.dropped.Add(int64(len(ids)))
		failed = append(failed, fmt.Errorf("writing the journal: %w", err))
	}
	return errors.Join(failed...)
}

// push appends to the journal and cuts it to its size, in one step: of several writers each cuts what is too much, and
// learns which entries those are that it has to delete.
func (j *Journal) push(ctx context.Context, fields, ids []any) error {
	var cut *redis.StringSliceCmd
	_, err := j.redis.TxPipelined(ctx, func(tx redis.Pipeliner) error {
		tx.HSet(ctx, j.entries, fields...)
		tx.RPush(ctx, j.order, ids...)
		cut = tx.LRange(ctx, j.order, 0, int64(-j.size-1))
		tx.LTrim(ctx, j.order, int64(-j.size), -1)
		return nil
	})
	if err != nil {
		return err
	}
	if len(cut.Val()) == 0 {
		return nil
	}
	if err := j.redis.HDel(ctx, j.entries, cut.Val()...).Err(); err != nil {
		j.log.WarnContext(ctx, "old journal entries could not be deleted", "entries", len(cut.Val()), "error", err)
	}
	return nil
}

var errFull = errors.New("more was recorded than could be written")

// report logs what was dropped since the last time, which ended at told, and gives where this one ends.
func (j *Journal) report(told int64, cause error) int64 {
	dropped := j.Dropped()
	if dropped == told {
		return told
	}
	if cause == nil {
		cause = errFull
	}
	j.log.Warn("journal entries were dropped", "entries", dropped-told, "error", cause)
	return dropped
}

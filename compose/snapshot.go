package compose

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"mpe/compose/control"
)

// maxSnapshots is how many a sandbox can have.
const maxSnapshots = 100

// snapshot is a copy of an edition's records, with the state that they were of.
type snapshot struct {
	control.Snapshot
	State state `json:"state"`
}

func (b *sandbox) snapshotsKey() string { return b.prefix + "snapshots" }

func (b *sandbox) snapshotPrefix(id string) string { return b.prefix + "snapshot:" + id + ":" }

// Snapshot copies what is there.
func (b *sandbox) Snapshot(ctx context.Context, name string) (control.Snapshot, error) {
	b.changing.Lock()
	defer b.done(ctx)
	n, err := b.redis.HLen(ctx, b.snapshotsKey()).Result()
	if err != nil {
		return control.Snapshot{}, fmt.Errorf("counting the snapshots: %w", err)
	}
	if n >= maxSnapshots {
		return control.Snapshot{}, &control.FieldError{What: fmt.Sprintf("there are %d snapshots already; delete some", n)}
	}
	s := snapshot{control.Snapshot{ID: randomID(b.config.Rand), Name: name, Created: b.machine().UTC()}, b.known}
	if err := b.copyKeys(ctx, b.editionPrefix(s.State.Edition), b.snapshotPrefix(s.ID)); err != nil {
		return control.Snapshot{}, err
	}
	encoded, err := json.Marshal(s)
	if err != nil {
		return control.Snapshot{}, err
	}
	if err := b.redis.HSet(ctx, b.snapshotsKey(), s.ID, encoded).Err(); err != nil {
		return control.Snapshot{}, fmt.Errorf("storing the snapshot: %w", err)
	}
	return s.Snapshot, nil
}

// copyKeys copies every key with the prefix. All keys of a sandbox are on one node.
func (b *sandbox) copyKeys(ctx context.Context, from, to string) error {
	node, err := nodeOf(ctx, b.redis, from)
	if err != nil {
		return err
	}
	err = scan(ctx, node, from, func(found []string) error {
		_, err := node.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, key := range found {
				p.Do(ctx, "COPY", key, to+strings.TrimPrefix(key, from), "REPLACE")
			}
			return nil
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("copying the records: %w", err)
	}
	return nil
}

// Snapshots are those of the sandbox, the oldest first.
func (b *sandbox) Snapshots(ctx context.Context) ([]control.Snapshot, error) {
	encoded, err := b.redis.HVals(ctx, b.snapshotsKey()).Result()
	if err != nil {
		return nil, fmt.Errorf("reading the snapshots: %w", err)
	}
	all := make([]control.Snapshot, len(encoded))
	for i := range encoded {
		if err := json.Unmarshal([]byte(encoded[i]), &all[i]); err != nil {
			return nil, fmt.Errorf("decoding a snapshot: %w", err)
		}
	}
	slices.SortFunc(all, func(a, b control.Snapshot) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

// Restore makes the sandbox what it was then, with the clock and the settings of then; the snapshot stays.
func (b *sandbox) Restore(ctx context.Context, id string) error {
	b.changing.Lock()
	defer b.done(ctx)
	encoded, err := b.redis.HGet(ctx, b.snapshotsKey(), id).Bytes()
	if errors.Is(err, redis.Nil) {
		return control.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("reading the snapshot: %w", err)
	}
	var s snapshot
	if err := json.Unmarshal(encoded, &s); err != nil {
		return fmt.Errorf("decoding the snapshot: %w", err)
	}
	world := b.current.Load().world
	if !s.State.sameSeed(b.known) {
		if world, err = b.readSeed(s.State); err != nil {
			return fmt.Errorf("the seed of then: %w", err)
		}
	}
	st := s.State
	st.Expires = b.known.Expires
	if st.Edition, err = b.nextEdition(ctx); err != nil {
		return err
	}
	if err := b.copyKeys(ctx, b.snapshotPrefix(id), b.editionPrefix(st.Edition)); err != nil {
		return err
	}
	made, err := b.newEdition(ctx, st, world)
	if err != nil {
		return err
	}
	return b.swap(ctx, st, made)
}

// DeleteSnapshot forgets it.
func (b *sandbox) DeleteSnapshot(ctx context.Context, id string) error {
	removed, err := b.redis.HDel(ctx, b.snapshotsKey(), id).Result()
	if err != nil {
		return fmt.Errorf("removing the snapshot: %w", err)
	}
	if removed == 0 {
		return control.ErrNotFound
	}
	b.drop(b.snapshotPrefix(id))
	return nil
}

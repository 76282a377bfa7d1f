package compose

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"mpe/compose/seed"
)

// state is what a sandbox is besides its records. It stands in Redis, where every emulator reads it that serves the
// sandbox.
type state struct {
	Edition   int64        `json:"edition"` // 0: none was made yet
	Clock     seed.Clock   `json:"clock"`
	Issuer    string       `json:"issuer,omitempty"`    // empty: as configured
	Approvals string       `json:"approvals,omitempty"` // empty: as configured
	Sources   []seedSource `json:"sources,omitempty"`   // none: as configured
	Expires   time.Time    `json:"expires,omitzero"`    // by the machine's clock; zero: never
}

// seedSource is a seed that came over the network: it can name no files.
type seedSource struct {
	Name string `json:"name"`
	Data []byte `json:"data"`
}

func (st state) sources(configured []seed.Source) []seed.Source {
	if len(st.Sources) == 0 {
		return configured
	}
	all := make([]seed.Source, len(st.Sources))
	for i, s := range st.Sources {
		all[i] = seed.Source{Name: s.Name, Data: s.Data}
	}
	return all
}

// sameEdition tells that nothing differs that an edition is made from.
func (st state) sameEdition(other state) bool {
	return st.Edition == other.Edition && st.Issuer == other.Issuer && st.Approvals == other.Approvals && st.sameSeed(other)
}

func (st state) sameSeed(other state) bool {
	return slices.EqualFunc(st.Sources, other.Sources, func(a, b seedSource) bool {
		return a.Name == b.Name && bytes.Equal(a.Data, b.Data)
	})
}

// stateName is the key of the state, below the sandbox's prefix.
const stateName = "state"

func (b *sandbox) stateKey() string { return b.prefix + stateName }

// readState reads the state; redis.Nil when there is none.
func readState(ctx context.Context, c redis.Cmdable, key string) (state, error) {
	var st state
	encoded, err := c.Get(ctx, key).Bytes()
	if err != nil {
		return st, err
	}
	if err := json.Unmarshal(encoded, &st); err != nil {
		return st, fmt.Errorf("decoding %s: %w", key, err)
	}
	return st, nil
}

// changeState changes the state in one atomic step, from the start again when another emulator was faster. An error of
// change is given back, and nothing is stored.
func (b *sandbox) changeState(ctx context.Context, change func(*state) error) (state, error) {
	var changed state
	step := func(tx *redis.Tx) (err error) {
		changed, err = readState(ctx, tx, b.stateKey())
		if err != nil && !errors.Is(err, redis.Nil) {
			return fmt.Errorf("reading the sandbox's state: %w", err)
		}
		if err := change(&changed); err != nil {
			return err
		}
		encoded, err := json.Marshal(changed)
		if err != nil {
			return err
		}
		_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.Set(ctx, b.stateKey(), encoded, 0)
			return nil
		})
		return err
	}
	for {
		if err := b.redis.Watch(ctx, step, b.stateKey()); !errors.Is(err, redis.TxFailedErr) {
			return changed, err
		}
	}
}

// dropKeys removes every key with the prefix.
func dropKeys(ctx context.Context, client redis.UniversalClient, prefix string) error {
	node, err := nodeOf(ctx, client, prefix)
	if err != nil {
		return err
	}
	return scan(ctx, node, prefix, func(found []string) error { return node.Unlink(ctx, found...).Err() })
}

// scan hands on the names of the keys with the prefix, some at a time.
func scan(ctx context.Context, node redis.Cmdable, prefix string, each func([]string) error) error {
	for cursor := uint64(0); ; {
		found, next, err := node.Scan(ctx, cursor, prefix+"*", 1000).Result()
		if err != nil {
			return err
		}
		if len(found) > 0 {
			if err := each(found); err != nil {
				return err
			}
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}

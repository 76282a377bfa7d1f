// Package fault spoils answers on purpose, by rules, so that what clients make of it can be tested.
package fault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/redis/go-redis/v9"

	"mpe/compose/seed"
)

// Rules are the rules of one sandbox, in order: the first that fits a request is used. They and what they have counted
// are kept in Redis, so that emulators on the same Redis spoil together. Without rules nothing is asked there.
type Rules struct {
	redis  redis.UniversalClient
	list   string // key of the rules in their order, as JSON
	counts string // key of a hash: how many requests each rule has fitted
	chance uint64

	current atomic.Pointer[[]*rule] // nil: there are none
}

// New are the rules that are kept below the prefix, once Reload has read them. Chance chooses which requests a rule with
// a probability spoils: the same number chooses the same ones. The prefix has to hold a hash tag, as "mpe:{default}:"
// does.
func New(client redis.UniversalClient, prefix string, chance uint64) *Rules {
	return &Rules{redis: client, list: prefix + "faults", counts: prefix + "faults:counts", chance: chance}
}

// ErrNotFound is that no rule has the id.
var ErrNotFound = errors.New("no such rule")

// Status is a rule and what it has done.
type Status struct {
	seed.Fault
	Seen     int64 `json:"seen"` // requests that fitted it before it burnt out
	Hits     int64 `json:"hits"` // those that it spoiled
	BurntOut bool  `json:"burntOut"`
}

// Reload reads the rules anew. Whoever changes them does so; it is for the other emulators on the same Redis.
func (r *Rules) Reload(ctx context.Context) error {
	stored, err := r.stored(ctx, r.redis)
	if err != nil {
		return err
	}
	if len(stored) == 0 {
		r.current.Store(nil)
		return nil
	}
	rules := make([]*rule, len(stored))
	for i, f := range stored {
		rules[i] = newRule(f, r.chance)
	}
	r.current.Store(&rules)
	return nil
}

// Any tells whether there are rules.
func (r *Rules) Any() bool { return r.current.Load() != nil }

func (r *Rules) all() []*rule {
	if rules := r.current.Load(); rules != nil {
		return *rules
	}
	return nil
}

// List is every rule with what it has done, in order.
func (r *Rules) List(ctx context.Context) ([]Status, error) {
	stored, err := r.stored(ctx, r.redis)
	if err != nil {
		return nil, err
	}
	counts, err := r.redis.HGetAll(ctx, r.counts).Result()
	if err != nil {
		return nil, fmt.Errorf("reading what the faults have counted: %w", err)
	}
	all := make([]Status, len(stored))
	for i, f := range stored {
		seen, _ := strconv.ParseInt(counts[f.ID], 10, 64) // a rule that has fitted nothing has no count
		all[i] = newRule(f, r.chance).status(seen)
	}
	return all, nil
}

// Add puts rules behind the others. One whose id is there already takes that place, and counts from nothing.
func (r *Rules) Add(ctx context.Context, rules ...seed.Fault) error {
	return r.change(ctx, func(all []seed.Fault) ([]seed.Fault, []string, error) {
		var anew []string
		for _, f := range rules {
			all, anew = put(all, f), append(anew, f.ID)
		}
		return all, anew, nil
	})
}

// Declare is Add for the rules of a seed, which each emulator that starts declares: one that is there as it is declared
// goes on counting.
func (r *Rules) Declare(ctx context.Context, rules []seed.Fault) error {
	if len(rules) == 0 {
		return r.Reload(ctx)
	}
	return r.change(ctx, func(all []seed.Fault) ([]seed.Fault, []string, error) {
		var anew []string
		for _, f := range rules {
			if slices.ContainsFunc(all, func(there seed.Fault) bool { return reflect.DeepEqual(there, f) }) {
				continue
			}
			all, anew = put(all, f), append(anew, f.ID)
		}
		return all, anew, nil
	})
}

func put(all []seed.Fault, f seed.Fault) []seed.Fault {
	if i := index(all, f.ID); i >= 0 {
		all[i] = f
		return all
	}
	return append(all, f)
}

func index(all []seed.Fault, id string) int {
	return slices.IndexFunc(all, func(f seed.Fault) bool { return f.ID == id })
}

// Remove takes a rule away; ErrNotFound when there is none with the id.
func (r *Rules) Remove(ctx context.Context, id string) error {
	return r.change(ctx, func(all []seed.Fault) ([]seed.Fault, []string, error) {
		i := index(all, id)
		if i < 0 {
			return nil, nil, ErrNotFound
		}
		return slices.Delete(all, i, i+1), []string{id}, nil
	})
}

// Clear takes all rules away.
func (r *Rules) Clear(ctx context.Context) error {
	if err := r.redis.Del(ctx, r.list, r.counts).Err(); err != nil {
		return fmt.Errorf("clearing the faults: %w", err)
	}
	return r.Reload(ctx)
}

// change writes what is made of the rules, and forgets the counts of some, from the start again when someone else has
// changed them meanwhile.
func (r *Rules) change(ctx context.Context, make func([]seed.Fault) (all []seed.Fault, anew []string, err error)) error {
	step := func(tx *redis.Tx) error {
		stored, err := r.stored(ctx, tx)
		if err != nil {
			return err
		}
		all, anew, err := make(stored)
		if err != nil || len(anew) == 0 {
			return err
		}
		encoded, err := json.Marshal(all)
		if err != nil {
			return fmt.Errorf("encoding the faults: %w", err)
		}
		_, err = tx.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
			pipe.Set(ctx, r.list, encoded, 0)
			pipe.HDel(ctx, r.counts, anew...)
			return nil
		})
		return err
	}
	for {
		err := r.redis.Watch(ctx, step, r.list)
		switch {
		case errors.Is(err, redis.TxFailedErr):
			continue
		case errors.Is(err, ErrNotFound):
			return err
		case err != nil:
			return fmt.Errorf("changing the faults: %w", err)
		}
		return r.Reload(ctx)
	}
}

func (r *Rules) stored(ctx context.Context, from redis.Cmdable) ([]seed.Fault, error) {
	encoded, err := from.Get(ctx, r.list).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the faults: %w", err)
	}
	var all []seed.Fault
	if err := json.Unmarshal(encoded, &all); err != nil {
		return nil, fmt.Errorf("decoding the faults: %w", err)
	}
	return all, nil
}

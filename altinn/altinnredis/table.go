package altinnredis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// table keeps the records of one noun. A record stands in one hash, its home, beside those that it is looked up with;
// what else it is looked up by is a sorted set of the addresses of records.
type table[T any] struct {
	database
	name string
	id   func(*T) string
	home func(*T) string   // the name of the hash that holds the record
	sets func(*T) []string // the names of the sets that hold its address, in the order of the ids; nil: none

	// series are the names of those that hold its address in the order of a number; nil: none.
	series func(*T) (names []string, number int64)
}

// address is where a record stands.
type address struct{ id, home string }

// An id has no NUL.
func (a address) String() string { return a.id + "\x00" + a.home }

func parseAddress(s string) address {
	id, home, _ := strings.Cut(s, "\x00")
	return address{id: id, home: home}
}

// in are the records of a home.
func (t *table[T]) in(ctx context.Context, home string) ([]*T, error) {
	return t.decodeFrom(home, t.HVals(ctx, t.key(home)))
}

// decodeFrom are the records that were read from a home.
func (t *table[T]) decodeFrom(home string, values *redis.StringSliceCmd) ([]*T, error) {
	encoded, err := values.Result()
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", home, err)
	}
	return t.decodeAll(encoded)
}

// at is the record at the address; nil when there is none.
func (t *table[T]) at(ctx context.Context, a address) (*T, error) {
	encoded, err := t.HGet(ctx, t.key(a.home), a.id).Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", a.home, err)
	}
	return t.decode(encoded)
}

// find is the record with the id, wherever it stands; nil when there is none.
func (t *table[T]) find(ctx context.Context, id string) (*T, error) {
	where, err := t.where(ctx, []string{id})
	if err != nil || where[id] == nil {
		return nil, err
	}
	return t.at(ctx, address{id: id, home: where[id].Home})
}

// addresses are those in a set.
func (t *table[T]) addresses(ctx context.Context, set string) ([]address, error) {
	return t.parse(set, t.ZRange(ctx, t.key(set), 0, -1))
}

// of are the records whose addresses are in a set. One that moves meanwhile can be left out.
func (t *table[T]) of(ctx context.Context, set string) ([]*T, error) {
	addresses, err := t.addresses(ctx, set)
	if err != nil {
		return nil, err
	}
	return t.all(ctx, set, addresses)
}

// fromID are at most limit records of a set that is in the order of ids, from that id on.
func (t *table[T]) fromID(ctx context.Context, set string, id string, limit int) ([]*T, error) {
	addresses, err := t.parse(set, t.ZRangeByLex(ctx, t.key(set), &redis.ZRangeBy{
		Min: "[" + id, Max: "+", Count: int64(limit),
	}))
	if err != nil {
		return nil, err
	}
	return t.all(ctx, set, addresses)
}

func (t *table[T]) parse(set string, members *redis.StringSliceCmd) ([]address, error) {
	found, err := members.Result()
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", set, err)
	}
	addresses := make([]address, len(found))
	for i, member := range found {
		addresses[i] = parseAddress(member)
	}
	return addresses, nil
}

// all are the records at the addresses, in their order.
func (t *table[T]) all(ctx context.Context, set string, addresses []address) ([]*T, error) {
	if len(addresses) == 0 {
		return nil, nil
	}
	var fields []*redis.SliceCmd
	_, err := t.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, a := range addresses {
			fields = append(fields, p.HMGet(ctx, t.key(a.home), a.id))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the records of %s: %w", set, err)
	}
	var found []string
	for _, field := range fields {
		if encoded, ok := field.Val()[0].(string); ok {
			found = append(found, encoded)
		}
	}
	return t.decodeAll(found)
}

func (t *table[T]) decodeAll(encoded []string) ([]*T, error) {
	records := make([]*T, len(encoded))
	for i := range encoded {
		var err error
		if records[i], err = t.decode(encoded[i]); err != nil {
			return nil, err
		}
	}
	return records, nil
}

func (t *table[T]) decode(encoded string) (*T, error) {
	record := new(T)
	if err := json.Unmarshal([]byte(encoded), record); err != nil {
		return nil, fmt.Errorf("decoding a %s: %w", t.name, err)
	}
	return record, nil
}

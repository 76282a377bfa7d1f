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
// what else it is looked up by is a set of the addresses of records.
type table[T any] struct {
	database
	name string
	id   func(*T) string
	home func(*T) string   // the name of the hash that holds the record
	sets func(*T) []string // the names of the sets that hold its address; nil: the table has none
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
	encoded, err := t.client.HVals(ctx, t.key(home)).Result()
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", home, err)
	}
	return t.decodeAll(encoded)
}

// at is the record at the address; false when there is none.
func (t *table[T]) at(ctx context.Context, a address) (*T, bool, error) {
	encoded, err := t.client.HGet(ctx, t.key(a.home), a.id).Result()
	if errors.Is(err, redis.Nil) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("reading %s: %w", a.home, err)
	}
	record, err := t.decode(encoded)
	return record, err == nil, err
}

// addresses are those in a set.
func (t *table[T]) addresses(ctx context.Context, set string) ([]address, error) {
	members, err := t.client.SMembers(ctx, t.key(set)).Result()
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", set, err)
	}
	addresses := make([]address, len(members))
	for i, member := range members {
		addresses[i] = parseAddress(member)
	}
	return addresses, nil
}

// of are the records whose addresses are in a set. One that moves meanwhile can be left out.
func (t *table[T]) of(ctx context.Context, set string) ([]*T, error) {
	addresses, err := t.addresses(ctx, set)
	if err != nil || len(addresses) == 0 {
		return nil, err
	}
	var fields []*redis.SliceCmd
	_, err = t.client.Pipelined(ctx, func(p redis.Pipeliner) error {
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

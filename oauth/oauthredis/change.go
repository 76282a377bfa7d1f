package oauthredis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"mpe/oauth"
)

// DeleteClient forgets a client; oauth.ErrNotFound when there is none with that id.
func (s *Store) DeleteClient(ctx context.Context, id string) error {
	return s.remove(ctx, "clients", id)
}

// DeleteScope forgets a scope; oauth.ErrNotFound when there is none of that name.
func (s *Store) DeleteScope(ctx context.Context, name string) error {
	return s.remove(ctx, "scopes", name)
}

// UpdateClient changes a client in one atomic step; oauth.ErrNotFound when there is none with that id. An error of
// change is given back, and nothing is stored. Where others write at the same time change is called again, each time
// with what is stored then. It must leave the id as it is.
func (s *Store) UpdateClient(ctx context.Context, id string, change func(*oauth.Client) error) error {
	return update(ctx, s, "clients", id, change)
}

// UpdateScope is for scopes what UpdateClient is for clients.
func (s *Store) UpdateScope(ctx context.Context, name string, change func(*oauth.Scope) error) error {
	return update(ctx, s, "scopes", name, change)
}

// Clients reads every client from the store, in the order of their ids.
func (s *Store) Clients(ctx context.Context) ([]*oauth.Client, error) {
	return list(ctx, s, "clients", func(a, b *oauth.Client) int { return strings.Compare(a.ID, b.ID) })
}

// Scopes reads every scope from the store, in the order of their names.
func (s *Store) Scopes(ctx context.Context) ([]*oauth.Scope, error) {
	return list(ctx, s, "scopes", func(a, b *oauth.Scope) int { return strings.Compare(a.Name, b.Name) })
}

// remove deletes the field and counts up the generation.
func (s *Store) remove(ctx context.Context, hash, field string) error {
	transaction := s.redis.TxPipeline()
	removed := transaction.HDel(ctx, s.prefix+hash, field)
	generation := transaction.Incr(ctx, s.generationKey())
	if _, err := transaction.Exec(ctx); err != nil {
		return fmt.Errorf("deleting from %s: %w", hash, err)
	}
	s.learn(strconv.FormatInt(generation.Val(), 10))
	if removed.Val() == 0 {
		return oauth.ErrNotFound
	}
	return nil
}

// update changes the value of the field and counts up the generation.
func update[V any](ctx context.Context, s *Store, hash, field string, change func(*V) error) error {
	return s.watch(ctx, s.prefix+hash, func(tx *redis.Tx) error {
		value, err := readHash[V](ctx, tx, s.prefix, hash, field)
		if err != nil {
			return err
		}
		if err := change(value); err != nil {
			return err
		}
		return s.write(ctx, tx, hash, field, value)
	})
}

// watch takes the step, from the start again when someone else has written to the key meanwhile.
func (s *Store) watch(ctx context.Context, key string, step func(*redis.Tx) error) error {
	for {
		if err := s.redis.Watch(ctx, step, key); !errors.Is(err, redis.TxFailedErr) {
			return err
		}
	}
}

// write stores the value and counts up the generation, unless what tx watches has changed.
func (s *Store) write(ctx context.Context, tx *redis.Tx, hash, field string, value any) error {
	encoded, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encoding %s: %q: %w", hash, field, err)
	}
	var generation *redis.IntCmd
	_, err = tx.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.HSet(ctx, s.prefix+hash, field, encoded)
		generation = pipe.Incr(ctx, s.generationKey())
		return nil
	})
	if err != nil {
		return fmt.Errorf("writing %s: %w", hash, err)
	}
	s.learn(strconv.FormatInt(generation.Val(), 10))
	return nil
}

// list reads the whole hash.
func list[V any](ctx context.Context, s *Store, hash string, compare func(a, b *V) int) ([]*V, error) {
	encoded, err := s.redis.HGetAll(ctx, s.prefix+hash).Result()
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", hash, err)
	}
	all := make([]*V, 0, len(encoded))
	for field, value := range encoded {
		decoded, err := decode[V](hash, field, []byte(value))
		if err != nil {
			return nil, err
		}
		all = append(all, decoded)
	}
	slices.SortFunc(all, compare)
	return all, nil
}

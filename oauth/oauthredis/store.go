// Package oauthredis keeps Maskinporten's clients, scopes and used grants in Redis.
package oauthredis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/redis/go-redis/v9"

	"mpe/oauth"
)

// Store is an oauth.Registry and an oauth.GrantStore over Redis 7 or newer. Every write to what tokens depend on counts
// up the generation, in the same transaction; what is remembered here is used only while that stands still.
type Store struct {
	redis      redis.UniversalClient
	prefix     string
	generation atomic.Pointer[string] // the last that was seen
	clients    *Cache[string, *oauth.Client]
	scopes     *Cache[string, *oauth.Scope]
}

// New makes a store whose keys have the prefix. It has to hold a hash tag, as "mpe:{default}:" does, so that a Redis
// Cluster keeps them on one node.
func New(client redis.UniversalClient, prefix string) *Store {
	s := &Store{
		redis:   client,
		prefix:  prefix,
		clients: NewCache[string, *oauth.Client](),
		scopes:  NewCache[string, *oauth.Scope](),
	}
	s.learn("") // no generation of the store's
	return s
}

// Generation names the data that this store last saw.
func (s *Store) Generation() string { return *s.generation.Load() }

func (s *Store) learn(generation string) { s.generation.Store(&generation) }

// Current tells whether the data are still of that generation.
func (s *Store) Current(ctx context.Context, generation string) (bool, error) {
	current, err := s.current(s.redis.Get(ctx, s.generationKey()))
	if err != nil {
		return false, fmt.Errorf("reading the generation: %w", err)
	}
	return current == generation, nil
}

func (s *Store) generationKey() string { return s.prefix + "generation" }

// current reads the answer to a GET of the generation, and remembers it.
func (s *Store) current(answer *redis.StringCmd) (string, error) {
	generation, err := answer.Result()
	if errors.Is(err, redis.Nil) {
		generation, err = "0", nil // nothing was ever written
	}
	if err == nil && generation != s.Generation() {
		s.learn(generation)
	}
	return generation, err
}

// Client reads a client; oauth.ErrNotFound when there is none with that id.
func (s *Store) Client(ctx context.Context, id string) (*oauth.Client, error) {
	return read(ctx, s, s.clients, "clients", id)
}

// Scope reads a scope; oauth.ErrNotFound when there is none of that name.
func (s *Store) Scope(ctx context.Context, name string) (*oauth.Scope, error) {
	return read(ctx, s, s.scopes, "scopes", name)
}

// PutClients stores clients. One with the same id is replaced.
func (s *Store) PutClients(ctx context.Context, clients ...*oauth.Client) error {
	return put(ctx, s, "clients", clients, func(c *oauth.Client) string { return c.ID })
}

// PutScopes stores scopes. One with the same name is replaced.
func (s *Store) PutScopes(ctx context.Context, scopes ...*oauth.Scope) error {
	return put(ctx, s, "scopes", scopes, func(c *oauth.Scope) string { return c.Name })
}

// read looks in the cache, then in the hash. What is not there is not remembered.
func read[V any](ctx context.Context, s *Store, cache *Cache[string, *V], hash, field string) (*V, error) {
	generation := s.Generation()
	if value, found := cache.Load(generation, field); found {
		return value, nil
	}
	value, err := readHash[V](ctx, s.redis, s.prefix, hash, field)
	if err != nil {
		return nil, err
	}
	if generation != "" {
		cache.Store(generation, field, value)
	}
	return value, nil
}

// readHash reads one field of a hash below the prefix; oauth.ErrNotFound when it is not there.
func readHash[V any](ctx context.Context, c redis.Cmdable, prefix, hash, field string) (*V, error) {
	encoded, err := c.HGet(ctx, prefix+hash, field).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, oauth.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", hash, err)
	}
	return decode[V](hash, field, encoded)
}

func decode[V any](hash, field string, encoded []byte) (*V, error) {
	value := new(V)
	if err := json.Unmarshal(encoded, value); err != nil {
		return nil, fmt.Errorf("reading %s: %q: %w", hash, field, err)
	}
	return value, nil
}

// chunk is how many fields one command writes.
const chunk = 1000

// put writes all values, or none, and counts up the generation.
func put[V any](ctx context.Context, s *Store, hash string, values []*V, name func(*V) string) error {
	if len(values) == 0 {
		return nil
	}
	transaction := s.redis.TxPipeline()
	for some := range slices.Chunk(values, chunk) {
		fields := make([]any, 0, 2*len(some))
		for _, value := range some {
			encoded, err := json.Marshal(value)
			if err != nil {
				return fmt.Errorf("encoding %s: %q: %w", hash, name(value), err)
			}
			fields = append(fields, name(value), encoded)
		}
		transaction.HSet(ctx, s.prefix+hash, fields...)
	}
	generation := transaction.Incr(ctx, s.generationKey())
	if _, err := transaction.Exec(ctx); err != nil {
		return fmt.Errorf("writing %s: %w", hash, err)
	}
	s.learn(strconv.FormatInt(generation.Val(), 10))
	return nil
}

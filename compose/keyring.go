package compose

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"mpe/compose/control"
	"mpe/keys"
)

// keyring is the keys that the issuer signs with. Emulators on the same Redis share them; a rotation on another one is
// seen after Reload. Who signs, verifies or publishes waits for nobody: what they read never changes, it is replaced.
type keyring struct {
	redis  redis.UniversalClient
	at     string
	config Config

	changed func(context.Context) // tells other emulators; nil: there are none to tell

	changing sync.Mutex // held while keys are read from Redis or written there, so that the latest read is what stays
	current  atomic.Pointer[sharedKeys]
}

// sharedKeys are the keys as they stand in Redis.
type sharedKeys struct {
	Version    int64       `json:"version"`              // counts the changes
	Configured string      `json:"configured,omitempty"` // the ID of the key that --signing-key gave last
	Keys       []sharedKey `json:"keys"`

	ring *keys.Ring
}

type sharedKey struct {
	ID    string    `json:"kid"`
	PEM   string    `json:"pem"`
	Since time.Time `json:"since"`
	Until time.Time `json:"until,omitzero"`
}

// openKeyring takes the keys that are in Redis already. Where there are none it leaves one there: the one that another
// sandbox lends, under an ID of its own, or the configured one, or else a new one. A configured key that Redis has not had
// takes over from those that are there; one that it has had stays what it was, rotated away perhaps.
func openKeyring(
	ctx context.Context, client redis.UniversalClient, prefix string, config Config, lent *keys.Key,
) (*keyring, error) {
	k := &keyring{redis: client, at: prefix + "signing-keys", config: config}
	if lent == nil && config.SigningKey != nil {
		return k, k.openConfigured(ctx)
	}
	return k, k.change(ctx, func(before *sharedKeys) (_ *sharedKeys, err error) {
		if before != nil {
			return before, nil
		}
		var key *keys.Key
		if lent != nil {
			key = lent.As(prefix)
		} else if key, err = k.generate(); err != nil {
			return nil, err
		}
		return before.rotated(key, config.Now(), 0)
	})
}

func (k *keyring) openConfigured(ctx context.Context) error {
	key, err := keys.Load(k.config.SigningKey, k.config.Now())
	if err != nil {
		return &ConfigError{"--signing-key", err.Error()}
	}
	return k.change(ctx, func(before *sharedKeys) (*sharedKeys, error) { return before.configured(key, k.config.Now()) })
}

// Sign signs with the newest key.
func (k *keyring) Sign(payload []byte) (string, error) { return k.set().Sign(payload) }

// Forge signs wrongly on purpose.
func (k *keyring) Forge(payload []byte, flaw keys.Flaw) (string, error) {
	return k.set().Forge(payload, flaw)
}

// Verify believes the newest key, and those whose overlap has not ended.
func (k *keyring) Verify(compact string) ([]byte, error) { return k.set().Verify(compact) }

// JWKS is what is published now.
func (k *keyring) JWKS() []byte { return k.set().JWKS() }

func (k *keyring) set() *keys.Set { return k.current.Load().ring.At(k.config.Now()) }

// lend is the key that signs, for another sandbox.
func (k *keyring) lend() *keys.Key { return k.current.Load().ring.Signing() }

// Published are the keys that are published now, the one that signs first.
func (k *keyring) Published() []keys.Held { return k.current.Load().ring.Held(k.config.Now()) }

// Rotate makes a key that signs from now on. The one before it stays published for the overlap. The error is a
// *keys.FullError where too many are published.
func (k *keyring) Rotate(ctx context.Context, overlap time.Duration) error {
	key, err := k.generate()
	if err != nil {
		return err
	}
	err = k.change(ctx, func(before *sharedKeys) (*sharedKeys, error) {
		return cmp.Or(before, k.current.Load()).rotated(key, k.config.Now(), overlap)
	})
	if err == nil && k.changed != nil {
		k.changed(ctx)
	}
	return err
}

// Reload takes the keys that are in Redis now, for when another emulator has rotated them. Where Redis has none, those
// that are here are put back.
func (k *keyring) Reload(ctx context.Context) error {
	return k.change(ctx, func(now *sharedKeys) (*sharedKeys, error) { return cmp.Or(now, k.current.Load()), nil })
}

// change replaces the keys in Redis by what step makes of them, unless it gives back what it got, and takes the result.
// The step is taken again when another emulator is faster; it gets nil where Redis has no keys.
func (k *keyring) change(ctx context.Context, step func(*sharedKeys) (*sharedKeys, error)) error {
	k.changing.Lock()
	defer k.changing.Unlock()
	try := func(tx *redis.Tx) error {
		before, err := k.read(ctx, tx)
		if err != nil {
			return err
		}
		after, err := step(before)
		if err != nil {
			return err
		}
		if after != before {
			if err := k.write(ctx, tx, after); err != nil {
				return err
			}
		}
		k.current.Store(after)
		return nil
	}
	for {
		if err := k.redis.Watch(ctx, try, k.at); !errors.Is(err, redis.TxFailedErr) {
			return err
		}
	}
}

func (k *keyring) read(ctx context.Context, tx *redis.Tx) (*sharedKeys, error) {
	encoded, err := tx.Get(ctx, k.at).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the signing keys: %w", err)
	}
	s := &sharedKeys{}
	if err := json.Unmarshal(encoded, s); err != nil {
		return nil, fmt.Errorf("reading the signing keys: %w", err)
	}
	held := make([]keys.Held, len(s.Keys))
	for i, stored := range s.Keys {
		key, err := keys.Load([]byte(stored.PEM), k.config.Now())
		if err != nil {
			return nil, fmt.Errorf("reading the signing key %s: %w", stored.ID, err)
		}
		key.ID = stored.ID
		held[i] = keys.Held{Key: key, Since: stored.Since, Until: stored.Until}
	}
	if s.ring, err = keys.NewRing(held...); err != nil {
		return nil, fmt.Errorf("reading the signing keys: %w", err)
	}
	return s, nil
}

func (k *keyring) write(ctx context.Context, tx *redis.Tx, s *sharedKeys) error {
	encoded, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("encoding the signing keys: %w", err)
	}
	_, err = tx.TxPipelined(ctx, func(pipe redis.Pipeliner) error { return pipe.Set(ctx, k.at, encoded, 0).Err() })
	if err != nil {
		return fmt.Errorf("storing the signing keys: %w", err)
	}
	return nil
}

func (k *keyring) generate() (*keys.Key, error) {
	key, err := keys.Generate(k.config.Rand, k.config.SigningKeyBits, k.config.Now())
	if err != nil {
		return nil, fmt.Errorf("generating the signing key: %w", err)
	}
	return key, nil
}

// configured is the keys with that one among them. It signs, unless it has been here before.
func (s *sharedKeys) configured(key *keys.Key, now time.Time) (*sharedKeys, error) {
	if s != nil && s.Configured == key.ID {
		return s, nil
	}
	after, err := s.rotated(key, now, control.DefaultOverlap)
	if err != nil {
		return nil, err
	}
	after.Configured = key.ID
	return after, nil
}

// rotated is the keys after that one has begun to sign; nil is no keys.
func (s *sharedKeys) rotated(key *keys.Key, now time.Time, overlap time.Duration) (*sharedKeys, error) {
	after := &sharedKeys{Version: 1}
	var err error
	if s == nil {
		after.ring, err = keys.NewRing(keys.Held{Key: key, Since: now})
	} else {
		after.Version, after.Configured = s.Version+1, s.Configured
		after.ring, err = s.ring.Rotate(key, now, overlap)
	}
	if err != nil {
		return nil, err
	}
	for _, h := range after.ring.Held(now) {
		encoded, err := h.Marshal()
		if err != nil {
			return nil, err
		}
		after.Keys = append(after.Keys, sharedKey{ID: h.ID, PEM: string(encoded), Since: h.Since, Until: h.Until})
	}
	return after, nil
}

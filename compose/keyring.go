package compose

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"mpe/keys"
)

// keyring is the keys that the issuer signs with. Emulators on the same Redis share them.
type keyring struct{ *keys.Set }

// openKeyring takes the configured key, or the one that is in Redis already, or makes one and leaves it there.
func openKeyring(ctx context.Context, client redis.UniversalClient, prefix string, config Config) (*keyring, error) {
	at := prefix + "signing-key"
	if config.SigningKey != nil {
		key, err := keys.Load(config.SigningKey, config.Now())
		if err != nil {
			return nil, &ConfigError{"--signing-key", err.Error()}
		}
		return newKeyring(key, share(ctx, client, at, key))
	}
	return newKeyring(sharedKey(ctx, client, at, config))
}

// sharedKey is the key that stands in Redis, or a new one that is left there.
func sharedKey(ctx context.Context, client redis.UniversalClient, at string, config Config) (*keys.Key, error) {
	shared, err := client.Get(ctx, at).Bytes()
	if errors.Is(err, redis.Nil) {
		return generateKey(ctx, client, at, config)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the signing key: %w", err)
	}
	return keys.Load(shared, config.Now())
}

// generateKey makes a key, unless another emulator is faster.
func generateKey(ctx context.Context, client redis.UniversalClient, at string, config Config) (*keys.Key, error) {
	key, err := keys.Generate(config.Rand, config.SigningKeyBits, config.Now())
	if err != nil {
		return nil, fmt.Errorf("generating the signing key: %w", err)
	}
	encoded, err := key.Marshal()
	if err != nil {
		return nil, err
	}
	theirs, err := client.SetArgs(ctx, at, encoded, redis.SetArgs{Mode: "NX", Get: true}).Bytes()
	if errors.Is(err, redis.Nil) {
		return key, nil
	}
	if err != nil {
		return nil, fmt.Errorf("storing the signing key: %w", err)
	}
	return keys.Load(theirs, config.Now())
}

func share(ctx context.Context, client redis.UniversalClient, at string, key *keys.Key) error {
	encoded, err := key.Marshal()
	if err != nil {
		return err
	}
	return client.Set(ctx, at, encoded, 0).Err()
}

func newKeyring(key *keys.Key, err error) (*keyring, error) {
	if err != nil {
		return nil, fmt.Errorf("sharing the signing key: %w", err)
	}
	set, err := keys.NewSet(key)
	if err != nil {
		return nil, err
	}
	return &keyring{set}, nil
}

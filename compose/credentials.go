package compose

import (
	"cmp"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/redis/go-redis/v9"

	"mpe/compose/control"
	"mpe/compose/seed"
	"mpe/oauth/oauthclient"
)

// credentials are the keys of the clients that the seed names, with the private halves as far as the seed has them.
type credentials struct {
	clients []seed.Client
	keys    map[string][]clientKey // by client id, in the seed's order
	now     func() time.Time
	rand    io.Reader
}

// clientKey is a key of a client; private is nil when the seed has only the public half.
type clientKey struct {
	seed.Key
	public  jose.JSONWebKey
	private crypto.Signer
}

// keyShop finds or makes the keys that a seed asks for.
type keyShop struct {
	redis redis.UniversalClient
	at    string // the hash of generated keys, which emulators on the same Redis share
	rand  io.Reader
	dev   *rsa.PrivateKey
}

func openCredentials(
	ctx context.Context, client redis.UniversalClient, prefix string, config Config, world *seed.World,
) (*credentials, error) {
	shop := keyShop{redis: client, at: prefix + "client-keys", rand: config.Rand, dev: oauthclient.DevKey()}
	c := &credentials{clients: world.Clients, keys: make(map[string][]clientKey, len(world.Clients))}
	c.now, c.rand = config.Now, config.Rand
	for _, owner := range world.Clients {
		for _, declared := range owner.Keys {
			key, err := shop.key(ctx, owner.ID, declared)
			if err != nil {
				return nil, fmt.Errorf("key %s of client %s: %w", declared.KID, owner.ID, err)
			}
			c.keys[owner.ID] = append(c.keys[owner.ID], key)
		}
	}
	return c, nil
}

func (s keyShop) key(ctx context.Context, client string, declared seed.Key) (clientKey, error) {
	switch {
	case declared.WellKnown != "":
		return privateKey(declared, s.dev, jose.RS256), nil
	case declared.Generate != "":
		generated, err := s.generated(ctx, client+" "+declared.KID)
		return privateKey(declared, generated, jose.SignatureAlgorithm(declared.Generate)), err
	}
	if private, ok := declared.JWK.Key.(*rsa.PrivateKey); ok {
		private.Precompute() // a key from a JWK signs six times as slowly without
		return privateKey(declared, private, jose.SignatureAlgorithm(declared.JWK.Algorithm)), nil
	}
	return clientKey{Key: declared, public: *declared.JWK}, nil
}

// Credentials are those that the client authenticates with.
func (c *credentials) Credentials(_ context.Context, named, kid string) (control.Credentials, error) {
	client, err := c.client(named)
	if err != nil {
		return control.Credentials{}, err
	}
	key, err := c.key(client, kid)
	if err != nil {
		return control.Credentials{}, err
	}
	certificate, err := c.certificate(client, key.Signer.Public())
	if err != nil {
		return control.Credentials{}, err
	}
	return control.Credentials{
		ClientID: client.ID, Name: client.Name, Org: client.Org, Scopes: client.Scopes,
		Kid: key.ID, Alg: cmp.Or(key.Alg, string(jose.RS256)), Signer: key.Signer, Certificate: certificate,
		Certified: len(key.X5C) > 0,
	}, nil
}

func privateKey(declared seed.Key, key *rsa.PrivateKey, alg jose.SignatureAlgorithm) clientKey {
	if key == nil {
		return clientKey{}
	}
	if alg == "" {
		alg = jose.RS256
	}
	public := jose.JSONWebKey{Key: &key.PublicKey, KeyID: declared.KID, Algorithm: string(alg), Use: "sig"}
	return clientKey{Key: declared, public: public, private: key}
}

// clientKeyBits is the size of a generated key: the smallest that Maskinporten takes.
const clientKeyBits = 2048

// generated is the key of that name; the first emulator to ask makes it.
func (s keyShop) generated(ctx context.Context, name string) (*rsa.PrivateKey, error) {
	der, err := s.redis.HGet(ctx, s.at, name).Bytes()
	if errors.Is(err, redis.Nil) {
		der, err = s.generate(ctx, name)
	}
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("the stored key: %w", err)
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("the stored key is not an RSA key")
	}
	return key, nil
}

func (s keyShop) generate(ctx context.Context, name string) ([]byte, error) {
	key, err := rsa.GenerateKey(s.rand, clientKeyBits)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	if err := s.redis.HSetNX(ctx, s.at, name, der).Err(); err != nil {
		return nil, err
	}
	return s.redis.HGet(ctx, s.at, name).Bytes()
}

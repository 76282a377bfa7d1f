package keys

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// Set is the key that signs and those that are published beside it. It does not change, and is safe for concurrent use.
type Set struct {
	signer    crypto.Signer
	id        string // the kid that signs
	header    string // encoded, with the dot behind it
	jwks      []byte
	published map[string]*rsa.PublicKey // by kid
}

// NewSet makes a set whose first key signs. All of them are published.
func NewSet(keys ...*Key) (*Set, error) {
	if len(keys) == 0 {
		return nil, errors.New("a key set without a key cannot sign")
	}
	return newSet(keys, encodeHeader(header(keys[0].ID, "RS256")), newJWK)
}

// NewThumbprintSet makes a set with one key that is named by its certificate's SHA-1 thumbprint, as .NET does and so
// Altinn.
func NewThumbprintSet(key *Key) (*Set, error) {
	sum := sha1.Sum(key.Chain[0].Raw)
	named := *key
	named.ID = strings.ToUpper(hex.EncodeToString(sum[:]))
	header := `{"alg":"RS256","kid":"` + named.ID + `","x5t":"` + base64.RawURLEncoding.EncodeToString(sum[:]) + `","typ":"JWT"}`
	return newSet([]*Key{&named}, encodeHeader(header), func(k *Key, public *rsa.PublicKey) jwk {
		published := newJWK(k, public)
		published.Algorithm = ""
		return published
	})
}

func newSet(keys []*Key, header string, publish func(*Key, *rsa.PublicKey) jwk) (*Set, error) {
	s := &Set{signer: keys[0].Signer, id: keys[0].ID, header: header, published: map[string]*rsa.PublicKey{}}
	all := jwks{Keys: make([]jwk, len(keys))}
	for i, k := range keys {
		public, ok := k.Signer.Public().(*rsa.PublicKey)
		if !ok {
			return nil, fmt.Errorf("key %s is not an RSA key", k.ID)
		}
		all.Keys[i] = publish(k, public)
		s.published[k.ID] = public
	}
	var err error
	if s.jwks, err = json.Marshal(all); err != nil {
		return nil, fmt.Errorf("encoding the key set: %w", err)
	}
	return s, nil
}

// header is that of a token as the real service writes it: these two members in this order, and no typ. Libraries order
// them their own way, which is why tokens are put together here.
func header(kid, alg string) string { return `{"kid":"` + kid + `","alg":"` + alg + `"}` }

func encodeHeader(header string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(header)) + "."
}

// Sign gives the payload as a compact JWS (RFC 7515), signed with RS256.
func (s *Set) Sign(payload []byte) (string, error) { return s.sign(s.header, payload) }

func (s *Set) sign(header string, payload []byte) (string, error) {
	var usual [usualSize]byte // most tokens need no more, which saves allocating twice what they have
	compact := append(usual[:0], header...)
	compact = base64.RawURLEncoding.AppendEncode(compact, payload)
	digest := sha256.Sum256(compact)
	signature, err := s.signer.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		return "", err
	}
	return string(base64.RawURLEncoding.AppendEncode(append(compact, '.'), signature)), nil
}

const usualSize = 2048 // bytes of a token with a system user and an RSA-3072 signature, rounded up

// What Verify does not believe.
var (
	ErrUnreadable = errors.New("not a compact JWS signed with RS256")
	ErrUnknownKey = errors.New("signed with a key that is not published here")
	ErrSignature  = errors.New("the signature does not match")
)

// Verify gives the payload of a compact JWS that was signed with RS256 and one of the keys. The error is ErrUnreadable,
// ErrUnknownKey or ErrSignature.
func (s *Set) Verify(compact string) ([]byte, error) {
	signed, err := jose.ParseSignedCompact(compact, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, ErrUnreadable
	}
	key, known := s.published[signed.Signatures[0].Header.KeyID]
	if !known {
		return nil, ErrUnknownKey
	}
	payload, err := signed.Verify(key)
	if err != nil {
		return nil, ErrSignature
	}
	return payload, nil
}

// JWKS is the published keys as a JWK Set (RFC 7517). The caller must not change it.
func (s *Set) JWKS() []byte { return s.jwks }

type jwks struct {
	Keys []jwk `json:"keys"`
}

// jwk is a published key, with its members in Maskinporten's order.
type jwk struct {
	KeyType     string   `json:"kty"`
	Exponent    string   `json:"e"`
	Use         string   `json:"use"`
	ID          string   `json:"kid"`
	Certificate []string `json:"x5c,omitempty"`
	Algorithm   string   `json:"alg,omitempty"`
	Modulus     string   `json:"n"`
}

func newJWK(k *Key, public *rsa.PublicKey) jwk {
	chain := make([]string, len(k.Chain))
	for i, c := range k.Chain {
		chain[i] = base64.StdEncoding.EncodeToString(c.Raw)
	}
	return jwk{
		KeyType:     "RSA",
		Exponent:    base64.RawURLEncoding.EncodeToString(big.NewInt(int64(public.E)).Bytes()),
		Use:         "sig",
		ID:          k.ID,
		Certificate: chain,
		Algorithm:   "RS256",
		Modulus:     base64.RawURLEncoding.EncodeToString(public.N.Bytes()),
	}
}

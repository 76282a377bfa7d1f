package keys

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
)

// Set is the key that signs and those that are published beside it. It does not change, and is safe for concurrent use.
type Set struct {
	signer crypto.Signer
	header string // encoded, with the dot behind it
	jwks   []byte
}

// NewSet makes a set whose first key signs. All of them are published.
func NewSet(keys ...*Key) (*Set, error) {
	if len(keys) == 0 {
		return nil, errors.New("a key set without a key cannot sign")
	}
	published := jwks{Keys: make([]jwk, len(keys))}
	for i, k := range keys {
		public, ok := k.Signer.Public().(*rsa.PublicKey)
		if !ok {
			return nil, fmt.Errorf("key %s is not an RSA key", k.ID)
		}
		published.Keys[i] = newJWK(k, public)
	}
	encoded, err := json.Marshal(published)
	if err != nil {
		return nil, fmt.Errorf("encoding the key set: %w", err)
	}
	return &Set{signer: keys[0].Signer, header: encodeHeader(keys[0].ID), jwks: encoded}, nil
}

// encodeHeader gives the header as Maskinporten writes it: these two members in this order, and no typ. Libraries order
// them their own way, which is why tokens are put together here.
func encodeHeader(kid string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(`{"kid":"`+kid+`","alg":"RS256"}`)) + "."
}

// Sign gives the payload as a compact JWS (RFC 7515), signed with RS256.
func (s *Set) Sign(payload []byte) (string, error) {
	size := len(s.header) + base64.RawURLEncoding.EncodedLen(len(payload))
	compact := make([]byte, 0, size+1+base64.RawURLEncoding.EncodedLen(signatureSize))
	compact = append(compact, s.header...)
	compact = base64.RawURLEncoding.AppendEncode(compact, payload)
	digest := sha256.Sum256(compact)
	signature, err := s.signer.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		return "", err
	}
	return string(base64.RawURLEncoding.AppendEncode(append(compact, '.'), signature)), nil
}

const signatureSize = 384 // bytes of the longest common signature, that of an RSA-3072 key

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
	Algorithm   string   `json:"alg"`
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

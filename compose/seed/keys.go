package seed

import (
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// clientSource is a client as a seed writes it.
type clientSource struct {
	Client
	Keys []keySource `json:"keys"`
}

// keySource is a key as a seed writes it: where it comes from, but not yet the key.
type keySource struct {
	KID             string          `json:"kid"`
	WellKnown       string          `json:"wellKnown"`
	Generate        string          `json:"generate"`
	JWK             json.RawMessage `json:"jwk"`
	JWKSFile        string          `json:"jwksFile"`
	PEMFile         string          `json:"pemFile"`
	CertificateFile string          `json:"certificateFile"`
	Expires         time.Time       `json:"expires"`
}

// Maskinporten's documentation of client keys: RSA of 2048 bits or more, at most five to a client.
const (
	minKeyBits    = 2048
	maxClientKeys = 5
)

var keyAlgorithms = []string{"RS256", "RS384", "RS512"}

// keys checks a client's keys and fetches them.
func (c *checker) keys(at place, sources []keySource) []Key {
	places := at.items("keys")
	if len(places) > maxClientKeys {
		c.found.add(places[maxClientKeys].problem(
			fmt.Sprintf("a client has at most %d keys, this one has %d", maxClientKeys, len(places)), ""))
	}
	var keys []Key
	lines := make(map[string]int, len(places))
	for i, p := range places {
		source := sources[i]
		if line, ok := lines[source.KID]; ok && source.KID != "" {
			what := fmt.Sprintf("kid %s is already the client's key on line %d", quote(source.KID), line)
			c.found.add(p.member("kid").problem(what, ""))
			continue
		}
		lines[source.KID] = p.node.line
		keys = append(keys, c.key(p, source))
	}
	return keys
}

func (c *checker) key(at place, s keySource) Key {
	k := Key{KID: s.KID, WellKnown: s.WellKnown, Generate: s.Generate, Expires: s.Expires}
	switch {
	case s.JWK != nil:
		k.JWK = c.jwk(at.member("jwk"), s)
	case s.JWKSFile != "":
		k.JWK = c.keyFile(at.member("jwksFile"), s, s.JWKSFile, keyFromJWKS)
	case s.PEMFile != "":
		k.JWK = c.keyFile(at.member("pemFile"), s, s.PEMFile, keyFromPEM)
	case s.CertificateFile != "":
		k.JWK = c.keyFile(at.member("certificateFile"), s, s.CertificateFile, keyFromCertificate)
	}
	return k
}

func (c *checker) jwk(at place, s keySource) *jose.JSONWebKey {
	key := new(jose.JSONWebKey)
	if err := key.UnmarshalJSON(s.JWK); err != nil {
		c.found.add(at.problem(fmt.Sprintf("is not a usable JWK: %v", err), ""))
		return nil
	}
	return c.usable(at, key, s.KID)
}

// keyFile fetches a key from a file that the seed names.
func (c *checker) keyFile(at place, s keySource, name string,
	read func(data []byte, kid string) (*jose.JSONWebKey, error)) *jose.JSONWebKey {
	data, ok := c.file(at, name)
	if !ok {
		return nil
	}
	key, err := read(data, s.KID)
	if err != nil {
		c.found.add(at.problem(fmt.Sprintf("%s %v", quote(name), err), ""))
		return nil
	}
	return c.usable(at, key, s.KID)
}

// usable holds a key against what Maskinporten takes, and gives it the kid.
func (c *checker) usable(at place, key *jose.JSONWebKey, kid string) *jose.JSONWebKey {
	if what := unusable(key, kid); what != "" {
		c.found.add(at.problem(what, ""))
		return nil
	}
	key.KeyID = kid
	return key
}

func unusable(key *jose.JSONWebKey, kid string) string {
	public, ok := key.Public().Key.(*rsa.PublicKey)
	switch {
	case !ok:
		return "is not an RSA key: Maskinporten takes no other"
	case public.N.BitLen() < minKeyBits:
		return fmt.Sprintf("has %d bits, an RSA key needs at least %d", public.N.BitLen(), minKeyBits)
	case key.Algorithm != "" && !slices.Contains(keyAlgorithms, key.Algorithm):
		return fmt.Sprintf("has alg %s, Maskinporten takes %s", quote(key.Algorithm), strings.Join(keyAlgorithms, ", "))
	case key.Use != "" && key.Use != "sig":
		return fmt.Sprintf("has use %s, a key that signs has \"sig\"", quote(key.Use))
	case key.KeyID != "" && kid != "" && key.KeyID != kid:
		return fmt.Sprintf("has kid %s, the entry has %s", quote(key.KeyID), quote(kid))
	}
	return ""
}

// Package oauthclient is the client's side of Maskinporten: it builds and signs grants, good ones and ones that are
// broken on purpose.
package oauthclient

import (
	"crypto"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"mpe/oauth/org"
)

// Key is what a client signs its grants with.
type Key struct {
	ID     string        // kid; empty when the client authenticates with X5C
	Alg    string        // RS256, RS384 or RS512; empty is RS256
	Signer crypto.Signer // of an RSA key
	X5C    []string      // the enterprise certificate's chain, leaf first, base64 of DER
}

// Grant is what to ask for. Empty members are left out of the grant.
type Grant struct {
	ClientID string
	Audience string // the issuer, with its slash
	Scope    string // several are separated by a space
	JTI      string // a random UUID when empty

	PID         string
	ConsumerOrg string // nine digits
	Resource    []string

	// SystemUserOrg, nine digits, asks for that organisation's system user, the one of ExternalRef if there are several.
	SystemUserOrg string
	ExternalRef   string

	IssuedAt time.Time
	Lifetime time.Duration // 0 is DefaultLifetime
}

// DefaultLifetime is the longest that Maskinporten accepts.
const DefaultLifetime = 120 * time.Second

// claims are a grant's, in the order in which they are written.
type claims struct {
	Audience    any      `json:"aud,omitempty"`
	Issuer      string   `json:"iss,omitempty"`
	Scope       string   `json:"scope,omitempty"`
	IssuedAt    int64    `json:"iat"`
	Expires     int64    `json:"exp"`
	ID          string   `json:"jti,omitempty"`
	PID         string   `json:"pid,omitempty"`
	ConsumerOrg string   `json:"consumer_org,omitempty"`
	Resource    []string `json:"resource,omitempty"`
	Details     any      `json:"authorization_details,omitempty"`
	Unknown     string   `json:"foo,omitempty"` // no such claim is known
}

// header is the JOSE header.
type header struct {
	Alg  string   `json:"alg"`
	Kid  string   `json:"kid,omitempty"`
	X5C  any      `json:"x5c,omitempty"`
	Type string   `json:"typ,omitempty"`
	Crit []string `json:"crit,omitempty"`
}

// detail asks for a system user (RFC 9396).
type detail struct {
	Type        string `json:"type"`
	Org         any    `json:"systemuser_org,omitempty"`
	ExternalRef string `json:"externalRef,omitempty"`
	Unknown     string `json:"foo,omitempty"`
}

// Sign gives the grant as a compact JWS.
func (g Grant) Sign(random io.Reader, key Key) (string, error) {
	return g.SignBroken(random, key)
}

func (g Grant) draft(random io.Reader, key Key) (*draft, error) {
	lifetime := g.Lifetime
	if lifetime == 0 {
		lifetime = DefaultLifetime
	}
	d := &draft{
		random: random, key: key.Signer,
		header: header{Alg: key.Alg, Kid: key.ID, Type: "JWT"},
		claims: claims{
			Audience: g.Audience, Issuer: g.ClientID, Scope: g.Scope, ID: g.JTI,
			IssuedAt: g.IssuedAt.Unix(), Expires: g.IssuedAt.Add(lifetime).Unix(),
			PID: g.PID, ConsumerOrg: g.ConsumerOrg, Resource: g.Resource,
		},
	}
	if key.Alg == "" {
		d.header.Alg = "RS256"
	}
	if len(key.X5C) > 0 {
		d.header.X5C = key.X5C
	}
	if g.SystemUserOrg != "" {
		d.details = []detail{{
			Type: "urn:altinn:systemuser", Org: org.Number(g.SystemUserOrg).Identifier(), ExternalRef: g.ExternalRef,
		}}
	}
	if d.claims.ID == "" {
		id, err := uuid.NewRandomFromReader(random)
		if err != nil {
			return nil, fmt.Errorf("making the grant's jti: %w", err)
		}
		d.claims.ID = id.String()
	}
	return d, nil
}

// draft is a grant before it is signed, so that it can still be broken.
type draft struct {
	random  io.Reader
	key     crypto.Signer
	header  header
	claims  claims
	details []detail
	after   func(compact string) string // what happens to it once it is signed; nil: nothing
}

var hashes = map[string]crypto.Hash{
	"RS256": crypto.SHA256, "RS384": crypto.SHA384, "RS512": crypto.SHA512, "PS256": crypto.SHA256,
}

func (d *draft) sign() (string, error) {
	if d.claims.Details == nil && d.details != nil {
		d.claims.Details = d.details
	}
	head, err := json.Marshal(d.header)
	if err != nil {
		return "", fmt.Errorf("encoding the header: %w", err)
	}
	body, err := json.Marshal(d.claims)
	if err != nil {
		return "", fmt.Errorf("encoding the claims: %w", err)
	}
	signed := base64.RawURLEncoding.EncodeToString(head) + "." + base64.RawURLEncoding.EncodeToString(body)
	signature, err := d.signature(signed)
	if err != nil {
		return "", fmt.Errorf("signing the grant: %w", err)
	}
	compact := signed + "." + base64.RawURLEncoding.EncodeToString(signature)
	if d.after != nil {
		compact = d.after(compact)
	}
	return compact, nil
}

// signature is one for the algorithm. For none it is empty, and for one that RSA cannot make it has the wrong kind.
func (d *draft) signature(signed string) ([]byte, error) {
	if d.header.Alg == "none" {
		return nil, nil
	}
	hash, known := hashes[d.header.Alg]
	if !known {
		hash = crypto.SHA256
	}
	digest := hash.New()
	digest.Write([]byte(signed)) // a hash takes everything
	if d.header.Alg == "PS256" {
		return d.key.Sign(d.random, digest.Sum(nil), &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash})
	}
	return d.key.Sign(d.random, digest.Sum(nil), hash)
}

package oauth

import (
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"

	"mpe/oauth/org"
)

// Client is an integration registered in Maskinporten's self-service.
type Client struct {
	ID   string     `json:"client_id"`
	Name string     `json:"client_name,omitempty"`
	Org  org.Number `json:"client_orgno"` // who owns the client, and is the consumer of its tokens

	IntegrationType string   `json:"integration_type,omitempty"` // as in self-service; DefaultIntegrationType when empty
	Scopes          []string `json:"scopes,omitempty"`

	// Keys are the public keys that the client may sign with. A client without any authenticates with an enterprise
	// certificate (virksomhetssertifikat) instead.
	Keys []ClientKey `json:"keys,omitempty"`

	// TokenLifetime is the lifetime that the client asked for in self-service, in whole seconds; 0 is not set.
	TokenLifetime time.Duration `json:"access_token_lifetime,omitempty"`

	Inactive bool `json:"inactive,omitempty"`
}

// ClientKey is one public key of a client. Maskinporten lets it live for a year.
type ClientKey struct {
	JWK     jose.JSONWebKey `json:"jwk"`
	Expires time.Time       `json:"expires,omitzero"` // zero: never
}

// Expired tells whether the key may no longer be used at now.
func (k ClientKey) Expired(now time.Time) bool {
	return !k.Expires.IsZero() && !now.Before(k.Expires)
}

// Key is the client's key with that id.
func (c *Client) Key(kid string) (ClientKey, bool) {
	i := slices.IndexFunc(c.Keys, func(k ClientKey) bool { return k.JWK.KeyID == kid })
	if i < 0 {
		return ClientKey{}, false
	}
	return c.Keys[i], true
}

// DefaultIntegrationType is the type of the clients that use the token endpoint.
const DefaultIntegrationType = "maskinporten"

package oauth

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"mpe/oauth/org"
)

// Token is an issued access token.
type Token struct {
	Compact   string        // the signed JWT
	Claims    []byte        // its payload
	Scope     string        // its scope claim
	ExpiresIn time.Duration // what the client is told: a second less than the lifetime, as Maskinporten does
}

// Claims are the claims of an access token. Which of them are written depends on the grant.
type Claims struct {
	Audience         []string // a single one is written as a string
	Details          []AuthorizationDetail
	Scope            string
	Supplier         org.Number
	Issuer           string
	AMR              string
	PID              string
	Expires          int64
	DelegationSource string
	IssuedAt         int64
	ClientID         string
	ID               string
	Consumer         org.Number
}

func (a *Authorization) claims(id string, now time.Time) Claims {
	g := a.Grant
	return Claims{
		Audience:         g.Resource,
		Details:          a.Details,
		Scope:            strings.Join(a.Scopes, " "),
		Supplier:         a.Supplier,
		Issuer:           g.Issuer,
		AMR:              g.AMR,
		PID:              g.PID,
		Expires:          now.Unix() + int64(a.Lifetime/time.Second),
		DelegationSource: a.DelegationSource,
		IssuedAt:         now.Unix(),
		ClientID:         g.ClientID,
		ID:               id,
		Consumer:         a.Consumer,
	}
}

// MarshalJSON writes the claims in the order that Maskinporten does.
func (c Claims) MarshalJSON() ([]byte, error) { return c.values().MarshalJSON() }

// members are the claims to be written, in the order in which Maskinporten puts them into its map.
type members []member

type member struct {
	name  string
	value any
}

// MarshalJSON writes them in the order that Maskinporten does: it keeps them in a Java HashMap.
func (m members) MarshalJSON() ([]byte, error) {
	names := make([]string, len(m))
	for i, v := range m {
		names[i] = v.name
	}
	var b bytes.Buffer
	b.Grow(512)
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	b.WriteByte('{')
	for _, name := range hashOrder(names) {
		if err := encoder.Encode(name); err != nil {
			return nil, err
		}
		b.Truncate(b.Len() - 1) // the encoder's line feed
		b.WriteByte(':')
		if err := encoder.Encode(m.named(name)); err != nil {
			return nil, err
		}
		b.Truncate(b.Len() - 1)
		b.WriteByte(',')
	}
	if len(m) > 0 {
		b.Truncate(b.Len() - 1)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func (m members) named(name string) any {
	for _, v := range m {
		if v.name == name {
			return v.value
		}
	}
	return nil
}

func (c Claims) values() members {
	all := make(members, 0, 14)
	add := func(name string, value any, when bool) {
		if when {
			all = append(all, member{name, value})
		}
	}
	switch len(c.Audience) {
	case 0:
	case 1:
		add("aud", c.Audience[0], true)
	default:
		add("aud", c.Audience, true)
	}
	add("authorization_details", c.Details, len(c.Details) > 0)
	add("scope", c.Scope, true)
	add("supplier", c.Supplier.Identifier(), c.Supplier != "")
	add("iss", c.Issuer, true)
	add("client_amr", c.AMR, true)
	add("pid", c.PID, c.PID != "")
	add("token_type", "Bearer", true)
	add("exp", c.Expires, true)
	add("delegation_source", c.DelegationSource, c.DelegationSource != "")
	add("iat", c.IssuedAt, true)
	add("client_id", c.ClientID, true)
	add("jti", c.ID, true)
	add("consumer", c.Consumer.Identifier(), true)
	return all
}

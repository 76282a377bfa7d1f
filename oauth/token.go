package oauth

import (
	"strconv"
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

// AppendResponse writes the body of a token response (RFC 6749 section 5.1), in Maskinporten's order. Clients are known
// that fail on any other member.
func (t *Token) AppendResponse(b []byte) []byte {
	b = appendText(append(b, `{"access_token":`...), t.Compact)
	b = strconv.AppendInt(append(b, `,"token_type":"Bearer","expires_in":`...), int64(t.ExpiresIn/time.Second), 10)
	return append(appendText(append(b, `,"scope":`...), t.Scope), '}')
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
	return appendMembers(make([]byte, 0, usualPayload), hashOrder(m, func(m member) string { return m.name }))
}

const usualPayload = 1024 // bytes of a token's payload with a system user, rounded up

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

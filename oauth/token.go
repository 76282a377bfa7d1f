package oauth

import (
	"bytes"
	"encoding/json"
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
	ordered := make(members, len(m))
	for i, name := range hashOrder(names) {
		ordered[i] = member{name, m.named(name)}
	}
	return appendMembers(make([]byte, 0, 512), ordered)
}

// appendMembers writes an object with the members in their order.
func appendMembers(b []byte, all members) (_ []byte, err error) {
	b = append(b, '{')
	for i, m := range all {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendJSON(b, m.name); err != nil {
			return nil, err
		}
		if b, err = appendJSON(append(b, ':'), m.value); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// appendJSON writes the value as encoding/json does, but for HTML's characters, which it leaves as they are. Most are
// strings and numbers in which nothing is escaped.
func appendJSON(b []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case string:
		if plain(v) {
			return append(append(append(b, '"'), v...), '"'), nil
		}
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case org.Identifier:
		return appendMembers(b, members{{"authority", v.Authority}, {"ID", v.ID}})
	}
	rest := bytes.NewBuffer(b)
	encoder := json.NewEncoder(rest)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(rest.Bytes(), []byte("\n")), err
}

// plain tells whether the string stands in JSON as it is: printable ASCII without quotation marks and backslashes.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
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

package mpetest

import (
	"cmp"
	"crypto/rsa"
	"net/url"

	"github.com/go-jose/go-jose/v4"

	"mpe/compose/control"
)

// Client is a client of the seed, with all that an application needs to get tokens as that client.
type Client struct {
	ID     string // iss of its grants
	Name   string
	Org    string // nine digits
	Scopes []string

	Kid string // empty when it authenticates with an enterprise certificate
	Key *rsa.PrivateKey

	Issuer        string
	TokenEndpoint string
	JWKSURI       string
	WellKnown     string

	env []string
}

// Env is the client in environment variables, as applications on NAIS find theirs: MASKINPORTEN_CLIENT_ID,
// MASKINPORTEN_CLIENT_JWK, MASKINPORTEN_SCOPES, MASKINPORTEN_ISSUER, MASKINPORTEN_TOKEN_ENDPOINT, MASKINPORTEN_JWKS_URI
// and MASKINPORTEN_WELL_KNOWN_URL, each with its value behind "=", for exec.Cmd.Env.
func (c Client) Env() []string { return c.env }

// Client is the seed's client of that id, or with that in its name; the first that has a private key when named is empty.
// The test that the server was made for ends when there is none.
func (s *Server) Client(named string) Client {
	s.t.Helper()
	var found control.Described
	s.api.must(s.t, "GET", "clients/"+url.PathEscape(cmp.Or(named, "first"))+"/credentials", nil, &found)
	var key jose.JSONWebKey
	if err := key.UnmarshalJSON(found.JWK); err != nil {
		s.t.Fatalf("mpetest: the key of client %s: %v", found.ClientID, err)
	}
	private, ok := key.Key.(*rsa.PrivateKey)
	if !ok {
		s.t.Fatalf("mpetest: the key of client %s is a %T, want RSA", found.ClientID, key.Key)
	}
	private.Precompute() // a key from a JWK signs six times as slowly without
	c := Client{
		ID: found.ClientID, Name: found.Name, Org: string(found.Org), Scopes: found.Scopes, Kid: found.Kid, Key: private,
		Issuer: found.Issuer, TokenEndpoint: found.TokenEndpoint, JWKSURI: found.JWKSURI, WellKnown: found.WellKnown,
	}
	for _, v := range found.Variables() {
		c.env = append(c.env, v.Name+"="+v.Value)
	}
	return c
}

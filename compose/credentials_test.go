package compose_test

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"software.sslmate.com/src/go-pkcs12"

	"mpe/compose"
	"mpe/compose/control"
	"mpe/keys"
	"mpe/oauth/oauthclient"
)

// What is given away is what the client authenticates with, in each of the formats.
func TestCredentialsGetTokens(t *testing.T) {
	e := start(t, compose.Config{})
	const certified = "5f0c1a52-6c1b-4f6e-9d38-1c0f7a4b9e04" // of the demo, without a registered key
	ask := func(query string) string {
		status, body := e.call(t, "GET", "clients/"+query, "", nil)
		if status != http.StatusOK {
			t.Fatalf("%s: got %d %s", query, status, body)
		}
		return body
	}
	jwk := func(data string) oauthclient.Key {
		var key jose.JSONWebKey
		if err := json.Unmarshal([]byte(data), &key); err != nil {
			t.Fatalf("%v in %s", err, data)
		}
		return newClientKey(key.KeyID, key.Key, key.Certificates...)
	}
	described := func(data string) oauthclient.Key {
		var d control.Described
		if err := json.Unmarshal([]byte(data), &d); err != nil {
			t.Fatal(err)
		}
		if d.TokenEndpoint != e.URL+"token" || d.Issuer != e.URL || d.ClientID != vendorClient {
			t.Errorf("got %+v", d)
		}
		return jwk(string(d.JWK))
	}
	fromPEM := func(data string) oauthclient.Key {
		block, rest := pem.Decode([]byte(data))
		key, err := keys.ParsePrivateKey(block)
		if err != nil {
			t.Fatal(err)
		}
		chain, _ := keys.ParseCertificates(rest) // none where the key is registered
		return newClientKey("", key, chain...)
	}
	p12 := func(data, password string) oauthclient.Key {
		key, leaf, _, err := pkcs12.DecodeChain([]byte(data), password)
		if err != nil {
			t.Fatal(err)
		}
		return newClientKey("", key, leaf)
	}
	for name, c := range map[string]struct {
		client, scope string
		key           oauthclient.Key
		kid           string // where the format has none
	}{
		"JSON":                       {vendorClient, "mun:faktura.read", described(ask("first/credentials")), ""},
		"a JWK":                      {vendorClient, "mun:faktura.read", jwk(ask("fakturapro/credentials?format=jwk")), ""},
		"PEM":                        {vendorClient, "mun:faktura.read", fromPEM(ask(vendorClient + "/credentials?format=pem")), vendorKey},
		"a JWK with a certificate":   {certified, "mun:register.read", jwk(ask(certified + "/credentials?format=jwk")), ""},
		"PEM with a certificate":     {certified, "mun:register.read", fromPEM(ask(certified + "/credentials?format=pem")), ""},
		"PKCS #12":                   {certified, "mun:register.read", p12(ask(certified+"/credentials?format=p12"), "changeit"), ""},
		"PKCS #12 under a password":  {certified, "mun:register.read", p12(ask(certified+"/credentials?format=p12&password=x"), "x"), ""},
		"a key that is asked for":    {vendorClient, "mun:faktura.read", jwk(ask(vendorClient + "/credentials?format=jwk&kid=" + vendorKey)), ""},
		"a JWK in the variables":     {vendorClient, "mun:faktura.read", jwk(variable(t, ask("first/credentials?format=env"), "MASKINPORTEN_CLIENT_JWK")), ""},
		"part of the name of client": {vendorClient, "mun:faktura.read", jwk(ask("akturapro%20(prod/credentials?format=jwk")), ""},
	} {
		grant := e.grant()
		grant.ClientID, grant.Scope = c.client, c.scope
		if c.kid != "" {
			c.key.ID = c.kid
		}
		compact, err := grant.Sign(rand.Reader, c.key)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.send(t, compact); got.Status != http.StatusOK {
			t.Errorf("%s: got %d %s %s", name, got.Status, got.code(), got.Description)
		}
	}
}

func newClientKey(kid string, key any, chain ...*x509.Certificate) oauthclient.Key {
	made := oauthclient.Key{ID: kid, Signer: key.(crypto.Signer)}
	if len(chain) > 0 {
		made.X5C = []string{base64.StdEncoding.EncodeToString(chain[0].Raw)}
	}
	return made
}

func variable(t *testing.T, environment, name string) string {
	t.Helper()
	for line := range strings.Lines(environment) {
		if value, found := strings.CutPrefix(line, name+"="); found {
			return strings.TrimSuffix(value, "\n")
		}
	}
	t.Fatalf("no %s in %s", name, environment)
	return ""
}

func TestCredentialsThatCannotBeGiven(t *testing.T) {
	public, err := (&jose.JSONWebKey{Key: oauthclient.DevKey().Public(), KeyID: "theirs", Use: "sig"}).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	e := start(t, seeded(`clients: [{ clientId: public, name: Hemmelig, org: "310000019", keys: [{ kid: theirs, jwk: `+string(public)+` }] }]`))
	for path, want := range map[string]struct {
		status int
		detail string
	}{
		"nobody/credentials":             {404, `client: no client of the seed has the id \"nobody\"`},
		"fakturapro/credentials?kid=no":  {422, "kid: the seed has no private key"},
		"public/credentials":             {422, "kid: the seed has no private key of client public"},
		"first/credentials?format=jwks":  {400, `format: \"jwks\" is not jwk, pem, p12 or env`},
		"first/credentials?format=p12 ":  {400, "format: "},
		"byr/credentials?kid=byraa-2027": {422, "byraa-2027"},
	} {
		path = strings.ReplaceAll(path, " ", "%20")
		status, body := e.call(t, "GET", "clients/"+path, "", nil)
		if status != want.status || !strings.Contains(body, want.detail) || strings.Contains(body, `"d":`) {
			t.Errorf("%s: got %d %s, want %d and %s", path, status, body, want.status, want.detail)
		}
	}
}

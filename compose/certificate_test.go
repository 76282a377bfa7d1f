package compose_test

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"mpe/compose"
	"mpe/keys"
	"mpe/oauth/oauthclient"
)

const sealedClient = "5f0c1a52-6c1b-4f6e-9d38-1c0f7a4b9eaa"

// sealed is a seed with a client that has no keys, and authenticates with its enterprise certificate.
func sealed() compose.Config {
	return seeded(`clients: [{ clientId: ` + sealedClient + `, org: "310000019", scopes: ["mun:faktura.read"] }]`)
}

func (e *emulator) sendCertified(t *testing.T, authority *keys.Authority) answer {
	t.Helper()
	now := time.Now()
	leaf, err := authority.Issue(rand.Reader, oauthclient.DevKey().Public(), keys.Subject{
		Org: "310000019", Name: "SINDIG KODEBEVER AS", NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	g := e.grant()
	g.ClientID = sealedClient
	compact, err := g.Sign(rand.Reader, oauthclient.Key{
		Signer: oauthclient.DevKey(), X5C: []string{base64.StdEncoding.EncodeToString(leaf.Raw)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e.send(t, compact)
}

// A client without keys signs with a certificate of its organisation, also for the control API.
func TestAClientWithoutKeysHasACertificate(t *testing.T) {
	e := start(t, compose.Config{})
	signed := e.api(t, http.DefaultClient, http.MethodPost, "_mpe/v1/grants", `{"client": "5f0c1a52-6c1b-4f6e-9d38-1c0f7a4b9e04"}`).want(t, 200)
	var grant struct{ Grant string }
	if err := json.Unmarshal([]byte(signed.body), &grant); err != nil {
		t.Fatal(err)
	}
	got := e.send(t, grant.Grant)
	if got.Status != http.StatusOK {
		t.Fatalf("got %d %s", got.Status, got.Description)
	}
	if claims := claimsOf(t, got.AccessToken); claims["client_amr"] != "virksomhetssertifikat" {
		t.Errorf("client_amr is %v", claims["client_amr"])
	}
}

func claimsOf(t *testing.T, token string) map[string]any {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestTrustedCA(t *testing.T) {
	other, err := keys.NewAuthority(rand.Reader, "Other CA", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	e := start(t, sealed())
	if got := e.sendCertified(t, keys.TestAuthority()); got.Status != 200 {
		t.Errorf("the test CA's: got %d %s", got.Status, got.Description)
	}
	if got := e.sendCertified(t, other); got.code() != "MP-120" {
		t.Errorf("another CA's: got %d %s, want MP-120", got.Status, got.Description)
	}
	config := sealed()
	config.TrustedCAs = []*x509.Certificate{other.Certificate}
	if got := start(t, config).sendCertified(t, other); got.Status != 200 {
		t.Errorf("another CA's, trusted: got %d %s", got.Status, got.Description)
	}
}

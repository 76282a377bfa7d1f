package oauthclient_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"mpe/oauth/oauthclient"
)

func grant() oauthclient.Grant {
	return oauthclient.Grant{
		ClientID: "client", Audience: "http://localhost:6730/", Scope: "mun:faktura.read", JTI: "id",
		SystemUserOrg: "310000027", ExternalRef: "avdeling-oslo", IssuedAt: time.Unix(1767225600, 0),
	}
}

func key() oauthclient.Key { return oauthclient.Key{ID: "kid", Signer: oauthclient.DevKey()} }

func TestAGrantSaysWhatWasAsked(t *testing.T) {
	compact, err := grant().Sign(rand.Reader, key())
	if err != nil {
		t.Fatal(err)
	}
	jws, err := jose.ParseSigned(compact, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	claims, err := jws.Verify(&oauthclient.DevKey().PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"aud":"http://localhost:6730/","iss":"client","scope":"mun:faktura.read","iat":1767225600,` +
		`"exp":1767225720,"jti":"id","authorization_details":[{"type":"urn:altinn:systemuser","systemuser_org":` +
		`{"authority":"iso6523-actorid-upis","ID":"0192:310000027"},"externalRef":"avdeling-oslo"}]}`
	if diff := cmp.Diff(want, string(claims)); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	header, _ := base64.RawURLEncoding.DecodeString(strings.Split(compact, ".")[0])
	if want := `{"alg":"RS256","kid":"kid","typ":"JWT"}`; string(header) != want {
		t.Errorf("got the header %s, want %s", header, want)
	}
}

func TestAGrantWithoutAnIDGetsOne(t *testing.T) {
	g := grant()
	g.JTI = ""
	first, err1 := g.Sign(rand.Reader, key())
	second, err2 := g.Sign(rand.Reader, key())
	if err1 != nil || err2 != nil || first == second {
		t.Errorf("two grants are the same (%v, %v)", err1, err2)
	}
}

// What each defect does to the answer is held where the whole emulator is; here, that it does something.
func TestEachDefectChangesTheGrant(t *testing.T) {
	good, err := grant().Sign(rand.Reader, key())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{good: "none"}
	for _, d := range oauthclient.Defects() {
		got, err := grant().SignBroken(rand.Reader, key(), d.Name)
		if err != nil {
			t.Errorf("%s: %v", d.Name, err)
		}
		if same, found := seen[got]; found {
			t.Errorf("%s gives the same grant as %s", d.Name, same)
		}
		seen[got] = d.Name
	}
}

func TestDefectsCombine(t *testing.T) {
	got, err := grant().SignBroken(rand.Reader, key(), "aud", "lifetime")
	if err != nil {
		t.Fatal(err)
	}
	payload, _ := base64.RawURLEncoding.DecodeString(strings.Split(got, ".")[1])
	var claims struct {
		Audience string `json:"aud"`
		IssuedAt int64  `json:"iat"`
		Expires  int64  `json:"exp"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	if claims.Audience != "https://maskinporten.no/" || claims.Expires-claims.IssuedAt != 121 {
		t.Errorf("got %s, want both defects", payload)
	}
}

func TestAnUnknownDefectIsRefused(t *testing.T) {
	_, err := grant().SignBroken(rand.Reader, key(), "audd")
	if e, ok := errors.AsType[*oauthclient.UnknownDefectError](err); !ok || !strings.Contains(e.Error(), "aud-slash") {
		t.Errorf("got %v, want the defects that there are", err)
	}
}

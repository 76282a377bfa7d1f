package fault

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"mpe/keys"
)

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

var now = time.Unix(1767225600, 0)

func newKey(t *testing.T) *keys.Key {
	t.Helper()
	key, err := keys.Generate(rand.Reader, keys.MinBits, now)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestForgedTokens(t *testing.T) {
	set, err := keys.NewSet(newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	f := &Forger{Stranger: sync.OnceValues(func() (*keys.Key, error) { return keys.Generate(rand.Reader, keys.MinBits, now) })}
	const claims = `{"authorization_details":[{"type":"t","systemuser_org":{"authority":"a","ID":"0192:310000027"}}],` +
		`"scope":"a:<b>","iss":"http://localhost/","exp":1767225720,"iat":1767225600}`
	good, err := set.Sign([]byte(claims))
	if err != nil {
		t.Fatal(err)
	}
	for defect, c := range map[string]struct {
		verifies error
		change   []string // of the claims: old and new
	}{
		"wrong-key":    {keys.ErrSignature, nil},
		"unknown-kid":  {keys.ErrUnknownKey, nil},
		"expired":      {nil, []string{`"exp":1767225720,"iat":1767225600`, `"exp":1767225000,"iat":1767224880`}},
		"wrong-issuer": {nil, []string{"http://localhost/", wrongIssuer}},
		"id-lowercase": {nil, []string{`"ID":`, `"id":`}},
		"no-authorization-details": {nil, []string{
			`"authorization_details":[{"type":"t","systemuser_org":{"authority":"a","ID":"0192:310000027"}}],`, ""}},
	} {
		t.Run(defect, func(t *testing.T) {
			got, err := f.Spoil(good, defect, set.Sign)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := set.Verify(got); !errors.Is(err, c.verifies) {
				t.Errorf("verifying it gives %v, want %v", err, c.verifies)
			}
			if want := strings.NewReplacer(c.change...).Replace(claims); string(Payload(got)) != want {
				t.Errorf("got  %s\nwant %s", Payload(got), want)
			}
		})
	}
	published, err := f.JWKS()
	if err != nil || !strings.Contains(string(published), `"keys":[{"kty":"RSA"`) || string(published) == string(set.JWKS()) {
		t.Errorf("the key set without the key is %s (%v)", published, err)
	}
}

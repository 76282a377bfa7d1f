package keys_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"mpe/keys"
)

var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

var signingKey = sync.OnceValue(func() *keys.Key {
	key, err := keys.Generate(rand.Reader, 2048, now)
	if err != nil {
		panic(err)
	}
	return key
})

func newSet(t testing.TB, all ...*keys.Key) *keys.Set {
	t.Helper()
	set, err := keys.NewSet(all...)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestTokensHaveMaskinportensHeader(t *testing.T) {
	key := signingKey()
	compact, err := newSet(t, key).Sign([]byte(`{"a":1}`))
	if err != nil {
		t.Fatal(err)
	}
	header, err := base64.RawURLEncoding.DecodeString(strings.Split(compact, ".")[0])
	if want := `{"kid":"` + key.ID + `","alg":"RS256"}`; err != nil || string(header) != want {
		t.Errorf("got the header %s (%v), want %s", header, err, want)
	}
	if len(key.ID) != 43 {
		t.Errorf("the key id %q has %d characters, want 43", key.ID, len(key.ID))
	}
}

func TestPublishedKeysVerifyTokens(t *testing.T) {
	old, err := keys.Generate(rand.Reader, 2048, now)
	if err != nil {
		t.Fatal(err)
	}
	set := newSet(t, signingKey(), old)
	var published jose.JSONWebKeySet
	if err := json.Unmarshal(set.JWKS(), &published); err != nil {
		t.Fatal(err)
	}
	if len(published.Keys) != 2 || published.Keys[1].KeyID != old.ID {
		t.Fatalf("published %d keys, want the current one and the old one", len(published.Keys))
	}
	compact, err := set.Sign([]byte("payload"))
	if err != nil {
		t.Fatal(err)
	}
	jws, err := jose.ParseSigned(compact, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	payload, err := jws.Verify(published.Key(signingKey().ID)[0])
	if err != nil || string(payload) != "payload" {
		t.Errorf("verified %q: %v", payload, err)
	}
	if _, err := jws.Verify(published.Keys[1]); err == nil {
		t.Error("the old key verifies what the current one signed")
	}
}

func TestJWKSHasMaskinportensMembersInOrder(t *testing.T) {
	got := string(newSet(t, signingKey()).JWKS())
	want := regexp.MustCompile(`^\{"keys":\[\{"kty":"RSA","e":"AQAB","use":"sig","kid":"[\w-]{43}",` +
		`"x5c":\["[A-Za-z0-9+/=]+","[A-Za-z0-9+/=]+"\],"alg":"RS256","n":"[\w-]{342}"\}\]\}$`)
	if !want.MatchString(got) {
		t.Errorf("got %s", got)
	}
	var published jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(got), &published); err != nil {
		t.Fatal(err)
	}
	chain := published.Keys[0].Certificates
	if err := chain[0].CheckSignatureFrom(chain[1]); err != nil {
		t.Errorf("the chain's root has not signed its leaf: %v", err)
	}
	if !signingKey().Signer.Public().(*rsa.PublicKey).Equal(chain[0].PublicKey) {
		t.Error("the leaf is for another key")
	}
}

func TestASetNeedsAKey(t *testing.T) {
	if _, err := keys.NewSet(); err == nil {
		t.Error("a set without keys was made")
	}
}

func TestAKeySurvivesStoring(t *testing.T) {
	stored, err := signingKey().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	got, err := keys.Load(stored, now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != signingKey().ID || len(got.Chain) != 2 || !got.Chain[0].Equal(signingKey().Chain[0]) {
		t.Errorf("got the key %s with %d certificates, want it as it was", got.ID, len(got.Chain))
	}
}

func TestAKeyWithoutAChainGetsOne(t *testing.T) {
	pkcs1 := pem.EncodeToMemory(&pem.Block{
		Type:  "RSA PRIVATE KEY",
		Bytes: x509.MarshalPKCS1PrivateKey(signingKey().Signer.(*rsa.PrivateKey)),
	})
	got, err := keys.Load(pkcs1, now)
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != signingKey().ID || len(got.Chain) != 2 {
		t.Errorf("got the key %s with %d certificates, want the same key with two", got.ID, len(got.Chain))
	}
}

func TestKeysThatCannotSignAreRefused(t *testing.T) {
	encode := func(key crypto.PrivateKey) []byte {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	}
	own := encode(signingKey().Signer)
	for name, c := range map[string]struct {
		pem  []byte
		want string
	}{
		"no PEM":            {[]byte("hello"), "not PEM"},
		"a certificate":     {keys.EncodeCertificates(signingKey().Chain[0]), "want a PRIVATE KEY"},
		"an elliptic key":   {encode(ellipticKey(t)), "want RSA"},
		"a small key":       {encode(smallKey(t)), "1024 bits"},
		"a broken key":      {pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}), "asn1"},
		"another's chain":   {append(own, keys.EncodeCertificates(keys.TestAuthority().Certificate)...), "for another key"},
		"a chain of no use": {append(own, own...), "no certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := keys.Load(c.pem, now); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
}

func BenchmarkSign(b *testing.B) {
	set, payload := newSet(b, signingKey()), make([]byte, 600)
	for b.Loop() {
		if _, err := set.Sign(payload); err != nil {
			b.Fatal(err)
		}
	}
}

package keys_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"mpe/keys"
)

// What a library signs is seen to be signed, and nothing that differs from it.
func TestSigned(t *testing.T) {
	key, err := keys.Generate(rand.Reader, 2048, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := keys.Generate(rand.Reader, 2048, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	public := key.Signer.Public()
	another := map[jose.SignatureAlgorithm]string{jose.RS256: "RS384", jose.RS384: "RS512", jose.RS512: "RS256"}
	for _, algorithm := range []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512} {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key.Signer}, nil)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := signer.Sign([]byte(`{"a":1}`))
		if err != nil {
			t.Fatal(err)
		}
		compact, err := signed.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		dot := strings.LastIndexByte(compact, '.')
		for name, c := range map[string]struct {
			compact, algorithm string
			key                crypto.PublicKey
			want               bool
		}{
			"as it is":            {compact, string(algorithm), public, true},
			"other content":       {"x" + compact, string(algorithm), public, false},
			"no signature":        {compact[:dot+1], string(algorithm), public, false},
			"half a signature":    {compact[:dot+100], string(algorithm), public, false},
			"not base64":          {compact + "!", string(algorithm), public, false},
			"without a dot":       {compact[dot+1:], string(algorithm), public, false},
			"another algorithm":   {compact, another[algorithm], public, false},
			"none":                {compact, "none", public, false},
			"a symmetric one":     {compact, "HS256", public, false},
			"no key":              {compact, string(algorithm), nil, false},
			"a key of a curve":    {compact, string(algorithm), curve.Public(), false},
			"the private key":     {compact, string(algorithm), key.Signer, false},
			"signed with another": {compact, string(algorithm), stranger.Signer.Public(), false},
			"nothing whatever":    {"", "", nil, false},
		} {
			if got := keys.Signed(c.compact, c.algorithm, c.key); got != c.want {
				t.Errorf("%s, %s: got %v, want %v", algorithm, name, got, c.want)
			}
		}
	}
}

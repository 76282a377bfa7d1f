package keys_test

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"mpe/keys"
)

func TestVerify(t *testing.T) {
	key, err := keys.Generate(rand.Reader, 2048, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	set, err := keys.NewSet(key)
	if err != nil {
		t.Fatal(err)
	}
	named, err := keys.NewThumbprintSet(key)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := set.Sign([]byte(`{"a":1}`))
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(signed, ".")
	encoded := base64.RawURLEncoding.EncodeToString
	for name, c := range map[string]struct {
		token string
		want  error
	}{
		"its own":           {signed, nil},
		"another payload":   {parts[0] + "." + encoded([]byte(`{"a":2}`)) + "." + parts[2], keys.ErrSignature},
		"no signature":      {encoded([]byte(`{"alg":"none"}`)) + "." + parts[1] + ".", keys.ErrUnreadable},
		"another algorithm": {encoded([]byte(`{"alg":"HS256","kid":"`+key.ID+`"}`)) + "." + parts[1] + "." + parts[2], keys.ErrUnreadable},
		"another key":       {encoded([]byte(`{"alg":"RS256","kid":"other"}`)) + "." + parts[1] + "." + parts[2], keys.ErrUnknownKey},
		"words":             {"token", keys.ErrUnreadable},
		"nothing":           {"", keys.ErrUnreadable},
	} {
		payload, err := set.Verify(c.token)
		if !errors.Is(err, c.want) || c.want == nil && string(payload) != `{"a":1}` {
			t.Errorf("%s: got %s (%v), want %v", name, payload, err, c.want)
		}
	}
	if _, err := named.Verify(signed); !errors.Is(err, keys.ErrUnknownKey) {
		t.Errorf("a set believes a token that names its key otherwise: %v", err)
	}
}

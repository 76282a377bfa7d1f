package oauth_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"mpe/oauth"
)

// believed is an issuer whose tokens are their payload; the text "bad" has another's signature.
type believed struct{}

func (believed) Verify(compact string) ([]byte, error) {
	if compact == "bad" {
		return nil, errors.New("the signature does not match")
	}
	return []byte(compact), nil
}

func TestVerifier(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	v := oauth.Verifier{Keys: believed{}, Now: func() time.Time { return now }, Leeway: 10 * time.Second}
	for name, c := range map[string]struct{ token, want string }{
		"a good one":                   {`{"exp": 1000060, "nbf": 999999}`, ""},
		"another's":                    {"bad", "the signature does not match"},
		"no object":                    {`[]`, "not a JSON object"},
		"without exp":                  {`{}`, "no exp claim"},
		"with an exp in words":         {`{"exp": "soon"}`, "no exp claim"},
		"expired, within the leeway":   {`{"exp": 999991}`, ""},
		"expired":                      {`{"exp": 999990}`, "expired at 1970-01-12T13:46:30Z"},
		"early, within the leeway":     {`{"exp": 1000060, "nbf": 1000010}`, ""},
		"early":                        {`{"exp": 1000060, "nbf": 1000011}`, "not valid before"},
		"with an exp that has a comma": {`{"exp": 1000060.5}`, ""},
	} {
		claims, err := v.Verify(c.token)
		switch {
		case c.want == "" && (err != nil || claims == nil):
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (err == nil || !strings.Contains(fmt.Sprint(err), c.want)):
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

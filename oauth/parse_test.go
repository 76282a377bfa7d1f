package oauth

import (
	"encoding/base64"
	"encoding/json"
	"testing"
)

func TestDatesAreNumbers(t *testing.T) {
	for raw, want := range map[string]int64{`1800000000`: 1_800_000_000, `1800000000.9`: 1_800_000_000, `1.8e9`: 1_800_000_000, `-1`: -1, `0`: 0} {
		var got int64
		if f := date("iat", func(_ *Grant, at int64) { got = at })(&Grant{}, json.RawMessage(raw)); f.refusal != nil || got != want {
			t.Errorf("%s: got %d and %v, want %d", raw, got, f.refusal, want)
		}
	}
	for _, raw := range []string{`"1800000000"`, `null`, `true`, `[]`, `{}`, `1e999`, `1e17`} {
		f := date("iat", func(*Grant, int64) { t.Errorf("%s is read as a date", raw) })(&Grant{}, json.RawMessage(raw))
		if f.reason != ReasonClaimType {
			t.Errorf("%s: got the reason %q, want %q", raw, f.reason, ReasonClaimType)
		}
	}
}

func TestOnlyBase64URLAndDotsAreCompact(t *testing.T) {
	for c := range 256 {
		compact := "AAA" + string([]byte{byte(c)})
		_, err := base64.RawURLEncoding.Strict().DecodeString(compact)
		want := c == '.' || err == nil && c != '\r' && c != '\n' // which the decoder passes over
		_, f := split(compact)
		if got := f.reason == ReasonNotJWT || f.reason == ""; got != want {
			t.Errorf("%q: got the reason %q; is it a character of a compact JWS: %t", rune(c), f.reason, want)
		}
	}
}

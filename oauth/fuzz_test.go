package oauth_test

import (
	"encoding/json"
	"errors"
	"testing"

	"mpe/oauth"
)

// FuzzParseGrant holds that reading a grant never panics, that a refusal is MP-011 with a reason, and that what is
// taken can be shown: header and claims are JSON objects.
func FuzzParseGrant(f *testing.F) {
	f.Fuzz(func(t *testing.T, compact string) {
		g, err := oauth.ParseGrant(oauth.Assertion{Compact: compact, Issuer: "http://localhost:6730/"})
		if g == nil {
			t.Fatal("no grant")
		}
		if err != nil {
			refusal, told := errors.AsType[*oauth.Error](err)
			failure, failed := g.Trace.Failure()
			if !told || refusal.Reason != "MP-011" || !failed || failure.Reason == "" {
				t.Errorf("refused with %v and the trace %+v, want MP-011 with a reason", err, g.Trace)
			}
			return
		}
		var header, claims map[string]any
		if json.Unmarshal(g.Trace.Header, &header) != nil || json.Unmarshal(g.Trace.Claims, &claims) != nil {
			t.Errorf("took a grant with the header %q and the claims %q", g.Trace.Header, g.Trace.Claims)
		}
		if g.ClientID == "" && claims["iss"] != "" {
			t.Errorf("lost the client id of %v", claims)
		}
	})
}

package fault

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mpe/compose/seed"
	"mpe/oauth"
)

// What a word means is a rule that a seed could hold; so are the presets.
func TestOutcomesAreRules(t *testing.T) {
	rules := map[string]seed.Fault{}
	all := append(oauth.Names(), "AUTH-00011", "AUTH.VLD-00002", "200", "503", "2s", "250ms")
	for word := range words {
		all = append(all, word)
	}
	for _, word := range all {
		then, err := Outcome(word)
		if err != nil {
			t.Errorf("%s: %v", word, err)
		}
		rules[word] = seed.Fault{Then: then, Probability: 1}
	}
	for _, p := range Presets() {
		for _, r := range p.Rules {
			rules["preset "+r.ID] = r
		}
	}
	for name, rule := range rules {
		encoded, err := json.Marshal(rule)
		if err != nil {
			t.Fatal(err)
		}
		if read, err := seed.ReadFault(encoded); err != nil || read.Then != rule.Then {
			t.Errorf("%s: %s becomes %+v (%v)", name, encoded, read, err)
		}
	}
}

func TestWhatIsNoOutcome(t *testing.T) {
	for word, nearest := range map[string]string{
		"MP-251x": "MP-251", "mp-250": "MP-250", "AUTH-0011": "AUTH-00011", "resett": "reset", "199": "MP-", "600": "MP-",
		"STD-00000": "", "0s": "", "": "",
	} {
		_, err := Outcome(word)
		if err == nil || !strings.Contains(err.Error(), "MP-303") || !strings.Contains(err.Error(), "truncate") {
			t.Errorf("%q: got %v, want a refusal that lists what is known", word, err)
			continue
		}
		if !strings.Contains(err.Error(), "(nearest: "+nearest) {
			t.Errorf("%q: got %v, want %s as the nearest", word, err, nearest)
		}
	}
}

func TestEndpoints(t *testing.T) {
	for path, want := range map[string]string{
		"/token": "token", "//token": "token", "/jwk": "jwks", "/.well-known/oauth-authorization-server/": "metadata",
		"/authentication/api/v1/exchange/maskinporten":                   "exchange",
		"/Authentication/API/v1/systemregister":                          "systemregister",
		"/authentication/api/v1/systemregister/vendor/310000019_a":       "systemregister",
		"/authentication/api/v1/systemuser/request/vendor":               "request",
		"/authentication/api/v1/systemuser/changerequest/vendor":         "request",
		"/authentication/api/v1/systemuser/byExternalId":                 "systemuser",
		"/authentication/api/v1/enduser/systemuser/clients":              "systemuser",
		"/authorization/api/v1/authorize":                                "pdp",
		"/register/api/v1/parties/identifiers":                           other,
		"/authentication/api/v1/openid/.well-known/openid-configuration": other,

		"/_mpe/v1/faults": "-", "/healthz": "-", "/": "-", "/tokens": "-",
	} {
		got, emulated := endpointOf(path)
		if !emulated {
			got = "-"
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

func TestWhoAsks(t *testing.T) {
	jwt := func(claims string) string { return "e30." + encode(claims) + ".c2ln" }
	vendor := Caller{Client: "a", Scopes: []string{"x:y", "x:z"}, SystemUserOrg: "310000027", ConsumerOrg: "310000035"}
	for name, c := range map[string]struct {
		jwt  string
		want Caller
	}{
		"a grant": {jwt(`{"iss":"a","scope":"x:y x:z","consumer_org":"310000035",
			"authorization_details":[{"systemuser_org":{"authority":"iso6523-actorid-upis","ID":"0192:310000027"}}]}`), vendor},
		"a token": {jwt(`{"iss":"m","client_id":"a","scope":"x:y x:z","consumer_org":"310000035",
			"authorization_details":{"systemuser_org":{"ID":"0192:310000027"}}}`), vendor},
		"no details":        {jwt(`{"iss":"a"}`), Caller{Client: "a"}},
		"details of a text": {jwt(`{"iss":"a","authorization_details":"x"}`), Caller{Client: "a"}},
		"no JSON":           {jwt(`x`), Caller{}},
		"no JWT":            {"x", Caller{}},
		"nothing":           {"", Caller{}},
	} {
		if diff := cmp.Diff(c.want, callerOf(c.jwt), cmp.Transformer("empty", func(s []string) string { return strings.Join(s, " ") })); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestDelaysAreRead(t *testing.T) {
	then, err := Outcome("1500ms")
	if err != nil || time.Duration(then.Delay) != 1500*time.Millisecond {
		t.Errorf("got %v (%v)", then.Delay, err)
	}
}

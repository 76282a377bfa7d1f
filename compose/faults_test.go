package compose_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"mpe/compose"
	"mpe/compose/fault"
	"mpe/compose/journal"
	"mpe/oauth"
)

// spoil adds a rule.
func (e *emulator) spoil(t *testing.T, rule string) fault.Status {
	t.Helper()
	status, body := e.call(t, "POST", "faults", rule, nil)
	var added fault.Status
	if err := json.Unmarshal([]byte(body), &added); err != nil || status != http.StatusCreated {
		t.Fatalf("%s: got %d %s (%v)", rule, status, body, err)
	}
	return added
}

// fault is a rule with what it has done.
func (e *emulator) fault(t *testing.T, id string) (s fault.Status) {
	t.Helper()
	e.get(t, "_mpe/v1/faults/"+id, &s)
	return s
}

// plain is a client that never sends a request again, as Go's does when a connection that was kept breaks.
func plain() *http.Client { return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} }

// raw posts the grant and gives what a client sees, with the headers added.
func (e *emulator) raw(t *testing.T, compact string, header http.Header) (reply, error) {
	t.Helper()
	form := url.Values{"grant_type": {oauth.JWTBearer}, "assertion": {compact}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.URL+"token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return read(plain().Do(r))
}

func read(answer *http.Response, err error) (reply, error) {
	if err != nil {
		return reply{}, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return reply{answer.StatusCode, answer.Header, string(body)}, err
}

func asking(outcome string) http.Header { return http.Header{"Mpe-Fault": {outcome}} }

var traces = regexp.MustCompile(`[0-9a-f]{16,32}`)

// An injected refusal is the real one, to the letter, for whatever grant.
func TestInjectedCodesAreTheRealRefusals(t *testing.T) {
	e := start(t, compose.Config{})
	for _, c := range checks() {
		if c.form != nil || !strings.HasPrefix(c.code, "MP-") || c.check == oauth.DetailsValues {
			continue // MP-303 has another error where the details themselves are wrong
		}
		g, kid := e.grant(), vendorKey
		if c.grant != nil {
			c.grant(&g)
		}
		if c.kid != "" {
			kid = c.kid
		}
		compact := sign(t, g, kid, c.broken...)
		real, err := e.raw(t, compact, nil)
		if err != nil {
			t.Fatal(err)
		}
		injected, err := e.raw(t, compact, asking(c.code))
		if err != nil {
			t.Fatal(err)
		}
		if masked := traces.ReplaceAllString(real.body, "#"); injected.status != real.status ||
			traces.ReplaceAllString(injected.body, "#") != masked ||
			injected.header.Get("Content-Type") != real.header.Get("Content-Type") {
			t.Errorf("%s by %v:\ngot  %d %s\nwant %d %s", c.code, c.broken, injected.status, injected.body, real.status, real.body)
		}
		if got := injected.header.Get("Mpe-Reason"); got != "injected-fault" {
			t.Errorf("%s: Mpe-Reason is %q", c.code, got)
		}
	}
}

func TestEveryCodeCanBeInjected(t *testing.T) {
	e := start(t, compose.Config{})
	compact := sign(t, e.grant(), vendorKey)
	for _, name := range oauth.Names() {
		got, err := e.raw(t, compact, asking(name))
		if err != nil || !strings.Contains(got.body, name) || strings.Contains(got.body, "%!") {
			t.Errorf("%s: got %d %s (%v)", name, got.status, got.body, err)
		}
		var entry journal.Entry
		e.get(t, "_mpe/v1/journal/"+got.header.Get("Mpe-Trace-Id"), &entry)
		if entry.Fault != "Mpe-Fault" || entry.Verdict != journal.Refused || entry.Client != vendorClient ||
			entry.Reason != oauth.ReasonInjected || entry.Scope != "mun:faktura.read" {
			t.Errorf("%s: the journal says %+v", name, entry)
		}
	}
	if got := e.send(t, compact); got.Status != http.StatusOK {
		t.Errorf("the grant has been used up: %d %s", got.Status, got.Description)
	}
}

func TestInjectedCodesOfAltinnAreTheRealRefusals(t *testing.T) {
	e := start(t, altinnConfig())
	vendor := e.vendor(t)
	extension := regexp.MustCompile(`,"[^"]*: ?":"[^"]*"`) // what only a real one can tell
	for name, c := range map[string]struct{ method, path, body, code string }{
		"a request for a system that is not": {"POST", "systemuser/request/vendor",
			strings.ReplaceAll(newRequest, "310000019_lonnpro", "310000019_none"), "AUTH-00011"},
		"a request that is not": {"GET", "systemuser/request/vendor/aaaaaaaa-0000-4000-8000-000000000009", "", "AUTH-00010"},
		"a system that has its id already": {"POST", "systemregister/vendor",
			strings.ReplaceAll(newSystem, "310000019_lonnpro", "310000019_fakturapro"), "AUTH.VLD-00002"},
	} {
		t.Run(name, func(t *testing.T) {
			real := e.api(t, vendor, c.method, altinnAPI+c.path, c.body)
			e.spoil(t, `{"id": "a", "then": {"code": "`+c.code+`"}, "times": 1}`)
			injected := e.api(t, vendor, c.method, altinnAPI+c.path, c.body)
			mask := func(s string) string { return extension.ReplaceAllString(traces.ReplaceAllString(s, "#"), "") }
			if injected.status != real.status || mask(injected.body) != mask(real.body) {
				t.Errorf("\ngot  %d %s\nwant %d %s", injected.status, injected.body, real.status, real.body)
			}
			if got := injected.header.Get("Mpe-Reason"); got != "injected-fault" {
				t.Errorf("Mpe-Reason is %q", got)
			}
			var entry journal.Entry
			e.get(t, "_mpe/v1/journal/"+injected.header.Get("Mpe-Trace-Id"), &entry)
			if entry.Fault != "a" || entry.Code != c.code || entry.Client != newClient {
				t.Errorf("the journal says %+v", entry)
			}
		})
	}
}

// What a client of Go's makes of each fault of the connection.
func TestWhatClientsSeeOfAConnection(t *testing.T) {
	e := start(t, compose.Config{})
	for name, c := range map[string]struct {
		then    string
		wrong   func(error) bool
		status  int // in the journal
		verdict journal.Verdict
	}{
		"a reset":    {`{"connection": "reset"}`, func(err error) bool { return errors.Is(err, syscall.ECONNRESET) }, 0, journal.Injected},
		"not a byte": {`{"connection": "empty"}`, func(err error) bool { return errors.Is(err, io.EOF) }, 0, journal.Injected},
		"half an answer": {`{"connection": "truncate"}`, func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) },
			200, journal.Issued},
		"half a refusal, later": {`{"connection": "truncate", "delay": "5ms", "jitter": "5ms"}`,
			func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }, 200, journal.Issued},
		"an answer": {`{"delay": "5ms"}`, func(err error) bool { return err == nil }, 200, journal.Issued},
	} {
		t.Run(name, func(t *testing.T) {
			e.spoil(t, `{"id": "a", "when": {"endpoint": "token"}, "then": `+c.then+`}`)
			if got, err := e.raw(t, sign(t, e.grant(), vendorKey), nil); !c.wrong(err) {
				t.Errorf("got %+v and %v", got, err)
			}
			var entry journal.Entry
			e.get(t, "_mpe/v1/journal/last", &entry)
			if entry.Fault != "a" || entry.Verdict != c.verdict || entry.Status != c.status || entry.Client != vendorClient ||
				entry.Endpoint != "token" || entry.Scope != "mun:faktura.read" {
				t.Errorf("the journal says %+v", entry)
			}
			if got := e.fault(t, "a"); got.Hits != 1 {
				t.Errorf("got %+v, want one hit", got)
			}
		})
	}
}

func TestAStatusIsAPageThatIsNoJSON(t *testing.T) {
	e := start(t, compose.Config{})
	e.spoil(t, `{"id": "down", "when": {"endpoint": "jwks"}, "then": {"status": 503}, "times": 1}`)
	got, err := read(plain().Get(e.URL + "jwk"))
	if err != nil || got.status != 503 || json.Valid([]byte(got.body)) || !strings.Contains(got.body, "503 Service Unavailable") ||
		!strings.HasPrefix(got.header.Get("Content-Type"), "text/html") || got.header.Get("Mpe-Reason") != "injected-fault" {
		t.Errorf("got %+v (%v)", got, err)
	}
	var entry journal.Entry
	e.get(t, "_mpe/v1/journal/"+got.header.Get("Mpe-Trace-Id"), &entry)
	if entry.Fault != "down" || entry.Endpoint != "jwks" || entry.Status != 503 || entry.Verdict != journal.Injected {
		t.Errorf("the journal says %+v", entry)
	}
	if got, err := read(plain().Get(e.URL + "jwk")); err != nil || got.status != 200 {
		t.Errorf("burnt out it still answers %d (%v)", got.status, err)
	}
}

// An emulator that shuts down keeps nobody, and neither does a client that goes away.
func TestNobodyIsKeptWaitingForNothing(t *testing.T) {
	for name, then := range map[string]string{"a delay": `{"delay": "1h"}`, "no answer": `{"connection": "timeout"}`} {
		t.Run(name+" ends when the client goes away", func(t *testing.T) {
			e := start(t, compose.Config{})
			e.spoil(t, `{"id": "a", "when": {"endpoint": "token"}, "then": `+then+`}`)
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			form := "grant_type=x&assertion=" + sign(t, e.grant(), vendorKey)
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL+"token", strings.NewReader(form))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			_, err = read(plain().Do(r))
			if timeout, ok := errors.AsType[net.Error](err); !ok || !timeout.Timeout() {
				t.Errorf("got %v, want a timeout", err)
			}
			// The server is closed by start, which waits for the request to end.
		})
		t.Run(name+" ends when the emulator shuts down", func(t *testing.T) {
			e := start(t, compose.Config{})
			e.spoil(t, `{"id": "a", "when": {"endpoint": "token"}, "then": `+then+`}`)
			ended := make(chan error, 1)
			compact := sign(t, e.grant(), vendorKey)
			go func() {
				_, err := e.raw(t, compact, nil)
				ended <- err
			}()
			for e.fault(t, "a").Hits == 0 { // it has been counted before it waits
				select {
				case err := <-ended:
					t.Fatalf("it did not wait: %v", err)
				default:
				}
			}
			e.Release()
			if err := <-ended; (err != nil) != strings.Contains(then, "timeout") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestFaultyTokens(t *testing.T) {
	e := start(t, altinnConfig())
	for defect, refusal := range map[string]string{
		"expired": "expired", "wrong-key": "signature", "unknown-kid": "key", "wrong-issuer": "", "id-lowercase": "",
		"no-authorization-details": "",
	} {
		t.Run(defect, func(t *testing.T) {
			g := e.grant()
			g.SystemUserOrg, g.ExternalRef = "310000027", "avdeling-oslo"
			got, err := e.raw(t, sign(t, g, vendorKey), asking(defect))
			if err != nil || got.status != http.StatusOK {
				t.Fatalf("got %+v (%v)", got, err)
			}
			var response struct {
				Token     string `json:"access_token"`
				ExpiresIn int    `json:"expires_in"`
			}
			if err := json.Unmarshal([]byte(got.body), &response); err != nil || response.ExpiresIn != 119 {
				t.Fatalf("got %s (%v)", got.body, err)
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.URL+altinnAPI+"exchange/maskinporten", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+response.Token)
			exchanged, err := read(http.DefaultClient.Do(r))
			if err != nil {
				t.Fatal(err)
			}
			if hint := exchanged.header.Get("Mpe-Hint"); refusal != "" && (exchanged.status != 401 || !strings.Contains(hint, refusal)) {
				t.Errorf("exchanging it gives %d %q, want 401 for its %s", exchanged.status, hint, refusal)
			}
			var entry journal.Entry
			e.get(t, "_mpe/v1/journal/"+got.header.Get("Mpe-Trace-Id"), &entry)
			payload, err := base64.RawURLEncoding.DecodeString(strings.Split(response.Token, ".")[1])
			if err != nil || entry.Fault != "Mpe-Fault" || entry.Verdict != journal.Issued || string(entry.Trace.Token) != string(payload) {
				t.Errorf("the journal says %+v of the token %s", entry, payload)
			}
		})
	}
	t.Run("exchanged", func(t *testing.T) {
		vendor := e.vendor(t)
		e.spoil(t, `{"id": "a", "when": {"endpoint": "exchange"}, "then": {"token": "expired"}, "times": 1}`)
		got := e.api(t, vendor, http.MethodGet, altinnAPI+"exchange/maskinporten", "").want(t, 200, "ey")
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.URL+altinnAPI+"systemregister/vendor", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+got.body)
		if refused, err := read(http.DefaultClient.Do(r)); err != nil || refused.status != 401 {
			t.Errorf("got %+v (%v), want 401", refused, err)
		}
	})
}

func TestPresets(t *testing.T) {
	e := start(t, compose.Config{})
	e.Release() // from now on nobody waits
	g := e.grant()
	g.SystemUserOrg, g.ExternalRef = "310000027", "avdeling-oslo"
	token := func() (reply, error) { return e.raw(t, sign(t, g, vendorKey), nil) }
	jwks := func() (reply, error) { return read(plain().Get(e.URL + "jwk")) }
	usual, err := jwks()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		ask    func() (reply, error)
		status int
		part   string
		rule   string
	}{
		"maskinporten-down": {token, 503, "Unavailable", "maskinporten-down.token"},
		"slow":              {token, 200, "access_token", "slow"},
		"too-many-requests": {token, 429, "Too Many", "too-many-requests"},
		"expired-token":     {token, 200, "access_token", "expired-token"},
		"jwks-without-key":  {jwks, 200, `"kty":"RSA"`, "jwks-without-key"},
		"altinn-silent":     {token, 500, "server_error", "altinn-silent"},
	} {
		t.Run(name, func(t *testing.T) {
			if status, body := e.call(t, "POST", "faults/presets/"+name, "", nil); status != http.StatusCreated {
				t.Fatalf("got %d %s", status, body)
			}
			got, err := c.ask()
			if err != nil || got.status != c.status || !strings.Contains(got.body, c.part) || got.body == usual.body {
				t.Errorf("got %+v (%v), want %d with %s", got, err, c.status, c.part)
			}
			var entry journal.Entry
			e.get(t, "_mpe/v1/journal/last", &entry)
			if entry.Fault != c.rule {
				t.Errorf("the journal says that it was %q", entry.Fault)
			}
			if status, _ := e.call(t, "DELETE", "faults", "", nil); status != http.StatusNoContent {
				t.Errorf("clearing them: got %d", status)
			}
		})
	}
	var shelf struct{ Presets []fault.Preset }
	e.get(t, "_mpe/v1/faults/presets", &shelf)
	if len(shelf.Presets) != 6 {
		t.Errorf("there are %d presets, want those of this test", len(shelf.Presets))
	}
}

// Conditions select; of the rules that fit the first that spoils is used.
func TestTheFirstRuleThatFitsIsUsed(t *testing.T) {
	e := start(t, seeded(`faults:
  - { id: other-client, when: { clientId: nobody }, then: { code: MP-100 } }
  - { id: other-scope, when: { scope: "mun:register.read" }, then: { code: MP-200 } }
  - { id: customer, when: { systemUserOrg: "310000027" }, then: { code: MP-303 } }
  - { id: any-customer, when: { systemUser: true }, then: { code: server_error } }
  - { id: altinn, when: { endpoint: request }, then: { status: 500 } }
  - { id: second, when: { endpoint: token }, then: { code: MP-250 }, skip: 1, times: 1 }
  - { id: third, then: { code: MP-130 }, times: 1 }
`))
	vendor := func(owner string) string {
		g := e.grant()
		if g.SystemUserOrg = owner; owner == "310000027" {
			g.ExternalRef = "avdeling-oslo"
		}
		return e.send(t, sign(t, g, vendorKey)).code()
	}
	for i, step := range []struct{ owner, want string }{
		{"310000027", "MP-303"}, {"310000108", "server_error"},
		{"", "MP-130"}, // second lets the first go, and third takes it
		{"", "MP-250"}, {"", ""},
	} {
		if got := vendor(step.owner); got != step.want {
			t.Errorf("request %d: got %q, want %q", i+1, got, step.want)
		}
	}
}

// Rules that one emulator is told are there for those that start later, and count together.
func TestEmulatorsShareFaults(t *testing.T) {
	redis := "redis://" + miniredis.RunT(t).Addr()
	one := start(t, compose.Config{Redis: redis})
	one.spoil(t, `{"id": "a", "when": {"endpoint": "token"}, "then": {"code": "MP-250"}, "times": 3}`)
	other := start(t, compose.Config{Redis: redis})
	refused := 0
	for i := range 6 {
		e := []*emulator{one, other}[i%2]
		if e.send(t, sign(t, e.grant(), vendorKey)).code() == "MP-250" {
			refused++
		}
	}
	if got := one.fault(t, "a"); refused != 3 || got.Hits != 3 || !got.BurntOut {
		t.Errorf("%d were refused, and the rule says %+v; want 3", refused, got)
	}
}

func TestTheHeader(t *testing.T) {
	e := start(t, compose.Config{})
	other := start(t, compose.Config{NoFaultHeader: true})
	get := func(e *emulator, path string, header http.Header) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = header
		got, err := read(http.DefaultClient.Do(r))
		if err != nil {
			t.Fatal(err)
		}
		return got.status, got.body
	}
	crossSite := asking("503")
	crossSite.Set("Sec-Fetch-Site", "cross-site")
	for name, c := range map[string]struct {
		of     *emulator
		path   string
		header http.Header
		status int
		part   string
	}{
		"a status":                          {e, "jwk", asking("503"), 503, "503"},
		"nothing that is known":             {e, "jwk", asking("doom"), 400, "truncate"},
		"nothing at all":                    {e, "jwk", asking(""), 400, "MP-303"},
		"a code where it is never answered": {e, "jwk", asking("MP-250"), 400, "only by [token]"},
		"two of them":                       {e, "jwk", http.Header{"Mpe-Fault": {"503", "429"}}, 400, "2 times"},
		"another site":                      {e, "jwk", crossSite, 403, "other sites"},
		"the control API":                   {e, "_mpe/v1/version", asking("503"), 200, "version"},
		"a probe":                           {e, "healthz", asking("503"), 200, "ok"},
		"where it is turned off":            {other, "jwk", asking("503"), 200, "kid"},
	} {
		status, body := get(c.of, c.path, c.header)
		if status != c.status || !strings.Contains(body, c.part) {
			t.Errorf("%s: got %d %s, want %d with %q", name, status, body, c.status, c.part)
		}
	}
}

// A bad rule is refused by its member, and changes nothing.
func TestBadFaultsAreRefused(t *testing.T) {
	e := start(t, compose.Config{})
	for name, c := range map[string]struct {
		body   string
		status int
		want   string
	}{
		"no JSON":                    {`{`, 422, "the rule is not JSON"},
		"more than a rule":           {`{"then": {"status": 500}}], "clients": [{}`, 422, "the rule is not JSON"},
		"no outcome":                 {`{"then": {}}`, 422, "then: is empty"},
		"nothing":                    {``, 422, "the rule is not JSON"},
		"a list":                     {`[]`, 422, "the rule: is a list, want an object"},
		"an unknown member":          {`{"then": {"staus": 500}}`, 422, `then.staus: unknown member "staus". Did you mean "status"?`},
		"a code that is not":         {`{"then": {"code": "MP-304"}}`, 422, `then.code: unknown code "MP-304". Did you mean "MP-30`},
		"a code of another endpoint": {`{"when": {"endpoint": "token"}, "then": {"code": "AUTH-00011"}}`, 422, "then.code: is never answered by token, only by systemregister"},
		"a token of another":         {`{"when": {"endpoint": "jwks"}, "then": {"token": "expired"}}`, 422, "then.token: is never answered by jwks"},
		"two outcomes":               {`{"then": {"code": "MP-303", "status": 500}}`, 422, "then: has code and status"},
		"jitter of nothing":          {`{"then": {"status": 500, "jitter": "2s"}}`, 422, "then.jitter: "},
		"a client of the key set":    {`{"when": {"endpoint": "jwks", "clientId": "a"}, "then": {"status": 500}}`, 422, "when: asks who the client is"},
		"a wrong number":             {`{"when": {"systemUserOrg": "310000028"}, "then": {"status": 500}}`, 422, "when.systemUserOrg: "},
		"a name with a space":        {`{"id": "a b", "then": {"status": 500}}`, 422, "id: got"},
		"every of nothing":           {`{"then": {"status": 500}, "every": 0}`, 422, "every: 0 is below 1"},
		"a long one":                 {`{"id": "` + strings.Repeat("a", 65<<10) + `"}`, 413, "longer"},
	} {
		status, body := e.call(t, "POST", "faults", c.body, nil)
		var problem struct{ Detail string }
		if err := json.Unmarshal([]byte(body), &problem); err != nil || status != c.status || !strings.Contains(problem.Detail, c.want) {
			t.Errorf("%s: got %d %s, want %d with %q", name, status, body, c.status, c.want)
		}
	}
	for method, path := range map[string]string{"GET": "faults/none", "DELETE": "faults/none", "POST": "faults/presets/none"} {
		if status, body := e.call(t, method, path, "", nil); status != 404 || !strings.Contains(body, "none") {
			t.Errorf("%s %s: got %d %s, want 404", method, path, status, body)
		}
	}
	if _, body := e.call(t, "GET", "faults", "", nil); body != `{"faults":[]}` {
		t.Errorf("the rules are %s, want none", body)
	}
}

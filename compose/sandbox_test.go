package compose_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"mpe/compose"
	"mpe/compose/redistest"
)

// control calls the control API; body and into are JSON, nil: none.
func (e *emulator) control(t *testing.T, method, path string, body, into any) int {
	t.Helper()
	var sent bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&sent).Encode(body); err != nil {
			t.Fatal(err)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), method, e.URL+"_mpe/v1/"+path, &sent)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if into != nil {
		if err := json.Unmarshal(data, into); err != nil {
			t.Fatalf("%s %s: %d %s: %v", method, path, response.StatusCode, data, err)
		}
	}
	return response.StatusCode
}

// object is JSON.
type object = map[string]any

// sandboxed makes a sandbox, and is the emulator as it is reached there.
func (e *emulator) sandboxed(t *testing.T, wanted object) *emulator {
	t.Helper()
	var made struct{ URL, Issuer string }
	if status := e.control(t, http.MethodPost, "sandboxes", wanted, &made); status != http.StatusCreated {
		t.Fatalf("making a sandbox: got %d", status)
	}
	if made.URL != made.Issuer {
		t.Errorf("the sandbox at %s calls itself %s", made.URL, made.Issuer)
	}
	return &emulator{e.Emulator, made.URL}
}

func (e *emulator) sendGood(t *testing.T) answer {
	t.Helper()
	g := e.grant()
	g.Audience = e.URL
	return e.send(t, sign(t, g, vendorKey))
}

func TestSandboxesAreWorldsOfTheirOwn(t *testing.T) {
	e := start(t, compose.Config{})
	one, other := e.sandboxed(t, object{"id": "one"}), e.sandboxed(t, object{})
	one.wantIssuer(t, one.URL, nil)
	var metadata struct{ Issuer string }
	if e.get(t, ".well-known/oauth-authorization-server/s/one", &metadata); metadata.Issuer != one.URL {
		t.Errorf("where RFC 8414 puts its metadata, the issuer is %q, want %q", metadata.Issuer, one.URL)
	}
	g := one.grant()
	g.Audience = one.URL
	compact := sign(t, g, vendorKey)
	for _, step := range []struct {
		at         *emulator
		why, wants string
	}{
		{one, "a grant for it", ""},
		{one, "the same again", "MP-012"},
		{other, "a grant for another sandbox", "MP-110"},
		{e, "a grant for a sandbox", "MP-110"},
	} {
		if got := step.at.send(t, compact); got.code() != step.wants {
			t.Errorf("%s at %s: got %q, want %q", step.why, step.at.URL, got.code(), step.wants)
		}
	}
	for at, want := range map[*emulator]int{one: 2, other: 1, e: 1} {
		var journal struct{ Entries []object }
		at.control(t, http.MethodGet, "journal", nil, &journal)
		if len(journal.Entries) != want {
			t.Errorf("the journal at %s has %d entries, want %d", at.URL, len(journal.Entries), want)
		}
	}
	one.control(t, http.MethodPost, "clock:advance", object{"by": "1h"}, nil)
	if got := other.sendGood(t); got.code() != "" {
		t.Errorf("with the clock of another moved: got %q", got.code())
	}
}

// A token is believed only in the sandbox that issued it, though all sign with the same key.
func TestTokensStayInTheirSandbox(t *testing.T) {
	e := start(t, compose.Config{})
	one, other := e.sandboxed(t, object{}), e.sandboxed(t, object{})
	for _, exchanged := range []bool{false, true} {
		var minted struct {
			Token string `json:"access_token"`
		}
		one.control(t, http.MethodPost, "tokens", object{"scope": registerScope, "altinn": exchanged}, &minted)
		for _, at := range []struct {
			*emulator
			want int
		}{{one, http.StatusOK}, {other, http.StatusUnauthorized}, {e, http.StatusUnauthorized}} {
			bearer := &http.Client{Transport: bearing(minted.Token)}
			if got := at.api(t, bearer, http.MethodGet, altinnAPI+"systemregister/vendor", "").status; got != at.want {
				t.Errorf("exchanged %t: got %d at %s, want %d", exchanged, got, at.URL, at.want)
			}
		}
	}
}

// bearing sends requests with that token.
type bearing string

func (b bearing) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

func TestASandboxHasItsSeed(t *testing.T) {
	e := start(t, compose.Config{})
	own := e.sandboxed(t, object{"seed": `{"version":1,"scopes":[{"name":"other:read","owner":"310000094","access":"all"}],
		"clients":[{"clientId":"5f0c1a52-6c1b-4f6e-9d38-1c0f7a4b9e01","org":"310000019","scopes":["other:read"],
		"keys":[{"kid":"fakturapro-2026","wellKnown":"dev"}]}]}`})
	if got := own.sendGood(t); got.code() != "MP-200" {
		t.Errorf("a scope of the emulator's seed: got %q, want MP-200", got.code())
	}
	if got := e.sendGood(t); got.code() != "" {
		t.Errorf("at the emulator: got %q", got.code())
	}
	for name, bad := range map[string]object{
		"a seed that is bad":          {"seed": "version: 9"},
		"a seed that names a file":    {"seed": "version: 1\nclients: [{clientId: a, org: '310000019', keys: [{kid: k, file: /etc/passwd}]}]"},
		"an id that is taken":         {"id": strings.Trim(strings.TrimPrefix(own.URL, e.URL+"s/"), "/")},
		"an id that is no name":       {"id": "../x"},
		"the default sandbox":         {"id": "default"},
		"a time to live that is long": {"ttl": "25h"},
		"a time to live before now":   {"ttl": "-1s"},
	} {
		var problem struct{ Detail string }
		if status := e.control(t, http.MethodPost, "sandboxes", bad, &problem); status != http.StatusUnprocessableEntity || problem.Detail == "" {
			t.Errorf("%s: got %d %q, want 422 and why", name, status, problem.Detail)
		}
	}
	var listed struct{ Sandboxes []object }
	e.control(t, http.MethodGet, "sandboxes", nil, &listed)
	if len(listed.Sandboxes) != 1 {
		t.Errorf("there are %d sandboxes, want the one that was made", len(listed.Sandboxes))
	}
	var none object
	if status := own.control(t, http.MethodPost, "sandboxes", object{}, nil); status != http.StatusNotFound {
		t.Errorf("a sandbox in a sandbox: got %d %v, want 404", status, none)
	}
}

func TestSandboxesEnd(t *testing.T) {
	clock := newClock()
	e := start(t, compose.Config{Now: clock.now})
	deleted, expired := e.sandboxed(t, object{"id": "deleted"}), e.sandboxed(t, object{"id": "expired", "ttl": "10m"})
	if status := e.control(t, http.MethodDelete, "sandboxes/deleted", nil, nil); status != http.StatusNoContent {
		t.Errorf("deleting: got %d", status)
	}
	if status := e.control(t, http.MethodDelete, "sandboxes/deleted", nil, nil); status != http.StatusNotFound {
		t.Errorf("deleting again: got %d, want 404", status)
	}
	var body string
	if status := deleted.get(t, "jwk", &body); status != http.StatusNotFound || !strings.Contains(body, "deleted") {
		t.Errorf("after it was deleted: got %d %s, want 404 and why", status, body)
	}
	if status := expired.get(t, "jwk", &body); status != http.StatusOK {
		t.Errorf("before its time is over: got %d", status)
	}
	clock.advance(10 * time.Minute)
	compose.CollectSandboxes(t.Context(), e.Emulator)
	if status := expired.get(t, "jwk", &body); status != http.StatusNotFound {
		t.Errorf("when its time is over: got %d, want 404", status)
	}
	if left := e.KeysOf(t.Context(), "expired"); len(left) > 0 {
		t.Errorf("it left behind %v", left)
	}
}

func TestResetGoesBackToTheSeed(t *testing.T) {
	e := start(t, compose.Config{})
	compact := sign(t, e.grant(), vendorKey)
	var before string
	e.get(t, "jwk", &before)
	e.send(t, compact)
	e.control(t, http.MethodPost, "clock:freeze", nil, nil)
	e.control(t, http.MethodPatch, "settings", object{"approvals": "auto", "issuer": e.URL}, nil)
	if status := e.control(t, http.MethodPost, "reset", nil, nil); status != http.StatusNoContent {
		t.Fatalf("got %d", status)
	}
	var journal struct{ Entries []object }
	if e.control(t, http.MethodGet, "journal", nil, &journal); len(journal.Entries) != 0 {
		t.Errorf("the journal still has %d entries", len(journal.Entries))
	}
	if got := e.send(t, compact); got.code() != "" {
		t.Errorf("a grant that was used before the reset: got %q, want a token", got.code())
	}
	var clock, settings object
	if e.control(t, http.MethodGet, "clock", nil, &clock); clock["mode"] != "real" {
		t.Errorf("the clock is %v, want a real one", clock)
	}
	if e.control(t, http.MethodGet, "settings", nil, &settings); settings["approvals"] != "manual" || settings["issuer"] != e.URL {
		t.Errorf("the settings are %v, want manual approvals and the issuer that was set", settings)
	}
	var after string
	if e.get(t, "jwk", &after); after != before {
		t.Error("the signing key has changed")
	}
	e.control(t, http.MethodPost, "reset", object{"keep": []string{"journal"}}, nil)
	if e.control(t, http.MethodGet, "journal", nil, &journal); len(journal.Entries) != 1 {
		t.Errorf("a kept journal has %d entries, want 1", len(journal.Entries))
	}
	var problem struct{ Detail string }
	if status := e.control(t, http.MethodPost, "reset", object{"keep": []string{"tokens"}}, &problem); status != http.StatusUnprocessableEntity || !strings.Contains(problem.Detail, "journal") {
		t.Errorf("a word that is not known: got %d %q, want 422 and the words that are", status, problem.Detail)
	}
}

func TestTheClockIsInTheTestsHand(t *testing.T) {
	e := start(t, compose.Config{})
	var clock struct {
		Mode    string
		Now     time.Time
		Skew    float64 `json:"skewSeconds"`
		Warning string
	}
	e.control(t, http.MethodPut, "clock", object{"mode": "frozen", "at": "2026-01-01T12:00:00Z"}, &clock)
	want := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	if clock.Mode != "frozen" || !clock.Now.Equal(want) || clock.Warning == "" || clock.Skew == 0 {
		t.Errorf("got %+v, want a frozen clock with a warning", clock)
	}
	e.control(t, http.MethodPost, "clock:advance", object{"by": "1d"}, &clock)
	if !clock.Now.Equal(want.AddDate(0, 0, 1)) {
		t.Errorf("advanced by a day it shows %s", clock.Now)
	}
	g := e.grant()
	if got := e.send(t, sign(t, g, vendorKey)); got.code() == "" {
		t.Error("a grant by the machine's clock is taken")
	}
	g.IssuedAt = clock.Now
	if got := e.send(t, sign(t, g, vendorKey)); got.code() != "" {
		t.Errorf("a grant by the emulator's clock: got %q", got.code())
	}
	clock.Warning = ""
	e.control(t, http.MethodPost, "clock:real", nil, &clock)
	if clock.Mode != "real" || clock.Warning != "" {
		t.Errorf("got %+v, want the machine's clock", clock)
	}
	for name, bad := range map[string]object{
		"another mode":                  {"mode": "sidereal"},
		"a frozen clock with an offset": {"mode": "frozen", "offset": "1h"},
		"a real clock with a time":      {"mode": "real", "at": "2026-01-01T12:00:00Z"},
	} {
		if status := e.control(t, http.MethodPut, "clock", bad, nil); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: got %d, want 422", name, status)
		}
	}
}

// What is done later is done by the sandbox's clock: a test that advances it need not wait.
func TestApprovalsFollowTheClock(t *testing.T) {
	config := altinnConfig()
	config.Approvals = "auto-after:1h"
	e := start(t, config)
	request := e.request(t, e.vendor(t))
	status := func() string {
		var shown struct{ Status string }
		e.control(t, http.MethodGet, "requests/"+request, nil, &shown)
		return shown.Status
	}
	if got := status(); got != "New" {
		t.Errorf("at first it is %s, want New", got)
	}
	e.control(t, http.MethodPost, "clock:advance", object{"by": "59m"}, nil)
	if got := status(); got != "New" {
		t.Errorf("after 59 minutes it is %s, want New", got)
	}
	e.control(t, http.MethodPost, "clock:advance", object{"by": "1m"}, nil)
	if got := status(); got != "Accepted" {
		t.Errorf("after an hour it is %s, want Accepted", got)
	}
}

// What one emulator is told, the others on its Redis know when the call returns.
func TestReplicasFollow(t *testing.T) {
	t.Run("server", func(t *testing.T) { testReplicasFollow(t, "redis://"+miniredis.RunT(t).Addr()) })
	t.Run("cluster", func(t *testing.T) {
		nodes := strings.Split(redistest.Required(t, "MPE_TEST_REDIS_CLUSTER"), ",")
		testReplicasFollow(t, "redis+cluster://"+nodes[0]+"?addr="+strings.Join(nodes[1:], "&addr="))
	})
}

func testReplicasFollow(t *testing.T, redis string) {
	one, other := start(t, compose.Config{Redis: redis}), start(t, compose.Config{Redis: redis})
	one.control(t, http.MethodPost, "reset", nil, nil) // on a Cluster others have been before
	compact := sign(t, other.grant(), vendorKey)
	if got := other.send(t, compact); got.code() != "" {
		t.Fatalf("got %q", got.code())
	}
	one.control(t, http.MethodPost, "reset", nil, nil)
	if got := other.send(t, compact); got.code() != "" {
		t.Errorf("after a reset of its replica: got %q, want a token", got.code())
	}
	var clock object
	one.control(t, http.MethodPut, "clock", object{"mode": "frozen", "at": "2026-01-01T12:00:00Z"}, nil)
	if other.control(t, http.MethodGet, "clock", nil, &clock); clock["now"] != "2026-01-01T12:00:00Z" {
		t.Errorf("the clock of the replica is %v", clock)
	}
	var keys, theirs string
	one.control(t, http.MethodPost, "keys:rotate", nil, nil)
	one.get(t, "jwk", &keys)
	if other.get(t, "jwk", &theirs); keys != theirs || strings.Count(keys, `"kid"`) < 2 {
		t.Errorf("after a rotation the key set is\n%s, the replica's\n%s", keys, theirs)
	}
	made := one.sandboxed(t, object{"id": "shared"})
	there := &emulator{other.Emulator, other.URL + "s/shared/"}
	if got := there.sendGood(t); got.code() != "" {
		t.Errorf("at a sandbox that its replica made: got %q", got.code())
	}
	var body string
	one.control(t, http.MethodDelete, "sandboxes/shared", nil, nil)
	if status := there.get(t, "jwk", &body); status != http.StatusNotFound {
		t.Errorf("after its replica deleted %s: got %d, want 404", made.URL, status)
	}
}

// Changes on two emulators at once do not wait for one another.
func TestReplicasChangeAtOnce(t *testing.T) {
	var log bytes.Buffer
	config := compose.Config{Redis: "redis://" + miniredis.RunT(t).Addr(), Log: slog.New(slog.NewTextHandler(&log, nil))}
	replicas := []*emulator{start(t, config), start(t, config)}
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			path, body := "reset", object{}
			if i%4 < 2 {
				path, body = "clock:advance", object{"by": "1s"}
			}
			if status := replicas[i%2].control(t, http.MethodPost, path, body, nil); status >= 300 {
				t.Errorf("%s: got %d", path, status)
			}
		})
	}
	group.Wait()
	if strings.Contains(log.String(), "not every emulator") {
		t.Errorf("they waited for one another in vain:\n%s", log.String())
	}
}

package compose_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"mpe/compose"
	"mpe/compose/control"
)

// clock is one that a test moves while the emulator reads it.
type clock struct{ at atomic.Pointer[time.Time] }

func newClock() *clock {
	c := &clock{}
	c.set(time.Now().Truncate(time.Second))
	return c
}

func (c *clock) now() time.Time          { return *c.at.Load() }
func (c *clock) set(to time.Time)        { c.at.Store(&to) }
func (c *clock) advance(d time.Duration) { c.set(c.now().Add(d)) }

// keys is what the calls about signing keys answer.
func (e *emulator) keys(t *testing.T, method, path, body string) []control.SigningKey {
	t.Helper()
	status, answer := e.call(t, method, path, body, nil)
	var shown struct{ Keys []control.SigningKey }
	if err := json.Unmarshal([]byte(answer), &shown); err != nil || status != http.StatusOK {
		t.Fatalf("got %d %s (%v)", status, answer, err)
	}
	return shown.Keys
}

func (e *emulator) exchanges(t *testing.T, token string) int {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, e.URL+altinnAPI+"exchange/maskinporten", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode
}

func TestTokensOfARotatedKeyAreBelievedDuringTheOverlap(t *testing.T) {
	clock := newClock()
	e := start(t, compose.Config{Now: clock.now})
	token := func() string {
		grant := e.grant()
		grant.IssuedAt = clock.now()
		return e.send(t, sign(t, grant, vendorKey)).AccessToken
	}
	// remote is another party's view of the keys, which fetches them anew when it meets a kid that it does not know.
	remote := oidc.NewRemoteKeySet(t.Context(), e.URL+"jwk")
	believed := func(set *oidc.RemoteKeySet, token string) bool {
		_, err := set.VerifySignature(t.Context(), token)
		return err == nil
	}
	old := token()
	first := e.keys(t, "GET", "keys", "")
	if len(first) != 1 || !first[0].Signs || first[0].Until != nil || first[0].Bits != 2048 || !first[0].Since.Equal(clock.now()) {
		t.Fatalf("at start: got %+v", first)
	}
	clock.advance(10 * time.Second)
	both := e.keys(t, "POST", "keys:rotate", `{"overlap": "60s"}`)
	switch {
	case len(both) != 2 || !both[0].Signs || both[1].Signs:
		t.Fatalf("after the rotation: got %+v", both)
	case both[0].Kid == first[0].Kid || both[1].Kid != first[0].Kid:
		t.Errorf("after the rotation: got %+v, want a new key before %s", both, first[0].Kid)
	case !both[0].Since.Equal(clock.now()) || both[0].Until != nil:
		t.Errorf("the new key: got %+v, want it to sign since %s", both[0], clock.now())
	case !both[1].Since.Equal(first[0].Since) || !both[1].Until.Equal(clock.now().Add(time.Minute)):
		t.Errorf("the old key: got %+v, want it until a minute from %s", both[1], clock.now())
	}
	young := token()
	if !believed(remote, old) || !believed(remote, young) {
		t.Error("with the published keys, the tokens are not both believed during the overlap")
	}
	clock.advance(59 * time.Second)
	for name, token := range map[string]string{"old": old, "new": young} {
		if got := e.exchanges(t, token); got != http.StatusOK {
			t.Errorf("exchanging the %s key's token during the overlap: got %d, want 200", name, got)
		}
	}
	clock.advance(time.Second)
	if got := e.exchanges(t, old); got != http.StatusUnauthorized {
		t.Errorf("exchanging the old key's token after the overlap: got %d, want 401", got)
	}
	if got := e.exchanges(t, young); got != http.StatusOK {
		t.Errorf("exchanging the new key's token after the overlap: got %d, want 200", got)
	}
	if after := e.keys(t, "GET", "keys", ""); len(after) != 1 || after[0].Kid != both[0].Kid {
		t.Errorf("after the overlap: got %+v, want %s alone", after, both[0].Kid)
	}
	if fresh := oidc.NewRemoteKeySet(t.Context(), e.URL+"jwk"); believed(fresh, old) || !believed(fresh, young) {
		t.Error("after the overlap, the published keys believe the old key's token, or not the new key's")
	}
}

func TestTheOverlapOfARotation(t *testing.T) {
	clock := newClock()
	e := start(t, compose.Config{Now: clock.now})
	for body, want := range map[string]time.Duration{
		"": time.Minute, "{}": time.Minute, `{"overlap": "90s"}`: 90 * time.Second, `{"overlap": "8760h"}`: 8760 * time.Hour,
	} {
		e.keys(t, "POST", "keys:rotate", `{"overlap": "0s"}`)
		before := e.keys(t, "GET", "keys", "")
		after := e.keys(t, "POST", "keys:rotate", body)
		if until := clock.now().Add(want); len(after) < 2 || after[1].Kid != before[0].Kid || !after[1].Until.Equal(until) {
			t.Errorf("%q: got %+v, want %s until %s", body, after, before[0].Kid, until)
		}
	}
}

func TestARotationIsRefused(t *testing.T) {
	clock := newClock()
	e := start(t, compose.Config{Now: clock.now})
	before := e.keys(t, "GET", "keys", "")
	for name, c := range map[string]struct {
		body   string
		status int
		want   string
	}{
		"with an overlap in no unit":      {`{"overlap": 60}`, 400, "overlap"},
		"with an overlap in words":        {`{"overlap": "long"}`, 400, "long"},
		"with an overlap below zero":      {`{"overlap": "-1s"}`, 422, "overlap: -1s is not between 0s and 8760h0m0s"},
		"with an overlap above a year":    {`{"overlap": "8761h"}`, 422, "overlap: 8761h0m0s"},
		"with a member that is not known": {`{"overlop": "1s"}`, 400, "overlop"},
	} {
		t.Run(name, func(t *testing.T) {
			if status, body := e.call(t, "POST", "keys:rotate", c.body, nil); status != c.status || !strings.Contains(body, c.want) {
				t.Errorf("got %d %s, want %d and %q", status, body, c.status, c.want)
			}
		})
	}
	if after := e.keys(t, "GET", "keys", ""); len(after) != 1 || after[0].Kid != before[0].Kid {
		t.Errorf("the refusals have changed the keys: got %+v, want %+v", after, before)
	}
	for _, path := range []string{"keys", "keys:rotat", "keys:rotate2", "keysrotate"} {
		if status, body := e.call(t, "POST", path, "", nil); status != http.StatusNotFound {
			t.Errorf("POST %s: got %d %s, want 404", path, status, body)
		}
	}
}

package mpetest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"mpe/compose"
	"mpe/compose/mpetest"
)

const (
	vendor   = "fakturapro"
	read     = "mun:faktura.read"
	customer = "310000027"
)

// failing is a T that ends as a test would, and keeps what it said.
type failing struct {
	said    []string
	cleanup []func()
}

func (f *failing) Helper()             {}
func (f *failing) Cleanup(do func())   { f.cleanup = append(f.cleanup, do) }
func (f *failing) Logf(string, ...any) {}
func (f *failing) Errorf(format string, args ...any) {
	f.said = append(f.said, fmt.Sprintf(format, args...))
}
func (f *failing) Fatalf(format string, args ...any) { f.Errorf(format, args...); runtime.Goexit() }

// run is what a test says that does this and ends.
func run(do func(mpetest.T)) []string {
	f := &failing{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		do(f)
	}()
	<-done
	for _, end := range slices.Backward(f.cleanup) {
		end()
	}
	return f.said
}

// failure is what it says when it fails, as it has to.
func failure(t mpetest.T, do func(mpetest.T)) string {
	t.Helper()
	said := run(do)
	if len(said) != 1 {
		t.Fatalf("it said %q, want one failure", said)
	}
	return said[0]
}

func TestFailuresSayWhatTheEmulatorSays(t *testing.T) {
	t.Parallel()
	srv := mpetest.New(t)
	srv.Token(t, vendor, mpetest.Scope("mun:faktura.write"))
	for name, c := range map[string]struct {
		do   func(mpetest.T)
		want string
	}{
		"a bad seed": {
			func(t mpetest.T) { mpetest.New(t, mpetest.Seed("version: 9")) }, "version",
		},
		"a seed file that is not there": {
			func(t mpetest.T) { mpetest.New(t, mpetest.SeedFile("testdata/none.yaml")) }, "none.yaml",
		},
		"a bad setting": {
			func(t mpetest.T) { mpetest.New(t, mpetest.Config(func(c *compose.Config) { c.Issuer = "x" })) }, "--issuer",
		},
		"a bad seed of a sandbox": {
			func(t mpetest.T) { srv.Sandbox(t, mpetest.Seed("version: 9")) }, "version",
		},
		"a configuration of a sandbox": {
			func(t mpetest.T) { srv.Sandbox(t, mpetest.Config(func(*compose.Config) {})) }, "Config is for New",
		},
		"two seeds of a sandbox": {
			func(t mpetest.T) { srv.Sandbox(t, mpetest.Seed("version: 1"), mpetest.Seed("version: 1")) }, "one seed",
		},
		"a client that is not there": {
			func(t mpetest.T) { srv.Token(t, "nobody") }, `no client of the seed has the id "nobody"`,
		},
		"a refused token": {
			func(t mpetest.T) { srv.Token(t, vendor, mpetest.Scope("mun:arkiv.read")) }, "403: forbidden: ",
		},
		"a token that was not issued": {
			func(t mpetest.T) { srv.Journal.RequireToken(t, mpetest.Scope(read)) },
			"differed in 1 of 3 conditions. (grant.scope is mun:faktura.write, want contains mun:faktura.read)",
		},
		"more tokens than wanted": {
			func(t mpetest.T) { srv.Journal.RequireTokens(t, 0) }, "1 token request matched, want exactly 0",
		},
		"a path that does not exist": {
			func(t mpetest.T) { srv.Journal.Require(t, map[string]any{"scop": "x"}) }, "did you mean scope?",
		},
		"a token that does not come": {
			func(t mpetest.T) { srv.Journal.Await(t, time.Millisecond, mpetest.SystemUserOrg(customer)) }, "systemuser_org is absent",
		},
		"a request that is not there": {
			func(t mpetest.T) { srv.Requests.Approve(t, "none") }, "There is no such request",
		},
		"a claim that bad tokens do not take": {
			func(t mpetest.T) { srv.BadTokens(t, vendor, mpetest.ConsumerOrg(customer)) }, "consumerOrg: ",
		},
		"a system user that is not there": {
			func(t mpetest.T) { srv.MintSystemUserToken(t, vendor, "310000035") }, "systemUser: ",
		},
		"a fault that cannot be": {
			func(t mpetest.T) { srv.Faults.Next(t, mpetest.Code("MP-999")) }, "then.code",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := failure(t, c.do); !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
				t.Errorf("it said %q, want one line with %q", got, c.want)
			}
		})
	}
	t.Run("a client of a server whose test it is", func(t *testing.T) {
		got := failure(t, func(t mpetest.T) { mpetest.New(t).Client("nobody") })
		if want := `no client of the seed has the id "nobody"`; !strings.Contains(got, want) {
			t.Errorf("it said %q, want %q", got, want)
		}
	})
}

func TestCloseCanBeRepeated(t *testing.T) {
	t.Parallel()
	srv := mpetest.New(t)
	box := srv.Sandbox(t)
	box.Close()
	box.Close()
	if status := get(t, box.WellKnown); status != http.StatusNotFound {
		t.Errorf("the closed sandbox answers with %d, want 404", status)
	}
	orphan := srv.Sandbox(t)
	srv.Close()
	srv.Close()
	orphan.Close()
	if _, err := http.Get(srv.WellKnown); err == nil {
		t.Error("the closed server answers")
	}
}

// A fault may keep a request waiting for longer than anybody wants a test to take.
func TestCloseLetsGoOfWhoWaits(t *testing.T) {
	t.Parallel()
	srv := mpetest.New(t)
	srv.Faults.Next(t, mpetest.Delay(time.Hour))
	form := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {srv.Grant(t, vendor)}}
	ended := make(chan error)
	go func() {
		r, err := http.PostForm(srv.TokenEndpoint, form)
		if err == nil {
			r.Body.Close()
		}
		ended <- err
	}()
	for taken := false; !taken; runtime.Gosched() {
		taken = strings.Contains(body(t, srv.URL+"_mpe/v1/faults"), `"burntOut":true`)
	}
	srv.Close()
	<-ended
}

func get(t *testing.T, url string) int {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	return r.StatusCode
}

func body(t *testing.T, url string) string {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestConfigReachesTheEmulator(t *testing.T) {
	t.Parallel()
	srv := mpetest.New(t, mpetest.Config(func(c *compose.Config) {
		c.Issuer, c.AdminToken, c.SigningKey = "https://test.maskinporten.no/", "secret", nil
	}))
	if want := "https://test.maskinporten.no/"; srv.Issuer != want {
		t.Errorf("the issuer is %s, want %s", srv.Issuer, want)
	}
	srv.Token(t, vendor) // which the admin token is needed for
	if own, shared := body(t, srv.JWKSURI), body(t, mpetest.New(t).JWKSURI); own == shared {
		t.Error("the key is the shared one, want one of its own")
	}
	if box := srv.Sandbox(t); box.Issuer != srv.Issuer+strings.TrimPrefix(box.URL, srv.URL) {
		t.Errorf("the sandbox's issuer is %s, want it below the server's", box.Issuer)
	}
}

func TestSeed(t *testing.T) {
	t.Parallel()
	const lone = `
version: 1
scopes: [{ name: "mun:lone", owner: "310000094", access: all }]
clients: [{ clientId: lone, name: Lone, org: "310000019", scopes: ["mun:lone"], keys: [{ kid: one, wellKnown: dev }] }]
`
	srv := mpetest.New(t)
	box := srv.Sandbox(t, mpetest.Seed(lone))
	for name, s := range map[string]*mpetest.Server{
		"a server": mpetest.New(t, mpetest.Seed(lone), nil), "a sandbox": box, "a sandbox of a sandbox": box.Sandbox(t, mpetest.Seed(lone)),
	} {
		if got := s.Client(""); got.ID != "lone" || got.Kid != "one" || got.Issuer != s.Issuer || got.TokenEndpoint != s.TokenEndpoint {
			t.Errorf("%s has the client %+v, want lone with one, at %s", name, got, s.URL)
		}
		s.Token(t, "lone")
	}
	if got := srv.Client("").Name; got == "Lone" {
		t.Error("the sandbox's client is on its server, too")
	}
}

func TestClientInTheEnvironment(t *testing.T) {
	t.Parallel()
	srv := mpetest.New(t)
	c := srv.Client(vendor)
	for _, want := range []string{
		"MASKINPORTEN_CLIENT_ID=" + c.ID, "MASKINPORTEN_TOKEN_ENDPOINT=" + srv.TokenEndpoint, "MASKINPORTEN_ISSUER=" + srv.Issuer,
	} {
		if !strings.Contains("\n"+strings.Join(c.Env(), "\n")+"\n", "\n"+want+"\n") {
			t.Errorf("got %q, want %q among them", c.Env(), want)
		}
	}
	if err := c.Key.Validate(); err != nil {
		t.Errorf("the key: %v", err)
	}
}

func TestApprovals(t *testing.T) {
	t.Parallel()
	srv := mpetest.New(t)
	waiting := srv.Requests.All(t)
	if got := srv.Requests.Approve(t, waiting[0].ID); got.Status != "Accepted" {
		t.Errorf("approved it is %s, want Accepted", got.Status)
	}
	srv.Reset(t)
	if got := srv.Requests.Reject(t, waiting[0].ID); got.Status != "Rejected" {
		t.Errorf("rejected it is %s, want Rejected", got.Status)
	}
	for want, set := range map[string]func(mpetest.T){
		"auto": srv.Approvals.Auto, "reject": srv.Approvals.Reject, "manual": srv.Approvals.Manual,
		"auto-after:2s": func(t mpetest.T) { srv.Approvals.After(t, 2*time.Second) },
	} {
		set(t)
		if got := body(t, srv.URL+"_mpe/v1/settings"); !strings.Contains(got, `"`+want+`"`) {
			t.Errorf("the settings are %s, want %s", got, want)
		}
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	srv := mpetest.New(t)
	at := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	srv.Clock.Freeze(at)
	srv.Clock.Advance(90 * time.Minute)
	if got, want := srv.Clock.Now(), at.Add(90*time.Minute); !got.Equal(want) {
		t.Errorf("it is %s, want %s", got, want)
	}
	srv.Token(t, vendor) // grants go by the same clock
	srv.Clock.Real()
	now := srv.Clock.Now()
	if now.Sub(at) < time.Hour*24 {
		t.Errorf("it is %s after Real", now)
	}
	srv.Clock.Freeze(time.Time{})
	if first, second := srv.Clock.Now(), srv.Clock.Now(); !first.Equal(second) || first.Before(now) {
		t.Errorf("frozen at %s it shows %s", first, second)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	srv := mpetest.New(t)
	refused := func(t mpetest.T) { srv.Token(t, vendor) }
	srv.Faults.Next(t, mpetest.Code("MP-250"))
	srv.Faults.Next(t, mpetest.Code("MP-250"))
	srv.Faults.Next(t, mpetest.Status(503), mpetest.Times(2))
	for i, want := range []string{"403: forbidden", "403: forbidden", "503", "503"} {
		if got := failure(t, refused); !strings.Contains(got, want) {
			t.Errorf("token %d: it said %q, want %q", i, got, want)
		}
	}
	srv.Token(t, vendor)
	srv.Faults.Next(t, mpetest.Connection("reset"))
	srv.Faults.Next(t, mpetest.Defect("expired"))
	srv.Faults.Next(t, mpetest.At("jwks"), mpetest.Status(500))
	if got := get(t, srv.JWKSURI); got != 500 {
		t.Errorf("the key set: got %d, want 500", got)
	}
	srv.Faults.Clear(t)
	srv.Token(t, vendor)
}

func TestJournal(t *testing.T) {
	t.Parallel()
	srv := mpetest.New(t)
	c := srv.Client(vendor)
	srv.Token(t, vendor, mpetest.Scope(read, "mun:faktura.write"), mpetest.SystemUserOrg(customer), mpetest.ExternalRef("avdeling-oslo"))
	srv.Token(t, vendor, mpetest.Scope("mun:register.read"), mpetest.ConsumerOrg(customer), mpetest.Resource("https://api.example/"))
	srv.Journal.RequireToken(t, mpetest.ClientID(c.ID), mpetest.Scope(read), mpetest.SystemUserOrg(customer), mpetest.ExternalRef("avdeling-oslo"))
	srv.Journal.RequireTokens(t, 1, mpetest.ConsumerOrg(customer), mpetest.Resource("https://api.example/"))
	srv.Journal.RequireTokens(t, 2)
	if got := srv.Journal.Last(t); got.Scope != "mun:register.read" {
		t.Errorf("the last is %+v, want the one for mun:register.read", got)
	}
	failure(t, func(t mpetest.T) { srv.Token(t, vendor, mpetest.Scope("mun:arkiv.read")) })
	srv.Journal.Require(t, map[string]any{"code": "MP-250"}, 1)
	srv.Journal.Require(t, map[string]any{"status": 200})

	later := srv.Sandbox(t)
	grant := later.Grant(t, vendor)
	go func() {
		r, err := http.PostForm(later.TokenEndpoint, url.Values{
			"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {grant},
		})
		if err == nil {
			r.Body.Close()
		}
	}()
	if got := later.Journal.Await(t, time.Minute, mpetest.ClientID(c.ID)); got.Client != c.ID {
		t.Errorf("awaited %+v, want a token of %s", got, c.ID)
	}
}

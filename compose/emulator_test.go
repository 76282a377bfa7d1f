package compose_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"mpe/compose"
	"mpe/compose/seed"
	"mpe/oauth"
	"mpe/oauth/oauthclient"
)

const (
	vendorClient = "5f0c1a52-6c1b-4f6e-9d38-1c0f7a4b9e01" // Fakturapro of the demo
	vendorKey    = "fakturapro-2026"
)

// emulator is a running one, on a real listener.
type emulator struct {
	*compose.Emulator
	URL string // ends in a slash
}

func start(t *testing.T, config compose.Config) *emulator {
	t.Helper()
	e, err := compose.New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(e.Handler())
	t.Cleanup(func() {
		server.Close()
		if err := e.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return &emulator{e, server.URL + "/"}
}

// seeded is a configuration with the demo and what is added to it.
func seeded(addition string) compose.Config {
	return compose.Config{Seeds: []seed.Source{compose.Demo(), {Name: "addition.yaml", Data: []byte("version: 1\n" + addition)}}}
}

// grant is a good one of the demo's vendor, for this emulator.
func (e *emulator) grant() oauthclient.Grant {
	return oauthclient.Grant{ClientID: vendorClient, Audience: e.Issuer(e.URL), Scope: "mun:faktura.read", IssuedAt: time.Now()}
}

func sign(t *testing.T, g oauthclient.Grant, kid string, defects ...string) string {
	t.Helper()
	compact, err := g.SignBroken(rand.Reader, oauthclient.Key{ID: kid, Signer: oauthclient.DevKey()}, defects...)
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

// answer is what the token endpoint says.
type answer struct {
	Status      int
	Header      http.Header
	AccessToken string `json:"access_token"`
	Error       string `json:"error"`
	Description string `json:"error_description"`
	URI         string `json:"error_uri"`
}

// code is the MP number of a refusal, or its OAuth error.
func (a answer) code() string {
	if a.URI == "" {
		return a.Error
	}
	return a.URI[strings.LastIndex(a.URI, "/")+1:]
}

func (e *emulator) send(t *testing.T, compact string) answer {
	t.Helper()
	return e.post(t, url.Values{"grant_type": {oauth.JWTBearer}, "assertion": {compact}})
}

func (e *emulator) post(t *testing.T, form url.Values) answer {
	t.Helper()
	r, err := http.PostForm(e.URL+"token", form)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	got := answer{Status: r.StatusCode, Header: r.Header}
	if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	return got
}

func (e *emulator) get(t *testing.T, path string, into any) int {
	t.Helper()
	r, err := http.Get(e.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if text, ok := into.(*string); ok {
		*text = string(data)
	} else if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v in %s", path, err, data)
	}
	return r.StatusCode
}

// Two emulators on one Redis are one: of many that use a grant at once, one gets a token.
func TestOneGrantIsOneTokenAcrossEmulators(t *testing.T) {
	redis := "redis://" + miniredis.RunT(t).Addr()
	replicas := []*emulator{
		start(t, compose.Config{Redis: redis, Issuer: "http://mpe.example/"}),
		start(t, compose.Config{Redis: redis, Issuer: "http://mpe.example/"}),
	}
	compact := sign(t, replicas[0].grant(), vendorKey)
	var issued, replayed atomic.Int32
	var group sync.WaitGroup
	begin := make(chan struct{})
	for i := range 16 {
		group.Go(func() {
			<-begin
			switch got := replicas[i%2].send(t, compact); got.code() {
			case "":
				issued.Add(1)
			case "MP-012":
				replayed.Add(1)
			default:
				t.Errorf("got %d %s", got.Status, got.Description)
			}
		})
	}
	close(begin)
	group.Wait()
	if issued.Load() != 1 || replayed.Load() != 15 {
		t.Errorf("%d tokens and %d replays, want 1 and 15", issued.Load(), replayed.Load())
	}
	var first, second string
	replicas[0].get(t, "jwk", &first)
	replicas[1].get(t, "jwk", &second)
	if first != second {
		t.Error("the two publish different keys")
	}
}

func TestIssuer(t *testing.T) {
	t.Run("follows the host by default", func(t *testing.T) {
		e := start(t, compose.Config{})
		e.wantIssuer(t, e.URL, nil)
	})
	t.Run("can be fixed, and endpoints follow the host", func(t *testing.T) {
		e := start(t, compose.Config{Issuer: "https://test.maskinporten.no/"})
		e.wantIssuer(t, "https://test.maskinporten.no/", nil)
	})
	forwarded := http.Header{"X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"mpe.example"}}
	t.Run("does not believe strangers' forwarded headers", func(t *testing.T) {
		e := start(t, compose.Config{})
		e.wantIssuer(t, e.URL, forwarded)
	})
	t.Run("believes configured proxies", func(t *testing.T) {
		e := start(t, compose.Config{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
		e.wantIssuer(t, "https://mpe.example/", forwarded)
	})
}

func (e *emulator) wantIssuer(t *testing.T, want string, header http.Header) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, e.URL+".well-known/oauth-authorization-server", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var metadata struct {
		Issuer string `json:"issuer"`
		Token  string `json:"token_endpoint"`
	}
	if err := json.NewDecoder(response.Body).Decode(&metadata); err != nil {
		t.Fatal(err)
	}
	if metadata.Issuer != want {
		t.Errorf("the issuer is %s, want %s", metadata.Issuer, want)
	}
	if header == nil && metadata.Token != e.URL+"token" {
		t.Errorf("the token endpoint is %s, want %stoken", metadata.Token, e.URL)
	}
}

func TestSigningKey(t *testing.T) {
	for bits, characters := range map[int]int{0: 342, 3072: 512} {
		var set struct {
			Keys []struct{ N string }
		}
		start(t, compose.Config{SigningKeyBits: bits}).get(t, "jwk", &set)
		if len(set.Keys) != 1 || len(set.Keys[0].N) != characters {
			t.Errorf("--signing-key-bits %d: got %+v, want a modulus of %d characters", bits, set, characters)
		}
	}
}

func TestStrictParties(t *testing.T) {
	config := seeded(`clients: [{ clientId: other, org: "310000051" }]`)
	start(t, config)
	config.StrictParties = true
	if _, err := compose.New(t.Context(), config); err == nil || !strings.Contains(err.Error(), "310000051") {
		t.Errorf("got %v, want a refusal of the organisation that the seed does not name", err)
	}
}

func TestBadSettingsAreRefused(t *testing.T) {
	for name, config := range map[string]compose.Config{
		"an issuer without a slash": {Issuer: "https://test.maskinporten.no"},
		"an issuer that is no URL":  {Issuer: "maskinporten"},
		"a signing key too small":   {SigningKeyBits: 1024},
		"a signing key in no PEM":   {SigningKey: []byte("x")},
		"a Redis of another kind":   {Redis: "redis+ring://localhost:1"},
		"a Redis that is not there": {Redis: "redis://127.0.0.1:1"},
		"a bad seed":                {Seeds: []seed.Source{{Name: "bad.yaml", Data: []byte("version: 9")}}},
	} {
		t.Run(name, func(t *testing.T) {
			if e, err := compose.New(t.Context(), config); err == nil {
				e.Close(t.Context())
				t.Error("it was taken")
			}
		})
	}
}

func TestProbes(t *testing.T) {
	redis := miniredis.RunT(t)
	e := start(t, compose.Config{Redis: "redis://" + redis.Addr()})
	var body string
	if status := e.get(t, "healthz", &body); status != http.StatusOK {
		t.Errorf("healthz: got %d %s", status, body)
	}
	if status := e.get(t, "readyz", &body); status != http.StatusOK {
		t.Errorf("readyz: got %d %s", status, body)
	}
	redis.SetError("LOADING")
	defer redis.SetError("")
	if status := e.get(t, "readyz", &body); status != http.StatusServiceUnavailable || !strings.Contains(body, "Redis") {
		t.Errorf("readyz without Redis: got %d %s, want 503", status, body)
	}
}

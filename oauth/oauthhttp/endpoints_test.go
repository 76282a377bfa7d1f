package oauthhttp_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"mpe/oauth"
	"mpe/oauth/oauthhttp"
)

func (w *world) get(path string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
	return answer
}

// Vector 52.
func TestMetadataIsTheSameWithAndWithoutSlash(t *testing.T) {
	const want = `{"issuer":"https://test.maskinporten.no/",` +
		`"token_endpoint":"https://test.maskinporten.no/token","jwks_uri":"https://test.maskinporten.no/jwk",` +
		`"token_endpoint_auth_methods_supported":["private_key_jwt"],` +
		`"grant_types_supported":["urn:ietf:params:oauth:grant-type:jwt-bearer"],` +
		`"token_endpoint_auth_signing_alg_values_supported":["RS256","RS384","RS512"],` +
		`"authorization_details_types_supported":["urn:altinn:systemuser","urn:altinn:consent"]}`
	w := newWorld(t)
	for _, path := range []string{"/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/"} {
		got := w.get(path)
		if got.Code != http.StatusOK || got.Body.String() != want {
			t.Errorf("%s: got %d %s, want 200 %s", path, got.Code, got.Body, want)
		}
	}
}

// With a fixed issuer the endpoints still follow the host that was asked.
func TestEndpointsFollowTheHost(t *testing.T) {
	e := &oauthhttp.Endpoints{
		Name: func(*http.Request) string { return "https://fixed.example/" },
		Base: func(*http.Request) string { return "http://localhost:6730/" },
	}
	engine := gin.New()
	e.Mount(engine)
	got := (&world{handler: engine}).get("/.well-known/oauth-authorization-server").Body.String()
	want := `{"issuer":"https://fixed.example/","token_endpoint":"http://localhost:6730/token","jwks_uri":"http://localhost:6730/jwk"`
	if !strings.HasPrefix(got, want) {
		t.Errorf("got %s, want it to begin %s", got, want)
	}
}

// Vector 53. The published key verifies tokens: every case of TestWire holds that.
func TestPublishedKey(t *testing.T) {
	w := newWorld(t)
	got := w.get("/jwk")
	if media := got.Header().Get("Content-Type"); got.Code != http.StatusOK || media != "application/json" {
		t.Errorf("got %d %s, want 200 application/json", got.Code, media)
	}
	key := w.published(t)
	if key.KeyID != w.kid() || key.Use != "sig" || key.Algorithm != "RS256" || len(key.Certificates) != 2 {
		t.Errorf("got kid %q, use %q, alg %q and %d certificates", key.KeyID, key.Use, key.Algorithm, len(key.Certificates))
	}
	if size := key.Key.(*rsa.PublicKey).Size(); size != 384 {
		t.Errorf("the modulus has %d bytes, want 384", size)
	}
}

func (w *world) validGrant(t *testing.T) string {
	t.Helper()
	return w.grant(t, map[string]string{
		"claims": `{"aud":"` + issuer + `","iss":"` + client + `","scope":"test:read","iat":1767225600,"exp":1767225700}`,
	})
}

const form = "application/x-www-form-urlencoded"

// Vector 56. Here the randomness is real.
func TestTokensHaveIDsOfTheirOwn(t *testing.T) {
	w := newWorldWith(t, func(e *oauthhttp.Endpoints) { e.Issuer.Rand = rand.Reader })
	seen := map[string]bool{}
	for n := range 20 {
		got := w.post(strings.Replace(defaultForm, "{grant}", w.grant(t, map[string]string{
			"claims": `{"aud":"` + issuer + `","iss":"` + client + `","scope":"test:read","iat":1767225600,"exp":` +
				"17672256" + string(rune('1'+n/10)) + string(rune('0'+n%10)) + `}`,
		}), 1), form)
		var body struct {
			Token string `json:"access_token"`
		}
		if err := json.Unmarshal(got.Body.Bytes(), &body); err != nil || body.Token == "" {
			t.Fatalf("got %d %s (%v)", got.Code, got.Body, err)
		}
		_, payload := w.verified(t, body.Token)
		id := regexp.MustCompile(`"jti":"([A-Za-z0-9_-]{43})"`).FindStringSubmatch(payload)
		if id == nil || seen[id[1]] {
			t.Fatalf("the jti in %s is not 43 characters, or was seen before", payload)
		}
		seen[id[1]] = true
	}
}

// A fault of ours is told to nobody but the log.
func TestAFaultIsNotTold(t *testing.T) {
	cause := errors.New("the disk is full of secrets")
	w := newWorldWith(t, func(e *oauthhttp.Endpoints) { e.Issuer.Rand = failing{cause} })
	got := w.post(strings.Replace(defaultForm, "{grant}", w.validGrant(t), 1), form)
	match(t, "response", `{"error":"server_error","error_description":"Internal server error (trace_id: {trace})"}`,
		got.Body.String(), got.Header().Get("Mpe-Trace-Id"))
	if got.Code != http.StatusInternalServerError {
		t.Errorf("got %d, want 500", got.Code)
	}
	if x := w.recorded[0]; !errors.Is(x.Fault, cause) {
		t.Errorf("recorded the fault %v, want %v", x.Fault, cause)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestHintHeaders(t *testing.T) {
	refused := strings.Replace(defaultForm, "{grant}", "nonsense", 1)
	hint := func(c oauth.Check) string { return "«" + string(c.Reason) + "»\r\n" }
	for name, c := range map[string]struct {
		hide              bool
		reason, hint, url string
	}{
		"a refusal has its reason beside it": {
			false, "not-jwt", "?not-jwt???", "<" + issuer + `_mpe/v1/journal/00000000000000000000000000000001>; rel="help"`,
		},
		"hints can be turned off": {hide: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorldWith(t, func(e *oauthhttp.Endpoints) { e.Hint, e.HideHints = hint, c.hide })
			h := w.post(refused, form).Header()
			if h.Get("Mpe-Trace-Id") == "" {
				t.Error("no Mpe-Trace-Id")
			}
			got := []string{h.Get("Mpe-Reason"), h.Get("Mpe-Hint"), h.Get("Link")}
			for i, want := range []string{c.reason, strings.Trim(c.hint, "\r\n"), c.url} {
				if got[i] != want {
					t.Errorf("got the headers %q, want %q in place %d", got, want, i)
				}
			}
		})
	}
}

func TestOtherMethodsAreRefused(t *testing.T) {
	w := newWorld(t)
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		got := httptest.NewRecorder()
		w.handler.ServeHTTP(got, httptest.NewRequest(method, "/token?"+url.Values{"assertion": {"x"}}.Encode(), nil))
		if got.Code != http.StatusMethodNotAllowed || got.Header().Get("Allow") != http.MethodPost {
			t.Errorf("%s: got %d, Allow %q, want 405 and POST", method, got.Code, got.Header().Get("Allow"))
		}
	}
}

func TestALargeBodyIsRefused(t *testing.T) {
	w := newWorld(t)
	if got := w.post("assertion="+strings.Repeat("a", 64<<10), form); got.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d, want 413", got.Code)
	}
}

// Whatever else a header says, and whether or not libraries can read it, the signature is looked at.
func TestNoHeaderSparesTheSignature(t *testing.T) {
	claims := `{"aud":"` + issuer + `","iss":"` + client + `","scope":"test:read","iat":1767225600,"exp":1767225700}`
	for _, member := range []string{
		`"nonce":5`, `"jwk":5`, `"jwk":{}`, `"jwk":{"kty":"oct","k":"AA"}`, `"jku":5`, `"x5u":5`, `"x5t":5`, `"x5t#S256":5`,
		`"x5c":["zzz"]`, `"x5c":5`, `"typ":5`, `"cty":[]`, `"b64":false`, `"zip":"DEF"`, `"enc":"A128GCM"`, `"kid":"k1"`,
		`"alg":"RS256"`, `"ALG":"none"`, `"":null`,
	} {
		header := `{"alg":"RS256","kid":"k1",` + member + `}`
		for key, want := range map[string]string{"nobody": "/errors/MP-124", "k1": `"access_token"`} {
			w := newWorld(t)
			got := w.post(strings.Replace(defaultForm, "{grant}",
				w.grant(t, map[string]string{"header": header, "claims": claims, "key": key}), 1), form)
			if !strings.Contains(got.Body.String(), want) {
				t.Errorf("%s, signed by %s: got %d %s, want %s", header, key, got.Code, got.Body, want)
			}
		}
	}
}

package oauthhttp_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"mpe/oauth"
)

// TestWire holds the token endpoint to recorded and documented exchanges, one file each in testdata/wire. A file has
// these parts; all but response may be left out:
//
//	header       the grant's JOSE header; {x5c:NAME} stands for that certificate's chain
//	claims       the grant's claims
//	key          who signs; k1 by default
//	compact      the grant as it is, form encoded, instead of the three above
//	contenttype  of the request
//	form         the request's body; {grant} stands for the grant
//	times        how often it is sent; the last response counts
//	response     status and body; {token}, {trace} and {any} stand for what they name
//	tokenheader  the token's JOSE header
//	payload      the token's payload, byte for byte
//	check        the check that fails, and the reason
func TestWire(t *testing.T) {
	files, err := filepath.Glob("testdata/wire/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			parts := map[string]string{}
			for _, f := range archive.Files {
				parts[f.Name] = strings.TrimSuffix(string(f.Data), "\n")
			}
			newWorld(t).hold(t, parts)
		})
	}
}

const defaultForm = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={grant}"

func (w *world) hold(t *testing.T, parts map[string]string) {
	t.Helper()
	times := 1
	if n, err := strconv.Atoi(parts["times"]); err == nil {
		times = n
	}
	form := orElse(parts["form"], defaultForm)
	form = strings.ReplaceAll(form, "{grant}", w.grant(t, parts))
	var got *httptest.ResponseRecorder
	for range times {
		got = w.post(form, orElse(parts["contenttype"], "application/x-www-form-urlencoded"))
	}
	trace := got.Header().Get("Mpe-Trace-Id")
	if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(trace) {
		t.Errorf("Mpe-Trace-Id is %q, want 32 hex digits", trace)
	}
	match(t, "response", parts["response"], strconv.Itoa(got.Code)+"\n"+got.Body.String(), trace)
	w.holdToken(t, parts, got.Body.Bytes())
	w.holdTrace(t, parts, got)
}

// match compares with what the placeholders stand for filled in.
func match(t *testing.T, what, want, got, trace string) {
	t.Helper()
	want = strings.ReplaceAll(want, "{trace}", trace)
	pattern := regexp.QuoteMeta(want)
	pattern = strings.ReplaceAll(pattern, `\{token\}`, `[\w-]+\.[\w-]+\.[\w-]+`)
	pattern = strings.ReplaceAll(pattern, `\{any\}`, `[^"]*`)
	if !regexp.MustCompile("^" + pattern + "$").MatchString(got) {
		t.Errorf("%s (-want +got):\n%s", what, cmp.Diff(want, got))
	}
}

func (w *world) holdToken(t *testing.T, parts map[string]string, body []byte) {
	t.Helper()
	var response struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(body, &response); err != nil {
		t.Fatalf("the body is not JSON: %v", err)
	}
	if response.AccessToken == "" {
		if parts["payload"] != "" {
			t.Error("no token was issued")
		}
		return
	}
	header, payload := w.verified(t, response.AccessToken)
	if want := parts["tokenheader"]; want != "" {
		if diff := cmp.Diff(strings.ReplaceAll(want, "{kid}", w.kid()), header); diff != "" {
			t.Errorf("token header (-want +got):\n%s", diff)
		}
	}
	if want := parts["payload"]; want != "" {
		if diff := cmp.Diff(want, payload); diff != "" {
			t.Errorf("token payload (-want +got):\n%s", diff)
		}
	}
}

// holdTrace checks the explanation: its failing check, the header that names the reason, and that all checks are there.
func (w *world) holdTrace(t *testing.T, parts map[string]string, got *httptest.ResponseRecorder) {
	t.Helper()
	x := w.recorded[len(w.recorded)-1]
	if x.Status != got.Code || x.ID != got.Header().Get("Mpe-Trace-Id") {
		t.Errorf("recorded %d %s, answered %d %s", x.Status, x.ID, got.Code, got.Header().Get("Mpe-Trace-Id"))
	}
	var ids []oauth.CheckID
	for _, c := range x.Trace.Checks {
		ids = append(ids, c.ID)
	}
	if diff := cmp.Diff(oauth.CheckOrder[:], ids); diff != "" {
		t.Errorf("checks (-want +got):\n%s", diff)
	}
	failure, failed := x.Trace.Failure()
	if failed != (got.Code != http.StatusOK) {
		t.Errorf("answered %d, but a failing check: %t", got.Code, failed)
	}
	if !failed {
		return
	}
	if have := string(failure.ID) + " " + string(failure.Reason); have != parts["check"] {
		t.Errorf("failed %q, want %q", have, parts["check"])
	}
	if have := got.Header().Get("Mpe-Reason"); have != string(failure.Reason) {
		t.Errorf("Mpe-Reason is %q, want %q", have, failure.Reason)
	}
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (w *world) grant(t *testing.T, parts map[string]string) string {
	t.Helper()
	if parts["compact"] != "" {
		return parts["compact"]
	}
	if parts["claims"] == "" {
		return ""
	}
	header := orElse(parts["header"], `{"alg":"RS256","kid":"k1"}`)
	header = regexp.MustCompile(`\{x5c:(\w+)\}`).ReplaceAllStringFunc(header, func(s string) string {
		name := strings.TrimSuffix(strings.TrimPrefix(s, "{x5c:"), "}")
		chain, err := json.Marshal(w.certificate(t, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(chain)
	})
	return url.QueryEscape(sign(t, w.key(t, orElse(parts["key"], "k1")), header, parts["claims"]))
}

// verified checks a token's signature against the published keys, with the standard library alone.
func (w *world) verified(t *testing.T, compact string) (header, payload string) {
	t.Helper()
	parts := strings.Split(compact, ".")
	var decoded [3][]byte
	for i, p := range parts {
		b, err := base64.RawURLEncoding.DecodeString(p)
		if err != nil {
			t.Fatal(err)
		}
		decoded[i] = b
	}
	w.verify(t, parts[0]+"."+parts[1], decoded[2])
	return string(decoded[0]), string(decoded[1])
}

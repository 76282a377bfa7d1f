package main

import (
	"crypto/rand"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// diagnose runs the doctor's look at an emulator at that address.
func diagnose(t *testing.T, a *app, url string) []finding {
	t.Helper()
	return a.checkEmulator(t.Context(), &doctorFlags{url: url}, a.emulator(url))
}

func patient(environment map[string]string) *app {
	return &app{
		Now: time.Now, Rand: rand.Reader, Version: "1",
		LookupEnv: func(name string) (string, bool) { value, set := environment[name]; return value, set },
	}
}

func wantFinding(t *testing.T, found []finding, check string, as mark, what string) {
	t.Helper()
	for _, one := range found {
		if one.Check == check && one.Mark == as && strings.Contains(one.What, what) {
			if one.Mark != markFine && one.Fix == "" {
				t.Errorf("%s: %q says not what to do", check, one.What)
			}
			return
		}
	}
	t.Errorf("got %+v, want a %s of %s with %q", found, as, check, what)
}

func TestDoctorLooksAtTheEmulator(t *testing.T) {
	late := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if late {
			w.Header().Set("Date", time.Now().Add(-time.Minute).UTC().Format(http.TimeFormat))
		}
		switch r.URL.Path {
		case "/readyz":
			w.Write([]byte(`{"ready":true}`))
		case "/_mpe/v1/version":
			w.Write([]byte(`{"version":"2"}`))
		case "/.well-known/oauth-authorization-server":
			w.Write([]byte(`{"issuer":"https://test.maskinporten.no/"}`))
		}
	}))
	defer server.Close()
	found := diagnose(t, patient(nil), server.URL)
	wantFinding(t, found, "emulator", markFine, "an emulator answers")
	wantFinding(t, found, "version", markDoubt, "is mpe 2, and this is mpe 1")
	wantFinding(t, found, "clock", markFine, "our time")
	wantFinding(t, found, "issuer", markFine, "a fixed name, which is the aud of grants: https://test.maskinporten.no/")
	late = true
	wantFinding(t, diagnose(t, patient(nil), server.URL), "clock", markProblem, "-1m")
}

func TestDoctorTellsWhoIsThereInstead(t *testing.T) {
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	wantFinding(t, diagnose(t, patient(nil), other.URL), "emulator", markProblem, "readyz answers 404")

	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			conn, err := silent.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	url := "http://" + silent.Addr().String()
	wantFinding(t, diagnose(t, patient(nil), url), "port", markProblem, "another program has the port")
	silent.Close()
	wantFinding(t, diagnose(t, patient(nil), url), "emulator", markProblem, "no emulator answers")

	secured := httptest.NewTLSServer(http.NotFoundHandler())
	defer secured.Close()
	wantFinding(t, diagnose(t, patient(nil), secured.URL), "emulator", markProblem, "is not trusted")
	wantFinding(t, diagnose(t, patient(nil), "nowhere"), "emulator", markProblem, "is not an address")
}

func TestDoctorLooksAtProxies(t *testing.T) {
	for name, c := range map[string]struct {
		url         string
		environment map[string]string
		want        mark
	}{
		"none":                       {"http://localhost:6730", nil, markFine},
		"one for everything":         {"http://localhost:6730", map[string]string{"HTTP_PROXY": "http://p:1"}, markDoubt},
		"one in small letters":       {"http://localhost:6730", map[string]string{"http_proxy": "http://p:1"}, markDoubt},
		"one but for this host":      {"http://localhost:6730", map[string]string{"HTTP_PROXY": "http://p:1", "NO_PROXY": "a.example,localhost"}, markFine},
		"one but for the domain":     {"http://mpe.internal", map[string]string{"HTTP_PROXY": "http://p:1", "NO_PROXY": ".internal"}, markFine},
		"one for nothing":            {"http://mpe.internal", map[string]string{"HTTP_PROXY": "http://p:1", "NO_PROXY": "*"}, markFine},
		"one but for another host":   {"http://localhost:6730", map[string]string{"HTTP_PROXY": "http://p:1", "NO_PROXY": "host"}, markDoubt},
		"one for https":              {"http://localhost:6730", map[string]string{"HTTPS_PROXY": "http://p:1"}, markFine},
		"one for https, and it is":   {"https://localhost:6730", map[string]string{"HTTPS_PROXY": "http://p:1"}, markDoubt},
		"an address that is nothing": {"://", map[string]string{"HTTPS_PROXY": "http://p:1"}, markFine},
	} {
		a := patient(c.environment)
		if got := a.checkProxy(a.emulator(c.url)); got.Mark != c.want {
			t.Errorf("%s: got %+v, want %s", name, got, c.want)
		}
	}
}

func TestDoctorLooksAtTheLocalCA(t *testing.T) {
	dir := t.TempDir()
	a := patient(nil)
	check := func(as mark, what string) {
		t.Helper()
		wantFinding(t, []finding{a.checkCA(&doctorFlags{caDir: dir})}, "ca", as, what)
	}
	check(markFine, "no local CA yet")
	if _, _, err := a.authority(dir); err != nil {
		t.Fatal(err)
	}
	check(markFine, "is valid until")
	made := a.Now()
	a.Now = func() time.Time { return made.AddDate(10, 0, -10) }
	check(markDoubt, "is valid until")
	a.Now = func() time.Time { return made.AddDate(11, 0, 0) }
	check(markProblem, "is valid until")
	a.Now = time.Now
	key := filepath.Join(dir, caFolder, caKeyFile)
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	check(markProblem, "others can read")
	if err := os.WriteFile(key, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	check(markProblem, "want PEM")
}

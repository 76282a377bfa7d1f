package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// served is what serve says until it is ready, in that environment, and listening there.
func served(t *testing.T, listen string, environment map[string]string, seedFolder string) string {
	t.Helper()
	var talk bytes.Buffer
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	a := &app{
		Stdout: &bytes.Buffer{}, Stderr: writer(func(line []byte) {
			talk.Write(line)
			if bytes.Contains(line, []byte("mpe ready")) {
				stop()
			}
		}),
		LookupEnv: func(name string) (string, bool) { value, ok := environment[name]; return value, ok },
		Now:       time.Now, Rand: rand.Reader, Version: "test", SeedFolder: seedFolder,
	}
	if code := a.run(ctx, []string{"serve", "--listen", listen}); code != 0 {
		t.Fatalf("serve ended with %d: %s", code, &talk)
	}
	return talk.String()
}

type writer func([]byte)

func (w writer) Write(p []byte) (int, error) { w(p); return len(p), nil }

// Who listens to other machines without an admin token is warned.
func TestAnOpenAddressIsWarnedOf(t *testing.T) {
	token := map[string]string{"MPE_ADMIN_TOKEN": "secret"}
	for name, c := range map[string]struct {
		listen      string
		environment map[string]string
		want        bool
	}{
		"every interface":               {":0", nil, true},
		"every interface, by its name":  {"0.0.0.0:0", nil, true},
		"every interface, with a token": {":0", token, false},
		"localhost":                     {"localhost:0", nil, false},
		"loopback":                      {"127.0.0.1:0", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			said := served(t, c.listen, c.environment, "")
			if got := strings.Contains(said, "set MPE_ADMIN_TOKEN"); got != c.want {
				t.Errorf("it warns: %t, want %t:\n%s", got, c.want, said)
			}
			if strings.Contains(said, "secret") {
				t.Error("the token is in the log")
			}
		})
	}
}

// Without a seed, that of the folder is used, and without one there, the demo.
func TestWhichSeedIsUsed(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "a.yaml"), []byte("version: 1\nname: mounted\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	inline := map[string]string{"MPE_SEED": "version: 1\nname: inline\n"}
	for name, c := range map[string]struct {
		environment map[string]string
		folder      string
		want        string
	}{
		"none":                     {nil, "", "demo"},
		"a folder that is not":     {nil, filepath.Join(folder, "none"), "demo"},
		"a folder":                 {nil, folder, "mounted"},
		"a variable and a folder":  {inline, folder, "inline"},
		"a variable and no folder": {inline, "", "inline"},
	} {
		t.Run(name, func(t *testing.T) {
			if said := served(t, "127.0.0.1:0", c.environment, c.folder); !strings.Contains(said, `"seed":"`+c.want+`"`) {
				t.Errorf("want the seed %s:\n%s", c.want, said)
			}
		})
	}
}

func TestWhereTheHealthcheckAsks(t *testing.T) {
	for listen, want := range map[string]string{
		":6730": "http://127.0.0.1:6730", "0.0.0.0:80": "http://127.0.0.1:80", "[::]:80": "http://127.0.0.1:80",
		"localhost:6730": "http://localhost:6730", "[::1]:80": "http://[::1]:80", "": "", "6730": "",
	} {
		a := &app{LookupEnv: func(string) (string, bool) { return listen, true }}
		if got := a.listening(); got != want {
			t.Errorf("%q: got %q, want %q", listen, got, want)
		}
	}
}

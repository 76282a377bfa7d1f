package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"mpe/keys"
	"mpe/oauth"
	"mpe/oauth/oauthclient"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mpe": main})
}

// TestScripts holds the command line to the scripts in testdata. Each runs in a folder of its own. "serve" starts an
// emulator on a free port, which the commands after it find through MPE_URL.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/script",
		Setup: func(env *testscript.Env) error { env.Setenv("NL", "\n"); return nil },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"sealed":      sealed,
			"walkthrough": walkthrough,
			"hangup":      hangup,
			"serve":       func(ts *testscript.TestScript, _ bool, args []string) { serveInProcess(ts, args) },
		},
	})
}

// sealed asks the emulator for a token with the private key and the certificates of the PEM file, as the client that
// has no keys, and prints the answer's status.
func sealed(ts *testscript.TestScript, _ bool, args []string) {
	file := []byte(ts.ReadFile(args[0]))
	block, _ := pem.Decode(file)
	signer, err := keys.ParsePrivateKey(block)
	ts.Check(err)
	chain, err := keys.ParseCertificates(file)
	ts.Check(err)
	key := oauthclient.Key{Signer: signer}
	for _, certificate := range chain {
		key.X5C = append(key.X5C, base64.StdEncoding.EncodeToString(certificate.Raw))
	}
	issuer := strings.TrimSuffix(ts.Getenv("MPE_URL"), "/") + "/"
	grant, err := oauthclient.Grant{
		ClientID: "5f0c1a52-6c1b-4f6e-9d38-1c0f7a4b9e04", Audience: issuer, Scope: "mun:register.read", IssuedAt: time.Now(),
	}.Sign(rand.Reader, key)
	ts.Check(err)
	answer, err := http.PostForm(issuer+"token", url.Values{"grant_type": {oauth.JWTBearer}, "assertion": {grant}})
	ts.Check(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	ts.Check(err)
	_, err = fmt.Fprintf(ts.Stdout(), "%d %s\n", answer.StatusCode, body)
	ts.Check(err)
}

// walkthrough writes a walk of the README's, by the variable that it begins with, to a file, for the emulator that runs.
func walkthrough(ts *testscript.TestScript, _ bool, args []string) {
	readme, err := os.ReadFile("../../README.md")
	ts.Check(err)
	start := args[0] + "="
	_, walk, found := strings.Cut(string(readme), "```sh\n"+start)
	walk, _, closed := strings.Cut(walk, "```")
	if !found || !closed {
		ts.Fatalf("the README has no walk")
	}
	walk = strings.ReplaceAll(start+walk, "http://localhost:6730", strings.TrimSuffix(ts.Getenv("MPE_URL"), "/"))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(walk), 0o600))
}

// hangup sends SIGHUP to the emulator, and waits until it has what is named, below the control API.
func hangup(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(syscall.Kill(os.Getpid(), syscall.SIGHUP))
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		answer, err := http.Get(strings.TrimSuffix(ts.Getenv("MPE_URL"), "/") + "/_mpe/v1/" + args[0])
		ts.Check(err)
		answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			return
		}
	}
}

func serveInProcess(ts *testscript.TestScript, args []string) {
	ctx, stop := context.WithCancel(context.Background())
	at := ts.MkAbs("ready.json")
	ended := make(chan int, 1)
	a := &app{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: io.Discard, Now: time.Now, Rand: rand.Reader, Version: "test",
		LookupEnv: func(string) (string, bool) { return "", false },
	}
	go func() {
		ended <- a.run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0", "--ready-file", at}, args...))
	}()
	ts.Defer(func() {
		stop()
		if code := <-ended; code != 0 {
			ts.Fatalf("serve ended with %d", code)
		}
		if _, err := os.Stat(at); err == nil {
			ts.Fatalf("the ready file outlives the emulator")
		}
	})
	ts.Setenv("MPE_URL", readyAt(ts, at, ended))
}

// readyAt waits for the ready file, which appears whole, and gives the address in it.
func readyAt(ts *testscript.TestScript, name string, ended chan int) string {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case code := <-ended:
			ended <- code // for who waits for the end
			ts.Fatalf("serve ended with %d before it was ready", code)
		case <-tick.C:
		}
		data, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		var r ready
		if err := json.Unmarshal(data, &r); err != nil {
			ts.Fatalf("the ready file: %v", err)
		}
		return r.URL
	}
}

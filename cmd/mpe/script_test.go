package main

import (
	"bufio"
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
	"os/exec"
	"path/filepath"
	"regexp"
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
// emulator on a free port, which the commands after it find through MPE_URL. "tail" follows its journal until the end of
// the script, and "tailed" wants the next line to match.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:       "testdata/script",
		Setup:     setUp,
		Condition: missing,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"sealed":      sealed,
			"walkthrough": walkthrough,
			"snippet":     snippet,
			"tail":        tail,
			"tailed":      tailed,
			"hangup":      hangup,
			"serve":       func(ts *testscript.TestScript, _ bool, args []string) { serveInProcess(ts, args) },
		},
	})
}

func setUp(env *testscript.Env) error {
	env.Setenv("NL", "\n")
	sources, err := filepath.Abs("testdata/hijack")
	if err != nil {
		return err
	}
	env.Setenv("HIJACK", sources)
	env.Setenv("TESTCONTAINERS", filepath.Join(filepath.Dir(sources), "testcontainers"))
	env.Values[tailing{}] = new(tailing)
	if cache, err := os.UserCacheDir(); err == nil { // for scripts that build
		env.Setenv("GOCACHE", filepath.Join(cache, "go-build"))
	}
	return nil
}

// missing is the condition "missing:PROGRAM": it is not installed. On a machine that runs all tests that is an error.
func missing(condition string) (bool, error) {
	program, ok := strings.CutPrefix(condition, "missing:")
	if !ok {
		return false, fmt.Errorf("unknown condition %q", condition)
	}
	_, err := exec.LookPath(program)
	if err != nil && os.Getenv("CI") == "true" {
		return true, fmt.Errorf("%w: .ci/run installs it", err)
	}
	return err != nil, nil
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

// snippet writes the README's only piece of code in that language to a file.
func snippet(ts *testscript.TestScript, _ bool, args []string) {
	readme, err := os.ReadFile("../../README.md")
	ts.Check(err)
	found := regexp.MustCompile("(?s)```"+regexp.QuoteMeta(args[0])+"\n(.*?)```").FindAllSubmatch(readme, -1)
	if len(found) != 1 {
		ts.Fatalf("the README has %d pieces of %s, want one", len(found), args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), found[0][1], 0o600))
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

// tailing is the journal that a script follows.
type tailing struct{ *bufio.Reader }

// tail returns when the journal is followed. At the end of the script it is interrupted.
func tail(ts *testscript.TestScript, _ bool, args []string) {
	ctx, interrupt := context.WithCancel(context.Background())
	lines, stdout := io.Pipe()
	talk, stderr := io.Pipe()
	a := &app{Stdout: stdout, Stderr: stderr, LookupEnv: func(string) (string, bool) { return "", false }}
	ended := make(chan int, 1)
	go func() {
		ended <- a.run(ctx, append([]string{"tail", "--url", ts.Getenv("MPE_URL")}, args...))
		stderr.Close()
	}()
	begun, err := bufio.NewReader(talk).ReadString('\n')
	if ts.Check(err); !strings.HasPrefix(begun, "following") {
		ts.Fatalf("tail says %q", begun)
	}
	ts.Value(tailing{}).(*tailing).Reader = bufio.NewReader(lines)
	ts.Defer(func() {
		interrupt()
		talk.Close()
		go io.Copy(io.Discard, lines) // what comes now is read by nobody
		if code := <-ended; code != exitInterrupted {
			ts.Fatalf("tail ended with %d, want %d", code, exitInterrupted)
		}
	})
}

func tailed(ts *testscript.TestScript, _ bool, args []string) {
	line, err := ts.Value(tailing{}).(*tailing).ReadString('\n')
	ts.Check(err)
	if line = strings.TrimSuffix(line, "\n"); !regexp.MustCompile(args[0]).MatchString(line) {
		ts.Fatalf("tail says %q, want %s", line, args[0])
	}
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
		close(ended) // who waits a second time does not wait for ever
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

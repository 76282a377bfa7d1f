package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
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
			"walkthrough": walkthrough,
			"serve":       func(ts *testscript.TestScript, _ bool, args []string) { serveInProcess(ts, args) },
		},
	})
}

// walkthrough writes the README's vendor's walk to a file, for the emulator that runs.
func walkthrough(ts *testscript.TestScript, _ bool, args []string) {
	readme, err := os.ReadFile("../../README.md")
	ts.Check(err)
	_, walk, found := strings.Cut(string(readme), "```sh\nAPI=")
	walk, _, closed := strings.Cut(walk, "```")
	if !found || !closed {
		ts.Fatalf("the README has no walk")
	}
	walk = strings.ReplaceAll("API="+walk, "http://localhost:6730", strings.TrimSuffix(ts.Getenv("MPE_URL"), "/"))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(walk), 0o600))
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
func readyAt(ts *testscript.TestScript, name string, ended <-chan int) string {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case code := <-ended:
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

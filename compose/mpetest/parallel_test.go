package mpetest_test

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"mpe/compose"
	"mpe/compose/mpetest"
)

const (
	worlds  = 50
	perEach = 20
)

// Each world has a customer's system user of its own, is faulty or late in its own way, and sees its own tokens alone.
func TestParallelWorldsShareNothing(t *testing.T) {
	shared := mpetest.New(t)
	for name, world := range map[string]func(mpetest.T) *mpetest.Server{
		"sandboxes": func(t mpetest.T) *mpetest.Server { return shared.Sandbox(t) },
		"servers":   func(t mpetest.T) *mpetest.Server { return mpetest.New(t) },
	} {
		t.Run(name, func(t *testing.T) {
			var all sync.WaitGroup
			for i := range worlds { // at once, where t.Parallel would run as many as there are cores
				all.Go(func() {
					for _, said := range run(func(t mpetest.T) { crowd(t, world(t), i) }) {
						t.Errorf("%d: %s", i, said)
					}
				})
			}
			all.Wait()
		})
	}
	shared.Journal.RequireTokens(t, 0)
}

func crowd(t mpetest.T, srv *mpetest.Server, i int) {
	at := time.Date(2026, 1, 1, i, 0, 0, 0, time.UTC)
	srv.Clock.Freeze(at)
	mine := mpetest.Scope([]string{read, "mun:faktura.write"}[i%2])
	for n := range perEach {
		if n == i%perEach {
			srv.Faults.Next(t, mpetest.Code("MP-250"))
			failure(t, func(t mpetest.T) { srv.Token(t, vendor, mine) })
		}
		srv.Token(t, vendor, mine, mpetest.SystemUserOrg(customer))
	}
	srv.Journal.RequireTokens(t, perEach, mine, mpetest.SystemUserOrg(customer))
	srv.Journal.RequireTokens(t, perEach)
	srv.Journal.Require(t, map[string]any{"verdict": "refused"}, 1)
	if got := srv.Journal.Last(t).Time; !got.Equal(at) {
		t.Errorf("the last token was issued at %s, want %s", got, at)
	}
}

// Not parallel: it counts the goroutines of the whole process.
func TestNothingIsLeftBehind(t *testing.T) {
	mpetest.New(t).Close() // whatever the process keeps from the first, such as a resolver
	before := runtime.NumGoroutine()
	for range 20 {
		srv := mpetest.New(t)
		box := srv.Sandbox(t)
		for _, s := range []*mpetest.Server{srv, box} {
			s.Approvals.After(t, time.Hour)
			s.Token(t, vendor)
		}
		if get(t, srv.JWKSURI) != http.StatusOK {
			t.Error("no keys")
		}
		srv.Close()
	}
	deadline := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines are left, want %d:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
		runtime.Gosched()
	}
}

// The log of a server is the test's, and says nothing once the server is closed.
func TestLog(t *testing.T) {
	t.Parallel()
	f := &logging{}
	srv := mpetest.New(f)
	failure(t, func(t mpetest.T) { srv.Token(t, vendor, mpetest.Scope("mun:arkiv.read")) })
	srv.Close()
	if got := strings.Join(f.lines, "\n"); !strings.Contains(got, "token refused") || !strings.Contains(got, "MP-250") {
		t.Errorf("the log is %q, want the refusal with MP-250", got)
	}
}

type logging struct {
	failing
	lines []string
}

func (l *logging) Logf(format string, args ...any) {
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
}

func BenchmarkNew(b *testing.B) {
	for name, opt := range map[string]mpetest.Option{
		"test-key": nil,
		"own-key":  mpetest.Config(func(c *compose.Config) { c.SigningKey = nil }),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				mpetest.New(b, opt).Close()
			}
		})
	}
}

func BenchmarkSandbox(b *testing.B) {
	srv := mpetest.New(b)
	for b.Loop() {
		srv.Sandbox(b).Close()
	}
}

package fault_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"mpe/compose/fault"
	"mpe/compose/redistest"
	"mpe/compose/seed"
)

func on(id, endpoint string, then seed.FaultThen) seed.Fault {
	return seed.Fault{ID: id, When: seed.FaultWhen{Endpoint: endpoint}, Then: then, Probability: 1}
}

// injecting is an engine whose answers are spoiled by the rules.
func injecting(r *fault.Rules, change ...func(*fault.Injector)) *gin.Engine {
	i := &fault.Injector{
		Rules: r, Log: slog.New(slog.DiscardHandler), Now: time.Now, TraceID: func() string { return "trace" },
		Record: func(fault.Exchange) {}, CrossSite: func(*http.Request) bool { return false },
		Refuse: func(c *gin.Context, status int, detail string) { c.String(status, detail); c.Abort() },
	}
	for _, c := range change {
		c(i)
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.Use(i.Handle)
	engine.POST("/token", func(c *gin.Context) { c.String(http.StatusOK, "token") })
	engine.GET("/jwk", func(c *gin.Context) { c.String(http.StatusOK, "keys") })
	return engine
}

func ask(handler http.Handler, method, path string) int {
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(method, path, nil))
	return answer.Code
}

func ids(t *testing.T, r *fault.Rules) string {
	t.Helper()
	all, err := r.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range all {
		names = append(names, s.ID)
	}
	return strings.Join(names, " ")
}

func TestRulesAreKeptInOrderAndReplacedInPlace(t *testing.T) {
	redistest.Each(t, func(t *testing.T, client redis.UniversalClient) {
		ctx, prefix := t.Context(), redistest.Prefix()
		r := fault.New(client, prefix, 0)
		engine := injecting(r)
		down := seed.FaultThen{Status: 503}
		if err := r.Add(ctx, on("a", "jwks", down), on("b", "token", down), on("c", "token", down)); err != nil {
			t.Fatal(err)
		}
		if got := ask(engine, "POST", "/token"); got != 503 {
			t.Errorf("got %d, want 503", got)
		}
		if err := r.Add(ctx, on("b", "token", seed.FaultThen{Status: 429})); err != nil {
			t.Fatal(err)
		}
		if got := ask(engine, "POST", "/token"); got != 429 || ids(t, r) != "a b c" {
			t.Errorf("the rule that was replaced answers %d, among %s", got, ids(t, r))
		}
		all, err := r.List(ctx)
		if err != nil || all[1].Hits != 1 || all[2].Hits != 0 {
			t.Errorf("got %+v (%v), want one hit of b, which counts from nothing", all, err)
		}
		if err := r.Remove(ctx, "b"); err != nil || ids(t, r) != "a c" {
			t.Errorf("got %s (%v), want b to be gone", ids(t, r), err)
		}
		if err := r.Remove(ctx, "b"); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", err)
		}
		if err := r.Clear(ctx); err != nil || ids(t, r) != "" || r.Any() {
			t.Errorf("got %s (%v), want none", ids(t, r), err)
		}
	})
}

// A seed is declared by each emulator that starts: what it declares alike goes on counting.
func TestDeclaringAgainGoesOnCounting(t *testing.T) {
	client, prefix := redistest.Embedded(t), redistest.Prefix()
	declared := []seed.Fault{{ID: "a", Then: seed.FaultThen{Status: 503}, Probability: 1, Times: 1}}
	start := func() http.Handler {
		r := fault.New(client, prefix, 0)
		if err := r.Declare(t.Context(), declared); err != nil {
			t.Fatal(err)
		}
		return injecting(r)
	}
	if got := ask(start(), "POST", "/token"); got != 503 {
		t.Errorf("got %d, want the rule of the seed", got)
	}
	if got := ask(start(), "POST", "/token"); got != 200 {
		t.Errorf("got %d, want the rule to be burnt out", got)
	}
	declared[0].Then.Status = 429
	if got := ask(start(), "POST", "/token"); got != 429 {
		t.Errorf("got %d, want the rule as it has changed", got)
	}
}

// Two emulators on one Redis: of their requests together, as many are spoiled as the rule says.
func TestEmulatorsOnOneRedisCountTogether(t *testing.T) {
	redistest.Each(t, func(t *testing.T, client redis.UniversalClient) {
		prefix := redistest.Prefix()
		one, other := fault.New(client, prefix, 7), fault.New(client, prefix, 7)
		rule := on("a", "token", seed.FaultThen{Status: 503})
		rule.Times, rule.Probability, rule.Skip = 5, 0.7, 3
		if err := one.Add(t.Context(), rule); err != nil {
			t.Fatal(err)
		}
		if err := other.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		engines := []http.Handler{injecting(one), injecting(other)}
		var spoiled atomic.Int32
		var group sync.WaitGroup
		for i := range 40 {
			group.Go(func() {
				if ask(engines[i%2], "POST", "/token") == 503 {
					spoiled.Add(1)
				}
			})
		}
		group.Wait()
		if spoiled.Load() != 5 {
			t.Errorf("%d requests were spoiled, want 5", spoiled.Load())
		}
		if all, err := other.List(t.Context()); err != nil || all[0].Hits != 5 || !all[0].BurntOut {
			t.Errorf("got %+v (%v), want five hits, and burnt out", all, err)
		}
	})
}

// counting counts the commands that Redis is sent.
type counting struct{ commands atomic.Int32 }

func (c *counting) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}
func (c *counting) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, command redis.Cmder) error {
		c.commands.Add(1)
		return next(ctx, command)
	}
}
func (c *counting) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, commands []redis.Cmder) error {
		c.commands.Add(int32(len(commands)))
		return next(ctx, commands)
	}
}

func TestRedisIsAskedOnlyForWhatARuleCounts(t *testing.T) {
	client := redistest.Embedded(t)
	hook := &counting{}
	client.AddHook(hook)
	r := fault.New(client, redistest.Prefix(), 0)
	engine := injecting(r)
	costs := func(method, path string) int32 {
		before := hook.commands.Load()
		ask(engine, method, path)
		return hook.commands.Load() - before
	}
	if err := r.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := costs("POST", "/token"); got != 0 {
		t.Errorf("without rules a request costs %d commands, want 0", got)
	}
	rule := on("a", "token", seed.FaultThen{Status: 503})
	rule.Times = 2
	if err := r.Add(t.Context(), rule); err != nil {
		t.Fatal(err)
	}
	got := []int32{costs("GET", "/jwk"), costs("POST", "/token"), costs("POST", "/token"), costs("POST", "/token")}
	if diff := cmp.Diff([]int32{0, 1, 1, 0}, got); diff != "" {
		t.Errorf("another endpoint, two hits and a burnt out rule (-want +got):\n%s", diff)
	}
}

func BenchmarkWithoutRules(b *testing.B) {
	r := fault.New(redistest.Embedded(b), redistest.Prefix(), 0)
	i := &fault.Injector{Rules: r}
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest(http.MethodPost, "/token", nil)
	for b.Loop() {
		i.Handle(c)
		_ = fault.Take(c.Request.Context())
	}
}

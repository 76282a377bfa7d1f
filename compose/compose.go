// Package compose puts the parts of mpe together into an emulator that runs in one process.
package compose

import (
	"cmp"
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"

	"mpe/compose/seed"
	"mpe/compose/telemetry"
)

// Emulator is Maskinporten and Altinn in one process.
type Emulator struct {
	config    Config
	world     *seed.World // what the configured seed says
	redis     redis.UniversalClient
	metrics   *telemetry.Metrics
	replicas  *replicas // nil: nobody else reaches the Redis
	sandboxes *sandboxes
	closing   []func(context.Context) error // in the order in which they were opened
}

//go:embed demo.yaml
var demo []byte

// Demo is the seed that an emulator has when it is given none.
func Demo() seed.Source { return seed.Source{Name: "demo.yaml", Data: demo} }

// New starts an emulator. It answers requests through Handler until it is closed. The error is a *seed.Error when the
// seed is bad, and an *UnavailableError when Redis cannot be reached; a bad seed changes nothing.
func New(ctx context.Context, config Config) (*Emulator, error) {
	releaseMode()
	config = config.withDefaults()
	if err := config.check(); err != nil {
		return nil, err
	}
	world, err := seed.Read(config.Seeds, config.Getenv, seed.Options{StrictParties: config.StrictParties})
	if err != nil {
		return nil, err
	}
	client, closeRedis, err := openRedis(ctx, config.Redis)
	if err != nil {
		return nil, err
	}
	e := &Emulator{config: config, world: world, redis: client, metrics: telemetry.NewMetrics(config.Version)}
	e.closing = append(e.closing, func(context.Context) error { return closeRedis() })
	if err := e.start(ctx); err != nil {
		return nil, errors.Join(err, e.Close(ctx))
	}
	return e, nil
}

// releaseMode keeps gin from writing to the process's standard output.
var releaseMode = sync.OnceFunc(func() { gin.SetMode(gin.ReleaseMode) })

func (e *Emulator) start(ctx context.Context) (err error) {
	if e.config.Redis != "" {
		if e.replicas, err = joinReplicas(ctx, e.redis, e.config.Log); err != nil {
			return err
		}
	}
	e.sandboxes = &sandboxes{emulator: e}
	e.closing = append(e.closing, e.sandboxes.close)
	if err := e.sandboxes.start(ctx); err != nil {
		return errors.Join(err, e.replicas.leave())
	}
	e.metrics.Gauge("mpe_sandboxes", func() float64 { return float64(len(e.sandboxes.all())) })
	e.metrics.Gauge("mpe_journal_dropped_entries", func() (dropped float64) {
		for _, b := range e.sandboxes.all() {
			dropped += float64(b.journal.Dropped())
		}
		return dropped
	})
	if e.replicas != nil {
		e.replicas.attend(e.sandboxes.heard)
		e.closing = append(e.closing, func(context.Context) error { return e.replicas.leave() })
	}
	return nil
}

// Handler answers the emulator's requests.
func (e *Emulator) Handler() http.Handler { return e.sandboxes }

// World is what the seed says that the emulator was started with.
func (e *Emulator) World() *seed.World { return e.world }

// Clock is the time in the default sandbox.
func (e *Emulator) Clock() *Clock { return e.sandboxes.byDefault.clock }

// ReloadSeed reads the seed files again, for the default sandbox. What fails is logged, and changes nothing.
func (e *Emulator) ReloadSeed(ctx context.Context) error {
	_, err := e.sandboxes.byDefault.ReloadSeed(ctx)
	return err
}

// Issuer is the emulator's name as a request to that base address would see it; base ends in a slash.
func (e *Emulator) Issuer(base string) string {
	return cmp.Or(e.sandboxes.byDefault.current.Load().addresses.issuer, base)
}

// Release lets go of the requests that a fault keeps waiting, and of the calls that wait for something to happen. A server
// that shuts down calls it first, as a function of http.Server.RegisterOnShutdown.
func (e *Emulator) Release() {
	for _, b := range e.sandboxes.all() {
		b.release()
	}
}

// Close writes what is still to be written and lets go of everything. Requests must have ended before.
func (e *Emulator) Close(ctx context.Context) error {
	var failed []error
	for i := len(e.closing) - 1; i >= 0; i-- {
		failed = append(failed, e.closing[i](ctx))
	}
	e.closing = nil
	return errors.Join(failed...)
}

func (c Config) withDefaults() Config {
	if c.Issuer == "auto" {
		c.Issuer = ""
	}
	if len(c.Seeds) == 0 {
		c.Seeds = []seed.Source{Demo()}
	}
	if c.Getenv == nil {
		c.Getenv = func(string) (string, bool) { return "", false }
	}
	if c.SigningKeyBits == 0 {
		c.SigningKeyBits = 2048
	}
	if c.JournalSize == 0 {
		c.JournalSize = 5000
	}
	if c.Version == "" {
		c.Version = "devel"
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	return c
}

// ConfigError is a setting that cannot be used.
type ConfigError struct{ Setting, What string }

func (e *ConfigError) Error() string { return e.Setting + ": " + e.What }

func (c Config) check() error {
	if c.SigningKeyBits < 2048 || c.SigningKeyBits > 8192 {
		return &ConfigError{"--signing-key-bits", fmt.Sprintf("%d is not between 2048 and 8192", c.SigningKeyBits)}
	}
	if c.PageSize < 0 {
		return &ConfigError{"--page-size", fmt.Sprintf("%d is not a number of records", c.PageSize)}
	}
	if c.ConfirmBase != "" && !strings.HasSuffix(c.ConfirmBase, "/") {
		return &ConfigError{"--confirm-base", fmt.Sprintf("%q has to end in a slash", c.ConfirmBase)}
	}
	return checkIssuer(c.Issuer)
}

func checkIssuer(issuer string) error {
	if issuer == "" {
		return nil
	}
	u, err := url.Parse(issuer)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return &ConfigError{"--issuer", fmt.Sprintf("%q is not an http or https URL; want %q, or auto", issuer, "https://test.maskinporten.no/")}
	}
	if !strings.HasSuffix(issuer, "/") {
		return &ConfigError{"--issuer", fmt.Sprintf("%q has to end in a slash, as Maskinporten's issuers do: want %q", issuer, issuer+"/")}
	}
	return nil
}

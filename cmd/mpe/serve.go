package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mpe/compose"
	"mpe/compose/control"
	"mpe/compose/seed"
	"mpe/keys"
)

// serveFlags are the settings of serve, as they are given.
type serveFlags struct {
	listen, redis, issuer, signingKey, readyFile, logFormat, problemFormat string

	seeds, proxies, cas []string
	tls                 tlsFlags
	config              compose.Config // those that need no reading
}

func (a *app) serve() *cobra.Command {
	f := &serveFlags{}
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the emulator until it is interrupted (what mpe does without a command)",
		Args:  usage(cobra.NoArgs),
		RunE:  func(c *cobra.Command, _ []string) error { return a.runServer(c.Context(), f) },
	}
	f.register(c.Flags())
	return c
}

func (f *serveFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.listen, "listen", "localhost:6730", "HOST:PORT to listen on; port 0 takes a free one")
	flags.StringArrayVar(&f.seeds, "seed", nil, "seed `FILE` or folder; repeat it for several (default: "+seedFolder+", or else the demo)")
	flags.StringVar(&f.redis, "redis", "", "`URL` of a Redis: redis://, redis+sentinel:// or redis+cluster:// (default: in this process)")
	flags.StringVar(&f.issuer, "issuer", "auto", "the issuer's name, a `URL` that ends in a slash; auto follows each request")
	flags.StringSliceVar(&f.proxies, "trusted-proxies", nil, "`CIDR`s whose X-Forwarded-Proto and -Host are believed")
	flags.StringVar(&f.signingKey, "signing-key", "", "PEM `FILE` with the issuer's RSA key (default: a generated one)")
	flags.IntVar(&f.config.SigningKeyBits, "signing-key-bits", 2048, "size of a generated signing key; the real one has 3072")
	flags.StringArrayVar(&f.cas, "trust-ca", nil, "PEM `FILE` with CAs whose enterprise certificates are accepted too")
	flags.BoolVar(&f.config.AcceptTokenEndpointAudience, "accept-token-endpoint-aud", false, "accept the token endpoint as aud")
	flags.BoolVar(&f.config.AcceptSlashlessAudience, "accept-slashless-aud", false, "accept the issuer without its slash as aud")
	flags.DurationVar(&f.config.MaxIssuedAge, "max-issued-age", 10*time.Second, "how old a grant's iat may be; negative sets no limit")
	flags.BoolVar(&f.config.HideExternalRef, "hide-external-ref", false, "leave externalRef out of tokens")
	flags.BoolVar(&f.config.HideHints, "no-hint-headers", false, "leave out Mpe-Reason, Mpe-Hint and Link")
	flags.BoolVar(&f.config.NoFaultHeader, "no-fault-header", false, "do not read the request header Mpe-Fault")
	flags.Uint64Var(&f.config.Chance, "seed-rng", 0, "chooses which requests faults with a probability spoil; the same `NUMBER` chooses the same ones")
	flags.BoolVar(&f.config.StrictParties, "strict-parties", false, "organisations must be in the seed")
	flags.BoolVar(&f.config.Strict, "strict", false, "refuse http redirect URLs on loopback hosts, as Altinn does")
	flags.StringVar(&f.config.Approvals, "approvals", "", "who answers requests: manual, auto, reject or auto-after:`DURATION` (default: as the seed says, or manual)")
	flags.StringVar(&f.config.ConfirmBase, "confirm-base", "", "`URL` that confirmUrl begins with, ending in a slash (default: as the request's)")
	flags.IntVar(&f.config.PageSize, "page-size", 50, "how many records a page of Altinn's lists has")
	flags.BoolVar(&f.config.AltinnBugs, "altinn-bugs", false, "answer as Altinn does where that is plainly a mistake of Altinn's")
	flags.StringVar(&f.problemFormat, "problem-format", "v5", "Altinn's problem details: v5, or v4 as before July 2026")
	flags.StringVar(&f.config.Autologin, "ui-autologin", "", "`PID` of the person who is logged in on the approval pages when nobody else is")
	flags.BoolVar(&f.config.HideDevtools, "no-devtools", false, "leave the developer's drawer off the approval pages")
	flags.IntVar(&f.config.JournalSize, "journal-size", 5000, "how many exchanges the journal keeps")
	flags.StringVar(&f.readyFile, "ready-file", "", "`FILE` to write the addresses to once the emulator answers")
	f.tls.register(flags)
	flags.StringVar(&f.logFormat, "log-format", "", "text or json (default: text on a terminal)")
}

// runServer serves until ctx ends, and then until the requests that are running have ended.
func (a *app) runServer(ctx context.Context, f *serveFlags) error {
	started := a.Now()
	log, flush, err := a.logger(f.logFormat)
	if err != nil {
		return err
	}
	defer flush()
	r, err := a.start(ctx, f, log)
	if err != nil {
		return err
	}
	a.settleMemory()
	if err := a.announce(f, log, r.Emulator, r.at, a.Now().Sub(started)); err != nil {
		return errors.Join(err, r.stop())
	}
	if f.readyFile != "" {
		defer os.Remove(f.readyFile)
	}
	hungUp := make(chan os.Signal, 1)
	signal.Notify(hungUp, syscall.SIGHUP)
	defer signal.Stop(hungUp)
	for running := true; running; {
		select {
		case err = <-r.ended:
			running = false
		case <-ctx.Done():
			err, running = nil, false
		case <-hungUp:
			if err := r.ReloadSeed(ctx); errors.Is(err, control.ErrNoFiles) { // what else fails is logged
				log.Warn("SIGHUP: nothing to read again", "why", err)
			}
		}
	}
	return errors.Join(err, r.stop())
}

// settleMemory lets the heap grow to three times of what is in use once the seed has been read, where GOGC does not say
// otherwise. That is little beside what tokens leave behind: with Go's two times the collector runs several times a second.
// What reading the seed has left free is kept for that; when it is far more than the heap will grow by, it is given back at
// once. The runtime would give it back bit by bit while tokens are asked for, which costs them 2 % for a minute.
func (a *app) settleMemory() {
	if _, set := a.LookupEnv("GOGC"); set {
		return
	}
	// The runtime gives back what exceeds the heap before this collection times the new goal over the old one. With a small
	// old goal that is nothing.
	debug.SetGCPercent(10)
	runtime.GC()
	debug.SetGCPercent(200)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if free, growth := m.HeapIdle-m.HeapReleased, 2*m.HeapAlloc; free > 2*growth {
		debug.FreeOSMemory()
	}
}

// startFailure gives an error of compose.New its exit code.
func startFailure(err error) error {
	if bad, ok := errors.AsType[*compose.ConfigError](err); ok {
		return &failure{code: exitConfig, what: bad.Error()}
	}
	if away, ok := errors.AsType[*compose.UnavailableError](err); ok {
		return &failure{code: exitBind, what: away.Error(), try: "leave --redis out to keep state in the process"}
	}
	return badSeed(err)
}

func (a *app) configure(f *serveFlags) (compose.Config, error) {
	config := f.config
	config.Issuer, config.Redis, config.Version = f.issuer, f.redis, a.Version
	config.Getenv, config.Now, config.Rand = a.LookupEnv, a.Now, a.Rand
	config.AdminToken, _ = a.LookupEnv("MPE_ADMIN_TOKEN")
	switch f.problemFormat {
	case "v4":
		config.OldProblems = true
	case "v5":
	default:
		return config, &failure{code: exitUsage, what: fmt.Sprintf("--problem-format: %q is neither v4 nor v5", f.problemFormat)}
	}
	var err error
	if config.Seeds, err = a.seeds(f.seeds); err != nil {
		return config, err
	}
	if len(f.seeds) > 0 {
		config.ReadSeeds = func() ([]seed.Source, error) { return seed.Files(f.seeds...) }
	}
	for _, proxy := range f.proxies {
		prefix, err := netip.ParsePrefix(proxy)
		if err != nil {
			return config, &failure{code: exitUsage, what: "--trusted-proxies: " + err.Error(), try: "a CIDR, as in 10.0.0.0/8"}
		}
		config.TrustedProxies = append(config.TrustedProxies, prefix)
	}
	if f.signingKey != "" {
		if config.SigningKey, err = os.ReadFile(f.signingKey); err != nil {
			return config, &failure{code: exitConfig, what: "--signing-key: " + err.Error()}
		}
	}
	for _, file := range f.cas {
		pem, err := os.ReadFile(file)
		if err != nil {
			return config, &failure{code: exitConfig, what: "--trust-ca: " + err.Error()}
		}
		certificates, err := keys.ParseCertificates(pem)
		if err != nil {
			return config, &failure{code: exitConfig, what: fmt.Sprintf("--trust-ca: %s: %v", file, err)}
		}
		config.TrustedCAs = append(config.TrustedCAs, certificates...)
	}
	return config, nil
}

// seeds are the files, or the seed that the variable itself holds, or those of the folder that containers mount.
func (a *app) seeds(files []string) ([]seed.Source, error) {
	if inline, _ := a.LookupEnv("MPE_SEED"); len(files) == 0 && inline != "" {
		return []seed.Source{{Name: "MPE_SEED", Data: []byte(inline)}}, nil
	}
	if _, err := os.Stat(a.SeedFolder); len(files) == 0 && a.SeedFolder != "" && err == nil {
		files = []string{a.SeedFolder}
	}
	sources, err := seed.Files(files...)
	if err != nil {
		return nil, &failure{code: exitConfig, what: err.Error()}
	}
	return sources, nil
}

// Package mpetest is the emulator inside a Go test: the net/http/httptest of Maskinporten and of Altinn's system users.
//
//	srv := mpetest.New(t)                                     // on a free port, until t ends; with the demo world
//	srv := mpetest.New(t, mpetest.SeedFile("testdata/seed.yaml"))
//	box := srv.Sandbox(t)                                     // another world of the same server, for a parallel test
//	app := startMyApp(srv.Client("fakturapro").Env()...)      // or the fields of the client
//	tok := srv.Token(t, "fakturapro", mpetest.Scope("mun:faktura.read"))
//	tok := srv.MintSystemUserToken(t, "fakturapro", "310000027") // without a grant, to test an API with
//	srv.Approvals.Auto(t)                                     // customers say yes
//	srv.Clock.Advance(2 * time.Minute)                        // by the emulator's clock
//	srv.Faults.Next(t, mpetest.Code("MP-250"))                // the next token is refused
//	srv.Journal.RequireToken(t, mpetest.Scope("mun:faktura.read"))
//
// Servers and sandboxes share nothing, so tests that have one each can be parallel. Whatever a method does, it does over
// HTTP, as a test in another language would: all but New and Close are calls to the control API, or to the token endpoint.
// What fails ends the test with what the emulator says is wrong.
package mpetest

import (
	"context"
	_ "embed"
	"log/slog"
	"net/http/httptest"
	"sync"
	"time"

	"mpe/compose"
)

// T is what is needed of a *testing.T, so that other frameworks fit. Fatalf has to end the goroutine that calls it, and so
// the methods that are given a T are for the test's own goroutine.
type T interface {
	Helper()
	Cleanup(func())
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Server is a running emulator, or a sandbox of one.
type Server struct {
	URL string // all of its addresses begin so; it ends in a slash

	Issuer        string // iss of its tokens, and aud of grants for it; it ends in a slash
	TokenEndpoint string
	JWKSURI       string
	WellKnown     string // the metadata of RFC 8414

	Approvals Approvals
	Requests  Requests
	Clock     Clock
	Faults    Faults
	Journal   Journal

	t    T
	api  *api
	root *Server // itself, or the server that the sandbox is on

	closing sync.Once
	closed  chan struct{}
	shut    func() error
}

// issuerKey is what servers sign with. It is printed in the source code, so it proves nothing to anyone; making a new one
// would take most of the time that it takes to start.
//
//go:embed issuer.pem
var issuerKey []byte

// patience is how long an emulator may take to write its journal when it is closed.
const patience = 10 * time.Second

// New starts an emulator on a free port of this machine, which is closed when t ends. Without options it has the demo world
// (compose.Demo), the strictness of the real services and the machine's clock; it keeps its state in memory, signs with a
// test key that all servers of this package share, and logs to t. A bad seed or setting ends the test.
func New(t T, opts ...Option) *Server {
	t.Helper()
	o, err := collect(opts)
	if err != nil {
		t.Fatalf("mpetest: %v", err)
	}
	out := &output{t: t}
	config := compose.Config{Seeds: o.seeds, SigningKey: issuerKey, Log: slog.New(slog.NewTextHandler(out, nil))}
	for _, change := range o.changes {
		change(&config)
	}
	emulator, err := compose.New(context.Background(), config)
	if err != nil {
		t.Fatalf("mpetest: %v", err)
	}
	web := httptest.NewUnstartedServer(emulator.Handler())
	web.Config.ErrorLog = slog.NewLogLogger(config.Log.Handler(), slog.LevelWarn)
	web.Start()
	s := &Server{api: &api{http: web.Client(), adminToken: config.AdminToken}}
	s.root = s
	s.shut = func() error {
		emulator.Release()
		web.Close()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		defer out.end()
		return emulator.Close(ctx)
	}
	base := web.URL + "/"
	s.open(t, base, emulator.Issuer(base))
	return s
}

// open completes a server that is reached at base.
func (s *Server) open(t T, base, issuer string) {
	s.URL, s.Issuer = base, issuer
	s.TokenEndpoint, s.JWKSURI = base+"token", base+"jwk"
	s.WellKnown = base + ".well-known/oauth-authorization-server"
	s.t, s.api.base, s.closed = t, base+"_mpe/v1/", make(chan struct{})
	s.Approvals, s.Requests, s.Faults, s.Journal = Approvals{s.api}, Requests{s.api}, Faults{s.api}, Journal{s.api}
	s.Clock = Clock{s.api, t}
	t.Cleanup(s.Close)
}

// Close ends the server, or forgets the sandbox. Requests that a fault keeps waiting are let go of. It need not be called,
// for the end of the test does, and does nothing the second time.
func (s *Server) Close() {
	s.closing.Do(func() {
		defer close(s.closed)
		if err := s.shut(); err != nil {
			s.t.Errorf("mpetest: closing: %v", err)
		}
	})
}

// Reset brings the server back to what its seed says: requests, used grants, faults, clock, approvals and the journal. Its
// addresses and signing keys stay.
func (s *Server) Reset(t T) {
	t.Helper()
	s.api.must(t, "POST", "reset", nil, nil)
}

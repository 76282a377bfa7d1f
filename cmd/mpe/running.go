package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"mpe/compose"
	"mpe/compose/telemetry"
)

// running is an emulator that answers on a port.
type running struct {
	*compose.Emulator
	at      ready
	server  *http.Server
	tracing *telemetry.Tracing // nil: nothing is traced
	ended   chan error         // has one when the server has ended
}

// start starts an emulator as the flags say. It answers until it is stopped.
func (a *app) start(ctx context.Context, f *serveFlags, log *slog.Logger) (*running, error) {
	config, err := a.configure(f)
	if err != nil {
		return nil, err
	}
	config.Log = log
	secured, ca, err := a.secured(&f.tls, f.listen)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", f.listen)
	if err != nil {
		return nil, &failure{code: exitBind, what: err.Error(), try: "--listen localhost:0 takes a free port"}
	}
	tracing, err := telemetry.NewTracing(ctx, a.LookupEnv, a.Version, log)
	if err != nil {
		return nil, errors.Join(&failure{code: exitConfig, what: err.Error()}, listener.Close())
	}
	config.Tracer = tracing.Tracer()
	e, err := compose.New(ctx, config)
	if err != nil {
		return nil, errors.Join(startFailure(err), listener.Close(), tracing.Close(ctx))
	}
	r := &running{Emulator: e, tracing: tracing, ended: make(chan error, 1)}
	r.server = &http.Server{
		Handler: e.Handler(), ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10, TLSConfig: secured,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	r.server.RegisterOnShutdown(e.Release)
	r.at = whereabouts(e, f.listen, listener.Addr().(*net.TCPAddr).Port, secured != nil, a.Version)
	r.at.CA = ca
	go func() {
		if secured != nil {
			r.ended <- r.server.ServeTLS(listener, "", "")
		} else {
			r.ended <- r.server.Serve(listener)
		}
	}()
	return r, nil
}

// grace is how long running requests may take to end.
const grace = 10 * time.Second

// stop waits for the requests that are running.
func (r *running) stop() error {
	err := shutDown(r.server, r.Emulator)
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	return errors.Join(err, r.tracing.Close(ctx))
}

func shutDown(server *http.Server, e *compose.Emulator) error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	return errors.Join(server.Shutdown(ctx), e.Close(ctx))
}

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/term"

	"mpe/compose"
)

// ready is where a running emulator is: what the ready file holds.
type ready struct {
	APIVersion    string `json:"apiVersion"`
	PID           int    `json:"pid"`
	Version       string `json:"version"`
	URL           string `json:"url"`
	Port          int    `json:"port"`
	Issuer        string `json:"issuer"`
	TokenEndpoint string `json:"tokenEndpoint"`
	JWKSURI       string `json:"jwksUri"`
	WellKnown     string `json:"wellKnown"`
	Control       string `json:"control"`
	CA            string `json:"ca,omitempty"` // file with the CA's certificate, where it is this machine's
	Seed          struct {
		Name string `json:"name"`
	} `json:"seed"`
}

// whereabouts calls the host as --listen does; one that listens everywhere is reached as localhost.
func whereabouts(e *compose.Emulator, listen string, port int, secure bool, version string) ready {
	host, _, _ := net.SplitHostPort(listen) // it has been listened on
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	scheme := "http"
	if secure {
		scheme = "https"
	}
	url := fmt.Sprintf("%s://%s", scheme, net.JoinHostPort(host, fmt.Sprint(port)))
	r := ready{
		APIVersion: "mpe/v1", PID: os.Getpid(), Version: version, URL: url, Port: port,
		Issuer: e.Issuer(url + "/"), TokenEndpoint: url + "/token", JWKSURI: url + "/jwk",
		WellKnown: url + "/.well-known/oauth-authorization-server", Control: url + "/_mpe/v1",
	}
	r.Seed.Name = cmp.Or(e.World().Name, "unnamed")
	return r
}

// announce says that the emulator answers: in the log, or on a terminal in a banner, and in the ready file.
func (a *app) announce(f *serveFlags, log *slog.Logger, e *compose.Emulator, r ready, took time.Duration) error {
	for _, warning := range e.World().Warnings {
		log.Warn("seed", "problem", warning.String())
	}
	if token, _ := a.LookupEnv("MPE_ADMIN_TOKEN"); token == "" && exposed(f.listen) {
		log.Warn("whoever reaches this address may use the control API, sign grants and take anyone's token",
			"listen", f.listen, "fix", "set MPE_ADMIN_TOKEN, or listen on localhost")
	}
	if terminal(a.Stderr) && f.logFormat != "json" {
		banner(a.Stderr, f, e, r, took)
	} else {
		log.Info("mpe ready", "addr", f.listen, "port", r.Port, "url", r.URL, "issuer", r.Issuer, "seed", r.Seed.Name,
			"version", r.Version)
	}
	if f.readyFile == "" {
		return nil
	}
	if err := writeReady(f.readyFile, r); err != nil {
		return &failure{code: exitConfig, what: "--ready-file: " + err.Error()}
	}
	return nil
}

// exposed tells whether an address that is listened on can be reached from other machines.
func exposed(listen string) bool {
	host, _, _ := net.SplitHostPort(listen) // it has been listened on
	if ip := net.ParseIP(host); ip != nil {
		return !ip.IsLoopback()
	}
	return host != "localhost"
}

// writeReady writes the file whole or not at all: who waits for it may read it at once.
func writeReady(name string, r ready) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	draft, err := os.CreateTemp(filepath.Dir(name), ".ready-*")
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name()) // gone already when all went well
	if _, err := draft.Write(append(data, '\n')); err != nil {
		draft.Close()
		return err
	}
	if err := draft.Close(); err != nil {
		return err
	}
	return os.Rename(draft.Name(), name)
}

func banner(w io.Writer, f *serveFlags, e *compose.Emulator, r ready, took time.Duration) {
	storage, issuer := "embedded Redis (memory)", "follows the Host header"
	if f.redis != "" {
		storage = "Redis"
	}
	if r.Issuer != r.URL+"/" {
		issuer = "fixed"
	}
	curl := "curl -s"
	if r.CA != "" {
		curl += " --cacert " + r.CA
	}
	fmt.Fprintf(w, `mpe %s: Maskinporten + Altinn system users, locally        synthetic data only

  Issuer      %s   (%s)
  Seed        %s   %s
  Storage     %s

  First token:
    %s %s/token \
      -d grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer \
      -d assertion=$(%s %s/_mpe/v1/grants/demo)

  ready in %d ms
`, r.Version, r.Issuer, issuer, r.Seed.Name, summary(e.World()), storage, curl, r.URL, curl, r.URL, took.Milliseconds())
}

// logger writes to stderr: for people on a terminal at once, else JSON, a little later. flush writes what is left.
func (a *app) logger(format string) (log *slog.Logger, flush func(), err error) {
	if format == "" {
		format = "json"
		if terminal(a.Stderr) {
			format = "text"
		}
	}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(a.Stderr, nil)), func() {}, nil
	case "json":
		late := &lateWriter{to: a.Stderr}
		return slog.New(slog.NewJSONHandler(late, nil)), late.flush, nil
	default:
		return nil, nil, &failure{code: exitUsage, what: fmt.Sprintf("--log-format: %q is neither text nor json", format)}
	}
}

// terminal tells whether a reader or a writer is one.
func terminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

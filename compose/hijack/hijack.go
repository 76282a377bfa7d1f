// Package hijack puts the emulator where programs expect the real services: behind their own names.
package hijack

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Config says which hosts are answered for, and by whom.
type Config struct {
	Hosts       []string
	Certificate *tls.Certificate // for all of them
	Handler     http.Handler     // answers their requests

	// Via is the proxy that other hosts are reached through; nil: they are reached directly.
	Via func(*url.URL) (*url.URL, error)

	// Refused is told of each attempt to reach a production host that is not answered for.
	Refused func(host string)

	ErrorLog *log.Logger // of connections that fail
}

// Hijack answers for hosts in two ways: a proxy for programs that use one, and an address that speaks TLS in the hosts'
// names, for programs that can be led there.
type Hijack struct {
	Proxy  string // HOST:PORT
	Direct string // HOST:PORT

	tunnels *tunnels
	servers []*http.Server
}

// Open starts to answer, on loopback.
func Open(c Config) (*Hijack, error) {
	direct, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	proxy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, direct.Close())
	}
	h := &Hijack{Proxy: proxy.Addr().String(), Direct: direct.Addr().String()}
	h.tunnels = &tunnels{config: c, direct: h.Direct}
	secured := h.server(c, c.Handler)
	secured.TLSConfig = &tls.Config{GetCertificate: c.certificate}
	plain := h.server(c, h.tunnels)
	go secured.ServeTLS(direct, "", "") // both end with Close
	go plain.Serve(proxy)
	return h, nil
}

func (h *Hijack) server(c Config, handler http.Handler) *http.Server {
	server := &http.Server{Handler: handler, ErrorLog: c.ErrorLog, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
	h.servers = append(h.servers, server)
	return server
}

// Close stops answering. Requests that are running are ended, as are the tunnels to other hosts.
func (h *Hijack) Close() error {
	var failed []error
	for _, server := range h.servers {
		failed = append(failed, server.Close())
	}
	h.tunnels.close()
	return errors.Join(failed...)
}

// certificate is that of the hosts. A program that was led here asking for production gets none.
func (c Config) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if err := c.allowed(hello.ServerName); err != nil {
		return nil, err
	}
	return c.Certificate, nil
}

// ProductionError is that a program asked for a production host that is not answered for.
type ProductionError struct{ Host string }

func (e *ProductionError) Error() string {
	return fmt.Sprintf("%s is a production host: a program that runs beside an emulator may not reach it", e.Host)
}

func (c Config) allowed(host string) error {
	if c.answers(host) || !Production(host) {
		return nil
	}
	if c.Refused != nil {
		c.Refused(canonical(host))
	}
	return &ProductionError{Host: canonical(host)}
}

func (c Config) answers(host string) bool { return slices.Contains(c.Hosts, canonical(host)) }

// dialTimeout is how long a connection to another host may take to come about.
const dialTimeout = 10 * time.Second

func dial(ctx context.Context, address string) (net.Conn, error) {
	return (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", address)
}

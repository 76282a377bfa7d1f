package hijack

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// tunnels is the proxy: it takes CONNECT (RFC 9110 section 9.3.6), so it sees names, and of what is said only what is
// said to the hosts that are answered for.
type tunnels struct {
	config Config
	direct string

	mutex   sync.Mutex
	open    map[net.Conn]bool
	closed  bool
	running sync.WaitGroup
}

func (t *tunnels) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		w.Header().Set("Allow", http.MethodConnect)
		http.Error(w, "This is the proxy of mpe exec --hijack, for https alone: it takes CONNECT. Leave HTTP_PROXY unset.", http.StatusMethodNotAllowed)
		return
	}
	to, err := t.connect(r.Context(), r.URL.Host)
	if _, refused := errors.AsType[*ProductionError](err); refused {
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	from, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		to.Close()
		return
	}
	if _, err := io.WriteString(from, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		from.Close()
		to.Close()
		return
	}
	t.join(read{from, buffered.Reader}, to)
}

// connect reaches the host: us, where we answer for it.
func (t *tunnels) connect(ctx context.Context, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if err := t.config.allowed(host); err != nil {
		return nil, err
	}
	if t.config.answers(host) {
		return dial(ctx, t.direct)
	}
	if t.config.Via != nil {
		proxy, err := t.config.Via(&url.URL{Scheme: "https", Host: address})
		if err != nil {
			return nil, err
		}
		if proxy != nil {
			return through(ctx, proxy, address)
		}
	}
	return dial(ctx, address)
}

// through reaches the address through another proxy.
func through(ctx context.Context, proxy *url.URL, address string) (net.Conn, error) {
	port := proxy.Port()
	switch {
	case proxy.Scheme != "http" && proxy.Scheme != "https":
		return nil, fmt.Errorf("the proxy %s speaks neither http nor https", proxy.Redacted())
	case port == "" && proxy.Scheme == "https":
		port = "443"
	case port == "":
		port = "80"
	}
	conn, err := dial(ctx, net.JoinHostPort(proxy.Hostname(), port))
	if err != nil {
		return nil, err
	}
	if proxy.Scheme == "https" {
		conn = tls.Client(conn, &tls.Config{ServerName: proxy.Hostname()})
	}
	joined, err := ask(conn, proxy, address)
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("through the proxy %s: %w", proxy.Redacted(), err)
	}
	return joined, nil
}

func ask(conn net.Conn, proxy *url.URL, address string) (net.Conn, error) {
	_ = conn.SetDeadline(time.Now().Add(dialTimeout))
	r := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: http.Header{}}
	if user := proxy.User; user != nil {
		password, _ := user.Password()
		r.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
	}
	if err := r.Write(conn); err != nil {
		return nil, err
	}
	reader := bufio.NewReader(conn)
	answer, err := http.ReadResponse(reader, r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %s to CONNECT %s", answer.Status, address)
	}
	_ = conn.SetDeadline(time.Time{})
	return read{conn, reader}, nil
}

// read is a connection of which something has been read already.
type read struct {
	net.Conn
	reader *bufio.Reader
}

func (r read) Read(p []byte) (int, error) { return r.reader.Read(p) }

// CloseWrite says that there is no more to come.
func (r read) CloseWrite() error { return closeWrite(r.Conn) }

func closeWrite(conn net.Conn) error {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return conn.Close()
}

// join carries what either says to the other, until both have ended or everything is closed.
func (t *tunnels) join(a, b net.Conn) {
	defer a.Close()
	defer b.Close()
	if !t.track(a, b) {
		return
	}
	defer t.forget(a, b)
	var both sync.WaitGroup
	both.Go(func() { carry(a, b) })
	both.Go(func() { carry(b, a) })
	both.Wait()
}

func carry(to, from net.Conn) {
	_, err := io.Copy(to, from)
	if err != nil { // the tunnel is of no more use
		to.Close()
		from.Close()
		return
	}
	_ = closeWrite(to)
}

func (t *tunnels) track(conns ...net.Conn) bool {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.closed {
		return false
	}
	if t.open == nil {
		t.open = map[net.Conn]bool{}
	}
	for _, c := range conns {
		t.open[c] = true
	}
	t.running.Add(1)
	return true
}

func (t *tunnels) forget(conns ...net.Conn) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for _, c := range conns {
		delete(t.open, c)
	}
	t.running.Done()
}

// close ends all tunnels.
func (t *tunnels) close() {
	t.mutex.Lock()
	t.closed = true
	for c := range t.open {
		c.Close()
	}
	t.mutex.Unlock()
	t.running.Wait()
}

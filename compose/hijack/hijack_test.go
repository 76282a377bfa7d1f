package hijack_test

import (
	"bufio"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mpe/compose/hijack"
	"mpe/keys"
)

// hijacked is one that answers for test.maskinporten.no with its own name.
type hijacked struct {
	*hijack.Hijack
	roots *x509.CertPool

	mutex   sync.Mutex
	refused []string
}

func open(t *testing.T, config hijack.Config) *hijacked {
	t.Helper()
	authority, err := keys.NewHostAuthority(rand.Reader, time.Now(), "maskinporten.no")
	if err != nil {
		t.Fatal(err)
	}
	config.Hosts = append(config.Hosts, "test.maskinporten.no")
	config.Certificate, err = authority.Issue(rand.Reader, time.Now(), config.Hosts...)
	if err != nil {
		t.Fatal(err)
	}
	config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "emulated "+r.Host) })
	config.ErrorLog = log.New(io.Discard, "", 0)
	h := &hijacked{roots: x509.NewCertPool()}
	h.roots.AddCert(authority.Certificate)
	config.Refused = func(host string) {
		h.mutex.Lock()
		defer h.mutex.Unlock()
		h.refused = append(h.refused, host)
	}
	if h.Hijack, err = hijack.Open(config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// client trusts the authority and the server, and uses the proxy.
func (h *hijacked) client(t *testing.T, server *httptest.Server) *http.Client {
	if server != nil {
		h.roots.AddCert(server.Certificate())
	}
	transport := &http.Transport{
		Proxy:           http.ProxyURL(&url.URL{Scheme: "http", Host: h.Proxy}),
		TLSClientConfig: &tls.Config{RootCAs: h.roots}, ForceAttemptHTTP2: true,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func get(t *testing.T, c *http.Client, address string) (*http.Response, string) {
	t.Helper()
	answer, err := c.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

func TestHostsAreAnsweredByTheEmulator(t *testing.T) {
	h := open(t, hijack.Config{})
	answer, body := get(t, h.client(t, nil), "https://test.maskinporten.no/token")
	if body != "emulated test.maskinporten.no" || answer.ProtoMajor != 2 {
		t.Errorf("got %q over %s, want the emulator's answer over HTTP/2", body, answer.Proto)
	}
	if _, body := get(t, h.client(t, nil), "https://Test.Maskinporten.no:8443/"); body != "emulated Test.Maskinporten.no:8443" {
		t.Errorf("got %q in another spelling and at another port", body)
	}
}

func TestOtherHostsAreLeftAlone(t *testing.T) {
	real := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "real") }))
	defer real.Close()
	h := open(t, hijack.Config{})
	answer, body := get(t, h.client(t, real), real.URL)
	if body != "real" || !answer.TLS.PeerCertificates[0].Equal(real.Certificate()) {
		t.Errorf("got %q with the certificate of %s, want the server's own", body, answer.TLS.PeerCertificates[0].Subject)
	}
}

func TestOtherHostsAreReachedAsWeAreTold(t *testing.T) {
	real := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "real") }))
	defer real.Close()
	outer := open(t, hijack.Config{Hosts: []string{"outer.maskinporten.no"}})
	via := func(proxy string) hijack.Config {
		return hijack.Config{Via: func(*url.URL) (*url.URL, error) { return &url.URL{Scheme: "http", Host: proxy}, nil }}
	}
	inner := open(t, via(outer.Proxy))
	if _, body := get(t, inner.client(t, real), real.URL); body != "real" {
		t.Errorf("got %q through another proxy", body)
	}
	// It is that proxy which is asked: this one refuses.
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	defer refusing.Close()
	inner = open(t, via(strings.TrimPrefix(refusing.URL, "http://")))
	if _, err := inner.client(t, real).Get(real.URL); err == nil || !strings.Contains(err.Error(), "Bad Gateway") {
		t.Errorf("got %v, want what the other proxy refuses to fail", err)
	}
}

func TestProductionIsRefused(t *testing.T) {
	h := open(t, hijack.Config{})
	if _, err := h.client(t, nil).Get("https://maskinporten.no/token"); err == nil || !strings.Contains(err.Error(), "Forbidden") {
		t.Errorf("got %v, want it forbidden", err)
	}
	// Nor has the address that programs are led to a certificate for it.
	conn, err := tls.Dial("tcp", h.Direct, &tls.Config{RootCAs: h.roots, ServerName: "platform.altinn.no"})
	if err == nil {
		conn.Close()
		t.Error("the direct address speaks for platform.altinn.no")
	}
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if want := []string{"maskinporten.no", "platform.altinn.no"}; !slices.Equal(h.refused, want) {
		t.Errorf("told of %q, want %q", h.refused, want)
	}
}

func TestProductionIsAnsweredWhereItIsNamed(t *testing.T) {
	h := open(t, hijack.Config{Hosts: []string{"maskinporten.no"}})
	if _, body := get(t, h.client(t, nil), "https://maskinporten.no/token"); body != "emulated maskinporten.no" {
		t.Errorf("got %q", body)
	}
}

func TestTheProxyIsForHTTPSAlone(t *testing.T) {
	h := open(t, hijack.Config{})
	answer, body := get(t, h.client(t, nil), "http://test.maskinporten.no/")
	if answer.StatusCode != http.StatusMethodNotAllowed || !strings.Contains(body, "HTTP_PROXY") {
		t.Errorf("got %s %q", answer.Status, body)
	}
}

func TestWhatCannotBeReachedIsTold(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close() // nobody is there now
	h := open(t, hijack.Config{})
	if _, err := h.client(t, nil).Get("https://" + listener.Addr().String()); err == nil || !strings.Contains(err.Error(), "Bad Gateway") {
		t.Errorf("got %v", err)
	}
}

// Close ends what is going on, so that nothing of it is left.
func TestCloseEndsTunnels(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	h := open(t, hijack.Config{})
	conn, err := net.Dial("tcp", h.Proxy)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	address := silent.Addr().String()
	if _, err := io.WriteString(conn, "CONNECT "+address+" HTTP/1.1\r\nHost: "+address+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(conn)
	if answer, err := http.ReadResponse(reader, &http.Request{Method: http.MethodConnect}); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("got %v (%v)", answer, err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := reader.ReadByte(); err == nil {
		t.Error("the tunnel is still there")
	}
	if _, err := net.Dial("tcp", h.Direct); err == nil {
		t.Error("the hosts are still answered for")
	}
}

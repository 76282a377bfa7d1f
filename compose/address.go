package compose

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// addresses tells at which address a request has reached us, and what our name is.
type addresses struct {
	issuer  string // fixed; empty: the address of the request
	path    string // below which the sandbox is mounted, without a slash before it
	trusted []netip.Prefix
}

// name is the issuer for this request.
func (a addresses) name(r *http.Request) string {
	if a.issuer != "" {
		return a.issuer
	}
	return a.base(r)
}

// base is the address that the client used, ending in a slash.
func (a addresses) base(r *http.Request) string {
	scheme, host := "http", r.Host
	if r.TLS != nil {
		scheme = "https"
	}
	if a.forwards(r) {
		if proto := lastOf(r.Header.Get("X-Forwarded-Proto")); proto == "http" || proto == "https" {
			scheme = proto
		}
		if forwarded := lastOf(r.Header.Get("X-Forwarded-Host")); forwarded != "" {
			host = forwarded
		}
	}
	return scheme + "://" + host + "/" + a.path
}

// forwards tells whether the request comes from a proxy that is believed.
func (a addresses) forwards(r *http.Request) bool {
	if len(a.trusted) == 0 {
		return false
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	peer, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, prefix := range a.trusted {
		if prefix.Contains(peer.Unmap()) {
			return true
		}
	}
	return false
}

// lastOf is what the nearest proxy added to a list.
func lastOf(list string) string {
	return strings.TrimSpace(list[strings.LastIndex(list, ",")+1:])
}

package system

import (
	"net"
	"net/url"
	"slices"
	"strings"
)

// Redirect is a URL that customers may be sent to, normalised as .NET's Uri does: scheme and host in lower case, no
// default port, and a path. False: it is not an absolute URL with https, or with http on a loopback host where that is
// allowed. Altinn takes https alone.
func Redirect(raw string, loopback bool) (string, bool) {
	u, ok := normal(raw)
	if !ok || u.Scheme != "https" && !(loopback && u.Scheme == "http" && isLoopback(u.Hostname())) {
		return "", false
	}
	return u.String(), true
}

func normal(raw string) (*url.URL, bool) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || !u.IsAbs() || u.Host == "" {
		return nil, false
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if port := u.Port(); u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		u.Host = strings.TrimSuffix(u.Host, ":"+port)
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return u, true
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// Allows tells whether a request may name the URL: one of the system's is the same but for the query and the fragment.
func (s *System) Allows(redirect string) bool {
	u, ok := normal(redirect)
	return ok && slices.ContainsFunc(s.AllowedRedirectURLs, func(allowed string) bool {
		a, ok := normal(allowed)
		return ok && a.Scheme == u.Scheme && a.User.String() == u.User.String() && a.Host == u.Host &&
			a.EscapedPath() == u.EscapedPath()
	})
}

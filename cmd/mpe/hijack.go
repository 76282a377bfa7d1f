package main

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/pflag"
	"golang.org/x/net/http/httpproxy"

	"mpe/compose/control"
	"mpe/compose/hijack"
	"mpe/keys"
)

// hijackFlags say which hosts the emulator answers for in the command's eyes.
type hijackFlags struct {
	hosts      []string
	production bool
}

func (f *hijackFlags) register(flags *pflag.FlagSet) {
	hosts := strings.Join(hijack.Hosts(), ",")
	flags.StringSliceVar(&f.hosts, "hijack", nil, "answer the command's calls to these `HOSTS` (without a value: "+hosts+")")
	flags.Lookup("hijack").NoOptDefVal = hosts
	flags.BoolVar(&f.production, "hijack-prod-hosts", false, "let --hijack name production hosts, too")
}

// check refuses what is no host, and production.
func (f *hijackFlags) check() error {
	for i, host := range f.hosts {
		host = strings.ToLower(strings.TrimSuffix(host, "."))
		if host == "" || strings.ContainsAny(host, "/:*@ ") || net.ParseIP(host) != nil {
			return &failure{code: exitUsage, what: fmt.Sprintf("--hijack: %q is not the name of a host", f.hosts[i]), try: "--hijack=" + hijack.Hosts()[0]}
		}
		f.hosts[i] = host
	}
	if f.production {
		return nil
	}
	err := refuseProduction("--hijack", f.hosts)
	if refusal, refused := errors.AsType[*failure](err); refused {
		refusal.try = "--hijack-prod-hosts, when the command is not to reach it by any means"
	}
	return err
}

// named gives the emulator the names of the hosts: the issuer's, and that of the pages which customers approve on.
func (f *hijackFlags) named(s *serveFlags) {
	if base := f.issuer(); base != "" && s.issuer == "auto" {
		s.issuer = base
	}
	if i := slices.IndexFunc(f.hosts, func(host string) bool { return strings.HasPrefix(host, "am.ui.") }); i >= 0 {
		s.config.ConfirmBase = cmp.Or(s.config.ConfirmBase, "https://"+f.hosts[i]+"/")
	}
}

// issuer is the one of Maskinporten's environment among the hosts; empty when there is none.
func (f *hijackFlags) issuer() string {
	for _, host := range f.hosts {
		if strings.HasSuffix("."+host, ".maskinporten.no") {
			return "https://" + host + "/"
		}
	}
	return ""
}

// hijacking is that calls of the command are being answered.
type hijacking struct {
	*hijack.Hijack
	authority *x509.Certificate

	mutex   sync.Mutex
	refused []string // production hosts that the command asked for
}

// hijack starts to answer for the hosts, with certificates of the machine's CA; for hosts that it was not made for, and
// on a machine without a home, of one that is forgotten afterwards.
func (a *app) hijack(f *execFlags, handler http.Handler) (*hijacking, error) {
	authority, certificate, err := a.hijackCertificate(f)
	if err != nil {
		return nil, err
	}
	h := &hijacking{authority: authority.Certificate}
	h.Hijack, err = hijack.Open(hijack.Config{
		Hosts: f.hijack.hosts, Certificate: certificate, Handler: handler, Via: a.outerProxy(), Refused: h.refuse(a),
		ErrorLog: log.New(a.Stderr, "mpe: ", 0),
	})
	if err != nil {
		return nil, err
	}
	return h, nil
}

func (a *app) hijackCertificate(f *execFlags) (*keys.HostAuthority, *tls.Certificate, error) {
	if dir := f.serve.tls.authority; a.caPath(dir) != "" {
		authority, _, err := a.authority(dir)
		if err != nil {
			return nil, nil, err
		}
		certificate, err := authority.Issue(a.Rand, a.Now(), f.hijack.hosts...)
		if _, refused := errors.AsType[*keys.HostError](err); !refused {
			return authority, certificate, err
		}
	}
	authority, err := keys.NewHostAuthority(a.Rand, a.Now(), f.hijack.hosts...)
	if err != nil {
		return nil, nil, err
	}
	certificate, err := authority.Issue(a.Rand, a.Now(), f.hijack.hosts...)
	return authority, certificate, err
}

func (h *hijacking) refuse(a *app) func(host string) {
	return func(host string) {
		h.mutex.Lock()
		defer h.mutex.Unlock()
		if !slices.Contains(h.refused, host) {
			h.refused = append(h.refused, host)
			fmt.Fprintf(a.Stderr, "mpe: the command was refused a connection to %s, a production host\n", host)
		}
	}
}

// unsafe is that the command asked for production; nil when it did not.
func (h *hijacking) unsafe() error {
	if h == nil {
		return nil
	}
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if len(h.refused) == 0 {
		return nil
	}
	return &failure{
		code: exitUnsafe, what: "the command asked for production: " + strings.Join(h.refused, ", "),
		why: "that was refused, so whatever it has tested is not what it seems",
		try: "the test environment's addresses; or --hijack=" + strings.Join(h.refused, ",") + " --hijack-prod-hosts, to answer in their place",
	}
}

// outerProxy is the one that we are told to use ourselves.
func (a *app) outerProxy() func(*url.URL) (*url.URL, error) {
	c := httpproxy.Config{HTTPSProxy: a.either("HTTPS_PROXY"), NoProxy: a.either("NO_PROXY")}
	return c.ProxyFunc()
}

// either is a variable that is written in capital letters or in small ones.
func (a *app) either(name string) string {
	for _, spelt := range []string{strings.ToLower(name), name} {
		if value, _ := a.LookupEnv(spelt); value != "" {
			return value
		}
	}
	return ""
}

// variables lead programs to the proxy.
func (h *hijacking) variables(a *app, f *hijackFlags, files *trustFiles) ([]control.Variable, error) {
	script, err := h.NodeScript()
	if err != nil {
		return nil, err
	}
	preload, err := files.write("hijack.cjs", script)
	if err != nil {
		return nil, err
	}
	proxy, none := "http://"+h.Proxy, f.noProxy(a.either("NO_PROXY"))
	host, port, err := net.SplitHostPort(h.Proxy)
	if err != nil {
		return nil, err
	}
	files.java = append(files.java, "-Dhttps.proxyHost="+host, "-Dhttps.proxyPort="+port)
	escaped := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(preload)
	options, _ := a.LookupEnv("NODE_OPTIONS")
	return []control.Variable{
		{Name: "HTTPS_PROXY", Value: proxy}, {Name: "https_proxy", Value: proxy},
		{Name: "NO_PROXY", Value: none}, {Name: "no_proxy", Value: none},
		{Name: "NODE_USE_ENV_PROXY", Value: "1"},
		{Name: "NODE_OPTIONS", Value: strings.TrimSpace(options + ` --require="` + escaped + `"`)},
	}, nil
}

// noProxy keeps what is reached without a proxy, but for what covers a host that is answered for.
func (f *hijackFlags) noProxy(before string) string {
	kept := []string{"localhost", "127.0.0.1", "::1"}
	for _, entry := range strings.Split(before, ",") {
		entry = strings.TrimSpace(entry)
		if entry == "" || slices.Contains(kept, entry) {
			continue
		}
		c := httpproxy.Config{HTTPSProxy: "http://proxy.invalid", NoProxy: entry}
		covers := func(host string) bool {
			proxy, err := c.ProxyFunc()(&url.URL{Scheme: "https", Host: host})
			return err != nil || proxy == nil
		}
		if !slices.ContainsFunc(f.hosts, covers) {
			kept = append(kept, entry)
		}
	}
	return strings.Join(kept, ",")
}

package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mpe/compose/hijack"
	"mpe/keys"
)

func (a *app) ca() *cobra.Command {
	var dir, out string
	c := &cobra.Command{
		Use:   "ca",
		Short: "Print the certificate of this machine's CA, which serve --tls and exec --hijack use",
		Long: "Print the certificate of this machine's CA, which serve --tls and exec --hijack use; it is made when it is not\n" +
			"there. Its key stays in the folder that --ca-dir names, readable by you alone. It can sign for localhost,\n" +
			"loopback addresses and these hosts: " + strings.Join(hijack.Hosts(), ", ") + ",\nand for those of --tls-host when it was made.",
		Args: usage(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			authority, _, err := a.authority(dir)
			if err != nil {
				return err
			}
			encoded := keys.EncodeCertificates(authority.Certificate)
			if out != "" {
				return os.WriteFile(out, encoded, 0o644)
			}
			_, err = a.Stdout.Write(encoded)
			return err
		},
	}
	registerCADir(c.Flags(), &dir)
	c.Flags().StringVar(&out, "out", "", "write to that `FILE` in place of standard output")
	return c
}

func registerCADir(flags *pflag.FlagSet, dir *string) {
	flags.StringVar(dir, "ca-dir", "", "`FOLDER` that this machine's CA is kept in (default: .mpe in your home)")
}

// The files of the CA, in a folder of their own, which appears with both of them or not at all.
const (
	caFolder  = "ca"
	caFile    = "ca.pem"     // the certificate, for programs that shall trust it
	caKeyFile = "ca-key.pem" // the private key with the certificate
)

// caPath is where the machine's CA is kept; empty when there is no home to keep it in.
func (a *app) caPath(dir string) string {
	if dir == "" {
		dir, _ = a.LookupEnv("MPE_CA_DIR")
	}
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		dir = filepath.Join(home, ".mpe")
	}
	if absolute, err := filepath.Abs(dir); err == nil {
		dir = absolute // others are told of it, who work elsewhere
	}
	return filepath.Join(dir, caFolder)
}

// authority is the machine's CA and the file with its certificate. The first who asks makes it, for the hosts of the test
// environment and these.
func (a *app) authority(dir string, hosts ...string) (*keys.HostAuthority, string, error) {
	path := a.caPath(dir)
	if path == "" {
		return nil, "", &failure{code: exitConfig, what: "there is no home folder to keep the local CA in", try: "--ca-dir FOLDER"}
	}
	data, err := os.ReadFile(filepath.Join(path, caKeyFile))
	if errors.Is(err, fs.ErrNotExist) {
		if err = a.makeAuthority(path, hosts); err == nil {
			data, err = os.ReadFile(filepath.Join(path, caKeyFile))
		}
	}
	if err != nil {
		return nil, "", &failure{code: exitConfig, what: "the local CA: " + err.Error(), try: "--ca-dir FOLDER keeps it elsewhere"}
	}
	authority, err := keys.LoadHostAuthority(data)
	if err != nil {
		return nil, "", &failure{
			code: exitConfig, what: fmt.Sprintf("the local CA in %s: %v", path, err), try: "remove that folder: another is made",
		}
	}
	return authority, filepath.Join(path, caFile), nil
}

// makeAuthority makes the CA in a draft of its folder, which then takes its place. Of several who do so at once, one
// succeeds, and the others use what it made.
func (a *app) makeAuthority(path string, hosts []string) error {
	authority, err := keys.NewHostAuthority(a.Rand, a.Now(), append(hijack.Hosts(), hosts...)...)
	if err != nil {
		return err
	}
	key, err := authority.Marshal()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	draft, err := os.MkdirTemp(filepath.Dir(path), ".ca-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(draft) // gone already when it took its place
	if err := os.WriteFile(filepath.Join(draft, caKeyFile), key, 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(draft, caFile), keys.EncodeCertificates(authority.Certificate), 0o644); err != nil {
		return err
	}
	err = os.Rename(draft, path)
	if _, made := os.Stat(filepath.Join(path, caKeyFile)); made == nil {
		return nil // by another, if not by us
	}
	return err
}

// tlsFlags say how serve speaks TLS.
type tlsFlags struct {
	on                   bool
	cert, key, authority string
	hosts                []string
}

func (f *tlsFlags) register(flags *pflag.FlagSet) {
	flags.BoolVar(&f.on, "tls", false, "speak https, with a certificate of this machine's CA (mpe ca)")
	flags.StringSliceVar(&f.hosts, "tls-host", nil, "further `HOST`s that the certificate is for")
	flags.StringVar(&f.cert, "tls-cert", "", "PEM `FILE` with the certificate to use, and its chain; --tls-key has its key")
	flags.StringVar(&f.key, "tls-key", "", "PEM `FILE` with the key of --tls-cert")
	registerCADir(flags, &f.authority)
}

// secured is how the server speaks TLS, and the file with the CA's certificate when it is this machine's. Both are zero
// when it does not speak TLS.
func (a *app) secured(f *tlsFlags, listen string) (*tls.Config, string, error) {
	if (f.cert == "") != (f.key == "") {
		return nil, "", &failure{code: exitUsage, what: "--tls-cert and --tls-key go together"}
	}
	if f.cert != "" {
		certificate, err := tls.LoadX509KeyPair(f.cert, f.key)
		if err != nil {
			return nil, "", &failure{code: exitConfig, what: fmt.Sprintf("--tls-cert %s, --tls-key %s: %v", f.cert, f.key, err)}
		}
		return &tls.Config{Certificates: []tls.Certificate{certificate}}, "", nil
	}
	if !f.on {
		return nil, "", nil
	}
	if err := refuseProduction("--tls-host", f.hosts); err != nil {
		return nil, "", err
	}
	hosts := f.certified(listen)
	authority, file, err := a.authority(f.authority, hosts...)
	if err != nil {
		return nil, "", err
	}
	certificate, err := authority.Issue(a.Rand, a.Now(), hosts...)
	if err != nil {
		return nil, "", a.notPermitted(err, f.authority)
	}
	return &tls.Config{Certificates: []tls.Certificate{*certificate}}, file, nil
}

// certified are the hosts that the certificate is for: this machine's own names, the one that is listened on, and those
// that were asked for.
func (f *tlsFlags) certified(listen string) []string {
	hosts := []string{"localhost", "127.0.0.1", "::1"}
	listened, _, _ := net.SplitHostPort(listen) // listening tells what is wrong with it
	for _, host := range append([]string{listened}, f.hosts...) {
		ip := net.ParseIP(host)
		if host != "" && (ip == nil || !ip.IsUnspecified()) && !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

// notPermitted says what to do about a host that the CA was not made for.
func (a *app) notPermitted(err error, dir string) error {
	if refusal, ok := errors.AsType[*keys.HostError](err); ok {
		return &failure{
			code: exitConfig, what: refusal.Error(),
			try: "remove " + a.caPath(dir) + ", and one is made for that host; or --tls-cert and --tls-key with a certificate of your own",
		}
	}
	return err
}

// refuseProduction keeps us from standing in for the services that real people use.
func refuseProduction(flag string, hosts []string) error {
	for _, host := range hosts {
		if hijack.Production(host) {
			return &failure{
				code: exitUnsafe, what: fmt.Sprintf("%s: %s is a production host", flag, host),
				why: "an emulator in its place could be taken for the real service",
			}
		}
	}
	return nil
}

// client is an HTTP client that trusts the machine's authorities and the CA in the file, where there is one.
func client(caFile string) *http.Client {
	encoded, err := os.ReadFile(caFile)
	if err != nil {
		return http.DefaultClient // the emulator may well have a certificate that everybody trusts
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	roots.AppendCertsFromPEM(encoded)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	return &http.Client{Transport: transport}
}

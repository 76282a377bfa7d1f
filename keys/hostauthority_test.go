package keys_test

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"strings"
	"testing"

	"mpe/keys"
)

func newHostAuthority(t *testing.T, hosts ...string) *keys.HostAuthority {
	t.Helper()
	a, err := keys.NewHostAuthority(rand.Reader, now, hosts...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestHostAuthorityIssuesForItsHosts(t *testing.T) {
	made := newHostAuthority(t, "test.maskinporten.no", "192.0.2.1", "2001:db8::1")
	stored, err := made.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	a, err := keys.LoadHostAuthority(stored)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(made.Certificate)
	for host, want := range map[string]bool{
		"localhost":               true,
		"mpe.localhost":           true,
		"127.0.0.1":               true,
		"::1":                     true,
		"192.0.2.1":               true,
		"2001:db8::1":             true,
		"test.maskinporten.no":    true,
		"TEST.maskinporten.no":    true,
		"a.test.maskinporten.no":  true,
		"maskinporten.no":         false,
		"nottest.maskinporten.no": false,
		"platform.altinn.no":      false,
		"192.0.2.2":               false,
		"2001:db8::2":             false,
	} {
		issued, err := a.Issue(rand.Reader, now, host)
		if refusal, refused := errors.AsType[*keys.HostError](err); refused != !want || refused && refusal.Host != host {
			t.Errorf("%s: got %v, want it issued: %t", host, err, want)
		}
		if err != nil {
			continue
		}
		if _, err := issued.Leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: roots, CurrentTime: now}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
}

// Whoever gets hold of the key cannot use it against other hosts: the certificate itself says what it is for.
func TestHostAuthorityIsWorthNothingElsewhere(t *testing.T) {
	a := newHostAuthority(t, "test.maskinporten.no")
	stored, err := a.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(stored)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(a.Certificate)
	for name, stolen := range map[string]*x509.Certificate{
		"another name":    {DNSNames: []string{"maskinporten.no"}},
		"another address": {IPAddresses: []net.IP{net.IPv4(192, 0, 2, 1)}},
		"a client":        {DNSNames: []string{"localhost"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}},
	} {
		stolen.SerialNumber, stolen.NotBefore, stolen.NotAfter = big.NewInt(1), now, now.AddDate(1, 0, 0)
		der, err := x509.CreateCertificate(rand.Reader, stolen, a.Certificate, key.(crypto.Signer).Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		chain := x509.VerifyOptions{Roots: roots, CurrentTime: now}
		if stolen.ExtKeyUsage != nil {
			chain.KeyUsages = stolen.ExtKeyUsage
		}
		if _, err := leaf.Verify(chain); err == nil {
			t.Errorf("%s: a certificate was believed", name)
		}
	}
}

func TestBadHostAuthoritiesAreNotLoaded(t *testing.T) {
	a, b := newHostAuthority(t), newHostAuthority(t)
	stored, err := a.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	key, _, _ := strings.Cut(string(stored), "-----BEGIN CERTIFICATE")
	leaf, err := a.Issue(rand.Reader, now, "localhost")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ data, want string }{
		"no PEM":                  {"", "want PEM"},
		"a certificate alone":     {string(keys.EncodeCertificates(a.Certificate)), "want PEM"},
		"a key alone":             {key, "no certificate"},
		"another's certificate":   {key + string(keys.EncodeCertificates(b.Certificate)), "for another key"},
		"a certificate of a host": {key + string(keys.EncodeCertificates(leaf.Leaf)), "for another key"},
	} {
		if _, err := keys.LoadHostAuthority([]byte(c.data)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

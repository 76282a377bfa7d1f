package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"slices"
	"strings"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// HostAuthority issues certificates to the hosts that an emulator answers for. Programs that are told so trust it, so it
// is made for few hosts: its certificate has name constraints (RFC 5280 section 4.2.1.10), and what it signs for others
// is refused by whoever keeps to them.
type HostAuthority struct {
	Certificate *x509.Certificate
	signer      crypto.Signer
}

// NewHostAuthority makes an authority for these hosts, names or addresses, and for what is below the names.
func NewHostAuthority(random io.Reader, now time.Time, hosts ...string) (*HostAuthority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), random)
	if err != nil {
		return nil, err
	}
	serial, err := newSerial(random)
	if err != nil {
		return nil, err
	}
	// A machine may have several, and tools look for an issuer by its name.
	ca := template("mpe local CA "+hex.EncodeToString(serial.Bytes()[:4]), 0, now)
	ca.SerialNumber = serial
	ca.IsCA, ca.BasicConstraintsValid, ca.MaxPathLenZero = true, true, true
	ca.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	ca.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	constrain(ca, hosts)
	certificate, err := create(random, ca, ca, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	return &HostAuthority{Certificate: certificate, signer: key}, nil
}

// constrain permits these hosts, and always excludes the rest: a form of names without a constraint is free.
func constrain(ca *x509.Certificate, hosts []string) {
	ca.PermittedDNSDomainsCritical = true
	ca.PermittedDNSDomains = []string{"localhost"}
	ca.PermittedIPRanges = []*net.IPNet{
		{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)}, {IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)},
	}
	for _, host := range hosts {
		switch ip := net.ParseIP(host); {
		case host == "localhost", ip.IsLoopback(): // permitted already
		case ip == nil:
			ca.PermittedDNSDomains = append(ca.PermittedDNSDomains, host)
		case ip.To4() != nil:
			ca.PermittedIPRanges = append(ca.PermittedIPRanges, &net.IPNet{IP: ip.To4(), Mask: net.CIDRMask(32, 32)})
		default:
			ca.PermittedIPRanges = append(ca.PermittedIPRanges, &net.IPNet{IP: ip, Mask: net.CIDRMask(128, 128)})
		}
	}
}

// LoadHostAuthority reads what Marshal writes.
func LoadHostAuthority(data []byte) (*HostAuthority, error) {
	block, rest := pem.Decode(data)
	if block == nil || block.Type != "PRIVATE KEY" {
		return nil, errors.New("want PEM with the PRIVATE KEY and the CERTIFICATE of a CA")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	signer, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a key of type %T: want one that signs", parsed)
	}
	certificates, err := ParseCertificates(rest)
	if err != nil {
		return nil, err
	}
	ca := certificates[0]
	public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	switch {
	case !ok || !public.Equal(ca.PublicKey):
		return nil, fmt.Errorf("the certificate, of %q, is for another key", ca.Subject)
	case !ca.IsCA:
		return nil, fmt.Errorf("the certificate, of %q, is not that of a CA", ca.Subject)
	}
	return &HostAuthority{Certificate: ca, signer: signer}, nil
}

// Marshal gives the private key and the certificate as PEM.
func (a *HostAuthority) Marshal() ([]byte, error) { return EncodePEM(a.signer, a.Certificate) }

// hostLifetime is how long the certificate of a host lasts: no longer than browsers and macOS take.
const hostLifetime = 365 * 24 * time.Hour

// Issue gives a new key with a certificate for these hosts, names or addresses. The error is a *HostError when the
// authority was not made for one of them.
func (a *HostAuthority) Issue(random io.Reader, now time.Time, hosts ...string) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), random)
	if err != nil {
		return nil, err
	}
	leaf := template("mpe", 0, now) // who verifies goes by the alternative names
	if leaf.SerialNumber, err = newSerial(random); err != nil {
		return nil, err
	}
	leaf.NotAfter = now.Add(hostLifetime)
	leaf.KeyUsage = x509.KeyUsageDigitalSignature
	leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, host := range hosts {
		if !a.permits(host) {
			return nil, &HostError{Host: host, Permitted: a.hosts()}
		}
		if ip := net.ParseIP(host); ip != nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
		} else {
			leaf.DNSNames = append(leaf.DNSNames, host)
		}
	}
	made, err := create(random, leaf, a.Certificate, &key.PublicKey, a.signer)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{made.Raw, a.Certificate.Raw}, PrivateKey: key, Leaf: made}, nil
}

// HostError is a host that an authority was not made for.
type HostError struct {
	Host      string
	Permitted []string
}

func (e *HostError) Error() string {
	return fmt.Sprintf("the local CA may not sign for %q, but for %s, and what is below", e.Host, strings.Join(e.Permitted, ", "))
}

// permits tells whether the authority's own constraints let it sign for the host. One without any, made elsewhere, may
// sign for all.
func (a *HostAuthority) permits(host string) bool {
	names, ranges := a.Certificate.PermittedDNSDomains, a.Certificate.PermittedIPRanges
	if ip := net.ParseIP(host); ip != nil {
		return len(ranges) == 0 || slices.ContainsFunc(ranges, func(r *net.IPNet) bool { return r.Contains(ip) })
	}
	return len(names) == 0 || slices.ContainsFunc(names, func(name string) bool {
		return strings.EqualFold(host, name) || strings.HasSuffix(strings.ToLower(host), "."+strings.ToLower(name))
	})
}

func (a *HostAuthority) hosts() []string {
	all := slices.Clone(a.Certificate.PermittedDNSDomains)
	for _, r := range a.Certificate.PermittedIPRanges {
		all = append(all, r.String())
	}
	return all
}

// TrustStore packs certificates to trust as Java reads them: PKCS #12 under the password.
func TrustStore(password string, certificates ...*x509.Certificate) ([]byte, error) {
	return pkcs12.Modern.EncodeTrustStore(certificates, password)
}

func newSerial(random io.Reader) (*big.Int, error) {
	serial := make([]byte, 16)
	if _, err := io.ReadFull(random, serial); err != nil {
		return nil, err
	}
	serial[0] = serial[0]&0x7f | 0x40 // positive, and always as long
	return new(big.Int).SetBytes(serial), nil
}

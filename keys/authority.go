package keys

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	_ "embed"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"io"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// Authority issues enterprise certificates (virksomhetssertifikat), as Buypass and Commfides do in reality.
type Authority struct {
	Certificate *x509.Certificate
	signer      crypto.Signer
}

// NewAuthority makes an authority of its own, whose certificates nobody trusts who is not told to.
func NewAuthority(random io.Reader, name string, now time.Time) (*Authority, error) {
	key, err := rsa.GenerateKey(random, MinBits)
	if err != nil {
		return nil, err
	}
	ca := template(name, 1, now)
	ca.IsCA, ca.BasicConstraintsValid = true, true
	ca.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	certificate, err := create(random, ca, ca, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	return &Authority{Certificate: certificate, signer: key}, nil
}

//go:embed testca.pem
var testCA []byte

// TestAuthority is the authority that every emulator trusts. Its private key is part of the source code, so its
// certificates prove nothing to anyone: never trust them outside the emulator.
func TestAuthority() *Authority {
	block, rest := pem.Decode(testCA)
	key, err := ParsePrivateKey(block)
	if err != nil {
		panic(fmt.Sprintf("the embedded test authority: %v", err)) // the file is part of the binary and covered by a test
	}
	certificates, err := ParseCertificates(rest)
	if err != nil {
		panic(fmt.Sprintf("the embedded test authority: %v", err))
	}
	return &Authority{Certificate: certificates[0], signer: key}
}

// Subject is whom and what a certificate is for.
type Subject struct {
	Org  string // nine digits
	Name string // of the organisation

	// SEID1 puts the number where the older Norwegian profile has it: in serialNumber, not in organizationIdentifier.
	SEID1 bool

	NotBefore, NotAfter time.Time

	// Encryption makes it a certificate for encryption, which cannot authenticate.
	Encryption bool
}

// Object identifiers of the two certificate profiles (SEID, NCP of ETSI EN 319 411).
var (
	organizationIdentifier = asn1.ObjectIdentifier{2, 5, 4, 97}
	serialNumber           = asn1.ObjectIdentifier{2, 5, 4, 5}
)

// Issue gives a certificate for the public key, an *rsa.PublicKey.
func (a *Authority) Issue(random io.Reader, public crypto.PublicKey, s Subject) (*x509.Certificate, error) {
	serial, err := newSerial(random)
	if err != nil {
		return nil, err
	}
	c := &x509.Certificate{
		SerialNumber: serial,
		Subject:      s.name(),
		NotBefore:    s.NotBefore,
		NotAfter:     s.NotAfter,
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	if s.SEID1 {
		c.KeyUsage |= x509.KeyUsageDataEncipherment
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageEmailProtection}
	}
	if s.Encryption {
		c.KeyUsage = x509.KeyUsageKeyEncipherment
	}
	return create(random, c, a.Certificate, public, a.signer)
}

func (s Subject) name() pkix.Name {
	number := pkix.AttributeTypeAndValue{Type: organizationIdentifier, Value: "NTRNO-" + s.Org}
	if s.SEID1 {
		number = pkix.AttributeTypeAndValue{Type: serialNumber, Value: s.Org}
	}
	return pkix.Name{
		CommonName:   s.Name,
		Organization: []string{s.Name},
		Country:      []string{"NO"},
		ExtraNames:   []pkix.AttributeTypeAndValue{number},
	}
}

// PKCS12 packs a key with its certificate and the authority's, encrypted under the password (AES-256, PBKDF2).
func (a *Authority) PKCS12(key crypto.Signer, certificate *x509.Certificate, password string) ([]byte, error) {
	return pkcs12.Modern.Encode(key, certificate, []*x509.Certificate{a.Certificate}, password)
}

package keys

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"time"
)

// Trust is whose enterprise certificates are believed. It is safe for concurrent use.
type Trust struct {
	roots *x509.CertPool

	// verified remembers chains by the hash of what was sent: building one takes 20 times as long as finding it.
	mutex    sync.RWMutex
	verified map[[sha256.Size]byte]verified
}

// maxVerified bounds what is remembered.
const maxVerified = 10_000

// NewTrust trusts certificates that these authorities have issued, be they roots or in between.
func NewTrust(authorities ...*x509.Certificate) *Trust {
	t := &Trust{roots: x509.NewCertPool(), verified: map[[sha256.Size]byte]verified{}}
	for _, a := range authorities {
		t.roots.AddCert(a)
	}
	return t
}

// Enterprise is who a certificate belongs to.
type Enterprise struct {
	Org       string // nine digits
	Subject   string // the certificate's, as in RFC 2253
	PublicKey *rsa.PublicKey
}

// verified is an enterprise for as long as every certificate of its chain is valid.
type verified struct {
	Enterprise
	from, until time.Time
}

// Verify believes a certificate, given as in the x5c member of a JWS header (RFC 7515 section 4.1.6): leaf first,
// base64 of DER. The leaf alone is enough when an authority that is trusted has issued it. The error is a
// *CertificateError.
func (t *Trust) Verify(x5c []string, now time.Time) (*Enterprise, error) {
	id := sha256.Sum256([]byte(strings.Join(x5c, ",")))
	t.mutex.RLock()
	known, found := t.verified[id]
	t.mutex.RUnlock()
	if found && !now.Before(known.from) && !now.After(known.until) {
		return &known.Enterprise, nil
	}
	v, err := t.verify(x5c, now)
	if err != nil {
		return nil, err
	}
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if len(t.verified) >= maxVerified {
		clear(t.verified)
	}
	t.verified[id] = v
	return &v.Enterprise, nil
}

func (t *Trust) verify(x5c []string, now time.Time) (verified, error) {
	chain, err := decodeChain(x5c)
	if err != nil {
		return verified{}, err
	}
	leaf := chain[0]
	believed, err := t.build(leaf, chain[1:], now)
	if err != nil {
		return verified{}, err
	}
	if leaf.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		return verified{}, refuse(Usage, leaf, errors.New("the certificate is not for signing"))
	}
	public, ok := leaf.PublicKey.(*rsa.PublicKey)
	if !ok {
		return verified{}, refuse(Usage, leaf, errors.New("the certificate's key is not an RSA key"))
	}
	number := orgNumber(leaf)
	if number == "" {
		return verified{}, refuse(WithoutOrg, leaf, errors.New("the subject has no organisation number"))
	}
	v := verified{Enterprise: Enterprise{Org: number, Subject: leaf.Subject.String(), PublicKey: public}}
	v.from, v.until = validity(believed)
	return v, nil
}

func decodeChain(x5c []string) ([]*x509.Certificate, error) {
	chain := make([]*x509.Certificate, len(x5c))
	for i, encoded := range x5c {
		der, err := base64.StdEncoding.DecodeString(encoded)
		if err == nil {
			chain[i], err = x509.ParseCertificate(der)
		}
		if err != nil {
			return nil, &CertificateError{Kind: Malformed, Position: i + 1, Err: err}
		}
	}
	if len(chain) == 0 {
		return nil, &CertificateError{Kind: Malformed, Position: 1, Err: errors.New("no certificate")}
	}
	return chain, nil
}

// build finds the way from the leaf to a trusted authority. Whether a certificate may authenticate is in its key usage;
// the extended one, which SEID 2 leaves out, does not matter here.
func (t *Trust) build(leaf *x509.Certificate, between []*x509.Certificate, now time.Time) ([]*x509.Certificate, error) {
	options := x509.VerifyOptions{
		Roots:         t.roots,
		Intermediates: x509.NewCertPool(),
		CurrentTime:   now,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	}
	for _, c := range between {
		options.Intermediates.AddCert(c)
	}
	switch {
	case now.After(leaf.NotAfter):
		return nil, refuse(Expired, leaf, nil)
	case now.Before(leaf.NotBefore):
		return nil, refuse(NotYetValid, leaf, nil)
	}
	chains, err := leaf.Verify(options)
	if err != nil {
		return nil, refuse(Untrusted, leaf, err)
	}
	return chains[0], nil
}

// validity is when all of them are valid.
func validity(chain []*x509.Certificate) (from, until time.Time) {
	from, until = chain[0].NotBefore, chain[0].NotAfter
	for _, c := range chain[1:] {
		if c.NotBefore.After(from) {
			from = c.NotBefore
		}
		if c.NotAfter.Before(until) {
			until = c.NotAfter
		}
	}
	return from, until
}

// orgNumber is the organisation's number: of SEID 2 in organizationIdentifier, of SEID 1 in serialNumber.
func orgNumber(c *x509.Certificate) string {
	for _, attribute := range c.Subject.Names {
		value, _ := attribute.Value.(string)
		number, norwegian := strings.CutPrefix(value, "NTRNO-")
		if attribute.Type.Equal(organizationIdentifier) && norwegian && nineDigits(number) {
			return number
		}
	}
	if nineDigits(c.Subject.SerialNumber) {
		return c.Subject.SerialNumber
	}
	return ""
}

func nineDigits(s string) bool {
	return len(s) == 9 && strings.Trim(s, "0123456789") == ""
}

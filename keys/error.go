package keys

import (
	"crypto/x509"
	"fmt"
	"time"
)

// CertificateError is why a certificate is not believed.
type CertificateError struct {
	Kind     Kind
	Position int       // in the x5c array, from 1; of a Malformed one
	Subject  string    // of the certificate, as in RFC 2253
	Issuer   string    // who has issued it
	Time     time.Time // when it expired or becomes valid
	Err      error     // what was found; may be nil
}

// Kind is the way in which a certificate fails.
type Kind string

// The ways to fail, in the order in which they are looked for.
const (
	Malformed   Kind = "malformed"
	Expired     Kind = "expired"
	NotYetValid Kind = "not yet valid"
	Untrusted   Kind = "untrusted"
	Usage       Kind = "usage"
	WithoutOrg  Kind = "without organisation number"
)

func (e *CertificateError) Error() string {
	if e.Kind == Malformed {
		return fmt.Sprintf("certificate %d is malformed: %v", e.Position, e.Err)
	}
	if e.Err == nil {
		return fmt.Sprintf("certificate of %s: %s (%s)", e.Subject, e.Kind, e.Time.UTC().Format(time.RFC3339))
	}
	return fmt.Sprintf("certificate of %s: %s: %v", e.Subject, e.Kind, e.Err)
}

func (e *CertificateError) Unwrap() error { return e.Err }

func refuse(kind Kind, c *x509.Certificate, err error) *CertificateError {
	e := &CertificateError{Kind: kind, Subject: c.Subject.String(), Issuer: c.Issuer.String(), Err: err}
	switch kind {
	case Expired:
		e.Time = c.NotAfter
	case NotYetValid:
		e.Time = c.NotBefore
	}
	return e
}

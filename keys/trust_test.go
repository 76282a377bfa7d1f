package keys_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"math/big"
	"sync"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"mpe/keys"
)

func ellipticKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// smallKey is an RSA key of 1 024 bits, which the standard library makes only when it is made to.
func smallKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	t.Setenv("GODEBUG", "rsa1024min=0")
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

var enterpriseKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

const orgNumber = "310000019"

func subject() keys.Subject {
	return keys.Subject{
		Org: orgNumber, Name: "SINDIG KODEBEVER AS",
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
	}
}

func issue(t testing.TB, a *keys.Authority, public crypto.PublicKey, change ...func(*keys.Subject)) *x509.Certificate {
	t.Helper()
	s := subject()
	for _, c := range change {
		c(&s)
	}
	certificate, err := a.Issue(rand.Reader, public, s)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func x5c(chain ...*x509.Certificate) []string {
	encoded := make([]string, len(chain))
	for i, c := range chain {
		encoded[i] = base64.StdEncoding.EncodeToString(c.Raw)
	}
	return encoded
}

func TestTheOrganisationIsReadFromBothProfiles(t *testing.T) {
	ca := keys.TestAuthority()
	for name, change := range map[string]func(*keys.Subject){
		"SEID 2, organizationIdentifier": func(*keys.Subject) {},
		"SEID 1, serialNumber":           func(s *keys.Subject) { s.SEID1 = true },
	} {
		t.Run(name, func(t *testing.T) {
			leaf := issue(t, ca, enterpriseKey().Public(), change)
			trust := keys.NewTrust(ca.Certificate)
			for _, sent := range [][]string{x5c(leaf), x5c(leaf, ca.Certificate), x5c(leaf)} {
				got, err := trust.Verify(sent, now)
				if err != nil {
					t.Fatal(err)
				}
				if got.Org != orgNumber || !got.PublicKey.Equal(enterpriseKey().Public()) {
					t.Errorf("got the organisation %s, want %s, and its key", got.Org, orgNumber)
				}
			}
		})
	}
}

func TestACertificateIsRefused(t *testing.T) {
	ca := keys.TestAuthority()
	stranger, err := keys.NewAuthority(rand.Reader, "Stranger CA", now)
	if err != nil {
		t.Fatal(err)
	}
	public := enterpriseKey().Public()
	abroad := foreign(t)
	good := x5c(issue(t, ca, public))
	for name, c := range map[string]struct {
		sent []string
		want keys.CertificateError
	}{
		"when there is none":        {nil, keys.CertificateError{Kind: keys.Malformed, Position: 1}},
		"when it is not base64":     {[]string{"*"}, keys.CertificateError{Kind: keys.Malformed, Position: 1}},
		"when it is base64url":      {[]string{"-_-_"}, keys.CertificateError{Kind: keys.Malformed, Position: 1}},
		"when it is no certificate": {append(good, "AAAA"), keys.CertificateError{Kind: keys.Malformed, Position: 2}},
		"when a stranger issued it": {x5c(issue(t, stranger, public), stranger.Certificate), keys.CertificateError{Kind: keys.Untrusted}},
		"when it has expired": {
			x5c(issue(t, ca, public, func(s *keys.Subject) { s.NotAfter = now.Add(-time.Minute) })),
			keys.CertificateError{Kind: keys.Expired, Time: now.Add(-time.Minute)},
		},
		"when it is not yet valid": {
			x5c(issue(t, ca, public, func(s *keys.Subject) { s.NotBefore = now.Add(time.Minute) })),
			keys.CertificateError{Kind: keys.NotYetValid, Time: now.Add(time.Minute)},
		},
		"when it is for encryption": {
			x5c(issue(t, ca, public, func(s *keys.Subject) { s.Encryption = true })), keys.CertificateError{Kind: keys.Usage},
		},
		"when its key is not RSA":         {x5c(issue(t, ca, ellipticKey(t).Public())), keys.CertificateError{Kind: keys.Usage}},
		"when it names no organisation":   {x5c(issue(t, ca, public, func(s *keys.Subject) { s.Org = "" })), keys.CertificateError{Kind: keys.WithoutOrg}},
		"when its number is too short":    {x5c(issue(t, ca, public, func(s *keys.Subject) { s.SEID1, s.Org = true, "1234" })), keys.CertificateError{Kind: keys.WithoutOrg}},
		"when its number is no Norwegian": {x5c(abroad), keys.CertificateError{Kind: keys.WithoutOrg}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := keys.NewTrust(ca.Certificate, abroad).Verify(c.sent, now)
			got, ok := errors.AsType[*keys.CertificateError](err)
			if !ok {
				t.Fatalf("got %v, want a *CertificateError", err)
			}
			if got.Kind != c.want.Kind || got.Position != c.want.Position || !got.Time.Equal(c.want.Time) {
				t.Errorf("got %s at %d (%s), want %s at %d (%s)",
					got.Kind, got.Position, got.Time, c.want.Kind, c.want.Position, c.want.Time)
			}
			if got.Kind != keys.Malformed && (got.Subject == "" || got.Issuer == "") {
				t.Error("the refusal does not name the certificate's subject and issuer")
			}
		})
	}
}

// foreign is a certificate whose organisation is identified in another country; it is its own authority.
func foreign(t *testing.T) *x509.Certificate {
	t.Helper()
	number := pkix.AttributeTypeAndValue{Type: []int{2, 5, 4, 97}, Value: "VATSE-" + orgNumber}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "Utenlandsk AB", ExtraNames: []pkix.AttributeTypeAndValue{number}},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, enterpriseKey().Public(), enterpriseKey())
	if err != nil {
		t.Fatal(err)
	}
	c, err = x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestARememberedCertificateStillExpires(t *testing.T) {
	ca := keys.TestAuthority()
	sent := x5c(issue(t, ca, enterpriseKey().Public()))
	trust := keys.NewTrust(ca.Certificate)
	if _, err := trust.Verify(sent, now); err != nil {
		t.Fatal(err)
	}
	for at, want := range map[time.Duration]keys.Kind{2 * time.Hour: keys.Expired, -2 * time.Hour: keys.NotYetValid} {
		_, err := trust.Verify(sent, now.Add(at))
		if got, ok := errors.AsType[*keys.CertificateError](err); !ok || got.Kind != want {
			t.Errorf("%s later: got %v, want %s", at, err, want)
		}
	}
}

func TestAnAuthorityInBetweenCanBeTrusted(t *testing.T) {
	ca := keys.TestAuthority()
	leaf := issue(t, ca, enterpriseKey().Public())
	if _, err := keys.NewTrust().Verify(x5c(leaf, ca.Certificate), now); err == nil {
		t.Error("a chain that sends its own root is believed")
	}
	if _, err := keys.NewTrust(ca.Certificate).Verify(x5c(leaf), now); err != nil {
		t.Error(err)
	}
}

func TestConcurrentUse(t *testing.T) {
	ca := keys.TestAuthority()
	trust, sent := keys.NewTrust(ca.Certificate), x5c(issue(t, ca, enterpriseKey().Public()))
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := trust.Verify(sent, now); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

func TestPKCS12HoldsKeyAndChain(t *testing.T) {
	ca := keys.TestAuthority()
	leaf := issue(t, ca, enterpriseKey().Public())
	packed, err := ca.PKCS12(enterpriseKey(), leaf, "secret")
	if err != nil {
		t.Fatal(err)
	}
	key, certificate, chain, err := pkcs12.DecodeChain(packed, "secret")
	if err != nil {
		t.Fatal(err)
	}
	if !enterpriseKey().Equal(key) || !certificate.Equal(leaf) || len(chain) != 1 || !chain[0].Equal(ca.Certificate) {
		t.Error("got another key, certificate or chain back")
	}
	if _, _, _, err := pkcs12.DecodeChain(packed, "guess"); err == nil {
		t.Error("it opens with another password")
	}
}

func BenchmarkVerify(b *testing.B) {
	ca := keys.TestAuthority()
	trust, sent := keys.NewTrust(ca.Certificate), x5c(issue(b, ca, enterpriseKey().Public()))
	for b.Loop() {
		if _, err := trust.Verify(sent, now); err != nil {
			b.Fatal(err)
		}
	}
}

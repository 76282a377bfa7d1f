// Package keys holds what the issuer signs with, and the certificates that clients authenticate with.
package keys

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Key is a key that tokens are signed with.
type Key struct {
	// ID is the key's thumbprint (RFC 7638, SHA-256, base64url): 43 characters, as Maskinporten's are.
	ID     string
	Signer crypto.Signer       // of an RSA key
	Chain  []*x509.Certificate // leaf first; published beside the key
}

// Bits is the key's size.
func (k *Key) Bits() int {
	public, ok := k.Signer.Public().(*rsa.PublicKey)
	if !ok {
		return 0
	}
	return public.N.BitLen()
}

// As is the same key under an ID that only that name gives it, so that those who share a key do not believe one another's
// tokens. The ID looks like any other.
func (k *Key) As(name string) *Key {
	id := sha256.Sum256([]byte(k.ID + " " + name))
	renamed := *k
	renamed.ID = base64.RawURLEncoding.EncodeToString(id[:])
	return &renamed
}

// MinBits is the smallest RSA key that is taken.
const MinBits = 2048

// Generate makes an RSA key of that many bits with a chain of its own. The real service's key has 3072.
func Generate(random io.Reader, bits int, now time.Time) (*Key, error) {
	private, err := rsa.GenerateKey(random, bits)
	if err != nil {
		return nil, err
	}
	return selfCertified(random, private, now)
}

// Load reads an RSA key in PEM, PKCS #8 or PKCS #1. When certificates follow, leaf first, they become its chain;
// otherwise it gets one of its own.
func Load(data []byte, now time.Time) (*Key, error) {
	private, chain, err := parse(data)
	if err != nil {
		return nil, err
	}
	if len(chain) == 0 {
		return selfCertified(rand.Reader, private, now)
	}
	if !private.PublicKey.Equal(chain[0].PublicKey) {
		return nil, fmt.Errorf("the first certificate, of %q, is for another key", chain[0].Subject)
	}
	return newKey(private, chain)
}

// Marshal gives the private key and its chain as PEM, as Load reads them.
func (k *Key) Marshal() ([]byte, error) { return EncodePEM(k.Signer, k.Chain...) }

// EncodePEM writes a private key as PKCS #8, and its certificates after it.
func EncodePEM(key crypto.Signer, chain ...*x509.Certificate) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encoding a private key: %w", err)
	}
	var b bytes.Buffer
	_ = pem.Encode(&b, &pem.Block{Type: "PRIVATE KEY", Bytes: der}) // a Buffer takes everything
	b.Write(EncodeCertificates(chain...))
	return b.Bytes(), nil
}

// ParseCertificates reads certificates in PEM. Anything else between them is passed over; it is an error when there is
// no certificate.
func ParseCertificates(data []byte) ([]*x509.Certificate, error) {
	var all []*x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d: %w", len(all)+1, err)
		}
		all = append(all, certificate)
	}
	if len(all) == 0 {
		return nil, errors.New("no certificate in PEM")
	}
	return all, nil
}

// EncodeCertificates writes certificates as PEM.
func EncodeCertificates(certificates ...*x509.Certificate) []byte {
	var b bytes.Buffer
	for _, c := range certificates {
		_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}) // a Buffer takes everything
	}
	return b.Bytes()
}

func parse(data []byte) (*rsa.PrivateKey, []*x509.Certificate, error) {
	block, rest := pem.Decode(data)
	if block == nil {
		return nil, nil, errors.New("not PEM: want an RSA key that begins with -----BEGIN PRIVATE KEY-----")
	}
	private, err := ParsePrivateKey(block)
	if err != nil {
		return nil, nil, err
	}
	if private.N.BitLen() < MinBits {
		return nil, nil, fmt.Errorf("an RSA key of %d bits: want %d or more", private.N.BitLen(), MinBits)
	}
	if next, _ := pem.Decode(rest); next == nil {
		return private, nil, nil
	}
	chain, err := ParseCertificates(rest)
	return private, chain, err
}

// ParsePrivateKey reads an RSA key from a PEM block, PKCS #8 or PKCS #1.
func ParsePrivateKey(block *pem.Block) (*rsa.PrivateKey, error) {
	switch block.Type {
	case "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(block.Bytes)
	case "PRIVATE KEY":
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, err
		}
		private, ok := parsed.(*rsa.PrivateKey)
		if !ok {
			return nil, fmt.Errorf("a key of type %T: want RSA", parsed)
		}
		return private, nil
	default:
		return nil, fmt.Errorf("PEM of a %s: want a PRIVATE KEY or an RSA PRIVATE KEY", block.Type)
	}
}

func newKey(private *rsa.PrivateKey, chain []*x509.Certificate) (*Key, error) {
	public := jose.JSONWebKey{Key: &private.PublicKey}
	thumbprint, err := public.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("naming the key: %w", err)
	}
	return &Key{ID: base64.RawURLEncoding.EncodeToString(thumbprint), Signer: private, Chain: chain}, nil
}

// chainLifetime is how long the certificates of a key without a chain of its own last. Nothing renews them.
const chainLifetime = 10 * 365 * 24 * time.Hour

// selfCertified gives the key a leaf certificate and a root that signed it. The root's own key is forgotten; it is an
// elliptic one, because making those takes no time.
func selfCertified(random io.Reader, private *rsa.PrivateKey, now time.Time) (*Key, error) {
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), random)
	if err != nil {
		return nil, err
	}
	root := template("mpe Test Issuer CA", 1, now)
	root.IsCA, root.BasicConstraintsValid = true, true
	root.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	rootCertificate, err := create(random, root, root, &rootKey.PublicKey, rootKey)
	if err != nil {
		return nil, err
	}
	leaf := template("mpe Test Issuer", 2, now)
	leaf.KeyUsage = x509.KeyUsageDigitalSignature
	leafCertificate, err := create(random, leaf, rootCertificate, &private.PublicKey, rootKey)
	if err != nil {
		return nil, err
	}
	return newKey(private, []*x509.Certificate{leafCertificate, rootCertificate})
}

func template(name string, serial int64, now time.Time) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{CommonName: name, Organization: []string{"mpe, for testing only"}, Country: []string{"NO"}},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(chainLifetime),
	}
}

func create(
	random io.Reader, template, parent *x509.Certificate, public crypto.PublicKey, signer crypto.Signer,
) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(random, template, parent, public, signer)
	if err != nil {
		return nil, fmt.Errorf("making a certificate for %s: %w", template.Subject, err)
	}
	return x509.ParseCertificate(der)
}

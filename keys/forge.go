package keys

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"
)

// Flaw is a way in which a token can be signed wrongly on purpose.
type Flaw string

// The flaws. Header and payload are otherwise those that Sign gives.
const (
	Tampered  Flaw = "tampered"   // the signature is another
	Unsigned  Flaw = "unsigned"   // alg is none, and there is no signature
	PublicMAC Flaw = "public-mac" // alg is HS256, and the secret is the public key as PEM (RFC 8725 section 2.1)
	Stranger  Flaw = "stranger"   // kid names a key that is not published; the signature is that of the one that is
)

// Forge signs the payload with the flaw.
func (s *Set) Forge(payload []byte, flaw Flaw) (string, error) {
	switch flaw {
	case Tampered:
		compact, err := s.Sign(payload)
		return tamper(compact), err
	case Unsigned:
		return encodeHeader(header(s.id, "none")) + base64.RawURLEncoding.EncodeToString(payload) + ".", nil
	case PublicMAC:
		return s.mac(payload)
	case Stranger:
		return s.sign(encodeHeader(header((&Key{ID: s.id}).As("nobody").ID, "RS256")), payload)
	default:
		return "", fmt.Errorf("no way to sign wrongly is called %q", flaw)
	}
}

// tamper changes the first character of the signature.
func tamper(compact string) string {
	first := strings.LastIndex(compact, ".") + 1
	if first == len(compact) {
		return compact
	}
	other := "A"
	if compact[first] == 'A' {
		other = "B"
	}
	return compact[:first] + other + compact[first+1:]
}

// mac signs as who takes the public key for a secret.
func (s *Set) mac(payload []byte) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(s.published[s.id])
	if err != nil {
		return "", fmt.Errorf("encoding the public key: %w", err)
	}
	signed := encodeHeader(header(s.id, "HS256")) + base64.RawURLEncoding.EncodeToString(payload)
	mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	mac.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), nil
}

package seed

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// The errors of these functions follow the name of the file in a sentence.

func keyFromJWKS(data []byte, kid string) (*jose.JSONWebKey, error) {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(data, &set); err != nil {
		return nil, fmt.Errorf("is not a JWK set: %w", err)
	}
	if keys := set.Key(kid); len(keys) > 0 {
		return &keys[0], nil
	}
	kids := make([]string, len(set.Keys))
	for i, k := range set.Keys {
		kids[i] = k.KeyID
	}
	return nil, fmt.Errorf("has no key with kid %s, only: %s", quote(kid), short(strings.Join(kids, ", ")))
}

func keyFromPEM(data []byte, _ string) (*jose.JSONWebKey, error) {
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("is not PEM")
	}
	key, err := parseKey(block)
	if err != nil {
		return nil, fmt.Errorf("cannot be used: %w", err)
	}
	return &jose.JSONWebKey{Key: key}, nil
}

func parseKey(block *pem.Block) (any, error) {
	switch block.Type {
	case "PUBLIC KEY":
		return x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		return x509.ParsePKCS1PublicKey(block.Bytes)
	case "PRIVATE KEY":
		return x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(block.Bytes)
	case "CERTIFICATE":
		return nil, errors.New("it holds a certificate, which belongs under certificateFile")
	}
	return nil, fmt.Errorf("it holds %s, want PUBLIC KEY or PRIVATE KEY", quote(block.Type))
}

func keyFromCertificate(data []byte, _ string) (*jose.JSONWebKey, error) {
	block, _ := pem.Decode(data)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("is not a certificate in PEM")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("is not a certificate: %w", err)
	}
	return &jose.JSONWebKey{Key: certificate.PublicKey}, nil
}

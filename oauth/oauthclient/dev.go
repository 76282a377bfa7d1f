package oauthclient

import (
	"crypto/rsa"
	"crypto/x509"
	_ "embed"
	"encoding/pem"
	"fmt"
)

//go:embed dev.pem
var devPEM []byte

// DevKey is the public test key that seed files call "wellKnown: dev". It is printed in the source code, so it proves
// nothing to anyone: it lets a first grant be signed without making a key. It is a client's key, never the issuer's.
func DevKey() *rsa.PrivateKey {
	block, _ := pem.Decode(devPEM)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		panic(fmt.Sprintf("the embedded dev key: %v", err)) // the file is part of the binary and covered by a test
	}
	return key.(*rsa.PrivateKey)
}

package keys

import (
	"crypto"
	"crypto/rsa"
	_ "crypto/sha512" // of RS384 and RS512
	"encoding/base64"
	"io"
	"strings"
)

// hashes are those of RSASSA-PKCS1-v1_5 by the names of JWS algorithms (RFC 7518 section 3.3).
var hashes = map[string]crypto.Hash{"RS256": crypto.SHA256, "RS384": crypto.SHA384, "RS512": crypto.SHA512}

// Signed tells whether the compact JWS is signed with that RSA key and the algorithm: RS256, RS384 or RS512. It takes
// the header as its caller has read it: what a library thinks of other members cannot decide whether a signature is
// looked at.
func Signed(compact, algorithm string, key crypto.PublicKey) bool {
	public, isRSA := key.(*rsa.PublicKey)
	hash, known := hashes[algorithm]
	dot := strings.LastIndexByte(compact, '.')
	if !isRSA || !known || dot < 0 {
		return false
	}
	signature, err := base64.RawURLEncoding.DecodeString(compact[dot+1:])
	if err != nil {
		return false
	}
	digest := hash.New()
	_, _ = io.WriteString(digest, compact[:dot]) // never fails
	return rsa.VerifyPKCS1v15(public, hash, digest.Sum(nil), signature) == nil
}

package oauth

import (
	"time"

	"mpe/oauth/org"
)

// JWTBearer is the one grant type that Maskinporten knows (RFC 7523).
const JWTBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"

// Assertion is a JWT grant as it arrived.
type Assertion struct {
	Compact string // the assertion parameter
	Issuer  string // our name, as the grant's aud must have it; ends in a slash
	Request string // names the request, so that a store's own retry is not taken for a replay
}

// Grant is a JWT grant (RFC 7523 assertion). It has been read; whether it is believed, Authenticate's error tells.
// After a refusal it holds as much as could be read.
type Grant struct {
	Assertion

	Alg string
	Kid string
	X5C x5c

	ClientID    string // iss
	Audience    []string
	IssuedAt    int64    // iat, seconds since 1970
	Expires     int64    // exp, seconds since 1970
	ID          string   // jti; may be empty
	Scopes      []string // without duplicates, in the order asked for
	Resource    []string
	PID         string
	ConsumerOrg org.Number
	Details     []rawDetail

	Client *Client // nil until the client is known
	AMR    string  // how the client authenticated: PrivateKeyJWT or EnterpriseCertificate

	Trace Trace

	readable      bool       // header and claims could be read
	systemUserOrg org.Number // empty until its detail has been read
}

// The values of the token's client_amr.
const (
	PrivateKeyJWT         = "private_key_jwt"
	EnterpriseCertificate = "virksomhetssertifikat"
)

// Maskinporten's time rules (docs.digdir.no, "JWT grant").
const (
	MaxLifetime  = 120 * time.Second // exp − iat
	MaxClockSkew = 10 * time.Second  // iat may be ahead of the server's clock by as much
	MaxAge       = 10 * time.Second  // iat may lie behind by as much; documented, but never seen enforced
)

// remember is how long a used grant is remembered after it expired; no public source says.
const remember = 10 * time.Minute

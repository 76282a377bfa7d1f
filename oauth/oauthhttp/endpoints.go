// Package oauthhttp puts Maskinporten's endpoints on HTTP: token, keys and metadata.
package oauthhttp

import (
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/ory/fosite"

	"mpe/oauth"
)

// Endpoints are Maskinporten's endpoints for one issuer.
type Endpoints struct {
	Issuer *oauth.Issuer

	// JWKS gives the published keys as a JWK Set (RFC 7517).
	JWKS func() []byte

	// Name is the issuer's name, as tokens, grants and metadata have it; Base is the address at which this request
	// reached us. Both end in a slash. They differ when the issuer is fixed.
	Name, Base func(*http.Request) string

	// Spoil says how the answer to the request is to be spoiled, on purpose. Nil: not at all.
	Spoil func(*http.Request) Spoiled

	Recorder Recorder
	Now      func() time.Time
	TraceID  func() string // 32 hex digits (W3C trace context)

	// Hint says in a sentence why a check failed; nil, or "" from it, leaves the header Mpe-Hint out.
	Hint func(oauth.Check) string

	// HideHints leaves out the response headers that the real service does not have, except Mpe-Trace-Id.
	HideHints bool

	provider fosite.OAuth2Provider
	bodies   sync.Pool // of *bytes.Buffer
}

// Recorder is told about every exchange at the token endpoint, after it has been answered. It must not block.
type Recorder interface {
	RecordToken(Exchange)
}

// Exchange is a request to the token endpoint and how it ended.
type Exchange struct {
	ID     string // the trace id
	Time   time.Time
	Took   time.Duration
	Method string
	Path   string
	Base   string // where the journal can be reached, from the client's point of view

	Spoiled string // by what, where that was on purpose

	Status  int
	Grant   *oauth.Grant // nil when the request held none
	Trace   *oauth.Trace
	Refusal *oauth.Error // nil when a token was issued
	Fault   error        // what failed here, and is told to nobody
	Body    []byte       // of a refusal
}

// Mount registers the endpoints.
func (e *Endpoints) Mount(r gin.IRouter) {
	e.provider = e.newProvider()
	r.Any("/token", e.token)
	r.GET("/jwk", e.jwk)
	r.GET("/.well-known/oauth-authorization-server", e.metadata)
	r.GET("/.well-known/oauth-authorization-server/", e.metadata)
}

func (e *Endpoints) jwk(c *gin.Context) {
	c.Data(http.StatusOK, mediaType, e.JWKS())
}

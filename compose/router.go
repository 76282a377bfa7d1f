package compose

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"mpe/compose/console"
	"mpe/compose/control"
)

// routes is everything the emulator answers.
func (e *Emulator) routes() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.Use(gin.CustomRecoveryWithWriter(nil, e.recovered), e.logFaults)
	r.RedirectTrailingSlash = false // the real service never redirects, and clients do not follow
	r.RemoveExtraSlash = true       // clients are known that ask for //token
	_ = r.SetTrustedProxies(nil)    // addresses believes proxies, not gin; nil cannot fail

	r.GET("/healthz", func(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"status": "ok"}) })
	r.GET("/readyz", e.ready)
	s := e.sandbox
	s.endpoints().Mount(r)
	s.altinnEndpoints().Mount(r)
	console.Mount(r)
	s.reference().Mount(r)
	control.API{
		Journal:    s.journal,
		Grants:     s.credentials,
		Requests:   s.approvals,
		EndUsers:   endUsers{s.altinn, s.addresses},
		Authorizer: s.altinn.pdp,
		Now:        e.config.Now,
		Issuer:     s.addresses.name,
		Base:       s.addresses.base,
		Version:    e.config.Version,
		AdminToken: e.config.AdminToken,
	}.Mount(r)
	return r
}

func (e *Emulator) recovered(c *gin.Context, cause any) {
	e.config.Log.ErrorContext(c.Request.Context(), "panic", "path", c.Request.URL.Path, "cause", cause)
	c.AbortWithStatus(http.StatusInternalServerError)
}

// logFaults writes down what handlers could not tell the client.
func (e *Emulator) logFaults(c *gin.Context) {
	c.Next()
	for _, fault := range c.Errors {
		e.config.Log.ErrorContext(c.Request.Context(), "request failed", "path", c.Request.URL.Path, "error", fault.Err)
	}
}

// ready is GET /readyz: the seed has been applied and there are keys, or this code would not be reached; what can go
// away is Redis.
func (e *Emulator) ready(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), 2*time.Second)
	defer cancel()
	storage, status := "ok", http.StatusOK
	if err := e.redis.Ping(ctx).Err(); err != nil {
		storage, status = "Redis does not answer", http.StatusServiceUnavailable
	}
	c.JSON(status, gin.H{"ready": status == http.StatusOK, "checks": []gin.H{
		{"name": "seed", "status": "ok"},
		{"name": "signing-keys", "status": "ok"},
		{"name": "storage", "status": storage},
	}})
}

// traceID names an exchange: 16 random bytes, as in W3C Trace Context.
func traceID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}

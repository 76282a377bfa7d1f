package compose

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"mpe/compose/control"
	"mpe/compose/telemetry"
)

// routes is everything that the sandbox answers.
func (s *edition) routes() *gin.Engine {
	r := gin.New()
	if s.config.Tracer != nil {
		r.Use(telemetry.Spans(s.config.Tracer, s.id, "Mpe-Trace-Id"))
	}
	r.Use(s.logFaults, s.injector().Handle, gin.CustomRecoveryWithWriter(nil, s.recovered))
	r.RedirectTrailingSlash = false // the real service never redirects, and clients do not follow
	r.RemoveExtraSlash = true       // clients are known that ask for //token
	_ = r.SetTrustedProxies(nil)    // addresses believes proxies, not gin; nil cannot fail

	r.GET("/healthz", func(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"status": "ok"}) })
	r.GET("/readyz", s.ready)
	r.GET("/metrics", gin.WrapH(s.metrics))
	s.endpoints().Mount(r)
	s.altinnEndpoints().Mount(r)
	s.pages().Mount(r)
	s.controlAPI().Mount(r)
	return r
}

func (s *edition) controlAPI() control.API {
	return control.API{
		Journal:     s.journal,
		Grants:      s.credentials,
		Keys:        s.keyring,
		Tokens:      minter{s},
		Requests:    s.approvals,
		EndUsers:    endUsers{s.altinn, s.addresses},
		Authorizer:  s.altinn.pdp,
		Faults:      toldFaults{s.faults, s.sandbox},
		Credentials: s.credentials,
		World:       s.sandbox,
		Seeds:       s.sandbox,
		Entities:    s.sandbox,
		Snapshots:   s.sandbox,
		Sandboxes:   s.nested,
		Now:         s.config.Now,
		Issuer:      s.addresses.name,
		Base:        s.addresses.base,
		Version:     s.config.Version,
		AdminToken:  s.config.AdminToken,
	}
}

func (s *edition) recovered(c *gin.Context, cause any) {
	s.config.Log.ErrorContext(c.Request.Context(), "panic", "path", c.Request.URL.Path, "cause", cause)
	c.AbortWithStatus(http.StatusInternalServerError)
}

// logFaults writes down what handlers could not tell the client.
func (s *edition) logFaults(c *gin.Context) {
	c.Next()
	for _, fault := range c.Errors {
		s.config.Log.ErrorContext(c.Request.Context(), "request failed", "path", c.Request.URL.Path, "error", fault.Err)
	}
}

// ready is GET /readyz: the seed has been applied and there are keys, or this code would not be reached; what can go
// away is Redis.
func (s *edition) ready(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), 2*time.Second)
	defer cancel()
	storage, status := "ok", http.StatusOK
	if err := s.redis.Ping(ctx).Err(); err != nil {
		storage, status = "Redis does not answer", http.StatusServiceUnavailable
	}
	seed := "ok"
	why := s.degraded.Load()
	if why != nil {
		seed = *why
	}
	c.JSON(status, gin.H{"ready": status == http.StatusOK, "degraded": why != nil, "checks": []gin.H{
		{"name": "seed", "status": seed},
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

package control

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"mpe/compose/seed"
)

// Sandboxes are the worlds that tests make beside the default one.
type Sandboxes interface {
	// Create gives a *FieldError or a *seed.Error when the sandbox cannot be as wanted, and has then made none.
	Create(ctx context.Context, wanted NewSandbox) (Sandbox, error)

	List(ctx context.Context) ([]Sandbox, error)

	// Delete gives ErrNotFound when there is none with the id.
	Delete(ctx context.Context, id string) error
}

// NewSandbox is a sandbox to make. The zero value has the emulator's seed, and lives for an hour.
type NewSandbox struct {
	ID   string        `json:"id"`   // 1 to 32 of a-z and 0-9; empty: a random one
	Seed string        `json:"seed"` // YAML or JSON; empty: the seed that the emulator was started with
	TTL  seed.Duration `json:"ttl"`  // 1s to 24h
}

// Sandbox is one that there is.
type Sandbox struct {
	ID            string    `json:"id"`
	Seed          string    `json:"seed,omitempty"` // its name
	URL           string    `json:"url"`            // all of its addresses begin so
	Issuer        string    `json:"issuer"`
	TokenEndpoint string    `json:"tokenEndpoint"`
	JWKSURI       string    `json:"jwksUri"`
	WellKnown     string    `json:"wellKnown"`
	Control       string    `json:"control"`
	Expires       time.Time `json:"expires"`

	Path string `json:"-"` // below the emulator's address
}

// at completes the addresses.
func (s Sandbox) at(base string) Sandbox {
	s.URL = base + s.Path
	if s.Issuer == "" {
		s.Issuer = s.URL
	}
	s.TokenEndpoint, s.JWKSURI = s.URL+"token", s.URL+"jwk"
	s.WellKnown, s.Control = s.URL+".well-known/oauth-authorization-server", s.URL+"_mpe/v1"
	return s
}

func (a API) createSandbox(c *gin.Context) {
	var wanted NewSandbox
	if !read(c, &wanted) {
		return
	}
	made, err := a.Sandboxes.Create(c.Request.Context(), wanted)
	answer(c, http.StatusCreated, made.at(a.Base(c.Request)), err)
}

func (a API) listSandboxes(c *gin.Context) {
	all, err := a.Sandboxes.List(c.Request.Context())
	for i := range all {
		all[i] = all[i].at(a.Base(c.Request))
	}
	answer(c, http.StatusOK, gin.H{"sandboxes": all}, err)
}

func (a API) deleteSandbox(c *gin.Context) {
	err := a.Sandboxes.Delete(c.Request.Context(), c.Param("id"))
	switch {
	case errors.Is(err, ErrNotFound):
		refuse(c, http.StatusNotFound, "There is no such sandbox. GET /_mpe/v1/sandboxes lists them")
	case err != nil:
		fault(c, err)
	default:
		c.Status(http.StatusNoContent)
	}
}

// RefuseSandbox answers a request to a sandbox that there is not.
func RefuseSandbox(w http.ResponseWriter, id string) {
	body, _ := json.Marshal(problemDetails{
		http.StatusText(http.StatusNotFound), http.StatusNotFound,
		"There is no sandbox " + id + ": it was deleted, its time is over, or it never was. POST /_mpe/v1/sandboxes makes one",
	})
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write(body)
}

package control

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"mpe/keys"
)

// SigningKeys are those that the issuer signs with.
type SigningKeys interface {
	// Published are those in the JWK Set now, the one that signs first.
	Published() []keys.Held

	// Rotate makes a new one sign. The one before it stays published for the overlap. The error is a *keys.FullError
	// where too many are.
	Rotate(ctx context.Context, overlap time.Duration) error
}

// SigningKey is a key as the API shows it.
type SigningKey struct {
	Kid   string     `json:"kid"`
	Bits  int        `json:"bits"`
	Signs bool       `json:"signs"`
	Since time.Time  `json:"since"`           // when it began to sign
	Until *time.Time `json:"until,omitempty"` // when it is no longer published; left out of the one that signs
}

func (a API) listKeys(c *gin.Context) {
	shown := []SigningKey{}
	for _, held := range a.Keys.Published() {
		key := SigningKey{Kid: held.ID, Bits: held.Bits(), Signs: held.Until.IsZero(), Since: held.Since.UTC()}
		if until := held.Until.UTC(); !key.Signs {
			key.Until = &until
		}
		shown = append(shown, key)
	}
	c.JSON(http.StatusOK, gin.H{"keys": shown})
}

// DefaultOverlap is how long a key that no longer signs is published when a rotation does not say. MaxOverlap is the
// longest that it can be.
const (
	DefaultOverlap = time.Minute
	MaxOverlap     = 365 * 24 * time.Hour
)

// rotateKeys answers with the keys as they are afterwards.
func (a API) rotateKeys(c *gin.Context) {
	body := struct {
		Overlap Duration `json:"overlap"`
	}{Duration(DefaultOverlap)}
	if !read(c, &body) {
		return
	}
	wanted := time.Duration(body.Overlap)
	if wanted < 0 || wanted > MaxOverlap {
		refuse(c, http.StatusUnprocessableEntity,
			fmt.Sprintf("overlap: %s is not between 0s and %s, a year", wanted, MaxOverlap))
		return
	}
	err := a.Keys.Rotate(c.Request.Context(), wanted)
	if full, ok := errors.AsType[*keys.FullError](err); ok {
		refuse(c, http.StatusConflict, full.Error()+". A shorter overlap leaves room")
		return
	}
	if err != nil {
		fault(c, err)
		return
	}
	a.listKeys(c)
}

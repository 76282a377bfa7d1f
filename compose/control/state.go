package control

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"mpe/compose/seed"
)

// World is the sandbox as a whole.
type World interface {
	// Reset brings it back to what its seed says, but for what is kept.
	Reset(ctx context.Context, keep Kept) error

	// Time is what its clock shows. SetClock sets the clock to what change makes of it.
	Time() Time
	SetClock(ctx context.Context, change func(now time.Time, s seed.Clock) seed.Clock) (Time, error)

	// Settings are those that can be changed. ChangeSettings changes those that are not empty; the error may be a
	// *FieldError.
	Settings() Settings
	ChangeSettings(ctx context.Context, wanted Settings) (Settings, error)
}

// FieldError is what is wrong with one field of a body; an empty field is the body.
type FieldError struct{ Field, What string }

func (e *FieldError) Error() string {
	if e.Field == "" {
		return e.What
	}
	return e.Field + ": " + e.What
}

// ErrNotFound is that there is nothing of that name.
var ErrNotFound = errors.New("not found")

// answer writes the value, or tells what went wrong.
func answer(c *gin.Context, status int, value any, err error) {
	if field, ok := errors.AsType[*FieldError](err); ok {
		refuse(c, http.StatusUnprocessableEntity, field.Error())
		return
	}
	if bad, ok := errors.AsType[*seed.Error](err); ok {
		refuseSeed(c, bad)
		return
	}
	if err != nil {
		fault(c, err)
		return
	}
	c.JSON(status, value)
}

// Kept is what a reset leaves as it is. The seed in force and the signing keys always stay.
type Kept struct{ Journal, Clock, Faults bool }

// keepable are the words for it.
var keepable = [...]string{"journal", "clock", "faults", "seed", "keys"}

func (a API) reset(c *gin.Context) {
	var body struct {
		Keep []string `json:"keep"`
	}
	if !read(c, &body) {
		return
	}
	for _, word := range body.Keep {
		if !slices.Contains(keepable[:], word) {
			refuse(c, http.StatusUnprocessableEntity, fmt.Sprintf("keep: %q is not one of %s", word, strings.Join(keepable[:], ", ")))
			return
		}
	}
	err := a.World.Reset(c.Request.Context(), Kept{
		Journal: slices.Contains(body.Keep, "journal"), Clock: slices.Contains(body.Keep, "clock"),
		Faults: slices.Contains(body.Keep, "faults"),
	})
	if err != nil {
		fault(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

// Settings are those that can be changed while the emulator runs.
type Settings struct {
	Issuer    string `json:"issuer,omitempty"`    // a URL that ends in a slash, or auto
	Approvals string `json:"approvals,omitempty"` // manual, auto, reject or auto-after:<duration>
}

func (a API) showSettings(c *gin.Context) { c.JSON(http.StatusOK, a.World.Settings()) }

func (a API) changeSettings(c *gin.Context) {
	var wanted Settings
	if !read(c, &wanted) {
		return
	}
	settings, err := a.World.ChangeSettings(c.Request.Context(), wanted)
	answer(c, http.StatusOK, settings, err)
}

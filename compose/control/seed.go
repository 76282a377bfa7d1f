package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"mpe/compose/seed"
)

// Seeds are what the sandbox is made from, and how it is said.
type Seeds interface {
	// Seed is the one in force.
	Seed() *seed.World

	// ApplySeed puts another in force and tells what that has changed. The error may be a *seed.Error or a *FieldError;
	// nothing is changed then.
	ApplySeed(ctx context.Context, data []byte, mode SeedMode) (seed.Diff, error)

	// ReloadSeed reads the files again that the emulator was started with; ErrNoFiles when there were none.
	ReloadSeed(ctx context.Context) (seed.Diff, error)

	// Present is what is there now as a seed would declare it, and SeedDiff how that differs from the seed in force.
	Present(ctx context.Context) (*seed.World, error)
	SeedDiff(ctx context.Context) (seed.Diff, error)
}

// SeedMode is how a seed takes the place of the one in force.
type SeedMode string

// The modes. The empty one declares anew, and leaves what was not declared.
const (
	DeclareSeed SeedMode = ""
	MergeSeed   SeedMode = "merge"   // over the one in force
	ReplaceSeed SeedMode = "replace" // of everything that is there
)

// ErrNoFiles is that the emulator's seed is from no files.
var ErrNoFiles = errors.New("the emulator was started without seed files")

// maxSeed is the largest seed that is read, in bytes.
const maxSeed = 8 << 20

// applySeed is POST /seed.
func (a API) applySeed(c *gin.Context) {
	mode := SeedMode(c.Query("mode"))
	if mode != DeclareSeed && mode != MergeSeed && mode != ReplaceSeed {
		refuse(c, http.StatusUnprocessableEntity, fmt.Sprintf("mode: %q is neither %s nor %s; leave it out to keep what was made meanwhile", mode, MergeSeed, ReplaceSeed))
		return
	}
	data, ok := body(c)
	if !ok {
		return
	}
	diff, err := a.Seeds.ApplySeed(c.Request.Context(), data, mode)
	answer(c, http.StatusOK, diff, err)
}

// body is all of it. It answers itself when that fails.
func body(c *gin.Context) ([]byte, bool) {
	data, err := io.ReadAll(c.Request.Body)
	if long, ok := errors.AsType[*http.MaxBytesError](err); ok {
		refuse(c, http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d MiB", long.Limit>>20))
		return nil, false
	}
	if err != nil {
		refuse(c, http.StatusBadRequest, "the body ends early: "+err.Error())
		return nil, false
	}
	return data, true
}

// reloadSeed is POST /seed:reload.
func (a API) reloadSeed(c *gin.Context) {
	diff, err := a.Seeds.ReloadSeed(c.Request.Context())
	if errors.Is(err, ErrNoFiles) {
		refuse(c, http.StatusConflict, "This emulator was started without seed files, so there are none to read again. POST /_mpe/v1/seed takes a seed")
		return
	}
	answer(c, http.StatusOK, diff, err)
}

func (a API) showSeed(c *gin.Context) { writeSeed(c, a.Seeds.Seed(), nil) }

func (a API) showSchema(c *gin.Context) {
	c.Data(http.StatusOK, "application/schema+json", seed.Schema())
}

func (a API) diffSeed(c *gin.Context) {
	diff, err := a.Seeds.SeedDiff(c.Request.Context())
	answer(c, http.StatusOK, diff, err)
}

func (a API) exportSeed(c *gin.Context) {
	w, err := a.Seeds.Present(c.Request.Context())
	writeSeed(c, w, err)
}

// writeSeed writes a seed as YAML, or as JSON for those who want that. Private keys stay here.
func writeSeed(c *gin.Context, w *seed.World, err error) {
	if err != nil {
		fault(c, err)
		return
	}
	write, media := w.Public().YAML, "application/yaml"
	if c.Query("format") == "json" || strings.Contains(c.GetHeader("Accept"), "json") {
		write, media = w.Public().JSON, "application/json"
	}
	text, err := write()
	if err != nil {
		fault(c, err)
		return
	}
	c.Data(http.StatusOK, media, text)
}

// refuseSeed lists what is wrong with a seed, each with its place.
func refuseSeed(c *gin.Context, bad *seed.Error) {
	body, _ := json.Marshal(struct {
		problemDetails
		Problems []seed.Problem `json:"problems"`
		More     int            `json:"more,omitempty"`
	}{
		problemDetails{http.StatusText(http.StatusUnprocessableEntity), http.StatusUnprocessableEntity, bad.Error()},
		bad.Problems, bad.More,
	}) // strings and numbers cannot fail
	c.Abort()
	c.Data(http.StatusUnprocessableEntity, "application/problem+json", body)
}

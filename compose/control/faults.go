package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	faults "mpe/compose/fault" // fault is what this package answers with when the emulator fails
	"mpe/compose/seed"
)

// Faults are the rules that spoil answers on purpose.
type Faults interface {
	List(ctx context.Context) ([]faults.Status, error)

	// Add puts rules behind the others; one whose id is there already takes that place.
	Add(ctx context.Context, rules ...seed.Fault) error

	// Remove gives fault.ErrNotFound for an id that no rule has.
	Remove(ctx context.Context, id string) error

	Clear(ctx context.Context) error
}

func (a API) listFaults(c *gin.Context) {
	all, err := a.Faults.List(c.Request.Context())
	if err != nil {
		fault(c, err)
		return
	}
	c.JSON(http.StatusOK, gin.H{"faults": all})
}

func (a API) showFault(c *gin.Context) {
	a.answerFault(c, http.StatusOK, c.Param("id"))
}

// answerFault answers with the rule and what it has done.
func (a API) answerFault(c *gin.Context, status int, id string) {
	all, err := a.Faults.List(c.Request.Context())
	if err != nil {
		fault(c, err)
		return
	}
	i := slices.IndexFunc(all, func(f faults.Status) bool { return f.ID == id })
	if i < 0 {
		noSuchFault(c, id)
		return
	}
	c.JSON(status, all[i])
}

func noSuchFault(c *gin.Context, id string) {
	refuse(c, http.StatusNotFound, "No fault is called "+strconv.Quote(id)+". GET /_mpe/v1/faults lists them")
}

func (a API) addFault(c *gin.Context) {
	body, err := io.ReadAll(c.Request.Body)
	if _, long := errors.AsType[*http.MaxBytesError](err); long {
		refuse(c, http.StatusRequestEntityTooLarge, fmt.Sprintf("the rule is longer than %d bytes", maxBody))
		return
	}
	if err != nil {
		refuse(c, http.StatusBadRequest, "the body cannot be read: "+err.Error())
		return
	}
	rule, err := seed.ReadFault(body)
	if err != nil {
		refuse(c, http.StatusUnprocessableEntity, err.Error())
		return
	}
	if err := a.Faults.Add(c.Request.Context(), rule); err != nil {
		fault(c, err)
		return
	}
	a.answerFault(c, http.StatusCreated, rule.ID)
}

func (a API) removeFault(c *gin.Context) {
	err := a.Faults.Remove(c.Request.Context(), c.Param("id"))
	switch {
	case errors.Is(err, faults.ErrNotFound):
		noSuchFault(c, c.Param("id"))
	case err != nil:
		fault(c, err)
	default:
		c.Status(http.StatusNoContent)
	}
}

func (a API) clearFaults(c *gin.Context) {
	if err := a.Faults.Clear(c.Request.Context()); err != nil {
		fault(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

func (a API) listPresets(c *gin.Context) {
	c.JSON(http.StatusOK, gin.H{"presets": faults.Presets()})
}

func (a API) addPreset(c *gin.Context) {
	presets, name := faults.Presets(), c.Param("name")
	i := slices.IndexFunc(presets, func(p faults.Preset) bool { return p.Name == name })
	if i < 0 {
		names := make([]string, len(presets))
		for i, p := range presets {
			names[i] = p.Name
		}
		refuse(c, http.StatusNotFound, "No preset is called "+strconv.Quote(name)+": want one of "+strings.Join(names, ", "))
		return
	}
	if err := a.Faults.Add(c.Request.Context(), presets[i].Rules...); err != nil {
		fault(c, err)
		return
	}
	c.JSON(http.StatusCreated, presets[i])
}

package control

import (
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"mpe/compose/seed"
)

// Time is what a clock shows, and how it is set.
type Time struct {
	seed.Clock
	Now  time.Time `json:"now"`
	Skew float64   `json:"skewSeconds"` // how far the clock is ahead of the machine's

	// Warning says what a skew means for programs that go by the machine's clock.
	Warning string `json:"warning,omitempty"`
}

// tolerable is the skew, in seconds, that API owners let pass.
const tolerable = 10

func (t Time) warned() Time {
	if t.Skew > tolerable || t.Skew < -tolerable {
		t.Warning = "an API that goes by its own clock may find these tokens expired, or not valid yet"
	}
	return t
}

func (a API) showClock(c *gin.Context) { c.JSON(http.StatusOK, a.World.Time().warned()) }

// setClock is PUT /clock.
func (a API) setClock(c *gin.Context) {
	var wanted seed.Clock
	if !read(c, &wanted) {
		return
	}
	switch {
	case wanted.Mode == "frozen" && wanted.Offset != 0:
		refuse(c, http.StatusUnprocessableEntity, `offset: a frozen clock has none; want "at", or the mode "offset"`)
		return
	case wanted.Mode == "offset" && !wanted.At.IsZero(), wanted.Mode == "real" && wanted != seed.Clock{Mode: "real"}:
		refuse(c, http.StatusUnprocessableEntity, fmt.Sprintf(`a clock of the mode %q takes neither more nor other than its own member`, wanted.Mode))
		return
	case wanted.Mode != "real" && wanted.Mode != "offset" && wanted.Mode != "frozen":
		refuse(c, http.StatusUnprocessableEntity, fmt.Sprintf(`mode: %q is not one of real, offset, frozen`, wanted.Mode))
		return
	}
	a.moveClock(c, func(now time.Time, _ seed.Clock) seed.Clock {
		if wanted.Mode == "frozen" && wanted.At.IsZero() {
			wanted.At = now
		}
		return wanted
	})
}

func (a API) advanceClock(c *gin.Context) {
	var body struct {
		By seed.Duration `json:"by"`
	}
	if !read(c, &body) {
		return
	}
	if body.By == 0 {
		refuse(c, http.StatusUnprocessableEntity, `by: say by how much, as in {"by":"120s"}`)
		return
	}
	a.moveClock(c, func(_ time.Time, s seed.Clock) seed.Clock { return s.Advanced(time.Duration(body.By)) })
}

func (a API) freezeClock(c *gin.Context) {
	var body struct {
		At time.Time `json:"at"`
	}
	if !read(c, &body) {
		return
	}
	a.moveClock(c, func(now time.Time, _ seed.Clock) seed.Clock {
		if body.At.IsZero() {
			body.At = now
		}
		return seed.Clock{Mode: "frozen", At: body.At}
	})
}

func (a API) letClockGo(c *gin.Context) {
	a.moveClock(c, func(time.Time, seed.Clock) seed.Clock { return seed.Clock{Mode: "real"} })
}

func (a API) moveClock(c *gin.Context, change func(now time.Time, s seed.Clock) seed.Clock) {
	t, err := a.World.SetClock(c.Request.Context(), change)
	answer(c, http.StatusOK, t.warned(), err)
}

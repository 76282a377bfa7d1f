package mpetest

import (
	"time"

	"mpe/compose/control"
	"mpe/compose/seed"
)

// Clock is the emulator's: that of iat and exp, of used grants, of keys and of requests. It begins as the machine's. An API
// that goes by its own clock may find tokens expired, or not valid yet, when the two are apart.
type Clock struct {
	api *api
	t   T
}

// Advance makes it later. Whatever falls due by then has happened when it returns.
func (c Clock) Advance(by time.Duration) {
	c.t.Helper()
	c.set("clock:advance", map[string]seed.Duration{"by": seed.Duration(by)})
}

// Freeze stops it at that time; at the zero time, where it is.
func (c Clock) Freeze(at time.Time) {
	c.t.Helper()
	body := map[string]time.Time{}
	if !at.IsZero() {
		body["at"] = at
	}
	c.set("clock:freeze", body)
}

// Real has it go with the machine's again.
func (c Clock) Real() { c.t.Helper(); c.set("clock:real", nil) }

func (c Clock) set(path string, body any) {
	c.t.Helper()
	c.api.must(c.t, "POST", path, body, nil)
}

// Now is the time it shows.
func (c Clock) Now() time.Time {
	c.t.Helper()
	var shown control.Time
	c.api.must(c.t, "GET", "clock", nil, &shown)
	return shown.Now
}

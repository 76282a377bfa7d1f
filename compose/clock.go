package compose

import (
	"sync/atomic"
	"time"

	"mpe/compose/seed"
)

// Clock is the time of one sandbox: the machine's, or one that a test has moved or stopped.
type Clock struct {
	machine func() time.Time
	setting atomic.Pointer[seed.Clock]
}

// The modes of a clock. The empty mode is real.
const (
	clockReal   = "real"
	clockOffset = "offset"
	clockFrozen = "frozen"
)

func newClock(machine func() time.Time) *Clock {
	c := &Clock{machine: machine}
	c.set(seed.Clock{})
	return c
}

func (c *Clock) set(s seed.Clock) { c.setting.Store(&s) }

// Now is the time in the sandbox.
func (c *Clock) Now() time.Time { return c.shows(*c.setting.Load()) }

// runs tells that the clock does not stand still.
func (c *Clock) runs() bool { return c.setting.Load().Mode != clockFrozen }

// shows is the time by a clock that is set like that.
func (c *Clock) shows(s seed.Clock) time.Time {
	switch s.Mode {
	case clockFrozen:
		return s.At
	case clockOffset:
		return c.machine().Add(time.Duration(s.Offset))
	default:
		return c.machine()
	}
}

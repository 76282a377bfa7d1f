package seed

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration is a time.Duration that a seed writes as a number and a unit: "500ms", "120s", "10m", "2h" or "181d". A day
// is 24 hours.
type Duration time.Duration

var units = []struct {
	name string
	size time.Duration
}{ // a unit stands before those that its name ends in
	{"d", 24 * time.Hour}, {"h", time.Hour}, {"ms", time.Millisecond}, {"m", time.Minute}, {"s", time.Second},
}

// UnmarshalText reads what a seed writes.
func (d *Duration) UnmarshalText(text []byte) error {
	for _, u := range units {
		digits, ok := strings.CutSuffix(string(text), u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return fmt.Errorf("duration %q: %w", text, err)
		}
		*d = Duration(time.Duration(n) * u.size)
		return nil
	}
	return fmt.Errorf("duration %q: want a number and ms, s, m, h or d", text)
}

// MarshalText writes the largest unit that leaves no rest.
func (d Duration) MarshalText() ([]byte, error) {
	if d == 0 {
		return []byte("0s"), nil
	}
	best := units[2] // ms
	for _, u := range units {
		if time.Duration(d)%u.size == 0 && u.size > best.size {
			best = u
		}
	}
	return fmt.Appendf(nil, "%d%s", time.Duration(d)/best.size, best.name), nil
}

// String is the text that a seed writes.
func (d Duration) String() string {
	text, _ := d.MarshalText() // never fails
	return string(text)
}

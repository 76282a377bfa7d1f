package keys

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Ring is an issuer's keys over time: one signs, and those that it has taken over from are published until their time is
// up. It does not change, and is safe for concurrent use.
type Ring struct {
	held   []Held // the newest first
	phases []phase
}

// Held is a key in a ring.
type Held struct {
	*Key
	Since time.Time // when it began to sign
	Until time.Time // when it is no longer published; zero for the one that signs
}

// publishedAt tells whether the key is still to be found in the ring's JWK Set.
func (h Held) publishedAt(now time.Time) bool { return h.Until.IsZero() || now.Before(h.Until) }

// phase is what is published up to a time, the last one without an end.
type phase struct {
	until time.Time
	set   *Set
}

// MaxPublished is how many keys can be published at a time.
const MaxPublished = 20

// NewRing makes a ring. The first key signs, and has taken over from the others.
func NewRing(held ...Held) (*Ring, error) {
	if len(held) == 0 || !held[0].Until.IsZero() {
		return nil, errors.New("a key ring without a key that signs")
	}
	var ends []time.Time
	for _, h := range held[1:] {
		ends = append(ends, h.Until)
	}
	slices.SortFunc(ends, time.Time.Compare)
	r := &Ring{held: held}
	start := time.Time{}
	for _, end := range append(ends, time.Time{}) {
		set, err := NewSet(keysOf(r.Held(start))...)
		if err != nil {
			return nil, err
		}
		r.phases = append(r.phases, phase{end, set})
		start = end
	}
	return r, nil
}

func keysOf(held []Held) []*Key {
	all := make([]*Key, len(held))
	for i, h := range held {
		all[i] = h.Key
	}
	return all
}

// Rotate is the ring in which that key signs, from now on. The one that has signed until now stays published for the
// overlap; without one it is gone at once. The error is a *FullError where too many are published already.
func (r *Ring) Rotate(key *Key, now time.Time, overlap time.Duration) (*Ring, error) {
	held := []Held{{Key: key, Since: now}}
	for _, h := range r.held {
		if h.Until.IsZero() {
			h.Until = now.Add(overlap)
		}
		if h.publishedAt(now) && h.ID != key.ID {
			held = append(held, h)
		}
	}
	if len(held) > MaxPublished {
		return nil, &FullError{Until: slices.MinFunc(held[1:], func(a, b Held) int { return a.Until.Compare(b.Until) }).Until}
	}
	return NewRing(held...)
}

// FullError is that as many keys are published as can be, and when the first of them goes.
type FullError struct{ Until time.Time }

func (e *FullError) Error() string {
	return fmt.Sprintf("%d keys are published already, the most there can be; the first of them goes at %s",
		MaxPublished, e.Until.UTC().Format(time.RFC3339))
}

// Held are the keys that are published, the one that signs first.
func (r *Ring) Held(now time.Time) []Held {
	return slices.DeleteFunc(slices.Clone(r.held), func(h Held) bool { return !h.publishedAt(now) })
}

// Signing is the key that signs.
func (r *Ring) Signing() *Key { return r.held[0].Key }

// At is what the ring is at that time. It signs with the same key at all times.
func (r *Ring) At(now time.Time) *Set {
	last := len(r.phases) - 1
	for _, p := range r.phases[:last] {
		if now.Before(p.until) {
			return p.set
		}
	}
	return r.phases[last].set
}

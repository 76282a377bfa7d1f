package journal

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// Expectation is what the journal should hold.
type Expectation struct {
	Since time.Time // looks at exchanges of that time or later
	Match Match     // which exchanges are counted
	Count Count     // how many there should be

	// Order is of what, among those that are counted, one should come after the other; others may come in between.
	Order []Match
}

// Count is a number, or a range. None is at least one.
type Count struct {
	Eq  *int `json:"eq,omitempty"`
	Min *int `json:"min,omitempty"`
	Max *int `json:"max,omitempty"`
}

// Check says what is wrong with the count.
func (c Count) Check() error {
	switch least, most := c.bounds(); {
	case c.Eq != nil && (c.Min != nil || c.Max != nil):
		return errors.New("count: eq goes with neither min nor max")
	case least < 0, most != unbounded && most < 0:
		return errors.New("count: a number of exchanges is 0 or more")
	case most != unbounded && most < least:
		return fmt.Errorf("count: min %d is more than max %d", least, most)
	}
	return nil
}

const unbounded = math.MaxInt

func (c Count) bounds() (least, most int) {
	switch {
	case c.Eq != nil:
		return *c.Eq, *c.Eq
	case c.Min == nil && c.Max == nil:
		return 1, unbounded
	}
	most = unbounded
	if c.Min != nil {
		least = *c.Min
	}
	if c.Max != nil {
		most = *c.Max
	}
	return least, most
}

func (c Count) String() string {
	switch least, most := c.bounds(); {
	case least == most:
		return fmt.Sprintf("exactly %d", least)
	case most == unbounded:
		return fmt.Sprintf("at least %d", least)
	case least == 0:
		return fmt.Sprintf("at most %d", most)
	default:
		return fmt.Sprintf("%d to %d", least, most)
	}
}

// Result is whether the journal holds what was expected, and what comes nearest if not.
type Result struct {
	OK       bool       `json:"ok"`
	Expected Count      `json:"expected"`
	Found    int        `json:"found"`
	InOrder  *int       `json:"inOrder,omitempty"` // how many of the order came in it; nil: no order was asked for
	Message  string     `json:"message"`           // one line, for an assertion library
	Nearest  []NearMiss `json:"nearest,omitempty"` // the nearest first
	Matched  []Entry    `json:"-"`                 // the newest of those that were found, the oldest first
}

// NearMiss is an exchange that was almost what was looked for.
type NearMiss struct {
	ID   string       `json:"id"`
	Diff []Difference `json:"diff"`
}

const (
	maxNearest = 3
	maxMatched = 100
)

// Verify compares the journal with what is expected. As long as that is not so but can still become so, it waits, no
// longer than patience and by the machine's clock. It sees what others on the same Redis have written, and all that was
// recorded here. The error is ErrBusy or ErrReleased when it cannot wait.
func (j *Journal) Verify(ctx context.Context, x Expectation, patience time.Duration) (Result, error) {
	if err := j.Flush(ctx); err != nil {
		return Result{}, err
	}
	if patience > 0 {
		if err := j.admit(); err != nil {
			return Result{}, err
		}
	}
	r := &Reader{journal: j}
	if patience > 0 {
		defer r.Close()
	}
	patient, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for t := newTally(x); ; {
		if err := t.count(ctx, r); err != nil {
			return Result{}, err
		}
		if patience <= 0 || t.settled() || patient.Err() != nil {
			return t.result(), ctx.Err()
		}
		if err := r.wait(patient); err != nil && patient.Err() == nil {
			return Result{}, err
		}
	}
}

// tally is how far an expectation has come.
type tally struct {
	Expectation

	seen    int // exchanges that were looked at
	found   int
	matched []Entry
	nearest []NearMiss // to the match

	order []place
	next  int // the first of the order that has not come
}

// place is one of the order.
type place struct {
	match   Match
	came    string // the exchange that came in its turn
	last    string // the last that was so, in its turn or not; empty: none
	nearest []NearMiss
}

func newTally(x Expectation) *tally {
	t := &tally{Expectation: x}
	for _, m := range x.Order {
		t.order = append(t.order, place{match: m})
	}
	return t
}

// count takes in all that the reader has not read.
func (t *tally) count(ctx context.Context, r *Reader) error {
	for {
		entries, err := r.read(ctx)
		if err != nil || len(entries) == 0 {
			return err
		}
		for _, e := range entries {
			if !e.Time.Before(t.Since) {
				t.add(&exchange{Entry: e})
			}
		}
	}
}

func (t *tally) add(x *exchange) {
	t.seen++
	if missed := t.Match.differences(x); len(missed) > 0 {
		t.nearest = near(t.nearest, NearMiss{x.ID, missed})
		return
	}
	t.found++
	t.matched = append(t.matched, x.Entry)
	if len(t.matched) > maxMatched {
		t.matched = slices.Delete(t.matched, 0, 1)
	}
	t.put(x)
}

// put finds the exchange's places in the order. It takes the first that is free alone.
func (t *tally) put(x *exchange) {
	turn := t.next
	for i := range t.order {
		p := &t.order[i]
		if missed := p.match.differences(x); len(missed) > 0 {
			p.nearest = near(p.nearest, NearMiss{x.ID, missed})
			continue
		}
		p.last = x.ID
		if i == turn {
			p.came = x.ID
			t.next++
		}
	}
}

// near puts a miss among the nearest: those that differ least, and of equals the newest first.
func near(all []NearMiss, m NearMiss) []NearMiss {
	i := slices.IndexFunc(all, func(other NearMiss) bool { return len(m.Diff) <= len(other.Diff) })
	if i < 0 {
		i = len(all)
	}
	all = slices.Insert(all, i, m)
	return all[:min(len(all), maxNearest)]
}

// settled tells whether nothing that is still to come would change the result.
func (t *tally) settled() bool {
	least, most := t.Count.bounds()
	return t.found > most || t.found >= least && t.next == len(t.order)
}

func (t *tally) result() Result {
	r := Result{Expected: t.Count, Found: t.found, Matched: t.matched}
	if t.Count == (Count{}) {
		least, _ := t.Count.bounds()
		r.Expected.Min = &least
	}
	if len(t.order) > 0 {
		r.InOrder = &t.next
	}
	subject := t.Match.subject(t.found)
	switch least, most := t.Count.bounds(); {
	case t.found < least:
		r.Nearest = t.nearest
		r.Message = fmt.Sprintf("%d %s matched%s.%s", t.found, subject, t.expected(), t.nearestTo(t.nearest, t.Match))
	case t.found > most:
		r.Message = fmt.Sprintf("%d %s matched%s. The newest is %s.", t.found, subject, t.expected(), t.matched[len(t.matched)-1].ID)
	case t.next < len(t.order):
		r.Nearest = t.order[t.next].nearest
		r.Message = t.disorder()
	default:
		r.OK = true
		r.Message = fmt.Sprintf("%d %s matched.", t.found, subject)
	}
	return r
}

// expected goes without saying where nothing was found.
func (t *tally) expected() string {
	if t.found == 0 {
		return ""
	}
	return ", want " + t.Count.String()
}

// nearestTo is a sentence with the space before it, where there is something to say.
func (t *tally) nearestTo(misses []NearMiss, m Match) string {
	switch {
	case t.seen == 0:
		return " Nothing was recorded."
	case len(misses) == 0:
		return ""
	}
	return fmt.Sprintf(" Nearest: %s differed in %d of %d conditions.", misses[0].ID, len(misses[0].Diff), len(m))
}

// disorder is why the order was not kept.
func (t *tally) disorder() string {
	i, p := t.next, t.order[t.next]
	if p.last == "" {
		return fmt.Sprintf("order[%d] did not occur.%s", i, t.nearestTo(p.nearest, p.match))
	}
	return fmt.Sprintf("order[%d] did not come after order[%d]: it was last %s, and order[%d] was first %s.",
		i, i-1, p.last, i-1, t.order[i-1].came)
}

package compose

import (
	"slices"
	"sync"
	"time"
)

// schedule is what a sandbox has to do later, by its own clock.
type schedule struct {
	clock *Clock

	mutex sync.Mutex
	due   []appointment
	timer *time.Timer // nil: none was needed yet
}

type appointment struct {
	at time.Time
	do func()
}

// after has it done when that much time has passed in the sandbox.
func (s *schedule) after(d time.Duration, do func()) {
	s.mutex.Lock()
	s.due = append(s.due, appointment{s.clock.Now().Add(d), do})
	s.mutex.Unlock()
	s.wake()
}

// wake does what is due. It has to be called when the clock was set; while the clock runs it calls itself.
func (s *schedule) wake() {
	for _, a := range s.take() {
		a.do()
	}
}

// take are the appointments that are due, which it forgets; it sets the timer for the next.
func (s *schedule) take() []appointment {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	now := s.clock.Now()
	slices.SortStableFunc(s.due, func(a, b appointment) int { return a.at.Compare(b.at) })
	later, _ := slices.BinarySearchFunc(s.due, now, func(a appointment, now time.Time) int {
		if a.at.After(now) {
			return 1
		}
		return -1
	})
	taken := slices.Clone(s.due[:later])
	s.due = slices.Delete(s.due, 0, later)
	if s.timer != nil {
		s.timer.Stop()
	}
	if len(s.due) > 0 && s.clock.runs() {
		s.timer = time.AfterFunc(s.due[0].at.Sub(now), s.wake)
	}
	return taken
}

// clear forgets everything.
func (s *schedule) clear() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.due = nil
	if s.timer != nil {
		s.timer.Stop()
	}
}

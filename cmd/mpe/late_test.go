package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// writes are what a lateWriter handed on, one by one.
type writes struct {
	mutex sync.Mutex
	all   []string
}

func (w *writes) Write(p []byte) (int, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.all = append(w.all, string(p))
	return len(p), nil
}

func (w *writes) told() []string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return slices.Clone(w.all)
}

func TestLogLinesAreWrittenTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &writes{}
		late := &lateWriter{to: to}
		for round := range 3 {
			fmt.Fprintln(late, "first of", round)
			fmt.Fprintln(late, "second of", round)
			if told := to.told(); len(told) != round {
				t.Fatalf("%q were written at once", told[round:])
			}
			time.Sleep(lateness)
			synctest.Wait()
			told, want := to.told(), fmt.Sprintf("first of %d\nsecond of %[1]d\n", round)
			if len(told) != round+1 || told[round] != want {
				t.Fatalf("got %q, want %q in one", told, want)
			}
		}
	})
}

func TestAFlushWritesWhatIsLeftOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &writes{}
		late := &lateWriter{to: to}
		fmt.Fprint(late, "last words")
		late.flush()
		time.Sleep(lateness)
		synctest.Wait()
		if got := strings.Join(to.told(), "|"); got != "last words" {
			t.Errorf("got %q", got)
		}
	})
}

func TestALogThatIsLongIsNotHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &writes{}
		late := &lateWriter{to: to}
		fmt.Fprint(late, "before ")
		_, _ = late.Write(bytes.Repeat([]byte("x"), maxHeld))
		if told := to.told(); len(told) != 1 || len(told[0]) != len("before ")+maxHeld {
			t.Errorf("%d writes before the time, want one of all", len(told))
		}
	})
}

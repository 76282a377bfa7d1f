package main

import (
	"io"
	"sync"
	"time"
)

// lateWriter hands on what is written to it a little later, all in one. It is for a log: a request that leaves a line
// does not pay for a system call, and does not wait for who reads the log slowly.
type lateWriter struct {
	to io.Writer

	mutex sync.Mutex
	held  []byte

	writing sync.Mutex // keeps the order; taken before mutex
	spare   []byte     // what was written last, to be filled anew
}

const (
	lateness = 10 * time.Millisecond // how much later, at most
	maxHeld  = 1 << 20               // bytes; with more than that, writing waits after all
)

// Write never fails: whether to could take it is not known yet.
func (w *lateWriter) Write(line []byte) (int, error) {
	if w.hold(line) > maxHeld {
		w.flush()
	}
	return len(line), nil
}

// hold keeps the line, and tells how much is held.
func (w *lateWriter) hold(line []byte) int {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if len(w.held) == 0 {
		time.AfterFunc(lateness, w.flush)
	}
	w.held = append(w.held, line...)
	return len(w.held)
}

// flush hands on what is held.
func (w *lateWriter) flush() {
	w.writing.Lock()
	defer w.writing.Unlock()
	w.mutex.Lock()
	held := w.held
	w.held = w.spare[:0]
	w.mutex.Unlock()
	if len(held) > 0 {
		_, _ = w.to.Write(held) // there is nowhere to tell
	}
	w.spare = held
}

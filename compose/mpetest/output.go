package mpetest

import (
	"bytes"
	"io"
	"sync"
)

// output writes to a test's output until the server is closed: a test that has ended takes no more.
type output struct {
	mutex sync.Mutex
	t     T
	ended bool
}

// Write takes one line.
func (o *output) Write(line []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.ended {
		return len(line), nil
	}
	if t, ok := o.t.(interface{ Output() io.Writer }); ok { // Logf would name a line of this file each time
		return t.Output().Write(line)
	}
	o.t.Logf("%s", bytes.TrimSuffix(line, []byte("\n")))
	return len(line), nil
}

func (o *output) end() {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.ended = true
}

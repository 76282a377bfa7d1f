package compose

import (
	"bytes"
	"io"
	"net"
	"sync"
	"time"
)

// pipe is a connection within the process whose writes never wait. net.Pipe's do, and so would a fixed buffer's: a
// pipeline of commands that is longer than the room for its answers could not be written to its end.
func pipe() (client, server net.Conn) {
	a, b := newStream(), newStream()
	return end{a, b}, end{b, a}
}

// keptRoom is how many bytes of room a stream keeps once it is read to its end: as many as the journal writes at once, and
// far fewer than a seed.
const keptRoom = 1 << 20

// stream is one direction of a pipe.
type stream struct {
	mu     sync.Mutex
	filled sync.Cond // waited on by the reader
	buffer bytes.Buffer
	closed bool
}

func newStream() *stream {
	s := &stream{}
	s.filled.L = &s.mu
	return s
}

func (s *stream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.buffer.Len() == 0 && !s.closed {
		s.filled.Wait()
	}
	n, err := s.buffer.Read(p) // io.EOF when it is empty
	if s.buffer.Len() == 0 && s.buffer.Cap() > keptRoom {
		s.buffer = bytes.Buffer{}
	}
	return n, err
}

func (s *stream) write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, io.ErrClosedPipe
	}
	s.filled.Signal()
	return s.buffer.Write(p)
}

func (s *stream) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.filled.Broadcast()
}

// end is one end of a pipe. It has no deadlines: the other end is in the same process, and answers.
type end struct{ in, out *stream }

func (e end) Read(p []byte) (int, error)  { return e.in.read(p) }
func (e end) Write(p []byte) (int, error) { return e.out.write(p) }

func (e end) Close() error {
	e.in.close()
	e.out.close()
	return nil
}

func (end) LocalAddr() net.Addr              { return pipeAddr{} }
func (end) RemoteAddr() net.Addr             { return pipeAddr{} }
func (end) SetDeadline(time.Time) error      { return nil }
func (end) SetReadDeadline(time.Time) error  { return nil }
func (end) SetWriteDeadline(time.Time) error { return nil }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "embedded" }

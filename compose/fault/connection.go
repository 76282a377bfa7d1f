package fault

import (
	"bytes"
	"net"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
)

// sever ends the connection without an answer: with a reset, without a byte, or once the client has given up.
func (i *Injector) sever(c *gin.Context, how string) {
	c.Abort()
	if how == "timeout" {
		readAhead(c.Request)
		select {
		case <-c.Request.Context().Done():
		case <-i.Released:
		}
	}
	if how == "reset" {
		reset(c.Writer)
	}
	panic(http.ErrAbortHandler) // net/http closes the connection
}

// reset has the connection closed with a TCP reset instead of an orderly end. What cannot be taken over, as an HTTP/2
// stream, is reset by its abortion.
func reset(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer connection.Close()
	raw := connection
	if wrapped, ok := raw.(interface{ NetConn() net.Conn }); ok { // TLS
		raw = wrapped.NetConn()
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // at worst the end is orderly
	}
}

// held keeps a body back.
type held struct {
	gin.ResponseWriter
	body bytes.Buffer
}

func (h *held) Write(p []byte) (int, error)       { return h.body.Write(p) }
func (h *held) WriteString(s string) (int, error) { return h.body.WriteString(s) }
func (h *held) WriteHeaderNow()                   {}
func (h *held) Flush()                            {}

// truncate lets the endpoint answer, promises the whole body and sends half of it. An answer without a body does not
// come at all.
func (i *Injector) truncate(c *gin.Context, x Exchange) {
	under := c.Writer
	h := &held{ResponseWriter: under}
	c.Writer = h
	c.Next()
	c.Writer = under
	x.Status = under.Status()
	if !x.Hit.taken {
		i.record(x)
	}
	if body := h.body.Bytes(); len(body) > 1 {
		under.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = under.Write(body[:len(body)/2]) // the connection ends anyway
		under.Flush()
	}
	panic(http.ErrAbortHandler)
}

package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"mpe/compose/journal"
)

const (
	heartbeat = 15 * time.Second // of a stream where nothing happens, so that nobody on the way takes it for dead
	writing   = 5 * time.Second  // how long a reader may take to take what it is sent
)

// events streams exchanges as they are recorded (Server-Sent Events). Each has its id, so that a browser that comes back
// gets what it has missed.
func (a API) events(c *gin.Context) {
	filter, err := readFilter(c)
	if err != nil {
		refuse(c, http.StatusBadRequest, err.Error())
		return
	}
	ctx := c.Request.Context()
	reader, err := a.Journal.Follow(ctx, filter.Match(), c.GetHeader("Last-Event-ID"))
	if err != nil {
		a.cannotWait(c, err)
		return
	}
	defer reader.Close()
	c.Header("Content-Type", "text/event-stream")
	c.Header("Cache-Control", "no-store")
	c.Header("X-Accel-Buffering", "no") // for a proxy of nginx's kind
	for text := []byte("retry: 1000\n\n"); len(text) > 0; {
		if err := send(ctx, c.Writer, text); err != nil {
			return // nobody reads any more
		}
		if text, err = a.nextEvents(ctx, reader); err != nil {
			a.logStream(c, err)
			return
		}
	}
}

// nextEvents is what is sent next: events, or a comment when nothing has happened for a while.
func (a API) nextEvents(ctx context.Context, reader *journal.Reader) ([]byte, error) {
	beat := a.Heartbeat
	if beat == 0 {
		beat = heartbeat
	}
	within, cancel := context.WithTimeout(ctx, beat)
	defer cancel()
	entries, err := reader.Next(within)
	if within.Err() != nil && ctx.Err() == nil && err != nil {
		return []byte(":\n\n"), nil
	}
	if err != nil {
		return nil, err
	}
	var events bytes.Buffer
	for _, e := range entries {
		encoded, err := json.Marshal(e)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&events, "id: %s\nevent: journal\ndata: %s\n\n", e.ID, encoded)
	}
	return events.Bytes(), nil
}

// send gives up on a reader that takes nothing, by a deadline that has passed: real time, whatever the emulator's is.
func send(ctx context.Context, w http.ResponseWriter, text []byte) error {
	ctx, cancel := context.WithTimeout(ctx, writing)
	defer cancel()
	controller := http.NewResponseController(w)
	stop := context.AfterFunc(ctx, func() { _ = controller.SetWriteDeadline(time.Unix(1, 0)) }) // best effort
	defer stop()
	if _, err := w.Write(text); err != nil {
		return err
	}
	return controller.Flush()
}

// logStream writes down why a stream ended, unless it is the caller or the emulator that ends.
func (a API) logStream(c *gin.Context, err error) {
	if c.Request.Context().Err() == nil && !errors.Is(err, journal.ErrReleased) {
		_ = c.Error(err)
	}
}

package control_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"mpe/compose/control"
	"mpe/compose/journal"
	"mpe/compose/redistest"
)

// serve answers with the control API of a journal alone.
func serve(t *testing.T) (*journal.Journal, string) {
	t.Helper()
	j := journal.New(redistest.Embedded(t), redistest.Prefix(), 100, slog.New(slog.DiscardHandler))
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	control.API{Journal: j, Heartbeat: time.Millisecond}.Mount(r)
	server := httptest.NewServer(r)
	t.Cleanup(func() {
		j.Release()
		server.Close()
		if err := j.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return j, server.URL + "/_mpe/v1/"
}

func get(t *testing.T, url string) *http.Response {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response
}

// A stream says now and then that it is alive, and goes on after it.
func TestASilentStreamIsNotDead(t *testing.T) {
	j, api := serve(t)
	lines := bufio.NewScanner(get(t, api+"events").Body)
	for comments := 0; comments < 2 && lines.Scan(); {
		if lines.Text() == ":" {
			comments++
		}
	}
	j.Record(journal.Entry{ID: "0af7651916cd43dd8448eb211c80319c"})
	for lines.Scan() {
		if lines.Text() == "id: 0af7651916cd43dd8448eb211c80319c" {
			return
		}
	}
	t.Errorf("the stream ended before the event: %v", lines.Err())
}

func TestWhenTooManyWaitTheNextIsToldSo(t *testing.T) {
	j, api := serve(t)
	for {
		if _, err := j.Follow(t.Context(), nil, ""); errors.Is(err, journal.ErrBusy) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"events", "journal/await"} {
		if response := get(t, api+path); response.StatusCode != http.StatusTooManyRequests || response.Header.Get("Retry-After") == "" {
			t.Errorf("%s: got %d, want 429 and when to come again", path, response.StatusCode)
		}
	}
	if response := get(t, api+"journal"); response.StatusCode != http.StatusOK {
		t.Errorf("who does not wait gets %d, want 200", response.StatusCode)
	}
}

// A reader that takes nothing has a full connection, and that is all.
func TestAReaderThatTakesNothingHoldsNoJournalUp(t *testing.T) {
	j, api := serve(t)
	get(t, api+"events") // and never reads
	for i := range 20 {
		j.Record(journal.Entry{ID: fmt.Sprintf("%032x", i), Path: strings.Repeat("a", 1<<20)})
		if err := j.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if j.Dropped() != 0 {
		t.Errorf("%d were dropped", j.Dropped())
	}
}

package compose_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"

	"mpe/compose"
	"mpe/compose/journal"
)

// A test can ask what its code really sent, and is told what came nearest.
func TestVerifyTellsWhatWasSent(t *testing.T) {
	e := start(t, compose.Config{})
	g := e.grant()
	g.Scope = "mun:faktura.read mun:faktura.write"
	sent := e.send(t, sign(t, g, vendorKey))
	if sent.Status != http.StatusOK {
		t.Fatalf("got %d %s", sent.Status, sent.Description)
	}
	id := sent.Header.Get("Mpe-Trace-Id")
	for _, c := range []struct {
		rule, body string
		status     int
		want       string
	}{
		{
			"it did", `{"match": {"endpoint": "token", "client": "` + vendorClient + `", "grant.scope": {"contains": "mun:faktura.read"},
				"grant.header.kid": "` + vendorKey + `", "token.scope": {"contains": "mun:faktura.write"}, "verdict": "issued"}, "count": {"eq": 1}}`,
			200, `{"ok":true,"expected":{"eq":1},"found":1,"message":"1 token request matched.","matched":["` + id + `"]}`,
		},
		{
			"it did not", `{"match": {"endpoint": "token", "client": "` + vendorClient + `", "grant.scope": {"contains": "mun:faktura"},
				"grant.authorization_details.0.systemuser_org.ID": "0192:310000027", "verdict": "issued"}, "count": {"eq": 1}}`,
			422, `{"ok":false,"expected":{"eq":1},"found":0,` +
				`"message":"0 token requests matched. Nearest: ` + id + ` differed in 2 of 5 conditions.",` +
				`"nearest":[{"id":"` + id + `","diff":[` +
				`{"path":"grant.authorization_details.0.systemuser_org.ID","want":"0192:310000027","got":"absent"},` +
				`{"path":"grant.scope","want":"contains mun:faktura","got":"mun:faktura.read mun:faktura.write"}]}],"matched":[]}`,
		},
		{
			"an exchange by its id, and in order", `{"order": ["` + id + `", {"endpoint": "token"}]}`,
			422, `{"ok":false,"expected":{"min":1},"found":1,"inOrder":1,"message":"order[1] did not come after order[0]: it was last ` + id +
				`, and order[0] was first ` + id + `.","matched":["` + id + `"]}`,
		},
	} {
		t.Run(c.rule, func(t *testing.T) {
			status, body := e.call(t, "POST", "journal/verify", c.body, nil)
			if status != c.status {
				t.Errorf("got %d, want %d", status, c.status)
			}
			if diff := cmp.Diff(c.want, body); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// replicas are two emulators on one Redis.
func replicas(t *testing.T) (one, other *emulator) {
	t.Helper()
	config := compose.Config{Redis: "redis://" + miniredis.RunT(t).Addr(), Issuer: "http://mpe.example/"}
	return start(t, config), start(t, config)
}

func TestWhatAnotherReplicaRecordsIsAwaited(t *testing.T) {
	one, other := replicas(t)
	answers := make(chan string, 2)
	go func() {
		_, body := one.call(t, "GET", "journal/await?verdict=refused&code=MP-110&count=2&timeout=5m", "", nil)
		answers <- body
	}()
	go func() {
		_, body := one.call(t, "POST", "journal/verify", `{"match": {"code": "MP-110"}, "count": {"min": 2}, "wait": "5m"}`, nil)
		answers <- body
	}()
	one.send(t, sign(t, one.grant(), vendorKey, "aud"))
	other.send(t, sign(t, other.grant(), vendorKey))
	other.send(t, sign(t, other.grant(), vendorKey, "aud"))
	for range cap(answers) {
		body := <-answers
		var got struct {
			OK      bool
			Found   int
			Entries []journal.Entry
		}
		if err := json.Unmarshal([]byte(body), &got); err != nil || !got.OK || got.Found != 2 {
			t.Errorf("got %s, want 2", body)
		}
		if got.Entries != nil && (len(got.Entries) != 2 || got.Entries[0].Code != "MP-110") {
			t.Errorf("got %s, want the two entries", body)
		}
	}
}

// A clock that stands still makes nobody wait longer.
func TestAwaitingEndsInRealTime(t *testing.T) {
	at := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	e := start(t, compose.Config{Now: func() time.Time { return at }})
	g := e.grant()
	g.IssuedAt = at
	id := e.send(t, sign(t, g, vendorKey)).Header.Get("Mpe-Trace-Id")
	for _, timeout := range []string{"0s", "1ms"} {
		status, body := e.call(t, "GET", "journal/await?client=none&timeout="+timeout, "", nil)
		want := `{"ok":false,"expected":{"min":1},"found":0,"message":"0 requests matched. Nearest: ` + id + ` differed in 1 of 1 conditions.",` +
			`"nearest":[{"id":"` + id + `","diff":[{"path":"client","want":"none","got":"` + vendorClient + `"}]}],"entries":[]}`
		if status != http.StatusRequestTimeout || body != want {
			t.Errorf("%s: got %d %s\nwant 408 %s", timeout, status, body, want)
		}
	}
	status, body := e.call(t, "POST", "journal/verify", `{"match": {"client": "none"}, "wait": "1ms"}`, nil)
	if status != http.StatusUnprocessableEntity {
		t.Errorf("verify: got %d %s, want 422", status, body)
	}
}

func TestTheJournalIsExportedByLine(t *testing.T) {
	e := start(t, compose.Config{})
	e.send(t, sign(t, e.grant(), vendorKey))
	e.send(t, sign(t, e.grant(), vendorKey, "aud"))
	status, body := e.call(t, "GET", "journal?endpoint=token", "", http.Header{"Accept": {"application/x-ndjson"}})
	lines := strings.Split(body, "\n")
	if status != http.StatusOK || len(lines) != 3 || lines[2] != "" {
		t.Fatalf("got %d %s, want two lines", status, body)
	}
	var newest journal.Entry
	if err := json.Unmarshal([]byte(lines[0]), &newest); err != nil || newest.Code != "MP-110" {
		t.Errorf("got %s (%v), want the refusal", lines[0], err)
	}
}

// stream is a running stream of events.
type stream struct {
	*bufio.Scanner
	status int
	header http.Header
	close  func() error
}

// events opens a stream, which ends with the test.
func (e *emulator) events(t *testing.T, query, last string) *stream {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	t.Cleanup(end)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, e.URL+"_mpe/v1/events"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return &stream{bufio.NewScanner(response.Body), response.StatusCode, response.Header, response.Body.Close}
}

// next is the next event's id and entry.
func (s *stream) next(t *testing.T) (id string, e journal.Entry) {
	t.Helper()
	kind := ""
	for s.Scan() {
		name, value, _ := strings.Cut(s.Text(), ": ")
		switch name {
		case "id":
			id = value
		case "event":
			kind = value
		case "data":
			if err := json.Unmarshal([]byte(value), &e); err != nil {
				t.Fatal(err)
			}
		case "":
			if id != "" {
				if kind != "journal" || e.ID != id {
					t.Errorf("got the event %s %s of the entry %s", kind, id, e.ID)
				}
				return id, e
			}
		}
	}
	t.Fatalf("the stream has ended: %v", s.Err())
	return "", e
}

func TestEventsAreExchangesAsTheyCome(t *testing.T) {
	one, other := replicas(t)
	refuse := func(e *emulator) string {
		return e.send(t, sign(t, e.grant(), vendorKey, "aud")).Header.Get("Mpe-Trace-Id")
	}
	refuse(one) // before anybody listens
	s := one.events(t, "?verdict=refused", "")
	if s.status != http.StatusOK || s.header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("got %d %v", s.status, s.header)
	}
	first := refuse(one)
	one.send(t, sign(t, one.grant(), vendorKey)) // is not asked for
	if id, e := s.next(t); id != first || e.Code != "MP-110" || e.Trace == nil {
		t.Errorf("got %+v, want %s", e, first)
	}
	second := refuse(other)
	if id, _ := s.next(t); id != second {
		t.Errorf("got %s, want %s, which another replica recorded", id, second)
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	third := refuse(one)
	s = one.events(t, "?verdict=refused", first)
	for _, want := range []string{second, third} {
		if id, _ := s.next(t); id != want {
			t.Errorf("after coming back: got %s, want %s", id, want)
		}
	}
}

// A server that shuts down does not wait for those who wait.
func TestReleaseEndsWhatWaits(t *testing.T) {
	e := start(t, compose.Config{})
	s := e.events(t, "", "")
	awaited := make(chan int, 1)
	go func() {
		status, _ := e.call(t, "GET", "journal/await?timeout=5m", "", nil)
		awaited <- status
	}()
	e.Release()
	for s.Scan() { // to its end
	}
	if err := s.Err(); err != nil {
		t.Errorf("the stream ends with %v", err)
	}
	if status := <-awaited; status != http.StatusServiceUnavailable {
		t.Errorf("got %d, want 503", status)
	}
	if got := e.send(t, sign(t, e.grant(), vendorKey)); got.Status != http.StatusOK {
		t.Errorf("what does not wait gets %d", got.Status)
	}
}

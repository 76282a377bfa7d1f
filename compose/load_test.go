package compose_test

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"mpe/compose"
	"mpe/oauth"
)

// footprint is what an emulator holds on to.
type footprint struct {
	goroutines, keys int
	heap             uint64 // bytes
}

func footprintOf(store *miniredis.Miniredis) footprint {
	http.DefaultClient.CloseIdleConnections()
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return footprint{runtime.NumGoroutine(), len(store.Keys()), memory.HeapAlloc}
}

const steadyPool = 8 // connections

// steadyURL is the store's, for an emulator that makes all of its connections at once and keeps them: how many it would need
// depends on how busy the machine is, and each is a goroutine or two of the store's.
func steadyURL(store *miniredis.Miniredis) string {
	return fmt.Sprintf("redis://%s?pool_size=%d&min_idle_conns=%[2]d", store.Addr(), steadyPool)
}

// wantSteady waits until there are all of those connections, and the one that hears of changes.
func wantSteady(t *testing.T, store *miniredis.Miniredis) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if store.CurrentConnectionCount() > steadyPool {
			return
		}
	}
	t.Fatalf("%d connections to Redis after 30 s, want more than %d", store.CurrentConnectionCount(), steadyPool)
}

// wantBack waits until the emulator holds no more than it did. What the heap may differ by is far less than what many
// sandboxes hold.
func wantBack(t *testing.T, store *miniredis.Miniredis, before footprint) {
	t.Helper()
	const some, slack = 5, 8 << 20
	var after footprint
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		after = footprintOf(store)
		if after.goroutines <= before.goroutines+some && after.keys <= before.keys && after.heap <= before.heap+slack {
			return
		}
	}
	t.Errorf("%+v are left, of %+v", after, before)
}

// payload is what a token says.
func payload(t *testing.T, token string) string {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

// Many sandboxes at once each keep to themselves, and leave nothing behind.
func TestManySandboxesAtOnceDoNotMeet(t *testing.T) {
	store := miniredis.RunT(t)
	e := start(t, compose.Config{JournalSize: 50, Redis: steadyURL(store)})
	const many, each = 200, 20
	remove := func(id string) {
		if status := e.control(t, http.MethodDelete, "sandboxes/"+id, nil, nil); status != http.StatusNoContent {
			t.Errorf("deleting %s: got %d", id, status)
		}
	}
	var warming sync.WaitGroup // what is made once and kept
	for i := range many / 4 {
		warming.Go(func() { e.sandboxed(t, object{"id": fmt.Sprint("first", i)}).sendGood(t) })
	}
	warming.Wait()
	for i := range many / 4 {
		remove(fmt.Sprint("first", i))
	}
	wantSteady(t, store)
	before := footprintOf(store)

	var group sync.WaitGroup
	for i := range many {
		group.Go(func() {
			own := e.sandboxed(t, object{"id": fmt.Sprint("box", i)})
			sent := make([]string, each)
			for n := range each {
				g := own.grant()
				g.Audience, g.SystemUserOrg = own.URL, "310000027"
				got := own.send(t, sign(t, g, vendorKey))
				if got.code() != "" || !strings.Contains(payload(t, got.AccessToken), `"iss":"`+own.URL+`"`) {
					t.Errorf("box %d: got %q and a token of %s", i, got.code(), payload(t, got.AccessToken))
				}
				sent[n] = got.Header.Get("Mpe-Trace-Id")
			}
			var journal struct{ Entries []struct{ ID string } }
			own.control(t, http.MethodGet, "journal", nil, &journal)
			kept := make([]string, len(journal.Entries))
			for n, entry := range journal.Entries {
				kept[n] = entry.ID
			}
			slices.Sort(sent)
			if slices.Sort(kept); !slices.Equal(kept, sent) {
				t.Errorf("the journal of box %d has %q, want %q", i, kept, sent)
			}
		})
	}
	group.Wait()
	for i := range many {
		remove(fmt.Sprint("box", i))
	}
	wantBack(t, store, before)
}

// Clients that hang up, that send half of what they said, and a thousand at once do no harm: nothing is left of them, what
// they asked in full is in the journal, and the next is answered.
func TestClientsThatMisbehaveDoNoHarm(t *testing.T) {
	store := miniredis.RunT(t)
	e := start(t, compose.Config{Redis: steadyURL(store)})
	var warming sync.WaitGroup // what is made once and kept
	for range 100 {
		warming.Go(func() { e.sendGood(t) })
	}
	warming.Wait()
	host := strings.TrimSuffix(strings.TrimPrefix(e.URL, "http://"), "/")
	wantSteady(t, store)
	before := footprintOf(store)
	const hangUps, crowd = 50, 1000

	request := func(compact string) string {
		form := url.Values{"grant_type": {oauth.JWTBearer}, "assertion": {compact}}.Encode()
		return fmt.Sprintf("POST /token HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
			host, len(form), form)
	}
	speak := func(text string, listen bool) (status string) {
		c, err := net.Dial("tcp", host)
		if err != nil {
			t.Error(err)
			return ""
		}
		defer c.Close()
		_, _ = c.Write([]byte(text)) // who has been hung up on may not take it
		if listen {
			_ = c.SetReadDeadline(time.Now().Add(time.Minute))
			status, _ = bufio.NewReader(c).ReadString('\n')
		}
		return status
	}
	good := make([]string, hangUps)
	for i := range good {
		g := e.grant()
		g.Audience = e.URL
		good[i] = request(sign(t, g, vendorKey))
	}
	var group sync.WaitGroup
	for _, whole := range good {
		group.Go(func() { speak(whole, false) })
		group.Go(func() { speak(whole[:20], false) })
		group.Go(func() { speak(whole[:len(whole)-100], false) })
	}
	for range crowd {
		group.Go(func() {
			if got := speak(request("nonsense"), true); !strings.HasPrefix(got, "HTTP/1.1 400 ") {
				t.Errorf("one of the crowd got %q, want 400", got)
			}
		})
	}
	group.Wait()
	if got := e.sendGood(t); got.Status != http.StatusOK {
		t.Errorf("the next got %d %s", got.Status, got.Description)
	}
	var verified struct {
		OK      bool
		Message string
	}
	asked := object{"match": object{"endpoint": "token"}, "count": object{"min": 100 + hangUps + crowd + 1}, "wait": "30s"}
	if e.control(t, http.MethodPost, "journal/verify", asked, &verified); !verified.OK {
		t.Errorf("the journal: %s", verified.Message)
	}
	if status := e.control(t, http.MethodPost, "reset", nil, nil); status != http.StatusNoContent {
		t.Errorf("the reset: got %d", status)
	}
	wantBack(t, store, before)
}

package journal_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"mpe/compose/journal"
	"mpe/compose/redistest"
	"mpe/oauth"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// open opens a journal that is cleared and closed with the test.
func open(t testing.TB, client redis.UniversalClient, prefix string, size int) *journal.Journal {
	t.Helper()
	j := journal.New(client, prefix, size, slog.New(slog.DiscardHandler))
	t.Cleanup(func() {
		if err := errors.Join(j.Clear(context.Background()), j.Close(context.Background())); err != nil {
			t.Error(err)
		}
	})
	return j
}

// numbered is the i-th of a row of entries, a second apart.
func numbered(i int) journal.Entry {
	return journal.Entry{ID: fmt.Sprintf("%032x", i), Time: start.Add(time.Duration(i) * time.Second)}
}

func record(j *journal.Journal, from, to int) {
	for i := from; i < to; i++ {
		j.Record(numbered(i))
	}
}

// numbers are those of the entries.
func numbers(t *testing.T, entries []journal.Entry) []int {
	t.Helper()
	all := make([]int, len(entries))
	for i, e := range entries {
		if _, err := fmt.Sscanf(e.ID, "%x", &all[i]); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func list(t *testing.T, j *journal.Journal, f journal.Filter) []int {
	t.Helper()
	entries, err := j.List(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return numbers(t, entries)
}

// down counts from one number down to another, both included.
func down(from, to int) []int {
	var all []int
	for i := from; i >= to; i-- {
		all = append(all, i)
	}
	return all
}

func TestAnEntryIsReadAsItWasRecorded(t *testing.T) {
	redistest.Each(t, func(t *testing.T, client redis.UniversalClient) {
		j := open(t, client, redistest.Prefix(), 10)
		want := journal.Entry{
			ID: "0af7651916cd43dd8448eb211c80319c", Time: start, Endpoint: "token", Method: "POST", Path: "/token",
			Status: 400, Micros: 1234, Verdict: journal.Refused, Client: "c", Org: "310000019", Scope: "mun:a mun:b",
			SystemUserOrg: "310000027", Error: "invalid_grant", Code: "MP-110", Reason: oauth.ReasonAudSlash,
			Trace: &oauth.Trace{
				Checks: []oauth.Check{{ID: oauth.JWTAudience, Outcome: oauth.Failed, Facts: oauth.Facts{"got": "æ"}}},
				Claims: json.RawMessage(`{"aud":"x"}`),
			},
			Response: json.RawMessage(`{"error":"invalid_grant"}`),
		}
		j.Record(want)
		byID, err := j.Entry(t.Context(), want.ID)
		if err != nil {
			t.Fatal(err)
		}
		last, err := j.Last(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		listed, err := j.List(t.Context(), journal.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]journal.Entry{want, want, want}, append(listed, byID, last)); diff != "" {
			t.Errorf("listed, by id and last (-want +got):\n%s", diff)
		}
	})
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	redistest.Each(t, func(t *testing.T, client redis.UniversalClient) {
		j := open(t, client, redistest.Prefix(), 10)
		if _, err := j.Last(t.Context()); !errors.Is(err, journal.ErrNotFound) {
			t.Errorf("last of an empty journal: got %v, want ErrNotFound", err)
		}
		if got, err := j.List(t.Context(), journal.Filter{}); got == nil || len(got) != 0 || err != nil {
			t.Errorf("an empty journal lists %v (%v), want an empty list", got, err)
		}
		j.Record(numbered(1))
		if _, err := j.Entry(t.Context(), numbered(2).ID); !errors.Is(err, journal.ErrNotFound) {
			t.Errorf("another id: got %v, want ErrNotFound", err)
		}
	})
}

func TestTheNewestAreKept(t *testing.T) {
	const size, all = 300, 1000 // more than one batch, and more than one chunk
	redistest.Each(t, func(t *testing.T, client redis.UniversalClient) {
		prefix := redistest.Prefix()
		j := open(t, client, prefix, size)
		record(j, 0, all)
		if diff := cmp.Diff(down(all-1, all-size), list(t, j, journal.Filter{Limit: 1000})); diff != "" {
			t.Errorf("newest first (-want +got):\n%s", diff)
		}
		if _, err := j.Entry(t.Context(), numbered(all-size-1).ID); !errors.Is(err, journal.ErrNotFound) {
			t.Errorf("the newest of the old: got %v, want ErrNotFound", err)
		}
		wantKept(t, client, prefix, size)
		if j.Dropped() != 0 {
			t.Errorf("%d were dropped, want 0", j.Dropped())
		}
	})
}

// wantKept wants Redis to hold so many entries, and the order of no others.
func wantKept(t *testing.T, client redis.UniversalClient, prefix string, want int64) {
	t.Helper()
	entries, err := client.HLen(t.Context(), prefix+"journal").Result()
	if err != nil || entries != want {
		t.Errorf("Redis holds %d entries (%v), want %d", entries, err, want)
	}
	order, err := client.LLen(t.Context(), prefix+"journal:order").Result()
	if err != nil || order != want {
		t.Errorf("Redis holds the order of %d entries (%v), want %d", order, err, want)
	}
}

func TestASizeBelowOneKeepsOne(t *testing.T) {
	j := open(t, redistest.Embedded(t), redistest.Prefix(), 0)
	record(j, 0, 3)
	if diff := cmp.Diff([]int{2}, list(t, j, journal.Filter{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestClearForgetsAllThatWasRecorded(t *testing.T) {
	redistest.Each(t, func(t *testing.T, client redis.UniversalClient) {
		j := open(t, client, redistest.Prefix(), 10)
		record(j, 0, 3)
		if err := j.Clear(t.Context()); err != nil {
			t.Fatal(err)
		}
		j.Record(numbered(3))
		if diff := cmp.Diff([]int{3}, list(t, j, journal.Filter{})); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if _, err := j.Entry(t.Context(), numbered(0).ID); !errors.Is(err, journal.ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", err)
		}
	})
}

func TestJournalsOnOneRedisSeeEachOthers(t *testing.T) {
	const size, each = 40, 100
	redistest.Each(t, func(t *testing.T, client redis.UniversalClient) {
		prefix := redistest.Prefix()
		one, other := open(t, client, prefix, size), open(t, client, prefix, size)
		var group sync.WaitGroup
		for i, j := range []*journal.Journal{one, other} {
			group.Go(func() {
				for n := range each {
					record(j, i*each+n, i*each+n+1)
					if err := j.Flush(t.Context()); err != nil { // so that both cut at once
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		got := list(t, one, journal.Filter{})
		if diff := cmp.Diff(got, list(t, other, journal.Filter{})); diff != "" {
			t.Errorf("the two differ (-one +other):\n%s", diff)
		}
		if len(got) != size {
			t.Errorf("%d are kept, want %d", len(got), size)
		}
		if !slices.Contains(got, each-1) && !slices.Contains(got, 2*each-1) {
			t.Errorf("got %v, want the newest of one or the other", got)
		}
		wantKept(t, client, prefix, size)
	})
}

func TestJournalsBelowTwoPrefixesShareNothing(t *testing.T) {
	client := redistest.Embedded(t)
	one, other := open(t, client, redistest.Prefix(), 10), open(t, client, redistest.Prefix(), 10)
	one.Record(numbered(1))
	if diff := cmp.Diff([]int{1}, list(t, one, journal.Filter{})); diff != "" {
		t.Errorf("one (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{}, list(t, other, journal.Filter{})); diff != "" {
		t.Errorf("other (-want +got):\n%s", diff)
	}
}

func TestFlushDoesNotWaitForMoreToWrite(t *testing.T) {
	const flushes = 100
	j := open(t, redistest.Embedded(t), redistest.Prefix(), 10)
	began := time.Now()
	for i := range flushes {
		j.Record(numbered(i))
		if err := j.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); took >= flushes*journal.Linger {
		t.Errorf("%d flushes took %s, want less than %s", flushes, took, flushes*journal.Linger)
	}
}

func TestCloseWritesWhatIsLeft(t *testing.T) {
	client, prefix := redistest.Embedded(t), redistest.Prefix()
	j := journal.New(client, prefix, 2000, slog.New(slog.DiscardHandler))
	record(j, 0, 1000)
	for range 2 { // to close what is closed does nothing
		if err := j.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(down(999, 0), list(t, j, journal.Filter{Limit: 1000})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCloseLeavesNoGoroutine(t *testing.T) {
	j := journal.New(redistest.Embedded(t), redistest.Prefix(), 10, slog.New(slog.DiscardHandler))
	if !writing() {
		t.Fatal("no writer is running: the test looks for the wrong goroutine")
	}
	if err := j.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 10_000 { // the writer's last step is to say that it ends
		if !writing() {
			return
		}
		runtime.Gosched()
	}
	t.Error("the writer is still running")
}

// writing tells whether a writer runs, of any journal.
func writing() bool {
	stacks := make([]byte, 1<<20)
	return strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "created by mpe/compose/journal.New ")
}

package journal_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"mpe/compose/journal"
	"mpe/compose/redistest"
	"mpe/oauth"
)

// asked is the i-th of a row of token requests, by a client and for a scope.
func asked(i int, client, scope string) journal.Entry {
	e := numbered(i)
	e.Endpoint, e.Client, e.Verdict = "token", client, journal.Issued
	e.Trace = &oauth.Trace{Claims: json.RawMessage(fmt.Sprintf(`{"iss":%q,"scope":%q}`, client, scope))}
	return e
}

func count(n int) *int { return &n }

// forever is longer than any test runs.
const forever = time.Hour

func TestVerify(t *testing.T) {
	j := open(t, redistest.Embedded(t), redistest.Prefix(), 100)
	for i, scope := range []string{"a", "b", "a", "c"} {
		j.Record(asked(i, "one", scope))
	}
	j.Record(asked(4, "other", "c"))
	ids := []string{numbered(0).ID, numbered(1).ID, numbered(2).ID, numbered(3).ID, numbered(4).ID}
	for _, c := range []struct {
		rule    string
		match   string
		count   journal.Count
		order   []string
		message string
		found   int
		ok      bool
	}{
		{"one is enough", `{"endpoint": "token", "grant.scope": "a"}`, journal.Count{}, nil, "2 token requests matched.", 2, true},
		{"exactly so many", `{"endpoint": "token", "grant.scope": "b"}`, journal.Count{Eq: count(1)}, nil, "1 token request matched.", 1, true},
		{"none, as it should be", `{"client": "none"}`, journal.Count{Eq: count(0)}, nil, "0 requests matched.", 0, true},
		{"not more than", `{"client": "one"}`, journal.Count{Max: count(4)}, nil, "4 requests matched.", 4, true},
		{"none is not more than", `{"client": "none"}`, journal.Count{Max: count(4)}, nil, "0 requests matched.", 0, true},
		{
			"none where there should be", `{"endpoint": "token", "client": "one", "grant.scope": {"contains": "d"}}`,
			journal.Count{Eq: count(1)}, nil,
			"0 token requests matched. Nearest: " + ids[3] + " differed in 1 of 3 conditions.", 0, false,
		},
		{
			"too few", `{"client": "one"}`, journal.Count{Min: count(5)}, nil,
			"4 requests matched, want at least 5. Nearest: " + ids[4] + " differed in 1 of 1 conditions.", 4, false,
		},
		{"too few, and there is nothing else", `{}`, journal.Count{Min: count(6)}, nil, "5 requests matched, want at least 6.", 5, false},
		{"too many", `{"client": "one"}`, journal.Count{Eq: count(1)}, nil, "4 requests matched, want exactly 1. The newest is " + ids[3] + ".", 4, false},
		{"more than the most", `{"client": "one"}`, journal.Count{Max: count(3)}, nil, "4 requests matched, want at most 3. The newest is " + ids[3] + ".", 4, false},
		{"out of a range", `{"client": "one"}`, journal.Count{Min: count(1), Max: count(3)}, nil, "4 requests matched, want 1 to 3. The newest is " + ids[3] + ".", 4, false},

		{"in order", `{}`, journal.Count{}, []string{`{"grant.scope": "a"}`, `{"grant.scope": "c"}`}, "5 requests matched.", 5, true},
		{"in order, with others in between", `{}`, journal.Count{}, []string{`{"id": "` + ids[0] + `"}`, `{"id": "` + ids[4] + `"}`}, "5 requests matched.", 5, true},
		{"the same twice is two requests", `{}`, journal.Count{}, []string{`{"grant.scope": "a"}`, `{"grant.scope": "a"}`}, "5 requests matched.", 5, true},
		{
			"out of order", `{}`, journal.Count{}, []string{`{"grant.scope": "c"}`, `{"grant.scope": "b"}`},
			"order[1] did not come after order[0]: it was last " + ids[1] + ", and order[0] was first " + ids[3] + ".", 5, false,
		},
		{
			"once is not twice", `{}`, journal.Count{}, []string{`{"grant.scope": "b"}`, `{"grant.scope": "b"}`},
			"order[1] did not come after order[0]: it was last " + ids[1] + ", and order[0] was first " + ids[1] + ".", 5, false,
		},
		{
			"in the order only what matches counts", `{"client": "one"}`, journal.Count{}, []string{`{"grant.scope": "c"}`, `{"grant.scope": "c"}`},
			"order[1] did not come after order[0]: it was last " + ids[3] + ", and order[0] was first " + ids[3] + ".", 4, false,
		},
		{
			"what the order wants did not occur", `{}`, journal.Count{}, []string{`{"grant.scope": "a"}`, `{"grant.scope": "d", "client": "other"}`},
			"order[1] did not occur. Nearest: " + ids[4] + " differed in 1 of 2 conditions.", 5, false,
		},
	} {
		t.Run(c.rule, func(t *testing.T) {
			x := journal.Expectation{Match: parsed(t, c.match), Count: c.count}
			for _, m := range c.order {
				x.Order = append(x.Order, parsed(t, m))
			}
			got, err := j.Verify(t.Context(), x, 0)
			if err != nil {
				t.Fatal(err)
			}
			if got.OK != c.ok || got.Found != c.found || got.Message != c.message {
				t.Errorf("got %t, %d, %s\nwant %t, %d, %s", got.OK, got.Found, got.Message, c.ok, c.found, c.message)
			}
		})
	}
}

func TestNearMissesDifferLeastAndAreNewest(t *testing.T) {
	j := open(t, redistest.Embedded(t), redistest.Prefix(), 100)
	for i, client := range []string{"one", "other", "one", "one", "one", "other"} {
		j.Record(asked(i, client, "a"))
	}
	got, err := j.Verify(t.Context(), journal.Expectation{Match: parsed(t, `{"client": "one", "grant.scope": {"contains": "b"}}`)}, 0)
	if err != nil {
		t.Fatal(err)
	}
	diff := []journal.Difference{{Path: "grant.scope", Want: "contains b", Got: "a"}}
	want := []journal.NearMiss{{numbered(4).ID, diff}, {numbered(3).ID, diff}, {numbered(2).ID, diff}}
	if diff := cmp.Diff(want, got.Nearest); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDifferencesAreSaidInWords(t *testing.T) {
	j := open(t, redistest.Embedded(t), redistest.Prefix(), 100)
	j.Record(sent())
	got, err := j.Verify(t.Context(), journal.Expectation{Match: parsed(t, `{
		"client": "other", "code": {"oneOf": ["MP-111", "MP-112"]}, "grant.aud": {"contains": "https://c/"}, "grant.iss": {"absent": true},
		"grant.jti": {"absent": false}, "org": {"matches": "^19", "contains": "x"}, "status": 200, "token.scope": "mun:a"}`)}, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := []journal.NearMiss{{sent().ID, []journal.Difference{
		{"client", "other", "c"},
		{"code", "one of MP-111, MP-112", "MP-110"},
		{"grant.aud", "contains https://c/", `["https://a/","https://b/"]`},
		{"grant.iss", "absent", "c"},
		{"grant.jti", "present", "absent"},
		{"org", "contains x and matches ^19", "310000019"},
		{"status", "200", "400"},
		{"token.scope", "mun:a", "absent"},
	}}}
	if diff := cmp.Diff(want, got.Nearest); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnEmptyJournalSaysSo(t *testing.T) {
	j := open(t, redistest.Embedded(t), redistest.Prefix(), 100)
	got, err := j.Verify(t.Context(), journal.Expectation{Match: parsed(t, `{"endpoint": "token"}`)}, 0)
	if want := "0 token requests matched. Nothing was recorded."; err != nil || got.OK || got.Message != want {
		t.Errorf("got %+v (%v), want %s", got, err, want)
	}
}

func TestVerifyLooksAtAllThatIsKept(t *testing.T) {
	const all = 3 * journal.Chunk
	j := open(t, redistest.Embedded(t), redistest.Prefix(), all)
	record(j, 0, all+10)
	got, err := j.Verify(t.Context(), journal.Expectation{}, 0)
	if err != nil || got.Found != all {
		t.Errorf("found %d (%v), want %d", got.Found, err, all)
	}
	since := journal.Expectation{Since: numbered(all).Time}
	if got, err := j.Verify(t.Context(), since, 0); err != nil || got.Found != 10 {
		t.Errorf("since a time: found %d (%v), want 10", got.Found, err)
	}
}

func TestCountsThatAreNone(t *testing.T) {
	for _, c := range []struct {
		count journal.Count
		want  string
	}{
		{journal.Count{Eq: count(1), Min: count(1)}, "count: eq goes with neither"},
		{journal.Count{Eq: count(-1)}, "count: a number of exchanges is 0 or more"},
		{journal.Count{Max: count(-1)}, "count: a number of exchanges is 0 or more"},
		{journal.Count{Min: count(-1)}, "count: a number of exchanges is 0 or more"},
		{journal.Count{Min: count(2), Max: count(1)}, "count: min 2 is more than max 1"},
	} {
		if err := c.count.Check(); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	for _, fine := range []journal.Count{{}, {Eq: count(0)}, {Min: count(1), Max: count(1)}, {Max: count(0)}} {
		if err := fine.Check(); err != nil {
			t.Error(err)
		}
	}
}

// awaiting verifies in a goroutine of its own, which waits when this returns.
func awaiting(ctx context.Context, t *testing.T, j *journal.Journal, x journal.Expectation) <-chan journal.Result {
	t.Helper()
	done := make(chan journal.Result, 1)
	go func() {
		r, err := j.Verify(ctx, x, forever)
		if err != nil {
			t.Error(err)
		}
		done <- r
	}()
	for journal.Readers(j) == 0 {
		runtime.Gosched()
	}
	return done
}

func TestWhatIsAwaitedWakes(t *testing.T) {
	redistest.Each(t, func(t *testing.T, client redis.UniversalClient) {
		prefix := redistest.Prefix()
		one, other := open(t, client, prefix, 100), open(t, client, prefix, 100)
		done := awaiting(t.Context(), t, one, journal.Expectation{Match: parsed(t, `{"client": "c"}`), Count: journal.Count{Min: count(2)}})
		one.Record(asked(1, "c", "a"))
		one.Record(asked(2, "d", "a"))
		other.Record(asked(3, "c", "a")) // on another replica
		if got := <-done; !got.OK || got.Found != 2 {
			t.Errorf("got %+v, want 2", got)
		}
		if n := journal.Readers(one); n != 0 {
			t.Errorf("%d readers are left", n)
		}
	})
}

func TestAnOrderIsAwaitedToItsEnd(t *testing.T) {
	j := open(t, redistest.Embedded(t), redistest.Prefix(), 100)
	j.Record(asked(1, "c", "a"))
	order := []journal.Match{parsed(t, `{"client": "c"}`), parsed(t, `{"client": "d"}`)}
	done := awaiting(t.Context(), t, j, journal.Expectation{Order: order})
	j.Record(asked(2, "c", "a"))
	j.Record(asked(3, "d", "a"))
	if got := <-done; !got.OK || *got.InOrder != 2 {
		t.Errorf("got %+v, want both in order", got)
	}
}

func TestWhatCannotBecomeSoIsNotAwaited(t *testing.T) {
	j := open(t, redistest.Embedded(t), redistest.Prefix(), 100)
	record(j, 0, 2)
	got, err := j.Verify(t.Context(), journal.Expectation{Count: journal.Count{Eq: count(1)}}, forever)
	if err != nil || got.OK || got.Found != 2 {
		t.Errorf("got %+v (%v), want 2, which is not so", got, err)
	}
}

func TestPatienceEnds(t *testing.T) {
	j := open(t, redistest.Embedded(t), redistest.Prefix(), 100)
	j.Record(asked(1, "d", "a"))
	got, err := j.Verify(t.Context(), journal.Expectation{Match: parsed(t, `{"client": "c"}`)}, time.Nanosecond)
	if want := "0 requests matched. Nearest: " + numbered(1).ID + " differed in 1 of 1 conditions."; err != nil || got.Message != want {
		t.Errorf("got %+v (%v), want %s", got, err, want)
	}
}

func TestWaitingEndsWithTheCaller(t *testing.T) {
	j := open(t, redistest.Embedded(t), redistest.Prefix(), 100)
	ctx, end := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := j.Verify(ctx, journal.Expectation{}, forever)
		done <- err
	}()
	end()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

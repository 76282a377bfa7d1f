package journal_test

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"mpe/compose/journal"
	"mpe/compose/redistest"
)

func follow(t *testing.T, j *journal.Journal, m journal.Match, after string) *journal.Reader {
	t.Helper()
	r, err := j.Follow(t.Context(), m, after)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// readNext reads so many.
func readNext(t *testing.T, r *journal.Reader, count int) []int {
	t.Helper()
	var all []int
	for len(all) < count {
		entries, err := r.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, numbers(t, entries)...)
	}
	return all
}

// up counts from one number up to another, both included.
func up(from, to int) []int {
	var all []int
	for i := from; i <= to; i++ {
		all = append(all, i)
	}
	return all
}

func TestAReaderGetsWhatIsRecordedFromNowOn(t *testing.T) {
	redistest.Each(t, func(t *testing.T, client redis.UniversalClient) {
		prefix := redistest.Prefix()
		one, other := open(t, client, prefix, 1000), open(t, client, prefix, 1000)
		record(one, 0, 3)
		r := follow(t, one, nil, "")
		record(one, 3, 600) // more than a chunk
		if diff := cmp.Diff(up(3, 599), readNext(t, r, 597)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		record(other, 600, 603)
		if diff := cmp.Diff(up(600, 602), readNext(t, r, 3)); diff != "" {
			t.Errorf("of another replica (-want +got):\n%s", diff)
		}
	})
}

// What is recorded here is read when it is written, and not when others' entries are looked for.
func TestAReaderIsWoken(t *testing.T) {
	const rounds = 10
	j := open(t, redistest.Embedded(t), redistest.Prefix(), 10)
	r := follow(t, j, nil, "")
	began := time.Now()
	for i := range rounds {
		j.Record(numbered(i)) // which lingers, so that the reader waits for it
		readNext(t, r, 1)
	}
	if took := time.Since(began); took >= rounds*journal.Poll {
		t.Errorf("%d rounds took %s, want less than %s", rounds, took, rounds*journal.Poll)
	}
}

func TestAReaderOfAnEmptyJournalGetsTheFirst(t *testing.T) {
	j := open(t, redistest.Embedded(t), redistest.Prefix(), 10)
	r := follow(t, j, nil, "")
	record(j, 0, 2)
	if diff := cmp.Diff([]int{0, 1}, readNext(t, r, 2)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAReaderGoesOnWhereItWas(t *testing.T) {
	j := open(t, redistest.Embedded(t), redistest.Prefix(), 200)
	record(j, 0, 300)
	for _, c := range []struct {
		rule  string
		after string
		want  []int
	}{
		{"after the newest but one", numbered(298).ID, []int{299}},
		{"a chunk ago", numbered(120).ID, up(121, 299)},
		{"after the oldest", numbered(100).ID, up(101, 299)},
		{"after one that is gone", numbered(50).ID, up(100, 299)},
		{"after one that never was", numbered(999).ID, up(100, 299)},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if diff := cmp.Diff(c.want, readNext(t, follow(t, j, nil, c.after), len(c.want))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAReaderGetsWhatMatches(t *testing.T) {
	j := open(t, redistest.Embedded(t), redistest.Prefix(), 10)
	r := follow(t, j, journal.Filter{Client: "c"}.Match(), "")
	for i, client := range []string{"d", "c", "d", "c"} {
		j.Record(asked(i, client, "a"))
	}
	if diff := cmp.Diff([]int{1, 3}, readNext(t, r, 2)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAReaderGoesOnAfterTheJournalWasCleared(t *testing.T) {
	j := open(t, redistest.Embedded(t), redistest.Prefix(), 10)
	r := follow(t, j, nil, "")
	record(j, 0, 2)
	readNext(t, r, 2)
	if err := j.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	record(j, 2, 4)
	if diff := cmp.Diff([]int{2, 3}, readNext(t, r, 2)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestASlowReaderHoldsNobodyUp(t *testing.T) {
	const size = 300
	j := open(t, redistest.Embedded(t), redistest.Prefix(), size)
	r := follow(t, j, nil, "")
	record(j, 0, 3*size)
	if err := j.Flush(t.Context()); err != nil || j.Dropped() != 0 {
		t.Fatalf("%d were dropped (%v)", j.Dropped(), err)
	}
	if diff := cmp.Diff(up(2*size, 3*size-1), readNext(t, r, size)); diff != "" {
		t.Errorf("it gets what is still there (-want +got):\n%s", diff)
	}
}

func TestAReaderCanWaitAgain(t *testing.T) {
	j := open(t, redistest.Embedded(t), redistest.Prefix(), 10)
	r := follow(t, j, nil, "")
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	if _, err := r.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want context.DeadlineExceeded", err)
	}
	j.Record(numbered(1))
	if diff := cmp.Diff([]int{1}, readNext(t, r, 1)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNoMoreThanSomeMayWait(t *testing.T) {
	j := open(t, redistest.Embedded(t), redistest.Prefix(), 10)
	var all []*journal.Reader
	for range journal.MaxReaders {
		r, err := j.Follow(t.Context(), nil, "")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	if _, err := j.Follow(t.Context(), nil, ""); !errors.Is(err, journal.ErrBusy) {
		t.Errorf("one more: got %v, want ErrBusy", err)
	}
	if _, err := j.Verify(t.Context(), journal.Expectation{}, forever); !errors.Is(err, journal.ErrBusy) {
		t.Errorf("one more that waits for something: got %v, want ErrBusy", err)
	}
	if _, err := j.Verify(t.Context(), journal.Expectation{}, 0); err != nil {
		t.Errorf("one that does not wait: %v", err)
	}
	for _, r := range all {
		r.Close()
	}
	follow(t, j, nil, "")
}

func TestNobodyWaitsForAClosedJournal(t *testing.T) {
	j := journal.New(redistest.Embedded(t), redistest.Prefix(), 10, slog.New(slog.DiscardHandler))
	ended := make(chan error, 2)
	go func() {
		_, err := j.Verify(t.Context(), journal.Expectation{}, forever)
		ended <- err
	}()
	go func() {
		r, err := j.Follow(t.Context(), nil, "")
		if err == nil {
			_, err = r.Next(t.Context())
			r.Close()
		}
		ended <- err
	}()
	for journal.Readers(j) < 2 {
		runtime.Gosched()
	}
	if err := j.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range cap(ended) {
		if err := <-ended; !errors.Is(err, journal.ErrReleased) {
			t.Errorf("got %v, want ErrReleased", err)
		}
	}
	stacks := make([]byte, 1<<20)
	if all := string(stacks[:runtime.Stack(stacks, true)]); strings.Contains(all, "journal.(*Reader)") {
		t.Errorf("a reader is still there:\n%s", all)
	}
	if _, err := j.Verify(t.Context(), journal.Expectation{}, forever); !errors.Is(err, journal.ErrReleased) {
		t.Errorf("one who comes later: got %v, want ErrReleased", err)
	}
}

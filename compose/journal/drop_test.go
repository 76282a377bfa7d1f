package journal_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"mpe/compose/journal"
	"mpe/compose/redistest"
)

// gate is a go-redis hook that holds up whoever writes to the journal.
type gate struct {
	reached chan struct{} // gets one when a writer has come
	opened  chan struct{} // closed to let all through
	batches *[]int        // how many entries came through at once
}

func (gate) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (gate) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (g gate) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, commands []redis.Cmder) error {
		push := slices.IndexFunc(commands, func(c redis.Cmder) bool { return c.Name() == "rpush" })
		if push >= 0 {
			select {
			case g.reached <- struct{}{}:
			default:
			}
			<-g.opened
			*g.batches = append(*g.batches, len(commands[push].Args())-2) // besides the command and the key
		}
		return next(ctx, commands)
	}
}

// held is a journal whose writer stands at the gate with the entry 0.
func held(t *testing.T, log *slog.Logger) (*journal.Journal, gate) {
	t.Helper()
	g := gate{reached: make(chan struct{}, 1), opened: make(chan struct{}), batches: new([]int)}
	client := redistest.Embedded(t)
	client.AddHook(g)
	j := journal.New(client, redistest.Prefix(), 2*journal.MaxQueued, log)
	j.Record(numbered(0))
	<-g.reached
	return j, g
}

func TestRecordDropsRatherThanWaits(t *testing.T) {
	var log strings.Builder
	j, g := held(t, slog.New(slog.NewTextHandler(&log, nil)))
	record(j, 1, 1+journal.MaxQueued)
	if j.Dropped() != 0 {
		t.Errorf("%d were dropped while there was room", j.Dropped())
	}
	record(j, 1+journal.MaxQueued, 1+journal.MaxQueued+3)
	if j.Dropped() != 3 {
		t.Errorf("%d were dropped, want 3", j.Dropped())
	}
	close(g.opened)
	if err := j.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{journal.MaxQueued}, list(t, j, journal.Filter{Limit: 1})); diff != "" {
		t.Errorf("the newest that was kept (-want +got):\n%s", diff)
	}
	if strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), "entries=3") {
		t.Errorf("the log says %q, want one line about 3 entries", log.String())
	}
}

func TestWhatWaitsIsWrittenTogether(t *testing.T) {
	j, g := held(t, slog.New(slog.DiscardHandler))
	record(j, 1, 1+2*journal.MaxBatch+5)
	close(g.opened)
	if err := j.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{1, journal.MaxBatch, journal.MaxBatch, 5}, *g.batches); diff != "" {
		t.Errorf("entries in each batch (-want +got):\n%s", diff)
	}
}

func TestFlushAndCloseWaitNoLongerThanTheyMay(t *testing.T) {
	j, g := held(t, slog.New(slog.DiscardHandler))
	ended, end := context.WithCancel(t.Context())
	end()
	for what, wait := range map[string]func(context.Context) error{"Flush": j.Flush, "Close": j.Close} {
		if err := wait(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want context.Canceled", what, err)
		}
	}
	close(g.opened)
	if err := j.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if j.Dropped() != 1 {
		t.Errorf("%d were dropped, want the one that was not written when Close gave up", j.Dropped())
	}
}

var errBroken = errors.New("broken")

// broken is a go-redis hook that lets nothing through.
type broken struct{}

func (broken) DialHook(next redis.DialHook) redis.DialHook { return next }

func (broken) ProcessHook(redis.ProcessHook) redis.ProcessHook {
	return func(_ context.Context, command redis.Cmder) error {
		command.SetErr(errBroken)
		return errBroken
	}
}

func (broken) ProcessPipelineHook(redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(context.Context, []redis.Cmder) error { return errBroken }
}

func TestWhatRedisDoesNotTakeIsDropped(t *testing.T) {
	client := redistest.Embedded(t)
	client.AddHook(broken{})
	j := journal.New(client, redistest.Prefix(), 10, slog.New(slog.DiscardHandler))
	record(j, 0, 3)
	if err := j.Flush(t.Context()); !errors.Is(err, errBroken) {
		t.Errorf("Flush: got %v, want what broke", err)
	}
	if j.Dropped() != 3 {
		t.Errorf("%d were dropped, want 3", j.Dropped())
	}
	_, entryErr := j.Entry(t.Context(), numbered(1).ID)
	_, lastErr := j.Last(t.Context())
	_, listErr := j.List(t.Context(), journal.Filter{})
	for what, err := range map[string]error{
		"Entry": entryErr, "Last": lastErr, "List": listErr, "Clear": j.Clear(t.Context()),
	} {
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: got %v, want what broke", what, err)
		}
	}
	j.Record(numbered(4))
	if err := j.Close(t.Context()); !errors.Is(err, errBroken) {
		t.Errorf("Close: got %v, want what broke", err)
	}
}

func TestAnEntryThatCannotBeEncodedKeepsNoOtherOut(t *testing.T) {
	j := open(t, redistest.Embedded(t), redistest.Prefix(), 10)
	bad := numbered(2)
	bad.Response = json.RawMessage("{")
	j.Record(numbered(1))
	j.Record(bad)
	j.Record(numbered(3))
	var syntax *json.MarshalerError
	if err := j.Flush(t.Context()); !errors.As(err, &syntax) {
		t.Errorf("Flush: got %v, want a json.MarshalerError", err)
	}
	if diff := cmp.Diff([]int{3, 1}, list(t, j, journal.Filter{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if j.Dropped() != 1 {
		t.Errorf("%d were dropped, want 1", j.Dropped())
	}
}

package compose_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"mpe/compose"
	"mpe/compose/redistest"
)

// gate is a go-redis hook that keeps the pipelines, and holds the first back until it is opened.
type gate struct {
	reached, open chan struct{}
	pipelines     *[][]redis.Cmder
}

func (gate) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (gate) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (g gate) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, commands []redis.Cmder) error {
		if name := commands[0].Name(); name == "hello" || name == "client" { // a new connection
			return next(ctx, commands)
		}
		*g.pipelines = append(*g.pipelines, commands)
		if len(*g.pipelines) == 1 {
			close(g.reached)
			<-g.open
		}
		return next(ctx, commands)
	}
}

// held is a batcher whose first round trip has begun, and lasts until it is opened.
func held(t *testing.T, client redis.UniversalClient) (b redis.UniversalClient, open func(), pipelines *[][]redis.Cmder) {
	g := gate{make(chan struct{}), make(chan struct{}), new([][]redis.Cmder)}
	client.AddHook(g)
	b = compose.NewBatcher(client)
	first := make(chan error)
	go func() { first <- b.Get(t.Context(), redistest.Prefix()).Err() }()
	<-g.reached
	return b, func() {
		close(g.open)
		if err := <-first; !errors.Is(err, redis.Nil) {
			t.Errorf("the first: got %v, want redis.Nil", err)
		}
	}, g.pipelines
}

func TestRequestsThatComeTogetherShareARoundTrip(t *testing.T) {
	redistest.Each(t, func(t *testing.T, client redis.UniversalClient) {
		ctx, prefix := t.Context(), redistest.Prefix()
		if err := client.HSet(ctx, prefix+"hash", "a", "1").Err(); err != nil {
			t.Fatal(err)
		}
		b, open, pipelines := held(t, client)
		const together = 8
		var group sync.WaitGroup
		for i := range together {
			key := redistest.Prefix() + strconv.Itoa(i) // somewhere in the Cluster
			group.Go(func() {
				var set *redis.StatusCmd
				var get *redis.StringCmd
				commands, err := b.Pipelined(ctx, func(p redis.Pipeliner) error {
					set, get = p.Set(ctx, key, key, time.Minute), p.Get(ctx, key)
					return nil
				})
				if err != nil || !slices.Equal(commands, []redis.Cmder{set, get}) || get.Val() != key {
					t.Errorf("set and get: got %v, %v; want %q", commands, err, key)
				}
			})
		}
		group.Go(func() {
			if got, err := b.HGet(ctx, prefix+"hash", "a").Result(); got != "1" || err != nil {
				t.Errorf("hget: got %q, %v; want 1", got, err)
			}
		})
		group.Go(func() {
			if err := b.HGet(ctx, prefix+"hash", "b").Err(); !errors.Is(err, redis.Nil) {
				t.Errorf("hget of a field that is not there: got %v, want redis.Nil", err)
			}
		})
		group.Go(func() {
			err := b.Get(ctx, prefix+"hash").Err()
			if err == nil || !strings.HasPrefix(err.Error(), "WRONGTYPE") {
				t.Errorf("get of a hash: got %v, want WRONGTYPE", err)
			}
		})
		group.Go(func() {
			_, err := b.Pipelined(ctx, func(p redis.Pipeliner) error {
				p.Get(ctx, prefix+"hash")
				p.Get(ctx, prefix+"none")
				return nil
			})
			if err == nil || !strings.HasPrefix(err.Error(), "WRONGTYPE") {
				t.Errorf("of two errors: got %v, want the first, WRONGTYPE", err)
			}
		})
		wait(t, b, together+4)
		open()
		group.Wait()
		if n := len(*pipelines); n != 2 {
			t.Errorf("%d round trips, want one for the first and one for all others", n)
		}
	})
}

func TestWhoFailsOrLeavesHarmsNobodyInTheRoundTrip(t *testing.T) {
	client := redistest.Embedded(t)
	ctx, prefix := t.Context(), redistest.Prefix()
	b, open, pipelines := held(t, client)
	var group sync.WaitGroup
	set := func(name string) {
		group.Go(func() {
			if _, err := b.Pipelined(ctx, func(p redis.Pipeliner) error { return p.Set(ctx, prefix+name, name, 0).Err() }); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	set("before")
	wait(t, b, 1)
	group.Go(func() {
		failed := errors.New("failed")
		_, err := b.Pipelined(ctx, func(p redis.Pipeliner) error {
			p.Set(ctx, prefix+"half", "half", 0)
			return failed
		})
		if err != failed {
			t.Errorf("who fails: got %v, want its own error", err)
		}
	})
	wait(t, b, 2)
	set("after")
	wait(t, b, 3)
	gone, leave := context.WithCancel(ctx)
	var leaving sync.WaitGroup
	for _, ask := range []func() error{
		func() error { return b.Get(gone, prefix+"before").Err() },
		func() error {
			_, err := b.Pipelined(gone, func(p redis.Pipeliner) error { return p.Get(gone, prefix+"before").Err() })
			return err
		},
	} {
		leaving.Go(func() {
			if err := ask(); !errors.Is(err, context.Canceled) {
				t.Errorf("who leaves: got %v, want context.Canceled", err)
			}
		})
	}
	wait(t, b, 5)
	leave()
	leaving.Wait()
	open()
	group.Wait()
	if n := len(*pipelines); n != 2 {
		t.Errorf("%d round trips, want 2", n)
	}
	for name, want := range map[string]int64{"before": 1, "half": 0, "after": 1} {
		if there := client.Exists(ctx, prefix+name).Val(); there != want {
			t.Errorf("%s: %d of it are stored, want %d", name, there, want)
		}
	}
}

func TestARoundTripThatFailsFailsForAllInIt(t *testing.T) {
	client := redis.NewClient(&redis.Options{})
	client.Close()
	b, ctx := compose.NewBatcher(client), t.Context()
	if err := b.Get(ctx, "a").Err(); !errors.Is(err, redis.ErrClosed) {
		t.Errorf("get: got %v, want redis.ErrClosed", err)
	}
	if _, err := b.Pipelined(ctx, func(p redis.Pipeliner) error { p.Get(ctx, "a"); return nil }); !errors.Is(err, redis.ErrClosed) {
		t.Errorf("a pipeline: got %v, want redis.ErrClosed", err)
	}
}

// wait returns once so many wait for the round trip to end.
func wait(t *testing.T, b redis.UniversalClient, n int) {
	for compose.Waiting(b) < n {
		if t.Context().Err() != nil {
			t.FailNow()
		}
		time.Sleep(time.Millisecond)
	}
}

package oauthredis_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"mpe/compose/redistest"
	"mpe/oauth"
	"mpe/oauth/oauthredis"
)

// gate is a go-redis hook that counts the round trips of marks, and holds the first back until it is opened.
type gate struct {
	reached, open chan struct{}
	trips         *int
}

func (gate) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (gate) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (g gate) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, commands []redis.Cmder) error {
		if commands[0].Name() == "set" {
			if *g.trips++; *g.trips == 1 {
				close(g.reached)
				<-g.open
			}
		}
		return next(ctx, commands)
	}
}

func TestGrantsThatComeTogetherShareARoundTrip(t *testing.T) {
	client := redistest.Embedded(t)
	s := oauthredis.New(client, redistest.Prefix())
	if _, err := s.Current(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	trips := 0
	g := gate{make(chan struct{}), make(chan struct{}), &trips}
	client.AddHook(g)
	now := time.Unix(1_767_225_600, 0)
	use := func(ctx context.Context, id, request string) error {
		u := oauth.GrantUse{Client: "a", ID: id, Request: request, Until: now.Add(time.Minute), Generation: s.Generation()}
		return s.UseGrant(ctx, u, now)
	}
	const together = 8
	var errs [together + 1]error
	var group sync.WaitGroup
	group.Go(func() { errs[together] = use(t.Context(), "first", "r") })
	<-g.reached
	for i := range together {
		group.Go(func() { errs[i] = use(t.Context(), strconv.Itoa(i/2), strconv.Itoa(i)) }) // each grant twice
	}
	gone, cancel := context.WithCancel(t.Context())
	left := make(chan error)
	go func() { left <- use(gone, "left", "r") }()
	for s.Waiting() < together+1 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("who has left while waiting: got %v, want context.Canceled", err)
	}
	close(g.open)
	group.Wait()
	if trips != 2 {
		t.Errorf("%d round trips, want one for the first and one for all others", trips)
	}
	used := 0
	for _, err := range errs {
		if errors.Is(err, oauth.ErrGrantUsed) {
			used++
		} else if err != nil {
			t.Error(err)
		}
	}
	if used != together/2 {
		t.Errorf("%d were told that another was faster, want one of each two", used)
	}
}

package oauthredis_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"mpe/compose/redistest"
	"mpe/oauth"
	"mpe/oauth/oauthredis"
	"mpe/oauth/oauthtest"
)

func TestContract(t *testing.T) {
	redistest.Each(t, func(t *testing.T, client redis.UniversalClient) {
		run := redistest.Prefix()
		oauthtest.TestStore(t, func(sandbox string) oauthtest.Store {
			return oauthredis.New(client, strings.TrimSuffix(run, "}:")+sandbox+"}:")
		})
	})
}

func TestAnUnreachableRedisIsAFault(t *testing.T) {
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialerRetries: 1})
	defer client.Close()
	s := oauthredis.New(client, redistest.Prefix())
	_, clientErr := s.Client(t.Context(), "a")
	_, clientsErr := s.Clients(t.Context())
	_, currentErr := s.Current(t.Context(), "1")
	_, usedErr := s.GrantUsed(t.Context(), "a", "1", time.Unix(0, 0))
	for what, err := range map[string]error{
		"Client":       clientErr,
		"Clients":      clientsErr,
		"Current":      currentErr,
		"GrantUsed":    usedErr,
		"UseGrant":     s.UseGrant(t.Context(), oauth.GrantUse{}, time.Unix(0, 0)),
		"PutClients":   s.PutClients(t.Context(), &oauth.Client{ID: "a"}),
		"DeleteClient": s.DeleteClient(t.Context(), "a"),
		"UpdateClient": s.UpdateClient(t.Context(), "a", func(*oauth.Client) error { return nil }),
	} {
		told := errors.Is(err, oauth.ErrNotFound) || errors.Is(err, oauth.ErrGrantUsed) || errors.Is(err, oauth.ErrStale)
		if err == nil || told {
			t.Errorf("%s: got %v, want a fault", what, err)
		}
	}
}

// trips is a go-redis hook that counts how often Redis is asked, besides what go-redis says when it connects.
type trips struct{ count *int }

func (trips) DialHook(next redis.DialHook) redis.DialHook { return next }

func (h trips) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, command redis.Cmder) error {
		h.add(command)
		return next(ctx, command)
	}
}

func (h trips) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, commands []redis.Cmder) error {
		h.add(commands[0])
		return next(ctx, commands)
	}
}

func (h trips) add(first redis.Cmder) {
	if name := first.Name(); name != "hello" && name != "client" {
		*h.count++
	}
}

func TestRoundTrips(t *testing.T) {
	client := redistest.Embedded(t)
	count := 0
	client.AddHook(trips{&count})
	prefix := redistest.Prefix()
	if err := oauthredis.New(client, prefix).PutClients(t.Context(), &oauth.Client{ID: "a"}); err != nil {
		t.Fatal(err)
	}
	s := oauthredis.New(client, prefix)
	now := time.Unix(1_767_225_600, 0)
	read := func() error { _, err := s.Client(t.Context(), "a"); return err }
	use := func() error {
		u := oauth.GrantUse{Client: "a", ID: "1", Until: now.Add(time.Minute), Generation: s.Generation()}
		return s.UseGrant(t.Context(), u, now)
	}
	for _, c := range []struct {
		rule string
		do   func() error
		want int
	}{
		{"a client is read", read, 1},
		{"and not remembered, for of which generation is not known", read, 1},
		{"that is asked for in one", func() error { _, err := s.Current(t.Context(), ""); return err }, 1},
		{"a client is read once", read, 1},
		{"and then remembered", read, 0},
		{"a grant is used in one", use, 1},
		{"nothing was forgotten by that", read, 0},
	} {
		count = 0
		if err := c.do(); err != nil || count != c.want {
			t.Errorf("%s: %d round trips (%v), want %d", c.rule, count, err, c.want)
		}
	}
}

func TestRedisSweepsAUseAfterItsTime(t *testing.T) {
	now := time.Unix(1_767_225_600, 0)
	for _, c := range []struct {
		rule  string
		until time.Time
		want  time.Duration
	}{
		{"a minute after its time", now.Add(2 * time.Minute), 3 * time.Minute},
		{"in a minute when its time is over", now.Add(-time.Hour), time.Minute},
	} {
		t.Run(c.rule, func(t *testing.T) {
			client, prefix := redistest.Embedded(t), redistest.Prefix()
			s := oauthredis.New(client, prefix)
			if _, err := s.Current(t.Context(), ""); err != nil {
				t.Fatal(err)
			}
			u := oauth.GrantUse{Client: "a", ID: "1", Until: c.until, Generation: s.Generation()}
			if err := s.UseGrant(t.Context(), u, now); err != nil {
				t.Fatal(err)
			}
			keys, err := client.Keys(t.Context(), prefix+"grant:*").Result()
			if err != nil || len(keys) != 1 {
				t.Fatalf("keys of grants are %v (%v), want one", keys, err)
			}
			if got := client.PTTL(t.Context(), keys[0]).Val(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// lost is a go-redis hook that takes away the answer to the first transaction, which then looks like one that another
// was faster than.
type lost struct{ first *sync.Once }

func (lost) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (lost) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (h lost) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, commands []redis.Cmder) error {
		err := next(ctx, commands)
		if commands[0].Name() == "multi" {
			h.first.Do(func() { err = redis.TxFailedErr })
		}
		return err
	}
}

func TestTheStoresOwnRetryIsNoReplay(t *testing.T) {
	client := redistest.Embedded(t)
	s := oauthredis.New(client, redistest.Prefix())
	if _, err := s.Current(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_767_225_600, 0)
	u := oauth.GrantUse{Client: "a", ID: "1", Request: "old", Until: now, Generation: s.Generation()}
	if err := s.UseGrant(t.Context(), u, now.Add(-time.Minute)); err != nil {
		t.Fatal(err)
	}
	var first sync.Once
	client.AddHook(lost{&first})
	u.Request, u.Until = "new", now.Add(time.Minute)
	if err := s.UseGrant(t.Context(), u, now); err != nil {
		t.Errorf("got %v, want none", err)
	}
	first.Do(func() { t.Error("no transaction was tried: nothing was tested") })
}

package oauthredis_test

import (
	"errors"
	"strings"
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
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1})
	defer client.Close()
	s := oauthredis.New(client, redistest.Prefix())
	_, clientErr := s.Client(t.Context(), "a")
	_, currentErr := s.Current(t.Context(), "1")
	for what, err := range map[string]error{
		"Client":     clientErr,
		"Current":    currentErr,
		"UseGrant":   s.UseGrant(t.Context(), oauth.GrantUse{}, time.Unix(0, 0)),
		"PutClients": s.PutClients(t.Context(), &oauth.Client{ID: "a"}),
	} {
		told := errors.Is(err, oauth.ErrNotFound) || errors.Is(err, oauth.ErrGrantUsed) || errors.Is(err, oauth.ErrStale)
		if err == nil || told {
			t.Errorf("%s: got %v, want a fault", what, err)
		}
	}
}

func TestACacheHoldsOneGeneration(t *testing.T) {
	c := oauthredis.NewCache[string, int]()
	c.Store("1", "a", 10)
	c.Store("2", "b", 20)
	if _, found := c.Load("1", "a"); found {
		t.Error("a value of the old generation is still there")
	}
	if _, found := c.Load("2", "a"); found {
		t.Error("a value of the old generation is taken for one of the new")
	}
	if got, found := c.Load("2", "b"); !found || got != 20 {
		t.Errorf("got %d, %t, want 20", got, found)
	}
}

func BenchmarkUseGrant(b *testing.B) {
	s := oauthredis.New(redistest.Embedded(b), redistest.Prefix())
	now := time.Unix(1_767_225_600, 0)
	if _, err := s.Current(b.Context(), ""); err != nil {
		b.Fatal(err)
	}
	u := oauth.GrantUse{Client: "a", ID: "1", Until: now.Add(time.Minute), Generation: s.Generation()}
	for b.Loop() {
		if err := s.UseGrant(b.Context(), u, now); err != nil {
			b.Fatal(err)
		}
	}
}

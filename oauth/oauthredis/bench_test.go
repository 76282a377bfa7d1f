package oauthredis_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"mpe/compose/redistest"
	"mpe/oauth"
	"mpe/oauth/oauthredis"
)

func BenchmarkUseGrant(b *testing.B) {
	b.Run("embedded", func(b *testing.B) { useGrants(b, redistest.Embedded(b)) })
	b.Run("server", func(b *testing.B) {
		url := os.Getenv("MPE_TEST_REDIS")
		if url == "" {
			b.Skip("MPE_TEST_REDIS is not set")
		}
		options, err := redis.ParseURL(url)
		if err != nil {
			b.Fatal(err)
		}
		client := redis.NewClient(options)
		defer client.Close()
		useGrants(b, client)
	})
}

// useGrants uses one new grant after the other.
func useGrants(b *testing.B, client redis.UniversalClient) {
	s := oauthredis.New(client, redistest.Prefix())
	now := time.Unix(1_767_225_600, 0)
	if _, err := s.Current(b.Context(), ""); err != nil {
		b.Fatal(err)
	}
	u := oauth.GrantUse{Client: "a", Request: "r", Until: now, Generation: s.Generation()}
	for i := 0; b.Loop(); i++ {
		u.ID = strconv.Itoa(i)
		if err := s.UseGrant(b.Context(), u, now); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkClientFromMemory(b *testing.B) {
	s := oauthredis.New(redistest.Embedded(b), redistest.Prefix())
	if err := s.PutClients(b.Context(), &oauth.Client{ID: "a"}); err != nil {
		b.Fatal(err)
	}
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if _, err := s.Client(b.Context(), "a"); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkPut10000Clients(b *testing.B) {
	s := oauthredis.New(redistest.Embedded(b), redistest.Prefix())
	clients := make([]*oauth.Client, 10_000)
	for i := range clients {
		clients[i] = &oauth.Client{ID: fmt.Sprint("client ", i), Org: "310000019", Scopes: []string{"mun:a", "mun:b"}}
	}
	for b.Loop() {
		if err := s.PutClients(b.Context(), clients...); err != nil {
			b.Fatal(err)
		}
	}
}

// Package redistest gives tests the Redis servers that a store has to work with.
package redistest

import (
	"crypto/rand"
	"os"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// Each runs the test on the embedded Redis, and on the server and the Cluster that MPE_TEST_REDIS (a URL) and
// MPE_TEST_REDIS_CLUSTER (HOST:PORT,…) name. Those are skipped where they are not set, which is an error under CI.
func Each(t *testing.T, test func(t *testing.T, client redis.UniversalClient)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { test(t, Embedded(t)) })
	t.Run("server", func(t *testing.T) {
		options, err := redis.ParseURL(Required(t, "MPE_TEST_REDIS"))
		if err != nil {
			t.Fatal(err)
		}
		test(t, closing(t, redis.NewClient(options)))
	})
	t.Run("cluster", func(t *testing.T) {
		nodes := strings.Split(Required(t, "MPE_TEST_REDIS_CLUSTER"), ",")
		test(t, closing(t, redis.NewClusterClient(&redis.ClusterOptions{Addrs: nodes})))
	})
}

// Embedded is a Redis in this process, empty, and gone after the test.
func Embedded(t testing.TB) redis.UniversalClient {
	t.Helper()
	return closing(t, redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()}))
}

// Prefix is one for the keys of this test alone. All of them are on the same node of a Cluster.
func Prefix() string { return "mpe:{" + rand.Text() + "}:" }

func closing(t testing.TB, client redis.UniversalClient) redis.UniversalClient {
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

// Required is the value of the variable. Without it the test is skipped, which is an error under CI.
func Required(t *testing.T, variable string) string {
	t.Helper()
	value := os.Getenv(variable)
	switch {
	case value != "":
	case os.Getenv("CI") == "true":
		t.Fatalf("%s is not set", variable)
	default:
		t.Skipf("%s is not set: make test sets it where redis-server is installed", variable)
	}
	return value
}

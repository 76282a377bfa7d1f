package compose

import (
	"context"
	"fmt"
	"testing"

	"github.com/redis/go-redis/v9"
)

// A pipeline is written to its end before its first answer is read, so neither side may wait for room.
func TestEmbeddedRedisTakesPipelinesOfAnyLength(t *testing.T) {
	client, closeAll, err := embeddedRedis()
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	const many = 50_000
	answers, err := client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range many {
			p.Set(ctx, fmt.Sprint("key:", i), "value", 0)
		}
		return nil
	})
	if err != nil || len(answers) != many {
		t.Errorf("%d answers, %v; want %d", len(answers), err, many)
	}
	if n, err := client.DBSize(ctx).Result(); err != nil || n != many {
		t.Errorf("%d keys, %v; want %d", n, err, many)
	}
	if err := closeAll(); err != nil {
		t.Error(err)
	}
	if err := client.Ping(ctx).Err(); err == nil {
		t.Error("a closed Redis answers")
	}
}

package compose

import (
	"context"
	"fmt"
	"io"
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

// What was written all at once, a seed say, must not be held for as long as the process lives.
func TestAPipeGivesBackTheRoomOfWhatWasLong(t *testing.T) {
	ours, theirs := pipe()
	defer ours.Close()
	for _, length := range []int{keptRoom / 2, 16 * keptRoom} {
		if _, err := ours.Write(make([]byte, length)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(theirs, make([]byte, length)); err != nil {
			t.Fatal(err)
		}
		if room := ours.(end).out.buffer.Cap(); room > 2*keptRoom {
			t.Errorf("a pipe that held %d bytes has room for %d", length, room)
		}
	}
}

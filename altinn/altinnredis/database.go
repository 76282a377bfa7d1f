package altinnredis

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"
)

// database is the part of a Redis whose keys have the prefix.
type database struct {
	client redis.UniversalClient
	prefix string
}

func (db database) key(name string) string { return db.prefix + name }

// change reads with read, and writes what write says in one transaction that also counts up the generation. When
// anyone has written since the reading began it does all of that again: the generation tells.
func (db database) change(
	ctx context.Context, read func(redis.Cmdable) error, write func(redis.Pipeliner),
) error {
	generation := db.key("generation")
	attempt := func(tx *redis.Tx) error {
		if err := read(tx); err != nil {
			return err
		}
		_, err := tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
			write(p)
			p.Incr(ctx, generation)
			return nil
		})
		return err
	}
	for {
		err := db.client.Watch(ctx, attempt, generation)
		if !errors.Is(err, redis.TxFailedErr) {
			return err
		}
	}
}

package altinnredis

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"
)

// database is the part of a Redis whose keys have the prefix. It is read through the client, or through a transaction.
type database struct {
	redis.Cmdable
	prefix string
}

func (db database) key(name string) string { return db.prefix + name }

// Tx is one change of the store: it reads one state of it, and what it puts is written all at once or not at all.
type Tx struct {
	records
	writes []func(context.Context, redis.Pipeliner)
	placed map[string]places // by table and id: where the records are that this change has put
	last   int64             // the highest Sequence that this change has given
}

// change runs change, and writes what it put in one transaction that also counts up the generation. When anyone has
// written since it began, it runs again, whatever it came to: it may have read things that never were together. A
// change that puts nothing writes nothing.
func (s *Store) change(ctx context.Context, change func(*Tx) error) error {
	generation := s.systems.key("generation")
	var outcome error
	attempt := func(watched *redis.Tx) error {
		tx := &Tx{records: newRecords(database{watched, s.systems.prefix}), placed: map[string]places{}}
		outcome = change(tx)
		_, err := watched.TxPipelined(ctx, func(p redis.Pipeliner) error {
			if outcome != nil || len(tx.writes) == 0 {
				p.Exists(ctx, generation) // an empty transaction is not sent, and would not tell
				return nil
			}
			for _, write := range tx.writes {
				write(ctx, p)
			}
			p.Incr(ctx, generation)
			return nil
		})
		return err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	for {
		err := s.client.Watch(ctx, attempt, generation)
		switch {
		case errors.Is(err, redis.TxFailedErr):
		case err != nil && outcome == nil:
			return err
		default:
			return outcome
		}
	}
}

// later adds to what the change writes.
func (tx *Tx) later(write func(context.Context, redis.Pipeliner)) {
	tx.writes = append(tx.writes, write)
}

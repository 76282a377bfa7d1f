package altinnredis

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/redis/go-redis/v9"
)

// chunk is how many records a transaction writes, where many are stored that need not become visible together.
const chunk = 1000

// inChunks changes the store by the chunk.
func inChunks[T any](ctx context.Context, s *Store, records []T, change func(*Tx, []T) error) error {
	for some := range slices.Chunk(records, chunk) {
		if err := s.change(ctx, func(tx *Tx) error { return change(tx, some) }); err != nil {
			return err
		}
	}
	return nil
}

// places are where a record is found: its home, and the sets and series that hold its address. They are themselves stored, by id,
// in the hash that is named as the table: a record that changes must leave nothing where it was.
type places struct {
	Home   string   `json:"home"`
	Sets   []string `json:"sets,omitempty"`
	Series []string `json:"series,omitempty"`
	Number int64    `json:"number,omitempty"` // in the series
}

func (t *table[T]) places(record *T) *places {
	where := &places{Home: t.home(record)}
	if t.sets != nil {
		where.Sets = t.sets(record)
	}
	if t.series != nil {
		where.Series, where.Number = t.series(record)
	}
	return where
}

// put stores records, each in place of the one with the same id.
func (t *table[T]) put(ctx context.Context, tx *Tx, records ...*T) error {
	ids := make([]string, len(records))
	for i, record := range records {
		ids[i] = t.id(record)
	}
	before, err := t.where(ctx, ids)
	if err != nil {
		return fmt.Errorf("storing in %s: %w", t.name, err)
	}
	for i, record := range records {
		encoded, err := json.Marshal(record)
		if err != nil {
			return fmt.Errorf("storing in %s: %w", t.name, err)
		}
		t.replace(tx, ids[i], encoded, before[ids[i]], t.places(record))
	}
	return nil
}

// replace writes a record that stood in other places before, or in none.
func (t *table[T]) replace(tx *Tx, id string, encoded []byte, before, after *places) {
	if earlier, ok := tx.placed[t.name+"\x00"+id]; ok {
		before = &earlier
	}
	tx.placed[t.name+"\x00"+id] = *after
	member := address{id: id, home: after.Home}.String()
	tx.later(func(ctx context.Context, p redis.Pipeliner) {
		if !after.equal(before) {
			t.leave(ctx, p, id, before)
			for _, set := range after.Sets {
				p.ZAdd(ctx, t.key(set), redis.Z{Member: member})
			}
			for _, series := range after.Series {
				t.enter(ctx, p, series, after.Number, member)
			}
			where, _ := json.Marshal(after) // strings and a number cannot fail
			p.HSet(ctx, t.key(t.name), id, where)
		}
		p.HSet(ctx, t.key(after.Home), id, encoded)
	})
}

func (p *places) equal(other *places) bool {
	return other != nil && p.Home == other.Home && p.Number == other.Number &&
		slices.Equal(p.Sets, other.Sets) && slices.Equal(p.Series, other.Series)
}

// remove removes the records with the ids. One that is not there is no error.
func (t *table[T]) remove(ctx context.Context, tx *Tx, ids ...string) error {
	before, err := t.where(ctx, ids)
	if err != nil {
		return fmt.Errorf("removing from %s: %w", t.name, err)
	}
	for id, where := range before {
		tx.later(func(ctx context.Context, p redis.Pipeliner) {
			t.leave(ctx, p, id, where)
			p.HDel(ctx, t.key(t.name), id)
		})
	}
	return nil
}

// leave removes a record from its places.
func (t *table[T]) leave(ctx context.Context, p redis.Pipeliner, id string, before *places) {
	if before == nil {
		return
	}
	p.HDel(ctx, t.key(before.Home), id)
	member := address{id: id, home: before.Home}.String()
	for _, set := range before.Sets {
		p.ZRem(ctx, t.key(set), member)
	}
	for _, series := range before.Series {
		t.quit(ctx, p, series, before.Number, member)
	}
}

// where are the places of the records with the ids; those that are not there are not in the map.
func (t *table[T]) where(ctx context.Context, ids []string) (map[string]*places, error) {
	fields, err := t.HMGet(ctx, t.key(t.name), ids...).Result()
	if err != nil {
		return nil, err
	}
	where := make(map[string]*places, len(ids))
	for i, field := range fields {
		encoded, ok := field.(string)
		if !ok {
			continue
		}
		found := new(places)
		if err := json.Unmarshal([]byte(encoded), found); err != nil {
			return nil, fmt.Errorf("decoding the places of %q: %w", ids[i], err)
		}
		where[ids[i]] = found
	}
	return where, nil
}

package altinnredis

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/redis/go-redis/v9"
)

// chunk is how many records a transaction writes.
const chunk = 1000

// put stores records, each in place of the one with the same id. They become visible by the chunk.
func (t *table[T]) put(ctx context.Context, records []*T) error {
	for some := range slices.Chunk(records, chunk) {
		if err := t.putChunk(ctx, some); err != nil {
			return fmt.Errorf("storing in %s: %w", t.name, err)
		}
	}
	return nil
}

func (t *table[T]) putChunk(ctx context.Context, records []*T) error {
	rows := make([]row, len(records))
	ids := make([]string, len(records))
	for i, record := range records {
		encoded, err := json.Marshal(record)
		if err != nil {
			return err
		}
		rows[i] = row{id: t.id(record), encoded: encoded, places: t.places(record)}
		ids[i] = rows[i].id
	}
	return t.change(ctx, ids, func(p redis.Pipeliner, before map[string]places) {
		for _, r := range rows {
			t.store(ctx, p, r, before[r.id])
			before[r.id] = r.places // the same id can come again
		}
	})
}

// remove removes the records with the ids. One that is not there is no error.
func (t *table[T]) remove(ctx context.Context, ids []string) error {
	for some := range slices.Chunk(ids, chunk) {
		err := t.change(ctx, some, func(p redis.Pipeliner, before map[string]places) {
			for id, where := range before {
				t.leave(ctx, p, id, where)
				p.HDel(ctx, t.key(t.name), id)
			}
		})
		if err != nil {
			return fmt.Errorf("removing from %s: %w", t.name, err)
		}
	}
	return nil
}

// row is a record as it is stored.
type row struct {
	id      string
	encoded []byte
	places  places
}

// places are the names of a record's home and of the sets that hold its address, in that order. They are themselves
// stored, by id, in the hash that is named as the table: a record that changes must leave nothing where it was.
type places []string

func (t *table[T]) places(record *T) places {
	where := places{t.home(record)}
	if t.sets != nil {
		where = append(where, t.sets(record)...)
	}
	return where
}

// store writes a record that was in other places before, or nowhere.
func (t *table[T]) store(ctx context.Context, p redis.Pipeliner, r row, before places) {
	home := r.places[0]
	if !slices.Equal(before, r.places) {
		t.leave(ctx, p, r.id, before)
		for _, set := range r.places[1:] {
			p.SAdd(ctx, t.key(set), address{id: r.id, home: home}.String())
		}
		encoded, _ := json.Marshal(r.places) // strings cannot fail
		p.HSet(ctx, t.key(t.name), r.id, encoded)
	}
	p.HSet(ctx, t.key(home), r.id, r.encoded)
}

// leave removes a record from its places.
func (t *table[T]) leave(ctx context.Context, p redis.Pipeliner, id string, before places) {
	if len(before) == 0 {
		return
	}
	home := before[0]
	p.HDel(ctx, t.key(home), id)
	for _, set := range before[1:] {
		p.SRem(ctx, t.key(set), address{id: id, home: home}.String())
	}
}

// change runs write in a transaction, with the places that the records had before; those that are not there are not in
// the map.
func (t *table[T]) change(
	ctx context.Context, ids []string, write func(p redis.Pipeliner, before map[string]places),
) error {
	var before map[string]places
	read := func(r redis.Cmdable) (err error) {
		before, err = t.where(ctx, r, ids)
		return err
	}
	return t.database.change(ctx, read, func(p redis.Pipeliner) { write(p, before) })
}

func (t *table[T]) where(ctx context.Context, r redis.Cmdable, ids []string) (map[string]places, error) {
	fields, err := r.HMGet(ctx, t.key(t.name), ids...).Result()
	if err != nil {
		return nil, err
	}
	where := make(map[string]places, len(ids))
	for i, field := range fields {
		encoded, ok := field.(string)
		if !ok {
			continue
		}
		var found places
		if err := json.Unmarshal([]byte(encoded), &found); err != nil {
			return nil, fmt.Errorf("decoding the places of %q: %w", ids[i], err)
		}
		where[ids[i]] = found
	}
	return where, nil
}

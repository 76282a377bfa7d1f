package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

// ErrNotFound is that the journal has no such entry: it never had, it was cleared, or newer ones took its place.
var ErrNotFound = errors.New("not in the journal")

// Entry finds an exchange by its trace id. It sees all that was recorded here before, as List and Last do. The error
// is ErrNotFound when there is none.
func (j *Journal) Entry(ctx context.Context, id string) (Entry, error) {
	if err := j.Flush(ctx); err != nil {
		return Entry{}, err
	}
	return j.entry(ctx, id)
}

// Last is the newest exchange; ErrNotFound when there is none.
func (j *Journal) Last(ctx context.Context) (Entry, error) {
	if err := j.Flush(ctx); err != nil {
		return Entry{}, err
	}
	id, err := j.redis.LIndex(ctx, j.order, -1).Result()
	if errors.Is(err, redis.Nil) {
		return Entry{}, ErrNotFound
	}
	if err != nil {
		return Entry{}, fmt.Errorf("reading the journal's order: %w", err)
	}
	return j.entry(ctx, id)
}

func (j *Journal) entry(ctx context.Context, id string) (Entry, error) {
	encoded, err := j.redis.HGet(ctx, j.entries, id).Result()
	if errors.Is(err, redis.Nil) {
		return Entry{}, ErrNotFound
	}
	if err != nil {
		return Entry{}, fmt.Errorf("reading journal entry %s: %w", id, err)
	}
	return decode(encoded)
}

func decode(encoded string) (Entry, error) {
	var e Entry
	if err := json.Unmarshal([]byte(encoded), &e); err != nil {
		return Entry{}, fmt.Errorf("decoding a journal entry: %w", err)
	}
	return e, nil
}

// Filter says which entries are wanted. An empty field wants any.
type Filter struct {
	Since         time.Time // entries of that time or later
	Endpoint      string
	Client        string
	Code          string // the MP number, or the OAuth error
	Verdict       string
	Reason        string
	Org           string
	SystemUserOrg string
	Limit         int // 0 is 100; never more than 1000
}

const (
	defaultLimit = 100
	maxLimit     = 1000
)

func (f Filter) limit() int {
	if f.Limit <= 0 {
		return defaultLimit
	}
	return min(f.Limit, maxLimit)
}

// Match is what the filter wants, but for when and how many.
func (f Filter) Match() Match {
	var m Match
	for _, want := range []struct{ path, value string }{
		{"client", f.Client}, {"code", f.Code}, {"endpoint", f.Endpoint}, {"org", f.Org}, {"reason", f.Reason},
		{"systemuser_org", f.SystemUserOrg}, {"verdict", f.Verdict},
	} {
		if want.value != "" {
			m = append(m, condition{want.path, equals(want.value)})
		}
	}
	return m
}

// chunk is how many entries are read at once.
const chunk = 256

// List gives the newest of the wanted entries, the newest first: in the order in which they were recorded, for the
// emulator's clock may have been set back.
func (j *Journal) List(ctx context.Context, f Filter) ([]Entry, error) {
	if err := j.Flush(ctx); err != nil {
		return nil, err
	}
	found := []Entry{}
	wanted := f.Match()
	seen := map[string]bool{} // what is recorded meanwhile moves the older ones into the next chunk
	for from := 0; ; from += chunk {
		ids, err := j.redis.LRange(ctx, j.order, int64(-from-chunk), int64(-from-1)).Result()
		if err != nil {
			return nil, fmt.Errorf("reading the journal's order: %w", err)
		}
		last := len(ids) < chunk
		slices.Reverse(ids)
		ids = slices.DeleteFunc(ids, func(id string) bool {
			again := seen[id]
			seen[id] = true
			return again
		})
		found, err = j.appendWanted(ctx, found, ids, f, wanted)
		if err != nil || last || len(found) == f.limit() {
			return found, err
		}
	}
}

// appendWanted appends those of the entries that are wanted, up to the limit.
func (j *Journal) appendWanted(ctx context.Context, found []Entry, ids []string, f Filter, m Match) ([]Entry, error) {
	entries, err := j.read(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if len(found) < f.limit() && !e.Time.Before(f.Since) && m.Matches(e) {
			found = append(found, e)
		}
	}
	return found, nil
}

// read gives the entries in the order of the ids, without those in whose place newer ones have come meanwhile.
func (j *Journal) read(ctx context.Context, ids []string) ([]Entry, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	values, err := j.redis.HMGet(ctx, j.entries, ids...).Result()
	if err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	entries := make([]Entry, 0, len(values))
	for _, value := range values {
		encoded, there := value.(string)
		if !there {
			continue
		}
		e, err := decode(encoded)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// Clear forgets every exchange that has been recorded.
func (j *Journal) Clear(ctx context.Context) error {
	if err := j.Flush(ctx); err != nil {
		return err
	}
	if err := j.redis.Del(ctx, j.entries, j.order).Err(); err != nil {
		return fmt.Errorf("clearing the journal: %w", err)
	}
	return nil
}

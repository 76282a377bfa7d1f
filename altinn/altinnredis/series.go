package altinnredis

import (
	"context"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"
)

// A series is kept in stretches of so many numbers, each a sorted set of addresses, and the sorted set of the stretches
// that there are. The embedded Redis sorts a whole set for each page of it: one of 100 000 takes 20 ms, and these none.
const stretch = 256

func stretchKey(series string, n int64) string { return series + ":" + strconv.FormatInt(n, 10) }

// enter puts the address into the series at that number.
func (t *table[T]) enter(ctx context.Context, p redis.Pipeliner, series string, number int64, member string) {
	n := number / stretch
	p.ZAdd(ctx, t.key(series), redis.Z{Score: float64(n), Member: strconv.FormatInt(n, 10)})
	p.ZAdd(ctx, t.key(stretchKey(series, n)), redis.Z{Score: float64(number), Member: member})
}

// quit takes the address out of the series. A stretch that is empty stays known.
func (t *table[T]) quit(ctx context.Context, p redis.Pipeliner, series string, number int64, member string) {
	p.ZRem(ctx, t.key(stretchKey(series, number/stretch)), member)
}

// from are at most limit records of the series, from that number on.
func (t *table[T]) from(ctx context.Context, series string, number int64, limit int) ([]*T, error) {
	stretches, err := t.ZRangeByScore(ctx, t.key(series), &redis.ZRangeBy{
		Min: strconv.FormatInt(number/stretch, 10), Max: "+inf",
	}).Result()
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", series, err)
	}
	var found []address
	for _, s := range stretches {
		if len(found) >= limit {
			break
		}
		more, err := t.parse(series, t.ZRangeByScore(ctx, t.key(series+":"+s), &redis.ZRangeBy{
			Min: strconv.FormatInt(number, 10), Max: "+inf", Count: int64(limit - len(found)),
		}))
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return t.all(ctx, series, found)
}

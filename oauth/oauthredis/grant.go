package oauthredis

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"mpe/oauth"
)

// UseGrant marks a grant as used, in one round trip that also asks for the generation. Only where there is a mark
// already it takes another one, to read it.
func (s *Store) UseGrant(ctx context.Context, u oauth.GrantUse, now time.Time) error {
	var marked *redis.BoolCmd // false: something stood there already
	var generation *redis.StringCmd
	_, err := s.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		marked = p.SetNX(ctx, s.grantKey(u.Client, u.ID), format(u), ttl(u, now))
		generation = p.Get(ctx, s.generationKey())
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) { // nil: nothing was ever written
		return fmt.Errorf("marking the grant as used: %w", err)
	}
	if !marked.Val() {
		if err := s.judge(ctx, u, now); err != nil {
			return err
		}
	}
	current, err := s.current(generation)
	if err != nil {
		return fmt.Errorf("reading the generation: %w", err)
	}
	if current != u.Generation {
		return oauth.ErrStale
	}
	return nil
}

// GrantUsed tells whether the use of a grant is still remembered.
func (s *Store) GrantUsed(ctx context.Context, client, id string, now time.Time) (bool, error) {
	value, err := s.redis.Get(ctx, s.grantKey(client, id)).Result()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for the grant's use: %w", err)
	}
	return parseUse(value).until.After(now), nil
}

// sweep is how much longer than needed Redis keeps a use.
const sweep = time.Minute

// judge reads the mark that stands there already.
func (s *Store) judge(ctx context.Context, u oauth.GrantUse, now time.Time) error {
	value, err := s.redis.Get(ctx, s.grantKey(u.Client, u.ID)).Result()
	if errors.Is(err, redis.Nil) { // it has just expired
		return s.replace(ctx, u, now)
	}
	if err != nil {
		return fmt.Errorf("marking the grant as used: %w", err)
	}
	use := parseUse(value)
	switch {
	case use.request == u.Request:
		return nil
	case use.until.After(now):
		return oauth.ErrGrantUsed
	default:
		return s.replace(ctx, u, now)
	}
}

// replace overwrites a use that may be forgotten but that Redis still has, unless another request is faster: the mark
// of the one that has won must stay.
func (s *Store) replace(ctx context.Context, u oauth.GrantUse, now time.Time) error {
	key := s.grantKey(u.Client, u.ID)
	err := s.watch(ctx, key, func(tx *redis.Tx) error {
		value, err := tx.Get(ctx, key).Result()
		if err != nil && !errors.Is(err, redis.Nil) { // nil: it has just expired
			return err
		}
		if use := parseUse(value); use.request != u.Request && use.until.After(now) {
			return oauth.ErrGrantUsed
		}
		_, err = tx.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
			return pipe.Set(ctx, key, format(u), ttl(u, now)).Err()
		})
		return err
	})
	if err == nil || errors.Is(err, oauth.ErrGrantUsed) {
		return err
	}
	return fmt.Errorf("marking the grant as used: %w", err)
}

// ttl is how long Redis keeps the use. It has a clock of its own, which decides nothing.
func ttl(u oauth.GrantUse, now time.Time) time.Duration { return max(u.Until.Sub(now), 0) + sweep }

// format writes the use as parseUse reads it.
func format(u oauth.GrantUse) string { return strconv.FormatInt(u.Until.Unix(), 10) + " " + u.Request }

type use struct {
	request string
	until   time.Time
}

func parseUse(value string) use {
	seconds, request, _ := strings.Cut(value, " ")
	until, _ := strconv.ParseInt(seconds, 10, 64) // what is unreadable has expired
	return use{request: request, until: time.Unix(until, 0)}
}

// grantKey hashes the id, which is the client's choice and may be of any length.
func (s *Store) grantKey(client, id string) string {
	sum := sha256.Sum256([]byte(client + "\x00" + id))
	return s.prefix + "grant:" + base64.RawURLEncoding.EncodeToString(sum[:])
}

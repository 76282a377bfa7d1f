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

// UseGrant marks a grant as used, in one round trip that also asks for the generation.
func (s *Store) UseGrant(ctx context.Context, u oauth.GrantUse, now time.Time) error {
	pipe := s.redis.Pipeline()
	marked := s.mark(ctx, pipe, u, now, "NX")
	generation := pipe.Get(ctx, s.generationKey())
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return fmt.Errorf("marking the grant as used: %w", err)
	}
	if err := s.judge(ctx, marked, u, now); err != nil {
		return err
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

// sweep is how much longer than needed Redis keeps a use. Its own clock decides nothing: a use carries its time.
const sweep = time.Minute

// mark writes the use and answers what stood there before. The mode is NX, only when nothing did, or XX, only when
// something did.
func (s *Store) mark(ctx context.Context, c redis.Cmdable, u oauth.GrantUse, now time.Time, mode string) *redis.StatusCmd {
	value := strconv.FormatInt(u.Until.Unix(), 10) + " " + u.Request
	ttl := max(u.Until.Sub(now), 0) + sweep
	return c.SetArgs(ctx, s.grantKey(u.Client, u.ID), value, redis.SetArgs{Mode: mode, Get: true, TTL: ttl})
}

// judge reads what stood there before.
func (s *Store) judge(ctx context.Context, before *redis.StatusCmd, u oauth.GrantUse, now time.Time) error {
	value, err := before.Result()
	if errors.Is(err, redis.Nil) {
		return nil
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

// replace overwrites a use that may be forgotten but that Redis still has. Of several that try, the one that finds the
// old use there has won.
func (s *Store) replace(ctx context.Context, u oauth.GrantUse, now time.Time) error {
	value, err := s.mark(ctx, s.redis, u, now, "XX").Result()
	switch {
	case errors.Is(err, redis.Nil): // it has just expired
		return s.judge(ctx, s.mark(ctx, s.redis, u, now, "NX"), u, now)
	case err != nil:
		return fmt.Errorf("marking the grant as used: %w", err)
	case parseUse(value).until.After(now):
		return oauth.ErrGrantUsed
	default:
		return nil
	}
}

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

package compose

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/redis/go-redis/v9"
)

// sessions are who has logged in on the pages of a sandbox. Its secrets are of no use in another.
type sessions struct {
	redis  redis.UniversalClient
	prefix string // of the sandbox's keys
	now    func() time.Time
	rand   io.Reader
}

// session is a record. It carries its own end, by the sandbox's clock.
type session struct {
	PID   string    `json:"pid"`
	Until time.Time `json:"until"`
}

// swept is when Redis drops a session whatever the sandbox's clock says.
const swept = 24 * time.Hour

func (s *sessions) key(secret string) string { return s.prefix + "session:" + secret }

// Open makes a session of the person with the number, which ends at that time.
func (s *sessions) Open(ctx context.Context, pid string, until time.Time) (secret string, err error) {
	random := make([]byte, 32)
	if _, err := io.ReadFull(s.rand, random); err != nil {
		return "", fmt.Errorf("making a session: %w", err)
	}
	secret = base64.RawURLEncoding.EncodeToString(random)
	record, _ := json.Marshal(session{pid, until}) // a string and a time cannot fail
	if err := s.redis.Set(ctx, s.key(secret), record, swept).Err(); err != nil {
		return "", fmt.Errorf("storing a session: %w", err)
	}
	return secret, nil
}

// Person is the number of the person whose session it is; empty when there is none, or it has ended.
func (s *sessions) Person(ctx context.Context, secret string) (pid string, err error) {
	record, err := s.redis.Get(ctx, s.key(secret)).Bytes()
	if errors.Is(err, redis.Nil) {
		return "", nil
	}
	var found session
	if err == nil {
		err = json.Unmarshal(record, &found)
	}
	if err != nil {
		return "", fmt.Errorf("reading a session: %w", err)
	}
	if !s.now().Before(found.Until) {
		return "", nil
	}
	return found.PID, nil
}

// Close ends the session. One that is not there is no error.
func (s *sessions) Close(ctx context.Context, secret string) error {
	if err := s.redis.Del(ctx, s.key(secret)).Err(); err != nil {
		return fmt.Errorf("ending a session: %w", err)
	}
	return nil
}

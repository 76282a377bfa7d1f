package compose

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
)

// openRedis connects to the Redis at the URL, or starts one in this process when there is none. close ends both.
func openRedis(ctx context.Context, url string) (client redis.UniversalClient, closeAll func() error, err error) {
	if url == "" {
		return embeddedRedis()
	}
	client, err = dialRedis(url)
	if err != nil {
		return nil, nil, fmt.Errorf("--redis: %w", err)
	}
	if err := client.Ping(ctx).Err(); err != nil {
		client.Close()
		return nil, nil, &UnavailableError{Err: fmt.Errorf("reaching Redis at %s: %w", redactURL(url), err)}
	}
	return client, client.Close, nil
}

// QuietRedis stops go-redis from writing to the process's standard error, for a program whose errors are its own to tell.
// It changes the whole process, so it is for main, before the first emulator.
func QuietRedis() { logging.Disable() }

// UnavailableError is that what the emulator stores its state in cannot be reached.
type UnavailableError struct{ Err error }

func (e *UnavailableError) Error() string { return e.Err.Error() }
func (e *UnavailableError) Unwrap() error { return e.Err }

// protocol is RESP2, where the URL does not say otherwise: nothing that is asked of Redis needs RESP3, with which the client
// looks for messages pushed to it before each reply.
const protocol = 2

// dialRedis reads the URL. What stands after the plus says how the address is to be understood.
func dialRedis(url string) (redis.UniversalClient, error) {
	scheme, rest, _ := strings.Cut(url, "://")
	scheme, kind, _ := strings.Cut(scheme, "+")
	plain := scheme + "://" + rest
	switch kind {
	case "":
		options, err := redis.ParseURL(plain)
		if err != nil {
			return nil, err
		}
		options.ContextTimeoutEnabled, options.Protocol = true, cmp.Or(options.Protocol, protocol)
		return redis.NewClient(options), nil
	case "sentinel":
		options, err := redis.ParseFailoverURL(plain)
		if err != nil {
			return nil, err
		}
		options.ContextTimeoutEnabled, options.Protocol = true, cmp.Or(options.Protocol, protocol)
		return redis.NewFailoverClient(options), nil
	case "cluster":
		options, err := redis.ParseClusterURL(plain)
		if err != nil {
			return nil, err
		}
		options.ContextTimeoutEnabled, options.Protocol = true, cmp.Or(options.Protocol, protocol)
		return redis.NewClusterClient(options), nil
	default:
		return nil, fmt.Errorf("unknown kind %q of Redis: want redis://, redis+sentinel:// or redis+cluster://", kind)
	}
}

// redactURL leaves out the credentials.
func redactURL(url string) string {
	scheme, rest, _ := strings.Cut(url, "://")
	if i := strings.LastIndex(rest, "@"); i >= 0 {
		rest = rest[i+1:]
	}
	return scheme + "://" + rest
}

// sweep is how often the embedded Redis drops what has expired. It does not do so on its own, and sorts all of its keys for
// it, which stops everything for 0.2 s with 100 000 system users. Records carry their own time, so that nothing but memory
// depends on this.
const sweep = 2 * time.Minute

// embeddedRedis runs a Redis in this process, which nothing outside of it can reach.
func embeddedRedis() (redis.UniversalClient, func() error, error) {
	server := miniredis.NewMiniRedis()
	first, err := server.Dial() // starts it without a listener
	if err != nil {
		return nil, nil, &UnavailableError{Err: fmt.Errorf("starting the embedded Redis: %w", err)}
	}
	first.Close()
	client := redis.NewClient(&redis.Options{
		Dialer: func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := pipe()
			server.Server().ServeConn(theirs)
			return ours, nil
		},
		ReadTimeout: -1, WriteTimeout: -1, // it is there for as long as the process is
		Protocol: protocol,
	})
	stop := make(chan struct{})
	swept := make(chan struct{})
	go func() {
		defer close(swept)
		ticker := time.NewTicker(sweep)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				server.FastForward(sweep)
			case <-stop:
				return
			}
		}
	}()
	return client, func() error {
		close(stop)
		<-swept
		err := client.Close()
		server.Close()
		return err
	}, nil
}

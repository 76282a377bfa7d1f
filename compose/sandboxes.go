package compose

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"mpe/compose/control"
	"mpe/keys"
)

// sandboxes are the worlds of an emulator: the default one at the root, and those that tests made, each below its path.
// The zero value needs its emulator, and to be started.
type sandboxes struct {
	emulator  *Emulator
	byDefault *sandbox

	opening sync.Mutex
	open    sync.Map // id to *sandbox

	stop     context.CancelFunc
	working  sync.WaitGroup
	dropping sync.WaitGroup
}

const (
	// namesKey is the set of the sandboxes that tests made.
	namesKey = "mpe:{" + defaultSandbox + "}:sandboxes"

	maxSandboxes      = 1000
	defaultSandboxTTL = time.Hour
	maxSandboxTTL     = 24 * time.Hour

	// collect is how often those are looked for whose time is over.
	collect = time.Second
)

var sandboxID = regexp.MustCompile(`^[a-z0-9]{1,32}$`)

func (all *sandboxes) start(ctx context.Context) (err error) {
	all.byDefault, err = all.emulator.openSandbox(ctx, defaultSandbox, "", state{})
	if err != nil {
		return err
	}
	ctx, all.stop = context.WithCancel(context.WithoutCancel(ctx))
	all.working.Go(func() { all.collectExpired(ctx) })
	return nil
}

func (all *sandboxes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	id, below := within(path)
	if !below {
		all.byDefault.current.Load().handler.ServeHTTP(w, r)
		return
	}
	b := all.find(r.Context(), id)
	if b == nil {
		control.RefuseSandbox(w, id)
		return
	}
	handler := b.current.Load().handler
	if strings.HasPrefix(path, metadataOf) {
		r = r.Clone(r.Context())
		r.URL.Path, r.URL.RawPath = strings.TrimSuffix(metadataOf, "/s/"), ""
		handler.ServeHTTP(w, r)
		return
	}
	http.StripPrefix("/s/"+id, handler).ServeHTTP(w, r)
}

// metadataOf is where RFC 8414, section 3.1, puts the metadata of an issuer whose name has a path; Maskinporten's has
// none. They are below the sandbox too, where clients look that append the well-known path.
const metadataOf = "/.well-known/oauth-authorization-server/s/"

// within is the sandbox that the path belongs to.
func within(path string) (id string, below bool) {
	if rest, ok := strings.CutPrefix(path, "/s/"); ok {
		id, _, below = strings.Cut(rest, "/")
		return id, below
	}
	rest, ok := strings.CutPrefix(path, metadataOf)
	return strings.TrimSuffix(rest, "/"), ok
}

// find is the sandbox of that name; nil when there is none. Another emulator may have made it.
func (all *sandboxes) find(ctx context.Context, id string) *sandbox {
	if found, ok := all.open.Load(id); ok {
		return found.(*sandbox)
	}
	if !sandboxID.MatchString(id) {
		return nil
	}
	all.opening.Lock()
	defer all.opening.Unlock()
	if found, ok := all.open.Load(id); ok {
		return found.(*sandbox)
	}
	e := all.emulator
	known, err := e.redis.SIsMember(ctx, namesKey, id).Result()
	if err != nil || !known {
		return nil
	}
	b, err := e.openSandbox(context.WithoutCancel(ctx), id, sandboxPath(id), state{})
	if err != nil {
		e.config.Log.ErrorContext(ctx, "a sandbox could not be opened", "sandbox", id, "error", err)
		return nil
	}
	all.open.Store(id, b)
	return b
}

// lends is the key that sandboxes begin with, so that making one takes no time; nil for the first.
func (all *sandboxes) lends() *keys.Key {
	if all.byDefault == nil {
		return nil
	}
	return all.byDefault.keyring.lend()
}

func sandboxPath(id string) string { return "s/" + id + "/" }

// Create makes a sandbox with that seed; without one, with the emulator's.
func (all *sandboxes) Create(ctx context.Context, wanted control.NewSandbox) (control.Sandbox, error) {
	e := all.emulator
	ttl, id := time.Duration(wanted.TTL), wanted.ID
	switch {
	case ttl == 0:
		ttl = defaultSandboxTTL
	case ttl < 0 || ttl > maxSandboxTTL:
		return control.Sandbox{}, &control.FieldError{Field: "ttl", What: fmt.Sprintf("%s is not between 1s and %s", ttl, maxSandboxTTL)}
	}
	if id == "" {
		id = randomID(e.config.Rand)
	}
	if !sandboxID.MatchString(id) || id == defaultSandbox {
		return control.Sandbox{}, &control.FieldError{Field: "id", What: fmt.Sprintf("%q is not 1 to 32 of a-z and 0-9, and not %q", id, defaultSandbox)}
	}
	first := state{Expires: e.config.Now().Add(ttl)}
	if wanted.Seed != "" {
		first.Sources = []seedSource{{Name: "seed", Data: []byte(wanted.Seed)}}
	}
	b, err := all.found(ctx, id, first)
	if err != nil {
		return control.Sandbox{}, err
	}
	return b.described(), nil
}

func (all *sandboxes) found(ctx context.Context, id string, first state) (*sandbox, error) {
	e := all.emulator
	n, err := e.redis.SCard(ctx, namesKey).Result()
	if err != nil {
		return nil, fmt.Errorf("counting the sandboxes: %w", err)
	}
	if n >= maxSandboxes {
		return nil, &control.FieldError{What: fmt.Sprintf("there are %d sandboxes already; delete some, or give them a shorter ttl", n)}
	}
	added, err := e.redis.SAdd(ctx, namesKey, id).Result()
	if err != nil {
		return nil, fmt.Errorf("naming the sandbox: %w", err)
	}
	if added == 0 {
		return nil, &control.FieldError{Field: "id", What: fmt.Sprintf("there is a sandbox %q already", id)}
	}
	b, err := e.openSandbox(ctx, id, sandboxPath(id), first)
	if err != nil {
		return nil, errors.Join(err, e.redis.SRem(ctx, namesKey, id).Err())
	}
	all.open.Store(id, b)
	return b, nil
}

// randomID is 8 characters, which are easily read out and not easily guessed.
func randomID(random io.Reader) string {
	var id [5]byte
	_, _ = io.ReadFull(random, id[:]) // a random source that ends would have failed before
	return strings.ToLower(base32.StdEncoding.EncodeToString(id[:]))
}

// List are the sandboxes that this emulator has open, besides the default one.
func (all *sandboxes) List(ctx context.Context) ([]control.Sandbox, error) {
	ids, err := all.emulator.redis.SMembers(ctx, namesKey).Result()
	if err != nil {
		return nil, fmt.Errorf("listing the sandboxes: %w", err)
	}
	slices.Sort(ids)
	listed := []control.Sandbox{}
	for _, id := range ids {
		if b := all.find(ctx, id); b != nil {
			listed = append(listed, b.described())
		}
	}
	return listed, nil
}

// Delete ends the sandbox and forgets all of it. The error is control.ErrNotFound when there is none.
func (all *sandboxes) Delete(ctx context.Context, id string) error {
	removed, err := all.emulator.redis.SRem(ctx, namesKey, id).Result()
	if err != nil {
		return fmt.Errorf("removing the sandbox's name: %w", err)
	}
	if removed == 0 {
		return control.ErrNotFound
	}
	if err := all.emulator.redis.Del(ctx, sandboxPrefix(id)+stateName).Err(); err != nil { // by which others see it is gone
		return fmt.Errorf("removing the sandbox's state: %w", err)
	}
	all.shut(ctx, id)
	all.emulator.replicas.tell(ctx, id)
	all.drop(sandboxPrefix(id))
	return nil
}

// shut ends what this emulator has of the sandbox.
func (all *sandboxes) shut(ctx context.Context, id string) {
	if b, ok := all.open.LoadAndDelete(id); ok {
		if err := b.(*sandbox).close(ctx); err != nil {
			all.emulator.config.Log.Warn("closing a sandbox", "sandbox", id, "error", err)
		}
	}
}

// drop removes the keys with the prefix, while the emulator goes on.
func (all *sandboxes) drop(prefix string) {
	all.dropping.Go(func() {
		if err := dropKeys(context.Background(), all.emulator.redis, prefix); err != nil {
			all.emulator.config.Log.Warn("removing old records", "prefix", prefix, "error", err)
		}
	})
}

// heard takes over what another emulator has changed; of an empty name, whatever may have changed.
func (all *sandboxes) heard(id string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, b := range all.all() {
		if id == "" || id == b.id {
			all.refresh(ctx, b)
		}
	}
}

func (all *sandboxes) all() []*sandbox {
	open := []*sandbox{all.byDefault}
	all.open.Range(func(_, b any) bool {
		open = append(open, b.(*sandbox))
		return true
	})
	return open
}

func (all *sandboxes) refresh(ctx context.Context, b *sandbox) {
	err := b.refresh(ctx)
	if errors.Is(err, redis.Nil) && b != all.byDefault { // it was deleted
		all.shut(ctx, b.id)
		return
	}
	if err != nil {
		all.emulator.config.Log.Error("a change by another emulator could not be taken over", "sandbox", b.id, "error", err)
	}
}

// collectExpired deletes the sandboxes whose time is over.
func (all *sandboxes) collectExpired(ctx context.Context) {
	ticker := time.NewTicker(collect)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		all.collectNow(ctx)
	}
}

func (all *sandboxes) collectNow(ctx context.Context) {
	now := all.emulator.config.Now().Unix()
	for _, b := range all.all() {
		expires := b.expires.Load()
		if expires == 0 || expires > now {
			continue
		}
		if err := all.Delete(ctx, b.id); err != nil && !errors.Is(err, control.ErrNotFound) {
			all.emulator.config.Log.Warn("collecting a sandbox", "sandbox", b.id, "error", err)
		}
	}
}

func (all *sandboxes) close(ctx context.Context) error {
	if all.stop != nil {
		all.stop()
	}
	all.working.Wait()
	all.dropping.Wait()
	var failed []error
	for _, b := range all.all() {
		if b != nil {
			failed = append(failed, b.close(ctx))
		}
	}
	return errors.Join(failed...)
}

package compose

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"mpe/compose/control"
	"mpe/compose/journal"
	"mpe/compose/seed"
	"mpe/compose/telemetry"
)

// sandbox is one emulated world: all that holds state. Nothing of it is shared with another, but for keys.
type sandbox struct {
	id         string
	path       string // below which it is reached, as s/k7f3/; empty for the default sandbox
	prefix     string // of its keys; the braces in it keep a sandbox on one node of a Redis Cluster
	shared     string // the prefix of the keys that every sandbox signs with
	config     Config // Now is the sandbox's clock
	machine    func() time.Time
	redis      redis.UniversalClient
	stores     redis.UniversalClient // the same, for what requests ask of the stores
	metrics    *telemetry.Metrics
	others     *replicas
	clock      *Clock
	keyring    *keyring
	faults     *faults
	journal    *journal.Journal
	altinnKeys *altinnKeys

	schedule *schedule
	nested   control.Sandboxes   // nil in those that tests made
	drop     func(prefix string) // removes keys, in its own time

	changing sync.Mutex // held while the state changes
	known    state      // the one that current was made from
	untold   bool       // other emulators have not been told of the change yet
	current  atomic.Pointer[edition]
	expires  atomic.Int64 // Unix time by the machine's clock; 0: never

	degraded atomic.Pointer[string] // why the seed files could not be read again; nil: nothing failed
}

// defaultSandbox is mounted at the root.
const defaultSandbox = "default"

func sandboxPrefix(id string) string { return "mpe:{" + id + "}:" }

// openSandbox opens the sandbox as Redis knows it, or founds it with that state.
func (e *Emulator) openSandbox(ctx context.Context, id, path string, first state) (*sandbox, error) {
	b := &sandbox{
		id: id, path: path, prefix: sandboxPrefix(id), shared: sandboxPrefix(defaultSandbox), config: e.config,
		machine: e.config.Now, redis: e.redis, stores: &batcher{UniversalClient: e.redis}, metrics: e.metrics,
		others: e.replicas, clock: newClock(e.config.Now),
	}
	b.config.Now = b.clock.Now
	b.schedule = &schedule{clock: b.clock}
	b.drop = e.sandboxes.drop
	if id == defaultSandbox {
		b.nested = e.sandboxes
	}
	var err error
	if b.keyring, err = openKeyring(ctx, e.redis, b.prefix, b.config, e.sandboxes.lends()); err != nil {
		return nil, err
	}
	b.keyring.changed = func(ctx context.Context) { b.others.tell(ctx, id) }
	b.altinnKeys = newAltinnKeys(e.redis, b.prefix, b.shared, e.config)
	b.faults = openFaults(e.redis, b.prefix, b.config)
	b.journal = journal.New(e.redis, b.prefix, e.config.JournalSize, e.config.Log)
	if err := b.open(ctx, first, e.world); err != nil {
		return nil, errors.Join(err, b.journal.Close(ctx))
	}
	return b, nil
}

// open makes the first edition, and applies the seed to its records: what is there already under the same name is
// replaced, and the rest is left, so that a Redis that outlives the emulator keeps what was added to it.
func (b *sandbox) open(ctx context.Context, first state, world *seed.World) error {
	b.changing.Lock()
	defer b.changing.Unlock()
	st, err := readState(ctx, b.redis, b.stateKey())
	if errors.Is(err, redis.Nil) {
		st, err = first, nil
	}
	if err != nil {
		return fmt.Errorf("reading the sandbox's state: %w", err)
	}
	if len(st.Sources) > 0 && !st.Files {
		if world, err = b.readSeed(st); err != nil {
			return err
		}
	}
	if st.Edition == 0 {
		if st.Edition, err = b.nextEdition(ctx); err != nil {
			return err
		}
		st.Clock = world.Clock
		// Where another emulator founds the same sandbox at the same time, the faster one's edition is the one.
		if st, err = b.changeState(ctx, func(stored *state) error {
			if stored.Edition == 0 {
				*stored = st
			}
			return nil
		}); err != nil {
			return err
		}
	}
	if err := b.faults.Declare(ctx, world.Faults); err != nil {
		return fmt.Errorf("applying the seed: faults: %w", err)
	}
	made, err := b.applied(ctx, st, world)
	if err != nil {
		return err
	}
	b.take(st, made)
	return nil
}

// nextEdition is a number that no edition had.
func (b *sandbox) nextEdition(ctx context.Context) (int64, error) {
	number, err := b.redis.Incr(ctx, b.prefix+"editions").Result()
	if err != nil {
		return 0, fmt.Errorf("numbering the edition: %w", err)
	}
	return number, nil
}

// applied is the edition of the state with the seed in its records.
func (b *sandbox) applied(ctx context.Context, st state, world *seed.World) (*edition, error) {
	b.clock.set(st.Clock)
	made, err := b.newEdition(ctx, st, world)
	if err != nil {
		return nil, err
	}
	if err := made.apply(ctx, world); err != nil {
		return nil, fmt.Errorf("applying the seed: %w", err)
	}
	return made, nil
}

// take makes the edition the one that answers.
func (b *sandbox) take(st state, made *edition) {
	b.known = st
	b.clock.set(st.Clock)
	b.expires.Store(0)
	if !st.Expires.IsZero() {
		b.expires.Store(st.Expires.Unix())
	}
	b.current.Store(made)
	b.schedule.wake()
}

// readSeed reads the seed of the state. One that came over the network sees no variable of this process's.
func (b *sandbox) readSeed(st state) (*seed.World, error) {
	lookup := b.config.Getenv
	if len(st.Sources) > 0 {
		lookup = noVariable
	}
	return seed.Read(st.sources(b.config.Seeds), lookup, seed.Options{StrictParties: b.config.StrictParties})
}

// refresh takes over what another emulator has changed.
func (b *sandbox) refresh(ctx context.Context) error {
	b.changing.Lock()
	defer b.changing.Unlock()
	st, err := readState(ctx, b.redis, b.stateKey())
	if err != nil {
		return fmt.Errorf("reading the sandbox's state: %w", err)
	}
	if err := errors.Join(b.keyring.Reload(ctx), b.faults.Reload(ctx)); err != nil {
		return err
	}
	return b.follow(ctx, st)
}

// follow takes over a state whose records are there. Where only the clock differs, the edition stays.
func (b *sandbox) follow(ctx context.Context, st state) error {
	made := b.current.Load()
	if !st.sameEdition(b.known) {
		world, err := made.world, error(nil)
		if !st.sameSeed(b.known) {
			if world, err = b.readSeed(st); err != nil {
				return err
			}
		}
		if made, err = b.newEdition(ctx, st, world); err != nil {
			return err
		}
	}
	b.take(st, made)
	return nil
}

// release lets go of the requests that wait.
func (b *sandbox) release() {
	b.faults.release()
	b.journal.Release()
}

func (b *sandbox) close(ctx context.Context) error {
	b.schedule.clear()
	b.release()
	return b.journal.Close(ctx)
}

// described is the sandbox as the control API shows it; the address is relative to the emulator's.
func (b *sandbox) described() control.Sandbox {
	s := control.Sandbox{ID: b.id, Path: b.path, Issuer: b.current.Load().addresses.issuer, Seed: b.current.Load().world.Name}
	if at := b.expires.Load(); at != 0 {
		s.Expires = time.Unix(at, 0).UTC()
	}
	return s
}

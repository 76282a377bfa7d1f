package compose

import (
	"context"
	"errors"
	"fmt"

	"mpe/compose/control"
	"mpe/compose/seed"
)

// seedName is what problems call a seed that came over the network.
const seedName = "seed"

// maxStored is the largest seed that can be put together of several, in bytes: as large as one can be.
const maxStored = 8 << 20

// ApplySeed makes the seed the one in force. A bad one changes nothing.
func (b *sandbox) ApplySeed(ctx context.Context, data []byte, mode control.SeedMode) (seed.Diff, error) {
	b.changing.Lock()
	defer b.done(ctx)
	sources := []seedSource{{Name: seedName, Data: data}}
	if mode == control.MergeSeed {
		inForce, err := b.current.Load().world.JSON()
		if err != nil {
			return seed.Diff{}, err
		}
		sources = append([]seedSource{{Name: "the seed in force", Data: inForce}}, sources...)
	}
	st := b.known
	st.Sources, st.Files = sources, false
	world, err := b.readSeed(st)
	if err != nil {
		return seed.Diff{}, err
	}
	if mode == control.MergeSeed {
		if st.Sources, err = ownSource(world); err != nil {
			return seed.Diff{}, err
		}
	}
	return b.reseed(ctx, st, world, mode == control.ReplaceSeed)
}

// ownSource is the world as one seed.
func ownSource(world *seed.World) ([]seedSource, error) {
	data, err := world.JSON()
	if err != nil {
		return nil, err
	}
	if len(data) > maxStored {
		return nil, &control.FieldError{What: fmt.Sprintf("together the seeds are larger than %d MiB", maxStored>>20)}
	}
	return []seedSource{{Name: seedName, Data: data}}, nil
}

// ReloadSeed reads the seed files again that the process was started with. One that is bad changes nothing; /readyz then
// says so.
func (b *sandbox) ReloadSeed(ctx context.Context) (seed.Diff, error) {
	if b.config.ReadSeeds == nil {
		return seed.Diff{}, control.ErrNoFiles
	}
	diff, err := b.reload(ctx)
	if err != nil {
		why := err.Error()
		b.degraded.Store(&why)
		b.config.Log.ErrorContext(ctx, "the seed files could not be read again, nothing was changed", "sandbox", b.id, "error", err)
		return diff, err
	}
	b.config.Log.InfoContext(ctx, "seed reloaded", "sandbox", b.id, "changes", diff.String())
	return diff, nil
}

func (b *sandbox) reload(ctx context.Context) (seed.Diff, error) {
	b.changing.Lock()
	defer b.done(ctx)
	sources, err := b.config.ReadSeeds()
	if err != nil {
		return seed.Diff{}, &control.FieldError{What: err.Error()}
	}
	world, err := seed.Read(sources, b.config.Getenv, seed.Options{StrictParties: b.config.StrictParties})
	if err != nil {
		return seed.Diff{}, err
	}
	st := b.known
	st.Files = true
	if st.Sources, err = ownSource(world); err != nil { // other emulators need not have the files
		return seed.Diff{}, err
	}
	return b.reseed(ctx, st, world, false)
}

// reseed puts another seed in force, and tells what has become of the world. It is called while the state changes.
func (b *sandbox) reseed(ctx context.Context, st state, world *seed.World, replace bool) (seed.Diff, error) {
	before := b.current.Load()
	present, err := before.present(ctx, b.known)
	if err != nil {
		return seed.Diff{}, err
	}
	if replace {
		st.Approvals, st.Made, st.Clock = "", nil, world.Clock
		if err := errors.Join(b.faults.Clear(ctx), b.faults.Declare(ctx, world.Faults)); err != nil {
			return seed.Diff{}, err
		}
		if err := b.replace(ctx, st, world); err != nil {
			return seed.Diff{}, err
		}
		b.degraded.Store(nil)
		after := b.current.Load().declared()
		return seed.Compare(present, after)
	}
	if world.Clock != before.world.Clock {
		st.Clock = world.Clock
	}
	if err := b.faults.Declare(ctx, world.Faults); err != nil {
		return seed.Diff{}, err
	}
	wanted := seed.Rebase(present, before.world, world)
	if st.Made, err = besides(world, wanted).encoded(); err != nil {
		return seed.Diff{}, err
	}
	diff, err := b.settle(ctx, st, world, func(made *edition) *seed.World {
		return st.set(seed.Rebase(present, before.declared(), made.declared()))
	}, present)
	if err == nil {
		b.degraded.Store(nil)
	}
	return diff, err
}

// settle makes an edition for the state, and of the world that is present the one that is wanted. Nothing else of what is
// stored is touched. It is called while the state changes.
func (b *sandbox) settle(
	ctx context.Context, st state, world *seed.World, wanted func(*edition) *seed.World, present *seed.World,
) (seed.Diff, error) {
	before := b.current.Load()
	after, err := b.newEdition(ctx, st, world)
	if err != nil {
		return seed.Diff{}, err
	}
	want := wanted(after)
	diff, err := seed.Compare(present, want)
	if err != nil {
		return diff, err
	}
	if err := after.change(ctx, before.population(present), after.population(want)); err != nil {
		return diff, fmt.Errorf("changing what is there: %w", err)
	}
	st, err = b.changeState(ctx, func(stored *state) error {
		stored.Sources, stored.Files, stored.Made, stored.Clock = st.Sources, st.Files, st.Made, st.Clock
		return nil
	})
	if err != nil {
		return diff, err
	}
	b.take(st, after)
	b.untold = true
	return diff, nil
}

// noVariable is what seeds see of the environment that are not the machine's own.
func noVariable(string) (string, bool) { return "", false }

// Seed is the one in force. Present is the state as a seed, and SeedDiff how they differ.
func (b *sandbox) Seed() *seed.World { return b.current.Load().world }

func (b *sandbox) Present(ctx context.Context) (*seed.World, error) {
	b.changing.Lock()
	defer b.done(ctx)
	w, err := b.present(ctx)
	if err != nil {
		return nil, err
	}
	text, err := w.JSON()
	if err != nil {
		return nil, err
	}
	if _, err := readSource(text); err != nil { // Altinn's APIs let things be referred to that are not there
		w.Settings.Strictness.References = seed.Off
	}
	return w, nil
}

// readSource reads a seed that the emulator has written.
func readSource(text []byte) (*seed.World, error) {
	return seed.Read([]seed.Source{{Name: seedName, Data: text}}, noVariable, seed.Options{})
}

// present is called while the state changes, or cannot.
func (b *sandbox) present(ctx context.Context) (*seed.World, error) {
	return b.current.Load().present(ctx, b.known)
}

func (b *sandbox) SeedDiff(ctx context.Context) (seed.Diff, error) {
	b.changing.Lock()
	defer b.done(ctx)
	present, err := b.present(ctx)
	if err != nil {
		return seed.Diff{}, err
	}
	return seed.Compare(b.current.Load().declared(), present)
}

package compose

import (
	"context"
	"errors"
	"time"

	"mpe/compose/control"
	"mpe/compose/seed"
)

// alter changes the sandbox's state, and takes it over.
func (b *sandbox) alter(ctx context.Context, change func(*state) error) error {
	b.changing.Lock()
	defer b.done(ctx)
	st, err := b.changeState(ctx, change)
	if err != nil {
		return err
	}
	b.untold = true
	return b.follow(ctx, st)
}

// done ends a change, and tells the other emulators of it: once nothing is held any more, for one of them may be telling
// of a change of its own.
func (b *sandbox) done(ctx context.Context) {
	untold := b.untold
	b.untold = false
	b.changing.Unlock()
	if untold {
		b.others.tell(ctx, b.id)
	}
}

// Time is what the sandbox's clock shows, and how it is set.
func (b *sandbox) Time() control.Time {
	setting := *b.clock.setting.Load()
	if setting.Mode == "" {
		setting.Mode = clockReal
	}
	now := b.clock.shows(setting)
	return control.Time{Clock: setting, Now: now, Skew: now.Sub(b.machine()).Round(time.Millisecond).Seconds()}
}

// SetClock sets the clock; every emulator's.
func (b *sandbox) SetClock(ctx context.Context, change func(now time.Time, s seed.Clock) seed.Clock) (control.Time, error) {
	err := b.alter(ctx, func(st *state) error {
		st.Clock = change(b.clock.shows(st.Clock), st.Clock)
		return nil
	})
	return b.Time(), err
}

// Settings are those that can be changed while the sandbox runs.
func (b *sandbox) Settings() control.Settings {
	s := b.current.Load()
	issuer := s.addresses.issuer
	if issuer == "" {
		issuer = autoIssuer
	}
	return control.Settings{Issuer: issuer, Approvals: s.approvals.String()}
}

// ChangeSettings changes those that are given.
func (b *sandbox) ChangeSettings(ctx context.Context, wanted control.Settings) (control.Settings, error) {
	if wanted.Issuer != "" && wanted.Issuer != autoIssuer {
		if err := checkIssuer(wanted.Issuer); err != nil {
			return control.Settings{}, &control.FieldError{Field: "issuer", What: err.(*ConfigError).What}
		}
	}
	if _, _, err := parseApprovals(wanted.Approvals); err != nil {
		return control.Settings{}, &control.FieldError{Field: "approvals", What: err.Error()}
	}
	err := b.alter(ctx, func(st *state) error {
		if wanted.Issuer != "" {
			st.Issuer = wanted.Issuer
		}
		if wanted.Approvals != "" {
			st.Approvals = wanted.Approvals
		}
		return nil
	})
	return b.Settings(), err
}

// Reset brings the sandbox back to what its seed says. The seed in force, the issuer's name and the signing keys stay,
// and what is to be kept. It takes as long as the seed does to apply, however much there is to forget: records are not
// removed one by one, but left behind and swept up later.
func (b *sandbox) Reset(ctx context.Context, keep control.Kept) error {
	b.changing.Lock()
	defer b.done(ctx)
	world, st := b.current.Load().world, b.known
	st.Approvals, st.Made = "", nil
	if !keep.Clock {
		st.Clock = world.Clock
	}
	if !keep.Faults {
		if err := errors.Join(b.faults.Clear(ctx), b.faults.Declare(ctx, world.Faults)); err != nil {
			return err
		}
	}
	if err := b.replace(ctx, st, world); err != nil {
		return err
	}
	if keep.Journal {
		return nil
	}
	return b.journal.Clear(ctx)
}

// replace makes an edition with new records of the seed, and leaves the old ones behind.
func (b *sandbox) replace(ctx context.Context, st state, world *seed.World) error {
	var err error
	if st.Edition, err = b.nextEdition(ctx); err != nil {
		return err
	}
	made, err := b.applied(ctx, st, world)
	if err != nil {
		return err
	}
	return b.swap(ctx, st, made)
}

// swap puts an edition in the place of the one that is there, whose records are left behind.
func (b *sandbox) swap(ctx context.Context, st state, made *edition) error {
	var before int64
	if _, err := b.changeState(ctx, func(stored *state) error {
		before = stored.Edition
		*stored = st
		return nil
	}); err != nil {
		return err
	}
	b.schedule.clear()
	b.take(st, made)
	b.untold = true
	b.drop(b.editionPrefix(before))
	return nil
}

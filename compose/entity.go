package compose

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"mpe/compose/control"
	"mpe/compose/seed"
)

// Entities are those of the kind that are there now.
func (b *sandbox) Entities(ctx context.Context, kind seed.Kind) ([]seed.Entry, error) {
	b.changing.Lock()
	defer b.done(ctx)
	present, err := b.present(ctx)
	if err != nil {
		return nil, err
	}
	return kind.Entries(present)
}

// AddEntity makes one of what a seed would say of it.
func (b *sandbox) AddEntity(ctx context.Context, kind seed.Kind, entry []byte) (seed.Entry, error) {
	return b.changeEntity(ctx, kind, func(present *seed.World) (*seed.World, string, error) {
		wanted, err := b.with(present, kind, entry)
		if err != nil {
			return nil, "", err
		}
		name, err := kind.NameOf(entry)
		if err != nil {
			return nil, "", err
		}
		if kind.Count(wanted) == kind.Count(present) { // it has taken the place of another
			return nil, "", control.ErrExists
		}
		return wanted, name, nil
	})
}

// ChangeEntity makes of the one with the name what change makes of what a seed would say of it.
func (b *sandbox) ChangeEntity(
	ctx context.Context, kind seed.Kind, name string, change func(json.RawMessage) (json.RawMessage, error),
) (seed.Entry, error) {
	return b.changeEntity(ctx, kind, func(present *seed.World) (*seed.World, string, error) {
		before, ok := kind.Literal(present, name)
		if !ok {
			return nil, "", control.ErrNotFound
		}
		entry, err := change(before)
		if err != nil {
			return nil, "", err
		}
		wanted, err := b.with(present, kind, entry)
		if err != nil {
			return nil, "", err
		}
		if kind.Count(wanted) != kind.Count(present) || !kind.Has(wanted, name) {
			return nil, "", &control.FieldError{What: fmt.Sprintf("a change cannot give %q another name; delete it, and add the other", name)}
		}
		return wanted, name, nil
	})
}

// DeleteEntity forgets one, unless others refer to it.
func (b *sandbox) DeleteEntity(ctx context.Context, kind seed.Kind, name string) error {
	_, err := b.changeEntity(ctx, kind, func(present *seed.World) (*seed.World, string, error) {
		if !kind.Has(present, name) {
			return nil, "", control.ErrNotFound
		}
		wanted := kind.Without(present, name)
		_, err := b.checked(present, wanted, nil)
		if bad, ok := err.(*seed.Error); ok {
			return nil, "", &control.InUseError{Name: name, By: places(bad.Problems)}
		}
		return wanted, name, err
	})
	return err
}

func places(problems []seed.Problem) []string {
	var all []string
	for _, p := range problems {
		all = append(all, p.Path+" "+p.What)
	}
	return all
}

// with is the world with the entry, in place of the one that it is.
func (b *sandbox) with(present *seed.World, kind seed.Kind, entry []byte) (*seed.World, error) {
	source := kind.Source(entityName, entry)
	wanted, err := b.checked(present, present, &source)
	bad, ok := err.(*seed.Error)
	if !ok {
		return wanted, err
	}
	for i, p := range bad.Problems {
		if p.File == entityName {
			bad.Problems[i].Path = strings.TrimPrefix(strings.TrimPrefix(p.Path, kind.Path()), ".")
			bad.Problems[i].Line = max(1, p.Line-1)
		}
	}
	return nil, bad
}

// entityName is what problems call the body of a request.
const entityName = "body"

// checked reads the world that is wanted with what is added to it. What was wrong in the world that is there already is
// nobody's fault who changes something else.
func (b *sandbox) checked(present, wanted *seed.World, added *seed.Source) (*seed.World, error) {
	read := func(w *seed.World, hold seed.Level, more ...seed.Source) (*seed.World, error) {
		held := *w
		held.Settings.Strictness.References = hold
		text, err := held.JSON()
		if err != nil {
			return nil, err
		}
		sources := append([]seed.Source{{Name: "what is there", Data: text}}, more...)
		return seed.Read(sources, noVariable, seed.Options{StrictParties: b.config.StrictParties})
	}
	var more []seed.Source
	if added != nil {
		more = append(more, *added)
	}
	hold := present.Settings.Strictness.References
	result, err := read(wanted, hold, more...)
	bad, ok := err.(*seed.Error)
	if !ok {
		return result, err
	}
	_, err = read(present, hold)
	known, _ := err.(*seed.Error)
	bad.Problems = slices.DeleteFunc(bad.Problems, func(p seed.Problem) bool {
		return known != nil && p.File != entityName && slices.ContainsFunc(known.Problems, func(q seed.Problem) bool { return p.What == q.What })
	})
	if len(bad.Problems) > 0 {
		return nil, bad
	}
	result, err = read(wanted, seed.Off, more...)
	if err == nil {
		result.Settings.Strictness.References = hold
	}
	return result, err
}

// changeEntity makes the world that is wanted of the one that is there, and gives the entry with the name.
func (b *sandbox) changeEntity(
	ctx context.Context, kind seed.Kind, change func(*seed.World) (*seed.World, string, error),
) (seed.Entry, error) {
	b.changing.Lock()
	defer b.done(ctx)
	present, err := b.present(ctx)
	if err != nil {
		return seed.Entry{}, err
	}
	wanted, name, err := change(present)
	if err != nil {
		return seed.Entry{}, err
	}
	st, world := b.known, b.current.Load().world
	if st.Made, err = besides(world, wanted).encoded(); err != nil {
		return seed.Entry{}, err
	}
	wanted = st.set(wanted)
	if _, err := b.settle(ctx, st, world, func(*edition) *seed.World { return wanted }, present); err != nil {
		return seed.Entry{}, err
	}
	if present, err = b.present(ctx); err != nil {
		return seed.Entry{}, err
	}
	return kind.Entry(present, name)
}

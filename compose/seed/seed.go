// Package seed reads the seed file: the world of parties, clients and systems that an emulator starts with.
//
// A seed is one file or several, YAML or JSON, merged by natural key. Reading goes: parse, put in environment
// variables, hold against the JSON Schema, merge, check what a schema cannot say. Every problem is reported at once,
// with its line and column.
package seed

// Options say how hard a seed is held.
type Options struct {
	// StrictParties demands that the seed names each organisation it refers to. Otherwise any number with a right
	// check digit counts as an organisation; see Unnamed.
	StrictParties bool
}

// Read reads the sources into one world. Where two of them describe the same thing, the later wins.
//
// In scalar values "${NAME}" stands for what lookup gives for NAME, "${NAME:-default}" falls back to the default when
// that is unset or empty, and "$${" is a literal "${". What is put in is always text: it can add no members.
//
// The error is an *Error that lists the problems.
func Read(sources []Source, lookup func(name string) (string, bool), opts Options) (*World, error) {
	found := newProblems(sources)
	schema, err := theSchema()
	if err != nil {
		return nil, err
	}
	d := newDraft(found)
	for _, s := range sources {
		doc := parse(s, lookup, found)
		if doc == nil {
			continue
		}
		schema.validate(doc, found)
		d.add(doc)
	}
	world := newChecker(d, opts).world()
	if err := found.err(); err != nil {
		return nil, err
	}
	world.Warnings = found.warnings
	return world, nil
}

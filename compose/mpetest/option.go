package mpetest

import (
	"fmt"

	"mpe/compose"
	"mpe/compose/seed"
)

// Option is what a server can be told when it is made.
type Option func(*options) error

type options struct {
	seeds   []seed.Source
	changes []func(*compose.Config)
}

// SeedFile has the world described in a file or, as a directory, in its *.yaml, *.yml and *.json files, in place of the
// demo. Several seeds are merged, and the later wins.
func SeedFile(path string) Option {
	return func(o *options) error {
		sources, err := seed.Files(path)
		o.seeds = append(o.seeds, sources...)
		return err
	}
}

// Seed is SeedFile with the file's text, YAML or JSON. It cannot name other files.
func Seed(text string) Option {
	return func(o *options) error {
		o.seeds = append(o.seeds, seed.Source{Name: fmt.Sprintf("seed %d", len(o.seeds)+1), Data: []byte(text)})
		return nil
	}
}

// Config changes what Seed and SeedFile do not: a nil SigningKey for a key of its own, MaxIssuedAge, a Redis. It is for New
// alone, for a sandbox has its server's configuration.
func Config(change func(*compose.Config)) Option {
	return func(o *options) error {
		o.changes = append(o.changes, change)
		return nil
	}
}

func collect(opts []Option) (options, error) {
	var o options
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(&o); err != nil {
			return o, err
		}
	}
	return o, nil
}

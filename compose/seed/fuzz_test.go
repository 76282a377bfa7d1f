package seed_test

import (
	"errors"
	"testing"

	"mpe/compose/seed"
)

// FuzzRead holds that reading never panics, and that whatever it refuses it refuses with places and reasons.
func FuzzRead(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := seed.Read([]seed.Source{{Name: "seed.yaml", Data: data}}, noEnv, seed.Options{})
		if err == nil {
			if w == nil {
				t.Error("neither a world nor an error")
			}
			return
		}
		e, ok := errors.AsType[*seed.Error](err)
		if !ok || len(e.Problems) == 0 {
			t.Fatalf("got %T %v, want an *Error with problems", err, err)
		}
		for _, p := range e.Problems {
			if p.File != "seed.yaml" || p.Line < 1 || p.Column < 1 || p.What == "" {
				t.Errorf("the problem %+v has no place or no reason", p)
			}
		}
	})
}

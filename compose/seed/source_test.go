package seed_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpe/compose/seed"
)

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.yml", "a.yaml", "c.json", "d.txt", "sub.yaml/e.yaml"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := seed.Files(filepath.Join(dir, "d.txt"), dir)
	if err != nil {
		t.Fatal(err)
	}
	var want []seed.Source
	for _, name := range []string{"d.txt", "a.yaml", "b.yml", "c.json"} {
		want = append(want, seed.Source{Name: filepath.Join(dir, name), Data: []byte(name), Dir: dir})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
	if _, err := seed.Files(filepath.Join(dir, "none.yaml")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that does not exist: got %v, want fs.ErrNotExist", err)
	}
}

package seed

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// Source is a seed file that has been fetched but not yet read.
type Source struct {
	Name string // as problems call it
	Data []byte // YAML or JSON in UTF-8, at most 8 MiB

	// Dir is what file names in the source are relative to. A source without one, such as the body of a request, may
	// not name files.
	Dir string
}

const maxSize = 8 << 20 // bytes of a source: some 100 000 system users

// Files fetches the files with those paths. A directory stands for its *.yaml, *.yml and *.json files in the order
// of their names. The error wraps that of the file system.
func Files(paths ...string) ([]Source, error) {
	var sources []Source
	for _, path := range paths {
		names, err := expand(path)
		if err != nil {
			return nil, fmt.Errorf("seed: %w", err)
		}
		for _, name := range names {
			// One byte more than allowed is enough for Read to tell that the file is too large.
			data, err := readFile(name, maxSize+1)
			if err != nil {
				return nil, fmt.Errorf("seed: %w", err)
			}
			sources = append(sources, Source{Name: name, Data: data, Dir: filepath.Dir(name)})
		}
	}
	return sources, nil
}

// expand gives the files that path stands for.
func expand(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(e.Name())) {
			names = append(names, filepath.Join(path, e.Name()))
		}
	}
	return names, nil
}

// readFile reads at most limit bytes of a file.
func readFile(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}

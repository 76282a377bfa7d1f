package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mpe/compose/seed"
)

func (a *app) seedApply() *cobra.Command {
	var mode string
	c := a.ofRunning("apply FILE...", "Put seed files in force in the running emulator, and say what that has changed", cobra.MinimumNArgs(1),
		func(ctx context.Context, e *emulator, files []string, out output) error {
			text, err := a.ownSeed(files)
			if err != nil {
				return err
			}
			query := url.Values{}
			if mode != "" {
				query.Set("mode", mode)
			}
			var diff seed.Diff
			if err := e.declared(ctx, http.MethodPost, "seed?"+query.Encode(), text, &diff); err != nil {
				return err
			}
			return out.write(a.Stdout, diff, diffText(diff))
		})
	c.Long = c.Short + ".\n\nThe files are read here, with the keys and policies that they name. \"-\" is the standard input.\n" +
		"What was made in the emulator otherwise stays, unless --mode is replace; --mode merge puts the files over the seed in force."
	c.Flags().StringVar(&mode, "mode", "", "merge or replace")
	return c
}

// ownSeed is the files as one seed that needs no others.
func (a *app) ownSeed(files []string) ([]byte, error) {
	var sources []seed.Source
	for _, file := range files {
		if file == "-" {
			text, err := io.ReadAll(a.Stdin)
			if err != nil {
				return nil, err
			}
			sources = append(sources, seed.Source{Name: "stdin", Data: text})
			continue
		}
		more, err := seed.Files(file)
		if err != nil {
			return nil, &failure{code: exitConfig, what: err.Error()}
		}
		sources = append(sources, more...)
	}
	world, err := seed.Read(sources, a.LookupEnv, seed.Options{})
	if err != nil {
		return nil, badSeed(err)
	}
	return world.JSON()
}

// declared sends a seed or a part of one. What the rules of seeds refuse is a *failure of that kind.
func (e *emulator) declared(ctx context.Context, method, path string, body []byte, out any) error {
	got, err := e.do(ctx, method, "_mpe/v1/"+path, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	if got.status >= 300 {
		err := problem(got)
		if f, ok := err.(*failure); ok && got.status == http.StatusUnprocessableEntity {
			f.code = exitConfig
		}
		return err
	}
	return json.Unmarshal(got.body, out)
}

func (a *app) seedDiff() *cobra.Command {
	return a.ofRunning("diff", "Say how what is there now differs from the seed in force", cobra.NoArgs,
		func(ctx context.Context, e *emulator, _ []string, out output) error {
			var diff seed.Diff
			if err := e.control(ctx, http.MethodGet, "seed/diff", nil, &diff); err != nil {
				return err
			}
			return out.write(a.Stdout, diff, diffText(diff))
		})
}

func (a *app) seedReload() *cobra.Command {
	return a.ofRunning("reload", "Have the emulator read its seed files again", cobra.NoArgs,
		func(ctx context.Context, e *emulator, _ []string, out output) error {
			var diff seed.Diff
			if err := e.declared(ctx, http.MethodPost, "seed:reload", nil, &diff); err != nil {
				return err
			}
			return out.write(a.Stdout, diff, diffText(diff))
		})
}

// diffText has a line for each entry.
func diffText(d seed.Diff) string {
	var b strings.Builder
	for _, side := range []struct {
		mark  string
		names map[string][]string
	}{{"+", d.Added}, {"~", d.Changed}, {"-", d.Removed}} {
		for _, kind := range slices.Sorted(maps.Keys(side.names)) {
			for _, name := range side.names[kind] {
				fmt.Fprintln(&b, side.mark, kind, name)
			}
		}
	}
	if b.Len() == 0 {
		return d.String()
	}
	return b.String()
}

func (a *app) seedExport() *cobra.Command {
	return a.ofRunning("export", "Print what is there now as a seed, in YAML or JSON", cobra.NoArgs,
		func(ctx context.Context, e *emulator, _ []string, out output) error {
			if out.format == "json" {
				var text json.RawMessage
				if err := e.control(ctx, http.MethodGet, "seed/export?format=json", nil, &text); err != nil {
					return err
				}
				return writeJSON(a.Stdout, text)
			}
			got, err := e.do(ctx, http.MethodGet, "_mpe/v1/seed/export", "", nil)
			if err != nil {
				return err
			}
			if got.status >= 300 {
				return problem(got)
			}
			_, err = a.Stdout.Write(got.body)
			return err
		})
}

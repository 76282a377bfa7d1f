package main

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"mpe/compose/control"
)

func (a *app) sandbox() *cobra.Command {
	return group("sandbox", "Make worlds beside each other in one emulator",
		a.sandboxCreate(),
		a.ofRunning("list", "List the sandboxes", cobra.NoArgs,
			func(ctx context.Context, e *emulator, _ []string, out output) error {
				var found struct {
					Sandboxes []control.Sandbox `json:"sandboxes"`
				}
				if err := e.control(ctx, http.MethodGet, "sandboxes", nil, &found); err != nil {
					return err
				}
				rows := [][]string{{"ID", "SEED", "EXPIRES", "URL"}}
				for _, s := range found.Sandboxes {
					rows = append(rows, []string{s.ID, s.Seed, s.Expires.UTC().Format(time.RFC3339), s.URL})
				}
				return out.write(a.Stdout, found.Sandboxes, table(rows))
			}),
		a.ofRunning("delete ID", "End a sandbox and forget all of it", cobra.ExactArgs(1),
			func(ctx context.Context, e *emulator, args []string, out output) error {
				if err := e.control(ctx, http.MethodDelete, "sandboxes/"+url.PathEscape(args[0]), nil, nil); err != nil {
					return err
				}
				return out.write(a.Stdout, map[string]string{"deleted": args[0]}, "deleted "+args[0])
			}))
}

func (a *app) sandboxCreate() *cobra.Command {
	var seeds []string
	wanted := map[string]string{}
	c := a.ofRunning("create [ID]", "Make a sandbox, and print its address", cobra.MaximumNArgs(1),
		func(ctx context.Context, e *emulator, args []string, out output) error {
			if len(args) == 1 {
				wanted["id"] = args[0]
			}
			if len(seeds) > 0 {
				text, err := a.ownSeed(seeds)
				if err != nil {
					return err
				}
				wanted["seed"] = string(text)
			}
			var made control.Sandbox
			if err := e.control(ctx, http.MethodPost, "sandboxes", wanted, &made); err != nil {
				return err
			}
			return out.write(a.Stdout, made, made.URL)
		})
	c.Flags().StringArrayVar(&seeds, "seed", nil, "seed `FILE`; repeat it for several (default: the emulator's)")
	c.Flags().Func("ttl", "how long it lives, as in 10m (default: 1h)", func(text string) error {
		wanted["ttl"] = text
		return nil
	})
	return c
}

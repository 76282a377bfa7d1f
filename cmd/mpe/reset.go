package main

import (
	"context"
	"net/http"

	"github.com/spf13/cobra"
)

func (a *app) reset() *cobra.Command {
	var keep []string
	c := a.ofRunning("reset", "Go back to what the seed says", cobra.NoArgs,
		func(ctx context.Context, e *emulator, _ []string, out output) error {
			body := map[string][]string{"keep": keep}
			if err := e.control(ctx, http.MethodPost, "reset", body, nil); err != nil {
				return err
			}
			return out.write(a.Stdout, map[string]bool{"reset": true}, "reset")
		})
	c.Flags().StringSliceVar(&keep, "keep", nil, "what stays: journal, clock, faults (seed and keys always do)")
	return c
}

package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"mpe/compose/control"
)

func (a *app) keys() *cobra.Command {
	c := &cobra.Command{
		Use:   "keys",
		Short: "Look at the keys that the issuer signs with, and rotate them",
		Args:  usage(cobra.NoArgs),
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.keysList(), a.keysRotate())
	return c
}

func (a *app) keysList() *cobra.Command {
	return a.keysCommand("list", "List the published keys, the one that signs first",
		func(ctx context.Context, e *emulator, into any) error {
			return e.control(ctx, http.MethodGet, "keys", nil, into)
		})
}

func (a *app) keysRotate() *cobra.Command {
	overlap := control.DefaultOverlap
	c := a.keysCommand("rotate", "Have a new key sign from now on",
		func(ctx context.Context, e *emulator, into any) error {
			body := map[string]control.Duration{"overlap": control.Duration(overlap)}
			return e.control(ctx, http.MethodPost, "keys:rotate", body, into)
		})
	c.Flags().DurationVar(&overlap, "overlap", control.DefaultOverlap, "how long the key before it stays published")
	return c
}

// keysCommand is one that shows the keys after a call.
func (a *app) keysCommand(use, short string, call func(context.Context, *emulator, any) error) *cobra.Command {
	var url string
	var out output
	c := &cobra.Command{
		Use:   use,
		Short: short,
		Args:  usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withEmulator(c.Context(), url, func(e *emulator) error {
				var found struct {
					Keys []control.SigningKey `json:"keys"`
				}
				if err := call(c.Context(), e, &found); err != nil {
					return err
				}
				return out.write(a.Stdout, found.Keys, keyTable(found.Keys))
			})
		},
	}
	registerURL(c.Flags(), &url)
	out.register(c.Flags())
	return c
}

func keyTable(all []control.SigningKey) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KID\tBITS\tSINCE\tUNTIL")
	for _, k := range all {
		until := "signs"
		if k.Until != nil {
			until = k.Until.Format(time.RFC3339)
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", k.Kid, k.Bits, k.Since.Format(time.RFC3339), until)
	}
	_ = w.Flush() // a strings.Builder cannot fail
	return b.String()
}

package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"mpe/compose/seed"
)

func (a *app) seed() *cobra.Command {
	c := &cobra.Command{
		Use:   "seed",
		Short: "Check seed files, give them to an emulator, and have them back",
		Args:  usage(cobra.NoArgs),
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.seedValidate(), a.seedSchema(), a.seedApply(), a.seedDiff(), a.seedExport(), a.seedReload())
	return c
}

func (a *app) seedSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of seed files, for editors",
		Args:  usage(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			_, err := a.Stdout.Write(seed.Schema())
			return err
		},
	}
}

func (a *app) seedValidate() *cobra.Command {
	var strict bool
	c := &cobra.Command{
		Use:   "validate FILE...",
		Short: "Check seed files together, as serve would read them",
		Args:  usage(cobra.MinimumNArgs(1)),
		RunE: func(_ *cobra.Command, files []string) error {
			sources, err := seed.Files(files...)
			if err != nil {
				return &failure{code: exitConfig, what: err.Error()}
			}
			world, err := seed.Read(sources, a.LookupEnv, seed.Options{StrictParties: strict})
			if err != nil {
				return badSeed(err)
			}
			for _, warning := range world.Warnings {
				fmt.Fprintln(a.Stderr, "warning:", warning)
			}
			fmt.Fprintf(a.Stdout, "ok: %s\n", summary(world))
			return nil
		},
	}
	c.Flags().BoolVar(&strict, "strict-parties", false, "organisations must be in the seed")
	return c
}

func summary(w *seed.World) string {
	return fmt.Sprintf("%d clients, %d systems, %d system users, %d requests",
		len(w.Clients), len(w.Systems), len(w.SystemUsers), len(w.Requests))
}

// badSeed tells every problem of a seed, a line each.
func badSeed(err error) error {
	if bad, ok := errors.AsType[*seed.Error](err); ok {
		return &failure{code: exitConfig, what: bad.Error(), try: "mpe seed schema tells what a seed may hold"}
	}
	return err
}

package main

import (
	"context"

	"github.com/spf13/cobra"
)

// ofRunning is a command that is about a running emulator, with the flags that say which one and how it writes.
func (a *app) ofRunning(
	use, short string, args cobra.PositionalArgs, run func(ctx context.Context, e *emulator, args []string, out output) error,
) *cobra.Command {
	var url string
	var out output
	c := &cobra.Command{
		Use:   use,
		Short: short,
		Args:  usage(args),
		RunE: func(c *cobra.Command, args []string) error {
			if err := out.check(); err != nil {
				return err
			}
			e := a.emulator(url)
			return e.unreachable(run(c.Context(), e, args, out))
		},
	}
	registerURL(c.Flags(), &url)
	out.register(c.Flags())
	return c
}

// group is a command that only has others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use: use, Short: short, Args: usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(commands...)
	return c
}

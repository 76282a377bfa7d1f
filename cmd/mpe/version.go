package main

import (
	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	var out output
	c := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  usage(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			return out.write(a.Stdout, map[string]string{"version": a.Version}, a.Version)
		},
	}
	out.register(c.Flags())
	return c
}

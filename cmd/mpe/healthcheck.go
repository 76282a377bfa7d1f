package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) healthcheck() *cobra.Command {
	var url string
	var timeout time.Duration
	c := &cobra.Command{
		Use:   "healthcheck",
		Short: "Ask a running emulator whether it is ready: exit 0, or 5",
		Args:  usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(c.Context(), timeout)
			defer cancel()
			e := a.emulator(url)
			status, err := e.status(ctx, "readyz")
			switch {
			case err != nil:
				return &failure{code: exitNotReady, what: "no emulator answers at " + e.base, why: err.Error(), try: "mpe serve"}
			case status != http.StatusOK:
				return &failure{code: exitNotReady, what: "not ready", why: fmt.Sprintf("%sreadyz answers %d", e.base, status)}
			}
			return nil
		},
	}
	registerURL(c.Flags(), &url)
	c.Flags().DurationVar(&timeout, "timeout", 3*time.Second, "how long to wait for the answer")
	return c
}

package main

import (
	"cmp"
	"context"
	"fmt"
	"net"
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
			e := a.emulator(cmp.Or(url, a.listening()))
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

// listening is where the emulator of this environment is, as in a container: MPE_LISTEN says so. Empty: it is not set.
func (a *app) listening() string {
	listen, _ := a.LookupEnv("MPE_LISTEN")
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return ""
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // needs no names, which an image may not have
	}
	return "http://" + net.JoinHostPort(host, port)
}

package main

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"mpe/compose/control"
)

func (a *app) tokens() *cobra.Command {
	c := &cobra.Command{
		Use:   "tokens",
		Short: "Make the tokens that an API has to refuse",
		Args:  usage(cobra.NoArgs),
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.tokensBad())
	return c
}

func (a *app) tokensBad() *cobra.Command {
	var at, client, scope, systemUser, ref string
	var out output
	c := &cobra.Command{
		Use:   "bad",
		Short: "Print a good token's twins with a defect each, and what an API should do with them",
		Long: "Print a good token's twins with a defect each, and what an API should do with them: a line each with name,\n" +
			"verdict and token. With -o json there is the good token too, and why.",
		Args: usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			query := url.Values{}
			for name, value := range map[string]string{
				"client": client, "scope": scope, "systemUser": systemUser, "externalRef": ref,
			} {
				if value != "" {
					query.Set(name, value)
				}
			}
			return a.withEmulator(c.Context(), at, func(e *emulator) error {
				var suite control.BadTokens
				if err := e.control(c.Context(), http.MethodGet, "tokens/bad-suite?"+query.Encode(), nil, &suite); err != nil {
					return err
				}
				return out.write(a.Stdout, suite, badTokenLines(suite))
			})
		},
	}
	registerURL(c.Flags(), &at)
	out.register(c.Flags())
	c.Flags().StringVar(&client, "client", "", "the client's id, or part of its name (default: the seed's first)")
	c.Flags().StringVar(&scope, "scope", "", "the scope that the API wants (default: the client's first)")
	c.Flags().StringVar(&systemUser, "system-user", "", "act as the system user of that organisation `NUMBER` (default: the first of the client's systems)")
	c.Flags().StringVar(&ref, "external-ref", "", "which of the organisation's system users")
	return c
}

// badTokenLines are for a shell to read.
func badTokenLines(suite control.BadTokens) string {
	var b strings.Builder
	for _, c := range suite.Cases {
		b.WriteString(c.Name + " " + c.Expect + " " + c.Token + "\n")
	}
	return b.String()
}

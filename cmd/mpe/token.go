package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"mpe/compose/explain"
	"mpe/oauth"
)

func (a *app) token() *cobra.Command {
	var f grantFlags
	var out output
	var header bool
	c := &cobra.Command{
		Use:   "token",
		Short: "Get a token: sign a grant, send it to the emulator, print what it issues",
		Args:  usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withEmulator(c.Context(), f.url, func(e *emulator) error {
				issued, err := f.exchange(c.Context(), e)
				if err != nil {
					return err
				}
				text := issued.AccessToken
				if header {
					text = "Authorization: Bearer " + text
				}
				return out.write(a.Stdout, issued, text)
			})
		},
	}
	f.register(c.Flags())
	out.register(c.Flags())
	c.Flags().BoolVar(&header, "header", false, "print it as an HTTP header")
	return c
}

// issued is a token response, with what the token says.
type issued struct {
	AccessToken string          `json:"access_token"`
	TokenType   string          `json:"token_type"`
	ExpiresIn   int64           `json:"expires_in"`
	Scope       string          `json:"scope"`
	Claims      json.RawMessage `json:"claims"`
}

// exchange makes a grant into a token. The error is a *failure with the reason when it is refused.
func (f *grantFlags) exchange(ctx context.Context, e *emulator) (issued, error) {
	signed, err := f.sign(ctx, e)
	if err != nil {
		return issued{}, err
	}
	form := url.Values{"grant_type": {oauth.JWTBearer}, "assertion": {signed.Grant}}
	got, err := e.do(ctx, http.MethodPost, "token", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	if err != nil {
		return issued{}, err
	}
	if got.status != http.StatusOK {
		return issued{}, e.refused(ctx, got)
	}
	var response issued
	if err := json.Unmarshal(got.body, &response); err != nil {
		return issued{}, fmt.Errorf("reading the token response: %w", err)
	}
	_, response.Claims, err = decodeJWT(response.AccessToken)
	return response, err
}

// refused is a refusal of the token endpoint, with the explanation of the journal.
func (e *emulator) refused(ctx context.Context, got answer) error {
	var body struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	_ = json.Unmarshal(got.body, &body) // what is no JSON is explained by the journal alone
	id := got.header.Get("Mpe-Trace-Id")
	f := &failure{code: exitRefused, what: "refused  " + body.Error, why: body.Description, see: "mpe explain " + id}
	entry, err := e.explained(ctx, id)
	if err != nil {
		return f // the explanation is a courtesy
	}
	f.what = "refused  " + strings.TrimSpace(entry.Code+"  "+body.Error)
	if text := entry.Explanation[explain.EN].Text; text != nil {
		f.why, f.try = text.Why, text.Do
	}
	return f
}

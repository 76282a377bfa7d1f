package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mpe/compose/control"
	"mpe/compose/explain"
	"mpe/oauth"
)

// tokenFlags are how to get the token, and how to print it.
type tokenFlags struct {
	grantFlags
	mint, altinn, header bool
}

func (a *app) token() *cobra.Command {
	var f tokenFlags
	var out output
	c := &cobra.Command{
		Use:   "token",
		Short: "Get a token: sign a grant, send it to the emulator, print what it issues",
		Long: "Get a token: sign a grant, send it to the emulator, print what it issues.\n\n" +
			"With --mint there is no grant: the emulator makes the token, whatever the client may have.",
		Args: usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.check(c.Flags()); err != nil {
				return err
			}
			return a.withEmulator(c.Context(), f.url, func(e *emulator) error {
				issued, err := f.get(c.Context(), e)
				if err != nil {
					return err
				}
				text := issued.AccessToken
				if f.header {
					text = "Authorization: Bearer " + text
				}
				return out.write(a.Stdout, issued, text)
			})
		},
	}
	f.register(c.Flags())
	out.register(c.Flags())
	c.Flags().BoolVar(&f.mint, "mint", false, "make it without a grant: no rule about scopes, access or delegation is held to")
	c.Flags().BoolVar(&f.altinn, "altinn", false, "have Altinn exchange it, and print Altinn's token")
	c.Flags().BoolVar(&f.header, "header", false, "print it as an HTTP header")
	return c
}

// check refuses flags of the grant where there is to be none.
func (f *tokenFlags) check(flags *pflag.FlagSet) error {
	for _, name := range [...]string{"kid", "audience", "jti", "lifetime", "break"} {
		if f.mint && flags.Changed(name) {
			return &failure{code: exitUsage, what: "--" + name + " is about the grant, and with --mint there is none",
				try: "leave one of the two out; mpe tokens bad makes broken tokens"}
		}
	}
	return nil
}

// get mints the token, or makes a grant into one.
func (f *tokenFlags) get(ctx context.Context, e *emulator) (issued, error) {
	switch {
	case f.mint:
		return f.minted(ctx, e)
	case f.altinn:
		return f.exchangeAtAltinn(ctx, e)
	default:
		return f.exchange(ctx, e)
	}
}

func (f *tokenFlags) minted(ctx context.Context, e *emulator) (issued, error) {
	r := f.request
	var response issued
	err := e.control(ctx, http.MethodPost, "tokens", control.TokenRequest{
		Client: r.Client, Scope: r.Scope, SystemUser: r.SystemUser, ExternalRef: r.ExternalRef,
		ConsumerOrg: r.ConsumerOrg, Resource: r.Resource, PID: r.PID, Altinn: f.altinn,
	}, &response)
	if err != nil {
		return issued{}, err
	}
	_, response.Claims, err = decodeJWT(response.AccessToken)
	return response, err
}

// exchangeAtAltinn makes a grant into a token, and that into Altinn's.
func (f *tokenFlags) exchangeAtAltinn(ctx context.Context, e *emulator) (issued, error) {
	response, err := f.exchange(ctx, e)
	if err != nil {
		return issued{}, err
	}
	got, err := e.bearing(ctx, response.AccessToken, "authentication/api/v1/exchange/maskinporten")
	if err != nil {
		return issued{}, err
	}
	if got.status != http.StatusOK {
		return issued{}, &failure{code: exitRefused, what: fmt.Sprintf("Altinn does not exchange the token: it answers %d", got.status),
			why: got.header.Get("Mpe-Hint"), see: "mpe explain " + got.header.Get("Mpe-Trace-Id")}
	}
	response.AccessToken = strings.TrimSpace(string(got.body))
	if _, response.Claims, err = decodeJWT(response.AccessToken); err != nil {
		return issued{}, err
	}
	var times struct {
		Issued  int64 `json:"iat"`
		Expires int64 `json:"exp"`
	}
	err = json.Unmarshal(response.Claims, &times)
	response.ExpiresIn = times.Expires - times.Issued
	return response, err
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

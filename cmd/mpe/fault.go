package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"mpe/compose/fault"
	"mpe/compose/seed"
	"mpe/oauth/org"
)

func (a *app) fault() *cobra.Command {
	c := &cobra.Command{
		Use:   "fault",
		Short: "Spoil answers on purpose, to see what a client makes of it",
		Args:  usage(cobra.NoArgs),
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.faultAdd(), a.faultList(), a.faultRemove(), a.faultPreset())
	return c
}

// faultFlags are a rule as the command line says it.
type faultFlags struct {
	rule          seed.Fault
	org           string
	delay, jitter string
}

func (a *app) faultAdd() *cobra.Command {
	var at string
	var f faultFlags
	var out output
	c := &cobra.Command{
		Use:   "add OUTCOME",
		Short: "Add a rule behind the others; the first that fits a request and spoils it is used",
		Long: "Add a rule behind the others; the first that fits a request and spoils it is used.\n\n" +
			"OUTCOME is a code (MP-250, AUTH-00011, server_error), a status (503), a delay (2s), what happens to the\n" +
			"connection (reset, empty, truncate, timeout), a token's defect (expired, wrong-key, unknown-kid, wrong-issuer,\n" +
			"no-authorization-details, id-lowercase) or jwks-without-key.",
		Example: "  mpe fault add MP-250 --scope mun:faktura.read --times 1\n" +
			"  mpe fault add 503 --endpoint token --every 3\n" +
			"  mpe fault add 1s --jitter 2s --probability 0.2",
		Args: usage(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			rule, err := f.read(args[0])
			if err != nil {
				return err
			}
			return a.withEmulator(c.Context(), at, func(e *emulator) error {
				var added fault.Status
				if err := e.control(c.Context(), http.MethodPost, "faults", rule, &added); err != nil {
					return err
				}
				return out.write(a.Stdout, added, added.ID)
			})
		},
	}
	registerURL(c.Flags(), &at)
	out.register(c.Flags())
	flags, r := c.Flags(), &f.rule
	flags.StringVar(&r.ID, "id", "", "names the rule (default: derived from the rest)")
	flags.StringVar(&r.When.Endpoint, "endpoint", "", "token, exchange, jwks, metadata, systemregister, request, systemuser, pdp or any (default any)")
	flags.StringVar(&r.When.ClientID, "client", "", "only requests of the client with this id")
	flags.StringVar(&r.When.Scope, "scope", "", "only requests with this scope")
	flags.StringVar(&f.org, "system-user", "", "only requests with the system user of this organisation")
	flags.BoolVar(&r.When.SystemUser, "any-system-user", false, "only requests with a system user, whoever owns it")
	flags.StringVar(&f.delay, "delay", "", "wait so long first, as 2s")
	flags.StringVar(&f.jitter, "jitter", "", "wait up to so much longer, at random")
	flags.IntVar(&r.Every, "every", 0, "only every Nth request")
	flags.Float64Var(&r.Probability, "probability", 1, "how often, from 0 to 1")
	flags.IntVar(&r.Times, "times", 0, "how many times at most (default: no limit)")
	flags.IntVar(&r.Skip, "skip", 0, "how many requests go free first")
	return c
}

func (f *faultFlags) read(outcome string) (seed.Fault, error) {
	rule := f.rule
	then, err := fault.Outcome(outcome)
	if err != nil {
		return rule, &failure{code: exitUsage, what: err.Error(), try: "mpe fault add --help"}
	}
	rule.Then, rule.When.SystemUserOrg = then, org.Number(f.org)
	for _, d := range []struct {
		flag, text string
		into       *seed.Duration
	}{{"--delay", f.delay, &rule.Then.Delay}, {"--jitter", f.jitter, &rule.Then.Jitter}} {
		if d.text == "" {
			continue
		}
		if err := d.into.UnmarshalText([]byte(d.text)); err != nil {
			return rule, &failure{code: exitUsage, what: d.flag + ": " + err.Error()}
		}
	}
	return rule, nil
}

func (a *app) faultList() *cobra.Command {
	var at string
	var out output
	c := &cobra.Command{
		Use:   "list",
		Short: "List the rules in order, with what they have done",
		Args:  usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withEmulator(c.Context(), at, func(e *emulator) error {
				var found struct {
					Faults []fault.Status `json:"faults"`
				}
				if err := e.control(c.Context(), http.MethodGet, "faults", nil, &found); err != nil {
					return err
				}
				return out.write(a.Stdout, found.Faults, faultTable(found.Faults))
			})
		},
	}
	registerURL(c.Flags(), &at)
	out.register(c.Flags())
	return c
}

func faultTable(all []fault.Status) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tWHEN\tTHEN\tHITS")
	for _, f := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", f.ID, whenText(f.Fault), thenText(f.Then), hitsText(f))
	}
	_ = w.Flush() // a strings.Builder cannot fail
	return b.String()
}

func whenText(f seed.Fault) string {
	endpoint := f.When.Endpoint
	if endpoint == "" {
		endpoint = "any"
	}
	parts := []string{endpoint}
	add := func(name, value string) {
		if value != "" && value != "0" {
			parts = append(parts, name+"="+value)
		}
	}
	add("client", f.When.ClientID)
	add("scope", f.When.Scope)
	add("system-user", string(f.When.SystemUserOrg))
	if f.When.SystemUser {
		parts = append(parts, "any-system-user")
	}
	add("every", strconv.Itoa(f.Every))
	add("skip", strconv.Itoa(f.Skip))
	if f.Probability != 1 {
		add("probability", strconv.FormatFloat(f.Probability, 'g', -1, 64))
	}
	return strings.Join(parts, " ")
}

func thenText(t seed.FaultThen) string {
	var parts []string
	if t.Delay != 0 {
		delay := t.Delay.String()
		if t.Jitter != 0 {
			delay += "+" + t.Jitter.String()
		}
		parts = append(parts, delay)
	}
	if t.Status != 0 {
		parts = append(parts, strconv.Itoa(t.Status))
	}
	for _, word := range []string{t.Code, t.Connection, t.Token} {
		if word != "" {
			parts = append(parts, word)
		}
	}
	if t.JWKS != "" {
		parts = append(parts, "jwks-"+t.JWKS)
	}
	return strings.Join(parts, " ")
}

func hitsText(f fault.Status) string {
	text := strconv.FormatInt(f.Hits, 10)
	if f.Times > 0 {
		text += "/" + strconv.Itoa(f.Times)
	}
	if f.BurntOut {
		text += " (burnt out)"
	}
	return text
}

func (a *app) faultRemove() *cobra.Command {
	var at string
	var all bool
	c := &cobra.Command{
		Use:   "rm ID... | --all",
		Short: "Take rules away",
		Args:  usage(cobra.ArbitraryArgs),
		RunE: func(c *cobra.Command, ids []string) error {
			if all == (len(ids) > 0) {
				return &failure{code: exitUsage, what: "which rules?", try: "mpe fault rm ID, or mpe fault rm --all"}
			}
			return a.withEmulator(c.Context(), at, func(e *emulator) error {
				if all {
					return e.control(c.Context(), http.MethodDelete, "faults", nil, nil)
				}
				return removeFaults(c.Context(), e, ids)
			})
		},
	}
	registerURL(c.Flags(), &at)
	c.Flags().BoolVar(&all, "all", false, "all of them")
	return c
}

func removeFaults(ctx context.Context, e *emulator, ids []string) error {
	for _, id := range ids {
		if err := e.control(ctx, http.MethodDelete, "faults/"+url.PathEscape(id), nil, nil); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) faultPreset() *cobra.Command {
	var at string
	var out output
	c := &cobra.Command{
		Use:   "preset [NAME]",
		Short: "Add the rules of a well-known trouble; without a name, list them",
		Args:  usage(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return out.write(a.Stdout, fault.Presets(), presetTable(fault.Presets()))
			}
			return a.withEmulator(c.Context(), at, func(e *emulator) error {
				var added fault.Preset
				err := e.control(c.Context(), http.MethodPost, "faults/presets/"+url.PathEscape(args[0]), nil, &added)
				if err != nil {
					return err
				}
				ids := make([]string, len(added.Rules))
				for i, r := range added.Rules {
					ids[i] = r.ID
				}
				return out.write(a.Stdout, added, strings.Join(ids, "\n"))
			})
		},
	}
	registerURL(c.Flags(), &at)
	out.register(c.Flags())
	return c
}

func presetTable(all []fault.Preset) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, p := range all {
		fmt.Fprintf(w, "%s\t%s\n", p.Name, p.What)
	}
	_ = w.Flush() // a strings.Builder cannot fail
	return b.String()
}

package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"mpe/altinn/systemuser"
	"mpe/compose/control"
)

func (a *app) request() *cobra.Command {
	c := &cobra.Command{
		Use:   "request",
		Short: "Look at requests for system users, and answer them in the customer's place",
		Args:  usage(cobra.NoArgs),
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.requestList(), a.requestShow(),
		a.requestAct("approve", "Approve a request: the system user is made"),
		a.requestAct("reject", "Reject a request"),
		a.requestAct("escalate", "Pass a request on to those who may answer it"),
		a.requestAct("expire", "Make a request older than the 180 days that the customer has to answer"))
	return c
}

// requestFlags say which request is meant, where its id is not given.
type requestFlags struct{ url, system, party, ref string }

func (f *requestFlags) register(c *cobra.Command) {
	registerURL(c.Flags(), &f.url)
	c.Flags().StringVar(&f.system, "system", "", "the system's id")
	c.Flags().StringVar(&f.party, "party", "", "the customer's organisation number")
	c.Flags().StringVar(&f.ref, "external-ref", "", "the externalRef")
}

func (f *requestFlags) list(ctx context.Context, e *emulator, status systemuser.RequestStatus) ([]control.Request, error) {
	query := url.Values{"system": {f.system}, "party": {f.party}, "externalRef": {f.ref}, "status": {string(status)}}
	var found struct {
		Requests []control.Request `json:"requests"`
	}
	err := e.control(ctx, http.MethodGet, "requests?"+query.Encode(), nil, &found)
	return found.Requests, err
}

// choose is the id that was given, or that of the only open request that the flags say.
func (f *requestFlags) choose(ctx context.Context, e *emulator, args []string) (string, error) {
	if len(args) == 1 {
		return args[0], nil
	}
	open, err := f.list(ctx, e, systemuser.New)
	switch {
	case err != nil:
		return "", err
	case len(open) == 1:
		return open[0].ID, nil
	case len(open) == 0:
		return "", &failure{code: exitUsage, what: "no open request matches", try: "mpe request list"}
	default:
		ids := make([]string, len(open))
		for i, r := range open {
			ids[i] = r.ID
		}
		return "", &failure{code: exitUsage, what: fmt.Sprintf("%d open requests match", len(open)),
			why: strings.Join(ids, ", "), try: "give the id, or --party, --system or --external-ref"}
	}
}

func (a *app) requestList() *cobra.Command {
	var f requestFlags
	var out output
	var status string
	c := &cobra.Command{
		Use:   "list",
		Short: "List the requests, the newest first",
		Args:  usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withEmulator(c.Context(), f.url, func(e *emulator) error {
				all, err := f.list(c.Context(), e, systemuser.RequestStatus(status))
				if err != nil {
					return err
				}
				return out.write(a.Stdout, all, requestTable(all))
			})
		},
	}
	f.register(c)
	out.register(c.Flags())
	c.Flags().StringVar(&status, "status", "", "New, Accepted or Rejected")
	return c
}

func requestTable(all []control.Request) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tKIND\tSTATUS\tPARTY\tSYSTEM\tEXTERNALREF")
	for _, r := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.Kind, statusOf(r), r.Party, r.System, r.Ref())
	}
	_ = w.Flush() // a strings.Builder cannot fail
	return strings.TrimSuffix(b.String(), "\n")
}

func statusOf(r control.Request) string {
	status := string(r.Status)
	if r.TimedOut {
		status += " (timed out)"
	}
	if r.Escalated {
		status += " (escalated)"
	}
	return status
}

func (a *app) requestShow() *cobra.Command {
	var f requestFlags
	var out output
	c := &cobra.Command{
		Use:   "show [ID]",
		Short: "Show a request",
		Args:  usage(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withEmulator(c.Context(), f.url, func(e *emulator) error {
				id, err := f.choose(c.Context(), e, args)
				if err != nil {
					return err
				}
				var r control.Request
				if err := e.control(c.Context(), http.MethodGet, "requests/"+url.PathEscape(id), nil, &r); err != nil {
					return err
				}
				return out.write(a.Stdout, r, requestText(r))
			})
		},
	}
	f.register(c)
	out.register(c.Flags())
	return c
}

func requestText(r control.Request) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	line := func(name string, values ...string) {
		if text := strings.Join(values, ", "); text != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, text)
		}
	}
	line("id", r.ID)
	line("kind", string(r.Kind))
	line("status", statusOf(r))
	line("title", r.Title)
	line("system", r.System)
	line("party", string(r.Party))
	line("externalRef", r.Ref())
	for _, right := range r.Rights {
		line("right", right.ResourceID())
	}
	line("accessPackages", r.AccessPackages...)
	line("redirectUrl", r.RedirectURL)
	line("created", r.Created.UTC().Format("2006-01-02 15:04:05Z"))
	line("answered by", r.ChangedBy)
	_ = w.Flush() // a strings.Builder cannot fail
	return strings.TrimSuffix(b.String(), "\n")
}

func (a *app) requestAct(action, short string) *cobra.Command {
	var f requestFlags
	var out output
	var as string
	c := &cobra.Command{
		Use:   action + " [ID]",
		Short: short,
		Long:  short + ".\n\nWithout an id it is the only open request, of those that --party, --system and --external-ref say.",
		Args:  usage(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withEmulator(c.Context(), f.url, func(e *emulator) error {
				id, err := f.choose(c.Context(), e, args)
				if err != nil {
					return err
				}
				var r control.Request
				err = e.control(c.Context(), http.MethodPost, "requests/"+url.PathEscape(id)+":"+action, map[string]string{"as": as}, &r)
				if err != nil {
					return err
				}
				return out.write(a.Stdout, r, r.ID+"  "+statusOf(r))
			})
		},
	}
	f.register(c)
	out.register(c.Flags())
	c.Flags().StringVar(&as, "as", "", "the `PID` of the person who acts (default: somebody who may)")
	return c
}

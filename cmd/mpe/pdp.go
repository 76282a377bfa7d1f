package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"mpe/altinn/authorization"
	"mpe/altinn/pdp"
	"mpe/compose/control"
	"mpe/oauth/org"
)

func (a *app) pdp() *cobra.Command {
	c := &cobra.Command{
		Use:   "pdp",
		Short: "Ask the policy decision point, and why it answers so",
		Args:  usage(cobra.NoArgs),
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.pdpEval(), a.pdpExplain())
	return c
}

// pdpEval decides without an emulator.
func (a *app) pdpEval() *cobra.Command {
	var policy, request string
	var altinn bool
	c := &cobra.Command{
		Use:   "eval",
		Short: "Decide a request by a policy, offline, and print the response",
		Long: "Decide a request by a policy, offline, and print the response.\n\n" +
			"The policy is XACML 3.0 in XML; the request is XACML in XML, or in Altinn's JSON. \"-\" is the standard input.\n" +
			"Rules are read by the standard; --altinn reads them as Altinn does, which ignores the policy's own target and\n" +
			"takes a rule's target apart by category.",
		Args: usage(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error { return a.eval(policy, request, pdp.Options{Altinn: altinn}) },
	}
	c.Flags().StringVar(&policy, "policy", "", "file with the policy")
	c.Flags().StringVar(&request, "request", "-", "file with the request")
	c.Flags().BoolVar(&altinn, "altinn", false, "decide as Altinn does, where it differs from the standard")
	return c
}

func (a *app) eval(policyFile, requestFile string, options pdp.Options) error {
	if policyFile == "" {
		return &failure{code: exitUsage, what: "no policy", try: "mpe pdp eval --policy FILE --request FILE"}
	}
	text, err := a.file(policyFile)
	if err != nil {
		return err
	}
	policy, err := pdp.ParsePolicy(text)
	if err != nil {
		return &failure{code: exitUsage, what: policyFile + ": " + err.Error()}
	}
	if text, err = a.file(requestFile); err != nil {
		return err
	}
	requests, err := parseRequests(text)
	if err != nil {
		return &failure{code: exitUsage, what: requestFile + ": " + err.Error()}
	}
	var response pdp.Response
	for _, r := range requests {
		r.At(a.Now())
		result := policy.Decide(r, options)
		response.Results = append(response.Results, result)
		if message := result.Status.Message; message != "" {
			fmt.Fprintln(a.Stderr, "why:  ", message)
		}
	}
	return writeJSON(a.Stdout, response)
}

// parseRequests reads XML, or JSON.
func parseRequests(text []byte) ([]*pdp.Request, error) {
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("<")) {
		return pdp.ParseJSON(text)
	}
	r, err := pdp.ParseRequest(text)
	return []*pdp.Request{r}, err
}

// maxFile is the largest file that is read, in bytes.
const maxFile = 4 << 20

func (a *app) file(name string) ([]byte, error) {
	in := a.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, &failure{code: exitUsage, what: err.Error()}
		}
		defer f.Close()
		in = f
	}
	return io.ReadAll(io.LimitReader(in, maxFile))
}

// pdpExplain asks an emulator.
func (a *app) pdpExplain() *cobra.Command {
	var url, file, party, whatParty string
	var q control.Question
	var w control.WhatIf
	var rights []string
	var out output
	c := &cobra.Command{
		Use:   "explain",
		Short: "Say what the policy decision point answers, why, and what would have helped",
		Example: "  mpe pdp explain --system-user 7c2e9a10-0000-4000-8000-000000000002 --resource mun-fakturagrunnlag --action write --party 310000027\n" +
			"  mpe pdp explain --file request.json --what-if-package skattegrunnlag",
		Args: usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			q.Party, w.Party = org.Number(party), org.Number(whatParty)
			if file != "" {
				text, err := a.file(file)
				if err != nil {
					return err
				}
				q.Request = text
			}
			for _, action := range rights {
				w.Rights = append(w.Rights, control.Right{Resource: q.Resource, Action: action})
			}
			if w.Action != "" || w.Party != "" || w.AccessPackages != nil || w.Rights != nil {
				q.WhatIf = &w
			}
			return a.withEmulator(c.Context(), url, func(e *emulator) error {
				var decided control.Decided
				if err := e.control(c.Context(), http.MethodPost, "pdp/explain", q, &decided); err != nil {
					return err
				}
				return out.write(a.Stdout, decided, decidedText(&decided))
			})
		},
	}
	registerURL(c.Flags(), &url)
	out.register(c.Flags())
	c.Flags().StringVar(&file, "file", "", "a request in Altinn's JSON, instead of the next four; - is the standard input")
	c.Flags().StringVar(&q.SystemUser, "system-user", "", "the system user's id")
	c.Flags().StringVar(&q.Resource, "resource", "", "the resource's id")
	c.Flags().StringVar(&q.Action, "action", "", "such as read")
	c.Flags().StringVar(&party, "party", "", "the organisation number of whom it is done for")
	c.Flags().StringVar(&w.Action, "what-if-action", "", "imagine that this action was asked for")
	c.Flags().StringVar(&whatParty, "what-if-party", "", "imagine that it was asked for this organisation")
	c.Flags().StringSliceVar(&w.AccessPackages, "what-if-package", nil, "imagine that the system user has this access package, too")
	c.Flags().StringSliceVar(&rights, "what-if-right", nil, "imagine that the system user has the single right to do this with --resource")
	return c
}

func decidedText(d *control.Decided) string {
	var b strings.Builder
	for i, report := range d.Decisions {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(decisionText(report))
	}
	if d.WhatIf != nil {
		b.WriteString("\nWhat if:\n\n" + decidedText(d.WhatIf))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// stageMarks are how a stage ended, in a character.
var stageMarks = map[authorization.Outcome]string{
	authorization.Passed: "✓", authorization.Stopped: "!", authorization.Skipped: "–",
}

func decisionText(r *authorization.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", r.Decision, r.Why)
	var about []string
	for _, part := range []string{r.Subject, r.Action, r.Resource, r.Party} {
		if part != "" {
			about = append(about, part)
		}
	}
	fmt.Fprintf(&b, "%s\n\n", strings.Join(about, " · "))
	for _, s := range r.Stages {
		b.WriteString(strings.TrimRight(fmt.Sprintf("%4s %-12s %s", stageMarks[s.Outcome], s.Stage, s.Found), " ") + "\n")
	}
	if n := r.Nearest; n != nil {
		fmt.Fprintf(&b, "\nNearest: rule %s\n%4s action   %s\n%4s resource %s\n", n.Rule,
			stageMarks[n.Action], strings.Join(n.Actions, ", "), stageMarks[n.Resource], r.Resource)
		var subjects []string
		for _, s := range n.Subjects {
			subjects = append(subjects, s.Attribute+":"+s.Value)
		}
		fmt.Fprintf(&b, "%4s subject  %s\n", stageMarks[n.Subject], strings.Join(subjects, " or "))
	}
	if r.Help != nil {
		b.WriteString("\nWhat would have helped:\n")
	}
	for _, help := range r.Help {
		fmt.Fprintf(&b, "  - %s\n", help)
	}
	return b.String()
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mpe/compose/control"
	"mpe/compose/journal"
)

// verifyFlags are what the journal is expected to hold.
type verifyFlags struct {
	url             string
	where           []string
	count, min, max int
	wait            time.Duration
}

func (a *app) verify() *cobra.Command {
	var f verifyFlags
	var out output
	c := &cobra.Command{
		Use:   "verify",
		Short: "Check what your code really sent: compare the journal with what is expected",
		Long: "Check what your code really sent: compare the journal with what is expected.\n\n" +
			"A condition is PATH=VALUE, or PATH~=VALUE for a value that contains it (of scopes: a whole one). PATH is a member\n" +
			"of a journal entry (endpoint, client, code, verdict, reason, scope, systemuser_org, status, …), or leads into the\n" +
			"grant that was sent (grant.scope, grant.authorization_details.0.systemuser_org.ID, grant.header.kid) or the token\n" +
			"that was issued (token.scope). VALUE may be an object of operators as JSON: client={\"oneOf\":[\"a\",\"b\"]}; there\n" +
			"are contains, matches (a regular expression), absent and oneOf.\n\n" +
			"Without a count one is enough. The exit code is 7 when it is not so, and the nearest requests are printed.",
		Example: "  mpe verify --where 'endpoint=token grant.scope~=mun:faktura.read verdict=issued' --count 1 --wait 5s\n" +
			"  mpe verify --where code=MP-303 --max 0",
		Args: usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := out.check(); err != nil {
				return err
			}
			asked, err := f.expectation(c)
			if err != nil {
				return err
			}
			e := a.emulator(f.url)
			got, err := e.verify(c.Context(), asked)
			if err != nil {
				return e.unreachable(err)
			}
			if !got.OK && out.format == "text" {
				return unverified(got) // which says it all
			}
			if err := out.write(a.Stdout, got, got.Message); err != nil || got.OK {
				return err
			}
			return unverified(got)
		},
	}
	registerURL(c.Flags(), &f.url)
	out.register(c.Flags())
	c.Flags().StringArrayVar(&f.where, "where", nil, "`CONDITIONS` that a request has to meet, PATH=VALUE or PATH~=VALUE with spaces in between; repeat it for more")
	c.Flags().IntVar(&f.count, "count", 0, "there are exactly `N` (default: at least one)")
	c.Flags().IntVar(&f.min, "min", 0, "there are at least `N`")
	c.Flags().IntVar(&f.max, "max", 0, "there are at most `N`")
	c.Flags().DurationVar(&f.wait, "wait", 0, "how long to wait for it, at most 5m; it ends as soon as it is so")
	return c
}

func (f *verifyFlags) expectation(c *cobra.Command) (map[string]any, error) {
	match, err := conditions(f.where)
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	for _, bound := range []struct {
		flag, name string
		value      int
	}{{"count", "eq", f.count}, {"min", "min", f.min}, {"max", "max", f.max}} {
		if c.Flags().Changed(bound.flag) {
			count[bound.name] = bound.value
		}
	}
	return map[string]any{"match": match, "count": count, "wait": f.wait.String()}, nil
}

// aCondition begins one: what follows, up to the next, is its value.
var aCondition = regexp.MustCompile(`(?:^|\s)([A-Za-z_][\w.-]*)(~?=)`)

// conditions reads PATH=VALUE and PATH~=VALUE.
func conditions(where []string) (map[string]json.RawMessage, error) {
	match := map[string]json.RawMessage{}
	for _, text := range where {
		begins := aCondition.FindAllStringSubmatchIndex(text, -1)
		if len(begins) == 0 || strings.TrimSpace(text[:begins[0][0]]) != "" {
			return nil, badCondition(text, "want PATH=VALUE or PATH~=VALUE")
		}
		for i, at := range begins {
			end := len(text)
			if i+1 < len(begins) {
				end = begins[i+1][0]
			}
			path, operator, value := text[at[2]:at[3]], text[at[4]:at[5]], strings.TrimSpace(text[at[1]:end])
			if value == "" {
				return nil, badCondition(path+operator, `the value is missing; for none at all write `+path+`={"absent":true}`)
			}
			if match[path] != nil {
				return nil, badCondition(path+operator+value, path+" is there twice")
			}
			match[path] = wanted(operator, value)
		}
	}
	return match, nil
}

// wanted is a condition as the control API takes it.
func wanted(operator, value string) json.RawMessage {
	encoded, _ := json.Marshal(value) // a string cannot fail
	switch {
	case operator == "~=":
		return json.RawMessage(`{"contains":` + string(encoded) + `}`)
	case strings.ContainsRune("{[", rune(value[0])) && json.Valid([]byte(value)):
		return json.RawMessage(value)
	}
	return encoded
}

func badCondition(text, why string) error {
	return &failure{code: exitUsage, what: fmt.Sprintf("--where: %q: %s", text, why), try: "--where 'client=ID scope~=SCOPE'"}
}

// verify asks whether the journal is as expected; what it is instead is no error.
func (e *emulator) verify(ctx context.Context, expected map[string]any) (control.Verified, error) {
	var v control.Verified
	body, err := json.Marshal(expected)
	if err != nil {
		return v, err
	}
	got, err := e.do(ctx, http.MethodPost, "_mpe/v1/journal/verify", "application/json", strings.NewReader(string(body)))
	switch {
	case err != nil:
		return v, err
	case got.status != http.StatusOK && got.status != http.StatusUnprocessableEntity:
		return v, problem(got)
	}
	return v, json.Unmarshal(got.body, &v)
}

// unverified is the failure, with what came nearest.
func unverified(v control.Verified) error {
	f := &failure{code: exitUnverified, what: v.Message}
	if len(v.Nearest) > 0 {
		f.why, f.see = nearMisses(v.Nearest), "mpe explain "+v.Nearest[0].ID
	}
	return f
}

// nearMisses are the requests that came nearest, a line for each difference.
func nearMisses(all []journal.NearMiss) string {
	var lines []string
	for _, miss := range all {
		for _, d := range miss.Diff {
			lines = append(lines, fmt.Sprintf("%s  %s: want %s, got %s", miss.ID, d.Path, printable(d.Want), printable(d.Got)))
		}
	}
	return strings.Join(lines, "\n       ") // below each other, after "why:   "
}

package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"mpe/compose/control"
	"mpe/compose/explain"
	"mpe/oauth"
)

func (a *app) explain() *cobra.Command {
	var url, lang string
	var last bool
	var out output
	c := &cobra.Command{
		Use:   "explain [CODE|TRACE-ID]",
		Short: "Say what an MP code means, or why a request was answered as it was",
		Args:  usage(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			subject := "last"
			if len(args) == 1 {
				subject = args[0]
			} else if !last {
				return &failure{code: exitUsage, what: "nothing to explain", try: "mpe explain MP-303, or mpe explain --last"}
			}
			if subject != "last" && !traceID.MatchString(subject) {
				return a.explainCode(out, subject, a.language(lang))
			}
			entry, err := a.emulator(url).explained(c.Context(), subject)
			if err != nil {
				return err
			}
			return out.write(a.Stdout, entry, entryText(entry, a.language(lang)))
		},
	}
	registerURL(c.Flags(), &url)
	c.Flags().StringVar(&lang, "lang", "", "nb or en (default: that of the environment)")
	c.Flags().BoolVar(&last, "last", false, "the newest request")
	out.register(c.Flags())
	return c
}

var traceID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// language is the one asked for, or that of LC_ALL or LANG.
func (a *app) language(asked string) explain.Language {
	for _, name := range []string{"LC_ALL", "LANG"} {
		if asked == "" {
			asked, _ = a.LookupEnv(name)
		}
	}
	for _, norwegian := range []string{"nb", "nn", "no"} {
		if strings.HasPrefix(asked, norwegian) {
			return explain.NB
		}
	}
	return explain.EN
}

func (a *app) explainCode(out output, code string, lang explain.Language) error {
	page, known := explain.Code(code, lang)
	if !known {
		return &failure{
			code: exitUsage, what: fmt.Sprintf("no public source describes %q", code),
			try: "one of " + strings.Join(explain.Codes(), ", "),
		}
	}
	return out.write(a.Stdout, page, pageText(page))
}

func pageText(p explain.Page) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s  HTTP %d\n%s\n\n%s\n", p.Code, p.Error, p.Status, p.Title, p.Meaning)
	for _, cause := range p.Causes {
		fmt.Fprintf(&b, "  - %s\n", cause)
	}
	fmt.Fprintf(&b, "\n%s\n\n%s\n\n%s", p.Fix, p.Handle, p.Provoke)
	return b.String()
}

// marks are how a check ended, in a character.
var marks = map[oauth.Outcome]string{
	oauth.Passed: "✓", oauth.Failed: "✗", oauth.WouldPass: "(✓)", oauth.WouldFail: "(✗)", oauth.Skipped: "–",
}

func entryText(e control.Explained, lang explain.Language) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s %s  %d  %s\n", e.Time.Format("2006-01-02 15:04:05"), e.Method, e.Path, e.Status, e.Verdict)
	if e.Why != "" {
		fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace(e.Code+" "+e.Why))
	}
	words := e.Explanation[lang]
	if words.Text != nil {
		fmt.Fprintf(&b, "\n%s\n%s\n%s\n", words.What, words.Why, words.Do)
	}
	for _, also := range words.Also {
		fmt.Fprintf(&b, "\n+ %s\n  %s\n", also.What, also.Why)
	}
	for _, note := range words.Notes {
		fmt.Fprintf(&b, "\n* %s\n", note)
	}
	for _, d := range e.Decisions {
		b.WriteString("\n" + decisionText(d))
	}
	if e.Trace == nil {
		return b.String()
	}
	b.WriteString("\n")
	for _, c := range e.Trace.Checks {
		fmt.Fprintf(&b, "%4s %-16s %s %s\n", marks[c.Outcome], c.ID, words.Checks[c.ID], c.Code)
	}
	return b.String()
}

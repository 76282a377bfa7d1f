package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"mpe/compose/journal"
)

func (a *app) tail() *cobra.Command {
	var url, only, client string
	var out output
	c := &cobra.Command{
		Use:   "tail",
		Short: "Follow the journal: a line for each request, as it comes, until it is interrupted",
		Args:  usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := out.check(); err != nil {
				return err
			}
			e := a.emulator(url)
			stream, err := e.events(c.Context(), only, client)
			if err != nil {
				return e.unreachable(err)
			}
			defer stream.Close()
			fmt.Fprintln(a.Stderr, "following the journal of "+e.base+"; Ctrl-C ends it")
			if err := a.follow(stream, out); err != nil {
				return err
			}
			return &failure{code: exitNotReady, what: "the emulator at " + e.base + " has closed, or was reset", try: "mpe tail"}
		},
	}
	registerURL(c.Flags(), &url)
	c.Flags().StringVar(&only, "only", "", "`VERDICT` of the requests: issued, answered, refused or fault (default: all)")
	c.Flags().StringVar(&client, "client", "", "`ID` of the client whose requests are shown (default: all)")
	c.Flags().StringVarP(&out.format, "output", "o", "text", "text, or json: an object on each line")
	return c
}

// events opens the stream of what is recorded from now on.
func (e *emulator) events(ctx context.Context, verdict, client string) (io.ReadCloser, error) {
	query := url.Values{}
	for name, value := range map[string]string{"verdict": verdict, "client": client} {
		if value != "" {
			query.Set(name, value)
		}
	}
	r, err := e.request(ctx, http.MethodGet, "_mpe/v1/events?"+query.Encode(), "", nil)
	if err != nil {
		return nil, err
	}
	response, err := e.client.Do(r)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		defer response.Body.Close()
		body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
		if err != nil {
			return nil, err
		}
		return nil, problem(answer{response.StatusCode, response.Header, body})
	}
	return response.Body, nil
}

// follow writes the entries of the stream until it ends.
func (a *app) follow(stream io.Reader, out output) error {
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, maxAnswer)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		if out.format == "text" {
			var e journal.Entry
			if err := json.Unmarshal([]byte(data), &e); err != nil {
				return fmt.Errorf("reading an event: %w", err)
			}
			data = entryLine(e)
		}
		if _, err := fmt.Fprintln(a.Stdout, data); err != nil {
			return err
		}
	}
	return lines.Err()
}

// entryLine is an exchange in a line: when, how it ended, what was asked for, why it was refused, by whom, and its id.
func entryLine(e journal.Entry) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %-8s  %d  %s %s", e.Time.Format("15:04:05"), e.Verdict, e.Status, printable(e.Method), printable(e.Path))
	add := func(name, value string) {
		if value != "" {
			b.WriteString("  " + name + printable(value))
		}
	}
	code := e.Code
	if code == "" {
		code = e.Error
	}
	add("", code)
	add("", string(e.Reason))
	add("", e.Why)
	add("client=", e.Client)
	add("scope=", e.Scope)
	add("systemuser_org=", e.SystemUserOrg)
	fmt.Fprintf(&b, "  %sms  %s", strconv.FormatFloat(float64(e.Micros)/1000, 'f', -1, 64), e.ID)
	return b.String()
}

// printable keeps what others have sent from steering the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"mpe/compose/control"
)

func (a *app) clock() *cobra.Command {
	return group("clock", "Look at the emulator's clock, move it and stop it",
		a.ofRunning("show", "Show the time", cobra.NoArgs, func(ctx context.Context, e *emulator, _ []string, out output) error {
			return a.tell(ctx, e, out, http.MethodGet, "clock", nil)
		}),
		a.ofRunning("set TIME", "Set the clock to a time (RFC 3339), from which it runs on", cobra.ExactArgs(1), a.setClock),
		a.ofRunning("advance DURATION", "Move the clock on, as in 120s, 181d or -1h", cobra.ExactArgs(1),
			func(ctx context.Context, e *emulator, args []string, out output) error {
				return a.tell(ctx, e, out, http.MethodPost, "clock:advance", map[string]string{"by": args[0]})
			}),
		a.ofRunning("freeze [TIME]", "Stop the clock, now or at a time (RFC 3339)", cobra.MaximumNArgs(1),
			func(ctx context.Context, e *emulator, args []string, out output) error {
				body := map[string]string{}
				if len(args) == 1 {
					body["at"] = args[0]
				}
				return a.tell(ctx, e, out, http.MethodPost, "clock:freeze", body)
			}),
		a.ofRunning("real", "Go by the machine's clock again", cobra.NoArgs,
			func(ctx context.Context, e *emulator, _ []string, out output) error {
				return a.tell(ctx, e, out, http.MethodPost, "clock:real", nil)
			}))
}

// setClock is an offset from the machine's clock, in whole seconds.
func (a *app) setClock(ctx context.Context, e *emulator, args []string, out output) error {
	at, err := time.Parse(time.RFC3339, args[0])
	if err != nil {
		return &failure{code: exitUsage, what: fmt.Sprintf("%q is not a time", args[0]), try: "mpe clock set 2026-01-01T12:00:00Z"}
	}
	body := map[string]string{"mode": "offset", "offset": fmt.Sprintf("%dms", at.Sub(a.Now()).Milliseconds())}
	return a.tell(ctx, e, out, http.MethodPut, "clock", body)
}

// tell makes the call and writes what the clock shows then.
func (a *app) tell(ctx context.Context, e *emulator, out output, method, path string, body any) error {
	var shown control.Time
	if err := e.control(ctx, method, path, body, &shown); err != nil {
		return err
	}
	if shown.Warning != "" {
		fmt.Fprintln(a.Stderr, "warning:", shown.Warning)
	}
	text := shown.Now.UTC().Format(time.RFC3339) + "  " + shown.Mode
	if shown.Skew != 0 {
		text += fmt.Sprintf("  %+gs from the machine's clock", shown.Skew)
	}
	return out.write(a.Stdout, shown, text)
}

package main

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"mpe/compose/control"
)

func (a *app) snapshot() *cobra.Command {
	return group("snapshot", "Remember everything as it is, and go back to it",
		a.ofRunning("save [NAME]", "Take a snapshot, and print its id", cobra.MaximumNArgs(1),
			func(ctx context.Context, e *emulator, args []string, out output) error {
				body := map[string]string{}
				if len(args) == 1 {
					body["name"] = args[0]
				}
				var taken control.Snapshot
				if err := e.control(ctx, http.MethodPost, "snapshots", body, &taken); err != nil {
					return err
				}
				return out.write(a.Stdout, taken, taken.ID)
			}),
		a.ofRunning("restore ID|NAME", "Go back to a snapshot; of a name, to the latest", cobra.ExactArgs(1),
			func(ctx context.Context, e *emulator, args []string, out output) error {
				id, err := e.snapshotID(ctx, args[0])
				if err != nil {
					return err
				}
				if err := e.control(ctx, http.MethodPost, "snapshots/"+url.PathEscape(id)+":restore", nil, nil); err != nil {
					return err
				}
				return out.write(a.Stdout, map[string]string{"restored": id}, "restored "+id)
			}),
		a.ofRunning("list", "List the snapshots, the oldest first", cobra.NoArgs,
			func(ctx context.Context, e *emulator, _ []string, out output) error {
				all, err := e.snapshots(ctx)
				if err != nil {
					return err
				}
				rows := [][]string{{"ID", "TAKEN", "NAME"}}
				for _, s := range all {
					rows = append(rows, []string{s.ID, s.Created.UTC().Format(time.RFC3339), s.Name})
				}
				return out.write(a.Stdout, all, table(rows))
			}),
		a.ofRunning("rm ID", "Forget a snapshot", cobra.ExactArgs(1),
			func(ctx context.Context, e *emulator, args []string, out output) error {
				if err := e.control(ctx, http.MethodDelete, "snapshots/"+url.PathEscape(args[0]), nil, nil); err != nil {
					return err
				}
				return out.write(a.Stdout, map[string]string{"removed": args[0]}, "removed "+args[0])
			}))
}

func (e *emulator) snapshots(ctx context.Context) ([]control.Snapshot, error) {
	var found struct {
		Snapshots []control.Snapshot `json:"snapshots"`
	}
	err := e.control(ctx, http.MethodGet, "snapshots", nil, &found)
	return found.Snapshots, err
}

// snapshotID is that of the latest with the name; otherwise it is taken for an id.
func (e *emulator) snapshotID(ctx context.Context, named string) (string, error) {
	all, err := e.snapshots(ctx)
	id := named
	for _, s := range all {
		if s.Name == named {
			id = s.ID
		}
	}
	return id, err
}

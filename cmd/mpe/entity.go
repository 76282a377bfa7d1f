package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// kind is what the control API has of a kind of thing, as the command line shows it.
type kind struct {
	name, what string
	path       string   // in the control API
	columns    []string // the members that a list shows
}

var entities = []kind{
	{"client", "the clients of Maskinporten", "clients", []string{"clientId", "org", "name"}},
	{"scope", "the scopes of Maskinporten", "scopes", []string{"name", "owner", "access"}},
	{"system", "the systems of Altinn's register", "systems", []string{"id", "vendor", "clientIds"}},
	{"systemuser", "system users", "systemusers", []string{"id", "system", "owner", "externalRef", "type"}},
	{"party", "organisations, persons and the relations between them", "parties", []string{"orgNo", "pid", "name", "from", "to", "role"}},
	{"resource", "the resources of Altinn's registry", "resources", []string{"id", "owner", "type"}},
	{"delegation", "delegations of scopes", "delegations", []string{"scope", "resource", "consumer", "supplier"}},
}

func (a *app) entity(k kind) *cobra.Command {
	add := a.ofRunning("add FILE", "Add one, said as a seed says it, in YAML or JSON; - is the standard input", cobra.ExactArgs(1),
		func(ctx context.Context, e *emulator, args []string, out output) error {
			text, err := a.file(args[0])
			if err != nil {
				return err
			}
			var made json.RawMessage
			if err := e.declared(ctx, http.MethodPost, k.path, text, &made); err != nil {
				return err
			}
			return out.write(a.Stdout, made, declaredText(made))
		})
	return group(k.name, "Look at "+k.what+", and add and remove some", add,
		a.ofRunning("list", "List what there is", cobra.NoArgs,
			func(ctx context.Context, e *emulator, _ []string, out output) error {
				var found map[string][]map[string]any
				if err := e.control(ctx, http.MethodGet, k.path, nil, &found); err != nil {
					return err
				}
				return out.write(a.Stdout, found[k.path], k.table(found[k.path]))
			}),
		a.ofRunning("show ID", "Show one, as a seed says it", cobra.ExactArgs(1),
			func(ctx context.Context, e *emulator, args []string, out output) error {
				var entry json.RawMessage
				if err := e.control(ctx, http.MethodGet, k.path+"/"+escaped(args[0]), nil, &entry); err != nil {
					return err
				}
				return out.write(a.Stdout, entry, declaredText(entry))
			}),
		a.ofRunning("rm ID", "Remove one that nothing else refers to", cobra.ExactArgs(1),
			func(ctx context.Context, e *emulator, args []string, out output) error {
				if err := e.control(ctx, http.MethodDelete, k.path+"/"+escaped(args[0]), nil, nil); err != nil {
					return err
				}
				return out.write(a.Stdout, map[string]string{"removed": args[0]}, "removed "+args[0])
			}))
}

// escaped leaves the slashes in the names of scopes.
func escaped(name string) string { return strings.ReplaceAll(url.PathEscape(name), "%2F", "/") }

// declaredText is the entry as it could be added again.
func declaredText(entry json.RawMessage) string {
	var b strings.Builder
	_ = writeJSON(&b, entry) // a strings.Builder cannot fail, and it was JSON
	return b.String()
}

func (k kind) table(found []map[string]any) string {
	rows := [][]string{{}}
	for _, column := range k.columns {
		rows[0] = append(rows[0], strings.ToUpper(column))
	}
	for _, entry := range found {
		var row []string
		for _, column := range k.columns {
			row = append(row, cell(entry[column]))
		}
		rows = append(rows, row)
	}
	return table(rows)
}

func cell(value any) string {
	switch value := value.(type) {
	case nil:
		return "-"
	case []any:
		all := make([]string, len(value))
		for i, v := range value {
			all[i] = fmt.Sprint(v)
		}
		return strings.Join(all, ",")
	}
	return fmt.Sprint(value)
}

// table sets the rows under each other.
func table(rows [][]string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	_ = w.Flush() // a strings.Builder cannot fail
	return strings.TrimSuffix(b.String(), "\n")
}

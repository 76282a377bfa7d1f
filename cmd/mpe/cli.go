package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// app is the command line with all that it touches.
type app struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer // data, and talk
	LookupEnv      func(string) (string, bool)
	Now            func() time.Time
	Rand           io.Reader
	Version        string
	SeedFolder     string // is used when no seed is given and it exists; empty: none is
}

// seedFolder is where containers mount their seed.
const seedFolder = "/etc/mpe/seed.d"

// The exit codes.
const (
	exitUnexpected = 1
	exitUsage      = 2
	exitConfig     = 3 // an invalid seed or setting
	exitBind       = 4 // the port or the storage cannot be had
	exitNotReady   = 5
	exitRefused    = 6 // by Maskinporten or Altinn; the code is printed
	exitUnverified = 7 // the journal is not as expected
	exitUnwell     = 8 // the doctor has found problems
	exitUnsafe     = 9 // production would have been touched

	exitInterrupted = 130
)

// failure is how a command ends that could not do what it was asked.
type failure struct {
	code int
	what string // the error
	why  string // what was found; the rest may be empty
	try  string // what to do
	see  string // where there is more
}

func (f *failure) Error() string { return f.what }

func (f *failure) print(w io.Writer) {
	for _, line := range []struct{ name, text string }{
		{"error:", f.what}, {"why:  ", f.why}, {"try:  ", f.try}, {"see:  ", f.see},
	} {
		if line.text != "" {
			fmt.Fprintln(w, line.name, line.text)
		}
	}
	fmt.Fprintln(w, "exit: ", f.code)
}

// run gives the exit code.
func (a *app) run(ctx context.Context, args []string) int {
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return exitInterrupted
	}
	if code, ended := errors.AsType[exited](err); ended {
		return int(code)
	}
	f, ok := errors.AsType[*failure](err)
	if !ok {
		f = &failure{code: exitUnexpected, what: err.Error()}
	}
	f.print(a.Stderr)
	return f.code
}

func (a *app) root() *cobra.Command {
	serve := a.serve()
	root := &cobra.Command{
		Use:   "mpe",
		Short: "Maskinporten and Altinn system users, on your machine. For testing only",
		Long: "mpe is Maskinporten and Altinn system users, on your machine. For testing only.\n\n" +
			"Without a command it serves. Every flag has an environment variable: --ready-file is MPE_READY_FILE.\n" +
			"Exit codes: 0 ok, 1 unexpected, 2 usage, 3 invalid seed or setting, 4 port or storage not to be had,\n" +
			"5 not ready, 6 refused by Maskinporten or Altinn, 7 not as expected, 8 problems found,\n" +
			"9 unsafe and therefore refused, 130 interrupted.",
		Args:          usage(cobra.NoArgs),
		RunE:          serve.RunE,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.Flags().AddFlagSet(serve.Flags())
	root.SetIn(a.Stdin)
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return &failure{code: exitUsage, what: err.Error(), try: c.CommandPath() + " --help"}
	})
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error { return a.fromEnvironment(c.Flags()) }
	root.AddCommand(
		serve, a.exec(), a.env(), a.token(), a.tokens(), a.keys(), a.grant(), a.request(), a.inspect(), a.explain(), a.tail(),
		a.verify(), a.pdp(), a.fault(), a.keygen(), a.ca(), a.seed(), a.reset(), a.clock(),
		a.snapshot(), a.sandbox(), a.doctor(), a.healthcheck(), a.versionCommand(),
	)
	for _, kind := range entities {
		root.AddCommand(a.entity(kind))
	}
	return root
}

// usage turns an error about the arguments into one of usage.
func usage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return &failure{code: exitUsage, what: err.Error(), try: c.CommandPath() + " --help"}
		}
		return nil
	}
}

// fromEnvironment sets the flags that were not given and whose variable is set.
func (a *app) fromEnvironment(flags *pflag.FlagSet) error {
	var failed error
	flags.VisitAll(func(f *pflag.Flag) {
		name := variable(f.Name)
		value, set := a.LookupEnv(name)
		if f.Changed || !set || value == "" || f.Name == "help" || failed != nil {
			return
		}
		if f.Name == "seed" && strings.Contains(value, "\n") {
			return // the seed itself, which serve reads
		}
		values := []string{value}
		if f.Value.Type() == "stringArray" { // a flag that is repeated is a variable with commas
			values = strings.Split(value, ",")
		}
		for _, v := range values {
			if err := flags.Set(f.Name, v); err != nil {
				failed = &failure{code: exitUsage, what: name + ": " + err.Error()}
			}
		}
	})
	return failed
}

func variable(flag string) string {
	return "MPE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// output is the flag that says how a command writes its data.
type output struct{ format string }

func (o *output) register(flags *pflag.FlagSet) {
	flags.StringVarP(&o.format, "output", "o", "text", "text or json")
}

func (o *output) check() error {
	if o.format != "text" && o.format != "json" {
		return &failure{code: exitUsage, what: fmt.Sprintf("--output: %q is neither text nor json", o.format)}
	}
	return nil
}

// write writes the value as JSON, or the text.
func (o *output) write(w io.Writer, value any, text string) error {
	if err := o.check(); err != nil {
		return err
	}
	if o.format == "text" {
		_, err := fmt.Fprintln(w, strings.TrimSuffix(text, "\n"))
		return err
	}
	return writeJSON(w, value)
}

func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

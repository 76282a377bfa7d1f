package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"mpe/compose/control"
	"mpe/compose/explain"
	"mpe/compose/journal"
)

// execFlags say what emulator a command is run with.
type execFlags struct {
	serve  serveFlags
	hijack hijackFlags
	client string
	keep   bool
}

func (a *app) exec() *cobra.Command {
	f := &execFlags{}
	c := &cobra.Command{
		Use:   "exec [flags] -- COMMAND [ARGUMENT...]",
		Short: "Run a command with an emulator of its own, and end with its exit code",
		Long: "Run a command with an emulator of its own, and end with its exit code.\n\n" +
			"The command finds the emulator in MPE_URL, MPE_ISSUER and MPE_READY_FILE, and a client in MASKINPORTEN_CLIENT_ID,\n" +
			"_CLIENT_JWK, _SCOPES, _ISSUER, _TOKEN_ENDPOINT, _JWKS_URI and _WELL_KNOWN_URL. When it fails, what the emulator\n" +
			"refused is told, with the reasons.",
		Args: usage(cobra.MinimumNArgs(1)),
		// The command is sent the signals that we are, and decides what comes of them.
		RunE: func(c *cobra.Command, args []string) error {
			return a.runExec(context.WithoutCancel(c.Context()), f, args)
		},
	}
	flags := c.Flags()
	flags.SetInterspersed(false)
	f.serve.register(flags)
	listen := flags.Lookup("listen")
	listen.DefValue = "127.0.0.1:0"
	f.serve.listen = listen.DefValue
	flags.Lookup("log-format").Usage = "text or json (default: nothing is logged)"
	flags.StringVar(&f.client, "client", "", "the client that the command is given, by id or part of its name (default: the seed's first)")
	f.hijack.register(flags)
	flags.BoolVar(&f.keep, "keep", false, "leave the emulator running when the command has ended, until it is interrupted")
	return c
}

// exited is how a command ends that ran another: with its exit code, and nothing more to say.
type exited int

func (e exited) Error() string { return fmt.Sprintf("the command ended with exit code %d", int(e)) }

func (a *app) runExec(ctx context.Context, f *execFlags, args []string) error {
	command := exec.Command(args[0], args[1:]...)
	if command.Err != nil {
		return &failure{code: exitUsage, what: command.Err.Error(), try: "mpe exec -- COMMAND, with a command that is on the path"}
	}
	if err := f.hijack.check(); err != nil {
		return err
	}
	f.hijack.named(&f.serve)
	folder, err := os.MkdirTemp("", "mpe-exec-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	log, flush, err := a.execLog(&f.serve)
	if err != nil {
		return err
	}
	defer flush()
	r, err := a.start(ctx, &f.serve, log)
	if err != nil {
		return err
	}
	code, err := a.runBeside(ctx, r, f, command, folder)
	if err = errors.Join(err, r.stop()); err != nil {
		return err
	}
	if code != 0 {
		return exited(code)
	}
	return nil
}

// execLog is silent, unless it is asked for: the terminal is the command's.
func (a *app) execLog(f *serveFlags) (log *slog.Logger, flush func(), err error) {
	if f.logFormat == "" {
		return slog.New(slog.DiscardHandler), func() {}, nil
	}
	return a.logger(f.logFormat)
}

// runBeside runs the command beside the emulator and gives its exit code.
func (a *app) runBeside(ctx context.Context, r *running, f *execFlags, command *exec.Cmd, folder string) (int, error) {
	for _, warning := range r.World().Warnings {
		fmt.Fprintln(a.Stderr, "mpe: warning:", warning)
	}
	e := a.reach(r)
	around, err := a.surround(ctx, e, r, f, folder)
	defer around.close()
	if err != nil {
		return 0, err
	}
	command.Env = os.Environ()
	for _, v := range around.variables {
		command.Env = append(command.Env, v.Name+"="+v.Value)
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, passedOn()...)
	defer signal.Stop(signals)
	code, err := a.wait(command, signals)
	if err != nil {
		return 0, err
	}
	name := filepath.Base(command.Path)
	if code != 0 {
		a.tellRefusals(ctx, e, name, code)
	}
	if f.keep {
		fmt.Fprintf(a.Stderr, "mpe: %s ended with exit code %d; the emulator answers at %s until it is interrupted\n",
			name, code, r.at.URL)
		<-signals
	}
	if code == 0 {
		err = around.hijacking.unsafe()
	}
	return code, err
}

// reach is the emulator that we run, as seen from outside.
func (a *app) reach(r *running) *emulator {
	token, _ := a.LookupEnv("MPE_ADMIN_TOKEN")
	return &emulator{base: r.at.URL + "/", token: token, client: client(r.at.CA)}
}

// surroundings are what the command finds around it.
type surroundings struct {
	variables []control.Variable
	hijacking *hijacking // nil: only the emulator's own address is answered
	readyFile string     // to remove; empty when it goes with the folder
}

func (s *surroundings) close() {
	if s.hijacking != nil {
		_ = s.hijacking.Close() // the listeners were there, and now are not
	}
	if s.readyFile != "" {
		os.Remove(s.readyFile)
	}
}

// surround opens what the command is to find, and must be closed even where it fails.
func (a *app) surround(ctx context.Context, e *emulator, r *running, f *execFlags, folder string) (*surroundings, error) {
	s := &surroundings{}
	files := &trustFiles{folder: folder}
	base, trusted := r.at.URL+"/", certificates(readFile(r.at.CA))
	if len(f.hijack.hosts) > 0 {
		var err error
		if s.hijacking, err = a.hijack(f, r.Handler()); err != nil {
			return s, err
		}
		if s.variables, err = s.hijacking.variables(a, &f.hijack, files); err != nil {
			return s, err
		}
		base, trusted = cmp.Or(f.hijack.issuer(), base), append(trusted, s.hijacking.authority)
	}
	if len(trusted) > 0 {
		variables, err := files.trust(a, trusted...)
		if err != nil {
			return s, err
		}
		s.variables = append(append(s.variables, variables...), files.javaOptions(a))
	}
	readyFile := f.serve.readyFile
	if s.readyFile = readyFile; readyFile == "" {
		readyFile = filepath.Join(folder, "ready.json")
	}
	if err := writeReady(readyFile, r.at); err != nil {
		return s, &failure{code: exitConfig, what: "--ready-file: " + err.Error()}
	}
	variables, err := e.variables(ctx, f.client, r.at.Issuer, base)
	s.variables = append(append(s.variables, variables...), control.Variable{Name: "MPE_READY_FILE", Value: readyFile})
	return s, err
}

// readFile is what is in the file; nothing when there is none.
func readFile(name string) []byte {
	data, _ := os.ReadFile(name)
	return data
}

// variables are what the command finds the emulator by, and a client of it, whose issuer has this name and is to be
// reached at this address.
func (e *emulator) variables(ctx context.Context, client, issuer, base string) ([]control.Variable, error) {
	own := []control.Variable{{Name: "MPE_URL", Value: strings.TrimSuffix(e.base, "/")}, {Name: "MPE_ISSUER", Value: issuer}}
	d, err := e.credentials(ctx, client, "")
	if f, refused := errors.AsType[*failure](err); refused && client == "" && f.code == exitUsage {
		return own, nil // a seed may well have no client that can sign
	}
	if err != nil {
		return nil, err
	}
	return append(own, d.At(issuer, base).Variables()...), nil
}

// passedOn are the signals that are handed to the command; a hang-up is not where we were started to survive it.
func passedOn() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

// wait runs the command to its end, and gives its exit code: as a shell does, 128 and the signal where one ended it.
func (a *app) wait(command *exec.Cmd, signals <-chan os.Signal) (int, error) {
	command.Stdin, command.Stdout, command.Stderr = a.Stdin, a.Stdout, a.Stderr
	if err := command.Start(); err != nil {
		return 0, &failure{code: exitUsage, what: err.Error()}
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	for {
		select {
		case err := <-ended:
			if _, failed := errors.AsType[*exec.ExitError](err); err != nil && !failed {
				return 0, err
			}
			return exitCode(command.ProcessState), nil
		case s := <-signals:
			a.passOn(command.Process, s)
		}
	}
}

// passOn leaves an interrupt from the keyboard to the terminal, which sends it to the command as well.
func (a *app) passOn(p *os.Process, s os.Signal) {
	if s == os.Interrupt && terminal(a.Stdin) {
		return
	}
	if err := p.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		_ = p.Kill() // Windows has no other
	}
}

func exitCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}

// tellRefusals tells what the emulator refused, in the order in which it was asked.
func (a *app) tellRefusals(ctx context.Context, e *emulator, command string, code int) {
	var found struct{ Entries []journal.Entry }
	if err := e.control(ctx, http.MethodGet, "journal?limit=1000", nil, &found); err != nil {
		fmt.Fprintf(a.Stderr, "mpe: %s ended with exit code %d; the journal cannot be read: %v\n", command, code, err)
		return
	}
	var refused []journal.Entry
	for i := len(found.Entries) - 1; i >= 0; i-- {
		if v := found.Entries[i].Verdict; v == journal.Refused || v == journal.Fault {
			refused = append(refused, found.Entries[i])
		}
	}
	switch {
	case len(found.Entries) == 0:
		fmt.Fprintf(a.Stderr, "mpe: %s ended with exit code %d; it asked the emulator nothing\n", command, code)
		return
	case len(refused) == 0:
		fmt.Fprintf(a.Stderr, "mpe: %s ended with exit code %d; the emulator refused nothing\n", command, code)
		return
	}
	fmt.Fprintf(a.Stderr, "mpe: %s ended with exit code %d; the emulator refused:\n", command, code)
	const enough = 50
	for _, entry := range refused[:min(len(refused), enough)] {
		writeRefusal(a.Stderr, entry, a.language(""))
	}
	if more := len(refused) - enough; more > 0 {
		fmt.Fprintf(a.Stderr, "  and %d more\n", more)
	}
}

// writeRefusal writes a refusal in one line: its code, its reason, what was asked, and why it was refused.
func writeRefusal(w io.Writer, entry journal.Entry, lang explain.Language) {
	why := entry.Why
	if entry.Trace != nil {
		if check, failed := entry.Trace.Failure(); failed {
			why = explain.Refusal(check, lang).Why
		}
	}
	line := "  " + cmp.Or(entry.Code, entry.Error, fmt.Sprint(entry.Status))
	if entry.Reason != "" {
		line += " " + string(entry.Reason)
	}
	fmt.Fprintf(w, "%s, %s %s: %s\n", line, entry.Method, entry.Path, why)
}

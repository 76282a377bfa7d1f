package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mpe/compose/hijack"
	"mpe/compose/seed"
	"mpe/keys"
)

// doctorFlags say what to look at.
type doctorFlags struct {
	url, caDir string
	seeds      []string
	ci         bool
	out        output
}

func (a *app) doctor() *cobra.Command {
	var f doctorFlags
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Look for what is wrong with this machine, the emulator and the seed: exit 0, or 8",
		Long: "Look for what is wrong with this machine, the emulator and the seed, and say what to do about it. It reads, and\n" +
			"changes nothing. What is marked with ✕ makes the exit code 8; what is marked with ! may be as it should.",
		Args: usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return a.runDoctor(c.Context(), &f) },
	}
	flags := c.Flags()
	registerURL(flags, &f.url)
	registerCADir(flags, &f.caDir)
	flags.StringArrayVar(&f.seeds, "seed", nil, "seed `FILE` or folder to look at; repeat it for several")
	flags.BoolVar(&f.ci, "ci", false, "annotate a run of GitHub Actions, too")
	f.out.register(flags)
	return c
}

// mark is how something was found.
type mark string

const (
	markFine    mark = "ok"
	markDoubt   mark = "warning"
	markProblem mark = "problem"
)

// finding is one thing that was looked at.
type finding struct {
	Check string `json:"check"`
	Mark  mark   `json:"mark"`
	What  string `json:"what"`
	Fix   string `json:"fix,omitempty"`

	at seed.Problem // where, in a seed
}

func fine(check, format string, values ...any) finding {
	return finding{Check: check, Mark: markFine, What: fmt.Sprintf(format, values...)}
}

func (a *app) runDoctor(ctx context.Context, f *doctorFlags) error {
	if err := f.out.check(); err != nil {
		return err
	}
	e := a.emulator(f.url)
	found := a.checkEmulator(ctx, f, e)
	found = append(found, a.checkProxy(e), a.checkCA(f), checkDocker(ctx))
	found = append(found, a.checkSeed(f)...)
	problems := 0
	for _, one := range found {
		if one.Mark == markProblem {
			problems++
		}
	}
	shown := struct {
		OK       bool      `json:"ok"`
		Findings []finding `json:"findings"`
	}{problems == 0, found}
	if err := f.out.write(a.Stdout, shown, findingsText(found, f.ci)); err != nil {
		return err
	}
	if problems > 0 {
		return &failure{code: exitUnwell, what: fmt.Sprintf("%d of %d findings are problems", problems, len(found))}
	}
	return nil
}

// findingsText lists what was found, and how to mend it. Runs of GitHub Actions show the annotations beside the code.
func findingsText(found []finding, annotate bool) string {
	var b strings.Builder
	signs := map[mark]string{markFine: "✓", markDoubt: "!", markProblem: "✕"}
	for _, one := range found {
		fmt.Fprintf(&b, "%s %-9s %s\n", signs[one.Mark], one.Check, one.What)
		if one.Fix != "" {
			fmt.Fprintf(&b, "            %s\n", one.Fix)
		}
	}
	for _, one := range found {
		if annotate && one.Mark != markFine {
			b.WriteString(one.annotation() + "\n")
		}
	}
	return b.String()
}

func (f finding) annotation() string {
	level := map[mark]string{markDoubt: "warning", markProblem: "error"}[f.Mark]
	place := ""
	if f.at.Line > 0 {
		place = fmt.Sprintf(" file=%s,line=%d,col=%d", f.at.File, f.at.Line, f.at.Column)
	}
	escaped := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(strings.TrimSpace(f.What + ". " + f.Fix))
	return "::" + level + place + "::mpe " + f.Check + ": " + escaped
}

// checkEmulator asks the emulator whether it is ready, and looks at how it answers. Without one it looks for what stands
// in its way.
func (a *app) checkEmulator(ctx context.Context, f *doctorFlags, e *emulator) []finding {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	got, err := e.do(ctx, http.MethodGet, "readyz", "", nil)
	if err != nil {
		return []finding{a.checkPort(f, e, err)}
	}
	if got.status != http.StatusOK || !json.Valid(got.body) {
		return []finding{{
			Check: "emulator", Mark: markProblem, What: fmt.Sprintf("%sreadyz answers %d", e.base, got.status),
			Fix: "its log says why; if it is another program that answers, mpe serve --listen localhost:0 takes a free port",
		}}
	}
	return []finding{
		fine("emulator", "an emulator answers at %s", e.base), a.checkVersion(ctx, e), a.checkClock(got), checkIssuer(ctx, e),
	}
}

// checkPort tells an address that nobody has from one that another program has.
func (a *app) checkPort(f *doctorFlags, e *emulator, cause error) finding {
	if _, untrusted := errors.AsType[*tls.CertificateVerificationError](cause); untrusted {
		return finding{
			Check: "emulator", Mark: markProblem, What: fmt.Sprintf("the certificate of %s is not trusted: %v", e.base, cause),
			Fix: "--ca-dir or MPE_CA_DIR, as the emulator has it; or SSL_CERT_FILE with the CA of its certificate",
		}
	}
	at, err := url.Parse(e.base)
	if err != nil || at.Host == "" {
		return finding{Check: "emulator", Mark: markProblem, What: fmt.Sprintf("%q is not an address", e.base), Fix: "--url " + defaultURL}
	}
	away := finding{Check: "emulator", Mark: markProblem, What: "no emulator answers at " + e.base, Fix: "mpe serve --listen " + at.Host}
	if !loopback(at.Hostname()) {
		away.What += ": " + cause.Error()
		return away
	}
	listener, err := net.Listen("tcp", at.Host)
	if err != nil {
		return finding{
			Check: "port", Mark: markProblem, What: fmt.Sprintf("no emulator answers at %s, and another program has the port (%v)", e.base, err),
			Fix: "mpe serve --listen localhost:0 takes a free port; lsof -i :" + at.Port() + " tells who has this one",
		}
	}
	listener.Close()
	named := f.url != "" || e.base != defaultURL+"/"
	free := fine("port", "no emulator runs, and %s is free for one", at.Host)
	switch {
	case !inContainer() && named:
		return away
	case !inContainer():
		return free
	case named:
		free = away
	default:
		free.Mark = markDoubt
	}
	free.Fix = "from a container localhost is the container itself: --url http://host.docker.internal:6730, or the name of the emulator's service"
	return free
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func inContainer() bool {
	for _, file := range []string{"/.dockerenv", "/run/.containerenv"} {
		if _, err := os.Stat(file); err == nil {
			return true
		}
	}
	return false
}

func (a *app) checkVersion(ctx context.Context, e *emulator) finding {
	var served struct{ Version string }
	if err := e.control(ctx, http.MethodGet, "version", nil, &served); err != nil {
		return finding{Check: "version", Mark: markDoubt, What: "the control API refuses: " + err.Error(), Fix: "MPE_ADMIN_TOKEN, as the emulator has it"}
	}
	if served.Version != a.Version {
		return finding{
			Check: "version", Mark: markDoubt, What: fmt.Sprintf("the emulator is mpe %s, and this is mpe %s", served.Version, a.Version),
			Fix: "the same version of both",
		}
	}
	return fine("version", "the emulator is mpe %s, as this is", a.Version)
}

// tolerated is how far clocks may be apart: Maskinporten refuses grants that were issued later than that in the future.
const tolerated = 10 * time.Second

func (a *app) checkClock(got answer) finding {
	theirs, err := http.ParseTime(got.header.Get("Date"))
	if err != nil {
		return finding{Check: "clock", Mark: markDoubt, What: "the emulator does not tell its time", Fix: "what stands between it and us"}
	}
	skew := theirs.Sub(a.Now()).Round(time.Second)
	if skew.Abs() > tolerated {
		return finding{
			Check: "clock", Mark: markProblem, What: fmt.Sprintf("the emulator's machine is %s from ours: grants will be refused", skew),
			Fix: "the time of both machines; Docker's virtual machine loses time when the computer sleeps, until it is restarted",
		}
	}
	return fine("clock", "the emulator's machine has our time")
}

func checkIssuer(ctx context.Context, e *emulator) finding {
	got, err := e.do(ctx, http.MethodGet, ".well-known/oauth-authorization-server", "", nil)
	var metadata struct{ Issuer string }
	if err != nil || json.Unmarshal(got.body, &metadata) != nil || metadata.Issuer == "" {
		return finding{Check: "issuer", Mark: markProblem, What: "the emulator's metadata cannot be read", Fix: "the emulator's log says why"}
	}
	if metadata.Issuer != e.base {
		return fine("issuer", "the issuer has a fixed name, which is the aud of grants: %s", metadata.Issuer)
	}
	return fine("issuer", "the issuer is the address that is asked, here %s", metadata.Issuer)
}

// checkProxy looks for a proxy that programs would ask for the emulator. Go leaves localhost out, most others do not.
func (a *app) checkProxy(e *emulator) finding {
	at, err := url.Parse(e.base)
	if err != nil {
		return fine("proxy", "not looked at")
	}
	name := "HTTP_PROXY"
	if at.Scheme == "https" {
		name = "HTTPS_PROXY"
	}
	proxy, host := a.either(name), at.Hostname()
	switch {
	case proxy == "":
		return fine("proxy", "%s is not set", name)
	case exempt(host, a.either("NO_PROXY")):
		return fine("proxy", "NO_PROXY keeps calls to %s from the proxy", host)
	default:
		return finding{
			Check: "proxy", Mark: markDoubt, What: fmt.Sprintf("%s is set, and programs may ask that proxy for %s", name, host),
			Fix: "NO_PROXY=" + strings.Trim(a.either("NO_PROXY")+",localhost,127.0.0.1,"+host, ","),
		}
	}
}

// exempt tells whether programs go to the host without a proxy, by the letter of NO_PROXY.
func exempt(host, noProxy string) bool {
	for _, entry := range strings.Split(noProxy, ",") {
		entry = strings.TrimPrefix(strings.TrimSpace(entry), ".")
		if entry == "*" || entry != "" && (host == entry || strings.HasSuffix(host, "."+entry)) {
			return true
		}
	}
	return false
}

func (a *app) checkCA(f *doctorFlags) finding {
	path := a.caPath(f.caDir)
	file := filepath.Join(path, caKeyFile)
	data, err := os.ReadFile(file)
	if path == "" || errors.Is(err, fs.ErrNotExist) {
		return fine("ca", "there is no local CA yet; serve --tls and exec --hijack make it")
	}
	bad := finding{Check: "ca", Mark: markProblem, Fix: "remove " + path + ": another is made, and has to be trusted anew"}
	if err != nil {
		bad.What = err.Error()
		return bad
	}
	authority, err := keys.LoadHostAuthority(data)
	if err != nil {
		bad.What = fmt.Sprintf("the local CA in %s: %v", path, err)
		return bad
	}
	if _, err := authority.Issue(a.Rand, a.Now(), hijack.Hosts()...); err != nil {
		bad.What = err.Error()
		return bad
	}
	until := authority.Certificate.NotAfter
	if left := until.Sub(a.Now()); left < 30*24*time.Hour {
		bad.What = "the local CA is valid until " + until.Format(time.DateOnly)
		if left > 0 {
			bad.Mark = markDoubt
		}
		return bad
	}
	if info, err := os.Stat(file); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return finding{Check: "ca", Mark: markProblem, What: "others can read the key of the local CA", Fix: "chmod 600 " + file}
	}
	return fine("ca", "the local CA in %s is valid until %s; mpe ca prints it, for programs that shall trust it", path, until.Format(time.DateOnly))
}

// checkDocker tells whether the container image could run. Nothing else needs Docker.
func checkDocker(ctx context.Context) finding {
	if _, err := exec.LookPath("docker"); err != nil {
		return fine("docker", "Docker is not installed; only the container image needs it")
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	architecture, err := exec.CommandContext(ctx, "docker", "version", "--format", "{{.Server.Arch}}").Output()
	if err != nil {
		return finding{Check: "docker", Mark: markDoubt, What: "Docker is installed, but does not answer", Fix: "start it, if you use the container image; nothing else needs it"}
	}
	if got := strings.TrimSpace(string(architecture)); got != runtime.GOARCH {
		return finding{
			Check: "docker", Mark: markDoubt, What: fmt.Sprintf("Docker runs %s, and this machine is %s: images for the other are slow", got, runtime.GOARCH),
			Fix: "docker build --platform linux/" + got,
		}
	}
	return fine("docker", "Docker answers")
}

// checkSeed reads the seed as serve would, and looks for what it says in vain. The demo is not looked at: it is wrong in
// many ways, on purpose.
func (a *app) checkSeed(f *doctorFlags) []finding {
	sources, err := a.seeds(f.seeds)
	if err != nil {
		return []finding{{Check: "seed", Mark: markProblem, What: err.Error(), Fix: "the name of the file"}}
	}
	if len(sources) == 0 {
		return []finding{fine("seed", "the demo, which is built in")}
	}
	world, err := seed.Read(sources, a.LookupEnv, seed.Options{})
	if bad, ok := errors.AsType[*seed.Error](err); ok {
		found := make([]finding, len(bad.Problems))
		for i, p := range bad.Problems {
			found[i] = finding{Check: "seed", Mark: markProblem, What: p.String(), Fix: "mpe seed schema tells what a seed may hold", at: p}
		}
		return found
	}
	if err != nil {
		return []finding{{Check: "seed", Mark: markProblem, What: err.Error()}}
	}
	found := []finding{fine("seed", "%s", summary(world))}
	for _, w := range world.Warnings {
		found = append(found, finding{Check: "seed", Mark: markDoubt, What: w.String(), at: w})
	}
	for _, advice := range world.Advise(a.Now()) {
		found = append(found, finding{Check: "seed", Mark: markDoubt, What: advice.What, Fix: advice.Fix})
	}
	return found
}

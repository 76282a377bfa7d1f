package compose_test

import (
	"bufio"
	"bytes"
	"context"
	"debug/elf"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// dockerfile is what compose/Dockerfile says, as far as the tests of the image need it.
type dockerfile struct {
	build       []string // the instructions of the first stage
	copies      [][2]string
	env         []string
	user        string
	entry, cmd  []string
	healthcheck []string
	exposed     string
}

func readDockerfile(t *testing.T) dockerfile {
	t.Helper()
	data, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	var d dockerfile
	final := false
	for line := range strings.Lines(strings.ReplaceAll(string(data), "\\\n", " ")) {
		instruction, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case instruction == "" || strings.HasPrefix(instruction, "#"):
		case instruction == "FROM":
			final = rest == "scratch"
		case !final:
			d.build = append(d.build, instruction+" "+rest)
		case instruction == "COPY":
			words := strings.Fields(rest)
			if len(words) != 3 || words[0] != "--from=build" {
				t.Fatalf("what is copied by %q?", line)
			}
			d.copies = append(d.copies, [2]string{words[1], words[2]})
		case instruction == "ENV":
			d.env = append(d.env, rest)
		case instruction == "USER":
			d.user = rest
		case instruction == "EXPOSE":
			d.exposed = rest
		case instruction == "ENTRYPOINT":
			d.entry = execForm(t, rest)
		case instruction == "CMD":
			d.cmd = execForm(t, rest)
		case instruction == "HEALTHCHECK":
			_, command, _ := strings.Cut(rest, " CMD ")
			d.healthcheck = execForm(t, command)
		default:
			t.Fatalf("the test does not know what %q does", line)
		}
	}
	return d
}

// execForm is the words of an instruction in the form that needs no shell, which the image does not have.
func execForm(t *testing.T, list string) []string {
	t.Helper()
	var all []string
	if err := json.Unmarshal([]byte(list), &all); err != nil {
		t.Fatalf("%s needs a shell: %v", list, err)
	}
	return all
}

// The image that the Dockerfile describes is small and static, runs on a file system that it cannot write to, as nobody in
// particular, and gives a token to the README's command. No container engine is needed.
func TestImage(t *testing.T) {
	if os.Getenv("CI") == "" && os.Getenv("MPE_IMAGE_TEST") == "" {
		t.Skip("builds the binary anew, which takes minutes: set CI or MPE_IMAGE_TEST to run it")
	}
	d := readDockerfile(t)
	root := d.rootFileSystem(t)
	t.Run("is smaller than 40 MB", func(t *testing.T) { smallerThan(t, root, 40_000_000) })
	t.Run("is static", func(t *testing.T) { static(t, filepath.Join(root, "mpe")) })
	t.Run("answers", func(t *testing.T) { d.answers(t, root, "demo") })
	t.Run("answers with the seed that is mounted", func(t *testing.T) {
		seed := filepath.Join(root, "etc/mpe/seed.d")
		if err := os.MkdirAll(seed, 0o755); err != nil {
			t.Fatal(err)
		}
		demo, err := os.ReadFile("demo.yaml")
		if err != nil {
			t.Fatal(err)
		}
		for name, data := range map[string][]byte{"1.yaml": demo, "2.yaml": []byte("version: 1\nname: mounted\n")} {
			if err := os.WriteFile(filepath.Join(seed, name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		d.answers(t, root, "mounted")
	})
	t.Run("compiles for another processor", func(t *testing.T) {
		if os.Getenv("CI") == "" {
			t.Skip("compiles everything once more: set CI to do so")
		}
		d.goBuild(t, filepath.Join(t.TempDir(), "mpe"), "GOOS=linux", "GOARCH="+map[bool]string{true: "amd64", false: "arm64"}[runtime.GOARCH == "arm64"])
	})
}

// goBuild runs the first stage's go build, for another output.
func (d dockerfile) goBuild(t *testing.T, output string, target ...string) {
	t.Helper()
	i := slices.IndexFunc(d.build, func(s string) bool { return strings.HasPrefix(s, "RUN ") && strings.Contains(s, " go build ") })
	if i < 0 || !strings.Contains(d.build[i], " -o /mpe ") {
		t.Fatalf("no instruction builds /mpe: %q", d.build)
	}
	command := exec.Command("sh", "-c", strings.Replace(d.build[i][len("RUN "):], " -o /mpe ", " -o "+output+" ", 1))
	command.Dir = ".."
	command.Env = append(os.Environ(), "VERSION=test", "TARGETOS=linux", "TARGETARCH="+runtime.GOARCH)
	for _, t := range target {
		command.Env = append(command.Env, strings.Replace(t, "GO", "TARGET", 1))
	}
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// rootFileSystem is the final stage's.
func (d dockerfile) rootFileSystem(t *testing.T) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "root")
	for _, c := range d.copies {
		to := filepath.Join(root, c[1])
		if strings.HasSuffix(c[1], "/") {
			to = filepath.Join(to, filepath.Base(c[0]))
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if c[0] == "/mpe" {
			d.goBuild(t, to)
			continue
		}
		data, err := os.ReadFile(c[0])
		if errors.Is(err, fs.ErrNotExist) {
			t.Logf("%s is not on this machine: the image is tested without it", c[0])
			continue
		}
		if err == nil {
			err = os.WriteFile(to, data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	// The folders of a test are the user's own; those of an image are everybody's to read.
	for dir := root; dir != filepath.Dir(os.TempDir()) && dir != "/"; dir = filepath.Dir(dir) {
		_ = os.Chmod(dir, 0o755)
	}
	return root
}

func smallerThan(t *testing.T, root string, most int64) {
	t.Helper()
	var size int64
	err := filepath.WalkDir(root, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		size += info.Size()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%.1f MB", float64(size)/1e6)
	if size >= most {
		t.Errorf("it has %d bytes", size)
	}
}

func static(t *testing.T, binary string) {
	t.Helper()
	f, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if libraries, _ := f.ImportedLibraries(); len(libraries) > 0 {
		t.Errorf("it needs %v", libraries)
	}
	if slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		t.Error("it needs a loader")
	}
}

// container runs the binary as an engine would, or as near to that as this machine allows.
type container struct {
	root string
	env  []string
	into []string // the command that goes into the container; empty: none could be made
}

func (d dockerfile) container(t *testing.T, root, port string) container {
	t.Helper()
	c := container{root: root, env: slices.Clone(d.env)}
	if !slices.Contains(c.env, "MPE_LISTEN=:"+d.exposed) {
		t.Errorf("the image does not listen on every interface, at the port that it exposes: %q", c.env)
	}
	c.env = append(c.env, "MPE_LISTEN=:"+port, "MPE_LOG_FORMAT=json")
	if strings.HasPrefix(d.user, "0") || !regexp.MustCompile(`^\d+:\d+$`).MatchString(d.user) {
		t.Errorf("the user is %q, want one that is not root, as a number: the image has no names", d.user)
	}
	into := []string{"unshare", "--mount", "sh", "-c",
		`mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && cd "$0" && exec chroot --userspec=` + d.user + ` "$0" "$@"`, root}
	probe := exec.Command(into[0], append(into[1:], "/mpe", "version")...)
	if out, err := probe.CombinedOutput(); err != nil {
		t.Logf("no read-only root and no other user on this machine (%v: %s): it is run as it is", err, bytes.TrimSpace(out))
		return c
	}
	c.into = into
	return c
}

func (c container) command(ctx context.Context, words ...string) *exec.Cmd {
	all := slices.Concat(c.into, words)
	if c.into == nil {
		all[0] = filepath.Join(c.root, all[0])
	}
	command := exec.CommandContext(ctx, all[0], all[1:]...)
	command.Env = c.env
	if c.into != nil {
		command.Env = append([]string{"PATH=" + os.Getenv("PATH")}, c.env...)
	}
	return command
}

// answers is the test that the image becomes healthy, has the seed, and gives a token to the README's command.
func (d dockerfile) answers(t *testing.T, root, seed string) {
	port := freePort(t)
	c := d.container(t, root, port)
	if c.into == nil && seed != "demo" {
		t.Skip("the folder of the seed is in the root that this machine cannot go into")
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	serve := c.command(ctx, slices.Concat(d.entry, d.cmd)...)
	serve.Cancel = func() error { return serve.Process.Signal(os.Interrupt) }
	serve.WaitDelay = 10 * time.Second
	talk, err := serve.StderrPipe()
	if err == nil {
		err = serve.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	ready := waitFor(t, talk, "mpe ready")
	if !strings.Contains(ready, `"seed":"`+seed+`"`) {
		t.Errorf("want the seed %s: %s", seed, ready)
	}
	if out, err := c.command(ctx, d.healthcheck...).CombinedOutput(); err != nil {
		t.Errorf("the healthcheck: %v: %s", err, out)
	}
	if output, err := exec.CommandContext(ctx, "sh", "-c", firstCommand(t, "127.0.0.1:"+port)).CombinedOutput(); err != nil || !strings.HasPrefix(string(output), `{"access_token":"ey`) {
		t.Errorf("got %s (%v)", output, err)
	}
	stop()
	if err := serve.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
	if out, err := c.command(t.Context(), d.healthcheck...).CombinedOutput(); err == nil {
		t.Errorf("the healthcheck of one that has ended: %s", out)
	}
}

// waitFor reads until a line holds the words, and keeps on reading behind it. The line is what it gives.
func waitFor(t *testing.T, from io.Reader, words string) string {
	t.Helper()
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		if strings.Contains(lines.Text(), words) {
			go func() { _, _ = io.Copy(io.Discard, from) }()
			return lines.Text()
		}
	}
	t.Fatalf("it ended before it said %q", words)
	return ""
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// What the Dockerfile builds from is there, and what go mod download reads is copied before it.
func TestDockerfile(t *testing.T) {
	d := readDockerfile(t)
	download := slices.Index(d.build, "RUN go mod download")
	if download < 0 {
		t.Fatalf("nothing downloads the modules: %q", d.build)
	}
	module, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, local := range regexp.MustCompile(`=> \./(\S+)`).FindAllStringSubmatch(string(module), -1) {
		if !slices.Contains(d.build[:download], "COPY "+local[1]+"/go.mod "+local[1]+"/") {
			t.Errorf("%s/go.mod is not copied before the modules are downloaded", local[1])
		}
	}
	if want := append(slices.Clone(d.entry), "healthcheck"); !slices.Equal(d.healthcheck, want) {
		t.Errorf("the healthcheck is %q, want %q", d.healthcheck, want)
	}
	if d.user == "" || strings.HasPrefix(d.user, "0") {
		t.Errorf("the user is %q", d.user)
	}
}

// composition is a compose file, as far as it can be checked without an engine.
type composition struct {
	Services map[string]struct {
		Image string
		Build struct{ Context, Dockerfile string }
		Ports []string

		Environment map[string]string
		Volumes     []string
		DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
		Healthcheck struct{ Test []string }
		ReadOnly    bool     `yaml:"read_only"`
		CapDrop     []string `yaml:"cap_drop"`
		Deploy      struct{ Replicas int }
	}
}

func TestComposeFiles(t *testing.T) {
	d := readDockerfile(t)
	for _, file := range []string{"compose.yaml", "compose.redis.yaml"} {
		t.Run(file, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var c composition
			if err := yaml.Unmarshal(data, &c); err != nil {
				t.Fatal(err)
			}
			mpe := c.Services["mpe"]
			if _, err := os.Stat(filepath.Join(mpe.Build.Context, mpe.Build.Dockerfile)); err != nil {
				t.Errorf("it builds from nothing: %v", err)
			}
			if len(mpe.Healthcheck.Test) > 0 && !slices.Equal(mpe.Healthcheck.Test, append([]string{"CMD"}, d.healthcheck...)) {
				t.Errorf("the healthcheck %q is not the image's", mpe.Healthcheck.Test)
			}
			if len(mpe.Ports) != 1 || !strings.HasSuffix(mpe.Ports[0], ":"+d.exposed) {
				t.Errorf("the ports %q do not lead to %s", mpe.Ports, d.exposed)
			}
			if !mpe.ReadOnly || !slices.Equal(mpe.CapDrop, []string{"ALL"}) {
				t.Error("the container may do more than it has to")
			}
			for name, service := range c.Services {
				for other, wanted := range service.DependsOn {
					if wanted.Condition == "service_healthy" && len(c.Services[other].Healthcheck.Test) == 0 {
						t.Errorf("%s waits for %s to be healthy, and nothing tells whether it is", name, other)
					}
				}
			}
			if redis := mpe.Environment["MPE_REDIS"]; redis != "" {
				host := regexp.MustCompile(`^redis://(\w+):6379/`).FindStringSubmatch(redis)
				if host == nil || c.Services[host[1]].Image == "" || mpe.DependsOn[host[1]].Condition == "" {
					t.Errorf("%s is no service that it waits for", redis)
				}
				if mpe.Deploy.Replicas != 2 || mpe.Environment["MPE_ISSUER"] == "" {
					t.Error("it is not two emulators with one name")
				}
			}
			for name := range mpe.Environment {
				if !known(t, name) {
					t.Errorf("%s is no variable of mpe's", name)
				}
			}
			if exec.Command("docker", "compose", "version").Run() == nil {
				if out, err := exec.Command("docker", "compose", "-f", file, "config", "--quiet").CombinedOutput(); err != nil {
					t.Errorf("docker compose: %s", out)
				}
			}
			for _, volume := range regexp.MustCompile(`(?m)volumes: \["[^:]*:([^:"]*)`).FindAllStringSubmatch(string(data), -1) {
				if source, err := os.ReadFile("../cmd/mpe/cli.go"); err != nil || !strings.Contains(string(source), `"`+volume[1]+`"`) {
					t.Errorf("mpe does not look into %s (%v)", volume[1], err)
				}
			}
		})
	}
}

// known tells whether a variable is in the README's table.
func known(t *testing.T, variable string) bool {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(readme), "`"+variable+"`")
}

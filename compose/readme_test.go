package compose_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"mpe/compose"
)

// The README's first curl line, pasted into a shell, gives a token.
func TestTheFirstCommandOfTheREADMEGivesAToken(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	e := start(t, compose.Config{})
	here := strings.TrimSuffix(strings.TrimPrefix(e.URL, "http://"), "/")
	output, err := exec.Command("sh", "-c", firstCommand(t, here)).CombinedOutput()
	if err != nil || !strings.HasPrefix(string(output), `{"access_token":"ey`) {
		t.Errorf("got %s (%v)", output, err)
	}
}

// firstCommand is the README's first, for the emulator at the host.
func firstCommand(t *testing.T, host string) string {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	command := regexp.MustCompile("(?s)```sh\n(curl .*?)```").FindSubmatch(readme)
	if command == nil {
		t.Fatal("the README has no curl command")
	}
	return strings.ReplaceAll(string(command[1]), "localhost:6730", host)
}

// Every test that the README's table of differences names is there.
func TestTheREADMENamesTestsThatExist(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range regexp.MustCompile("`(Test[A-Za-z]+)(?:/([\\w-]+))?`").FindAllStringSubmatch(string(readme), -1) {
		if name[2] != "" {
			scenarios, err := filepath.Glob("../*/*http/testdata/wire/" + name[2] + ".txtar")
			if err != nil || len(scenarios) != 1 {
				t.Errorf("%s: %d scenarios have the name", name[0], len(scenarios))
			}
			continue
		}
		if out, err := exec.Command("grep", "-rlE", "func "+name[1]+`\(`, "--include=*_test.go", "..").Output(); err != nil || len(out) == 0 {
			t.Errorf("no test is called %s", name[1])
		}
	}
}

// What the README gives for a CI can be read as YAML, and asks for the image.
func TestTheREADMEsYAMLCanBeRead(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	images := 0
	for _, found := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(readme, -1) {
		var document map[string]any
		if err := yaml.Unmarshal(found[1], &document); err != nil {
			t.Errorf("%v in\n%s", err, found[1])
		}
		images += strings.Count(string(found[1]), "registry.example.com/mpe")
	}
	if images != 3 {
		t.Errorf("%d pieces start the image, want three: for GitHub, GitLab and Compose", images)
	}
}

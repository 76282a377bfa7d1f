package compose_test

import (
	"html"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"mpe/compose"
)

// The commands that the reference shows can be pasted into a shell: in the demo world each gets what it asks for.
func TestTheCommandsOfTheReferenceWork(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	answered := map[string]string{
		"reject": "409", "rejectAgent": "409", "rejectChange": "409", // approved by the command before
		"ownParties":   "403",                     // takes a system user's token
		"createPolicy": "000", "putPolicy": "000", // want a file
	}
	e := start(t, compose.Config{})
	shown := regexp.MustCompile(`(?s)<details class="operation" id="(\w+)">.*?<pre tabindex="0" role="region"[^>]*><code>(.*?)</code>`)
	for _, api := range []string{"maskinporten", "altinn"} {
		var page string
		e.get(t, "_mpe/api?api="+api, &page)
		for _, operation := range shown.FindAllStringSubmatch(page, -1) {
			name, command := operation[1], html.UnescapeString(operation[2])
			if strings.Contains(command, "curl -s -X DELETE") {
				continue // what the commands after it need
			}
			got := status(t, command)
			if want, known := answered[name]; known && got != want || !known && !strings.HasPrefix(got, "2") {
				t.Errorf("%s is answered with %s:\n%s", name, got, command)
			}
		}
	}
}

// status is the HTTP status of what the last curl of a command gets.
func status(t *testing.T, command string) string {
	t.Helper()
	i := strings.LastIndex("\n"+command, "\ncurl -s")
	if i < 0 {
		t.Fatalf("%s: there is no curl at the begin of a line", command)
	}
	command = command[:i] + strings.Replace(command[i:], "curl -s", "curl -s -o /dev/null -w '%{http_code}'", 1)
	output, _ := exec.Command("sh", "-c", command).Output() // curl fails when a file is not there
	return string(output)
}

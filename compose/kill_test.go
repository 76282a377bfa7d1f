package compose_test

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"mpe/compose"
	"mpe/compose/redistest"
)

// An emulator that is killed while it approves leaves, of each request, the accepted one and its system user, or
// neither. The victim is this test, run again in a process of its own.
func TestAKilledEmulatorLeavesAllOrNothing(t *testing.T) {
	server := redistest.Required(t, "MPE_TEST_REDIS")
	config := altinnConfig()
	config.Redis = server
	if requests := os.Getenv("MPE_TEST_VICTIM"); requests != "" {
		approveMost(t, config, strings.Split(requests, ","))
		return
	}
	e := start(t, config)
	vendor := e.vendor(t)
	if made := e.api(t, vendor, http.MethodPost, altinnAPI+"systemregister/vendor", newSystem); made.status != 200 {
		made.want(t, 400, "AUTH.VLD-00002") // another test has left it there
	}
	for round, after := range []int{3, 17, 29} {
		const asked = 40
		refs := fmt.Sprintf("killed-%d-%d-", time.Now().UnixNano(), round)
		ids := make([]string, asked)
		for i := range ids {
			ids[i] = e.askFor(t, vendor, fmt.Sprint(refs, i))
		}
		kill(t, ids, after)
		accepted := 0
		for i, id := range ids {
			request := e.api(t, vendor, http.MethodGet, altinnAPI+"systemuser/request/vendor/"+id, "").want(t, 200)
			user := e.api(t, vendor, http.MethodGet, fmt.Sprintf("%ssystemuser/vendor/byquery?system-id=310000019_lonnpro&orgno=%s&external-ref=%s%d",
				altinnAPI, newCustomer, refs, i), "")
			isAccepted, exists := strings.Contains(request.body, `"status":"Accepted"`), user.status == 200
			if isAccepted != exists {
				t.Errorf("request %s: %s, and its system user: %d", id, request.body, user.status)
			}
			if exists {
				accepted++
			}
		}
		if accepted == 0 || accepted == asked {
			t.Errorf("killed at request %d, %d of %d are accepted: it was not killed in the middle", after, accepted, asked)
		}
	}
}

func (e *emulator) askFor(t *testing.T, vendor *http.Client, ref string) string {
	t.Helper()
	body := strings.Replace(newRequest, `"partyOrgNo"`, `"externalRef": "`+ref+`", "partyOrgNo"`, 1)
	made := e.api(t, vendor, http.MethodPost, altinnAPI+"systemuser/request/vendor", body).want(t, 201)
	return strings.Split(strings.TrimPrefix(made.body, `{"id":"`), `"`)[0]
}

// kill has another process approve the requests, and kills it when it has begun with so many.
func kill(t *testing.T, ids []string, after int) {
	t.Helper()
	victim := exec.Command(os.Args[0], "-test.run=^TestAKilledEmulatorLeavesAllOrNothing$", "-test.v")
	victim.Env = append(os.Environ(), "MPE_TEST_VICTIM="+strings.Join(ids, ","))
	output, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(output)
	for begun := 0; begun < after && lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "approving ") {
			begun++
		}
	}
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait() // it was killed
}

// approveMost says of each request that it approves it, and does; the last five are left.
func approveMost(t *testing.T, config compose.Config, ids []string) {
	t.Helper()
	e, err := compose.New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range ids {
		if i == len(ids)-5 {
			select {} // the killer may be slow
		}
		fmt.Println("approving " + id)
		answer := httptest.NewRecorder()
		e.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/_mpe/v1/requests/"+id+":approve", nil))
		if answer.Code != http.StatusOK {
			t.Fatal(answer.Code, answer.Body)
		}
	}
}

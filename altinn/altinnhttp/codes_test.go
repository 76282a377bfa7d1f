package altinnhttp_test

import (
	"maps"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mpe/altinn/problem"
)

// TestCodes holds the scenarios to Altinn's catalogue: together they are answered with every code that can occur. What
// the delegation check says is theirs to choose; authorization.DelegationCheck says some of it only.
func TestCodes(t *testing.T) {
	files, err := filepath.Glob("testdata/wire/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	answered := map[problem.Code]bool{}
	for _, file := range files {
		s := newScenario(t)
		s.play(t, file)
		for _, body := range s.answered {
			for _, code := range codeMember.FindAllStringSubmatch(body, -1) {
				answered[problem.Code(code[1])] = true
			}
		}
	}
	for _, code := range slices.Sorted(maps.Keys(problem.Codes())) {
		why, excused := impossible[code]
		switch {
		case answered[code] && excused:
			t.Errorf("%s is answered, although %s", code, why)
		case !answered[code] && !excused:
			t.Errorf("%s (%s) is never answered", code, code.Title())
		}
	}
	for code := range impossible {
		if code.Title() == "" {
			t.Errorf("%s is excused, and is no code", code)
		}
	}
}

var codeMember = regexp.MustCompile(`"code":"(A(?:UTH|M)[^"]*)"`)

// Reasons for which a code of Altinn's cannot occur here.
const (
	oneTransaction = "a decision and all that follows from it are stored in one transaction, which cannot half fail"
	oneProcess     = "there is no other service that could fail: access management is a part of this process"
	noAssignments  = "an agent's clients are a list of the system user's, without assignments and delegations of their own"
	unused         = "the specification names no call that Altinn answers with it"
)

// impossible are the codes that cannot occur here.
var impossible = map[problem.Code]string{
	"AUTH-00002": oneTransaction, // delegating after the system user was stored
	"AUTH-00003": oneTransaction,
	"AUTH-00012": oneTransaction,
	"AUTH-00022": oneTransaction, // revoking rights
	"AUTH-00033": oneTransaction,
	"AUTH-00048": oneTransaction,
	"AUTH-00051": oneTransaction,
	"AUTH-00054": oneTransaction,
	"AUTH-00056": oneTransaction,
	"AUTH-00057": oneTransaction,
	"AUTH-00060": oneTransaction,

	"AUTH-00043": oneProcess, // access management does not know the caller
	"AUTH-00044": oneProcess,
	"AUTH-00045": oneProcess,
	"AUTH-00046": oneProcess,
	"AUTH-00047": oneProcess, // there are no right holders to be added, nor agents
	"AUTH-00050": oneProcess, // a check that cannot be done; what it forbids is AUTH-00053
	"AUTH-00052": oneProcess, // an access package that access management does not know; systems cannot register any
	"AUTH-00055": oneProcess,
	"AUTH-00062": oneProcess,
	"AUTH-00067": oneProcess,

	"AUTH-00032": noAssignments,
	"AUTH-00035": noAssignments, // Altinn deletes an agent with its clients as well
	"AUTH-00037": noAssignments,
	"AUTH-00038": noAssignments,
	"AUTH-00039": noAssignments,
	"AUTH-00040": noAssignments,

	"AUTH-00005": unused, // "Not supposed to appear."
	"AUTH-00025": unused,
	"AUTH-00027": unused,
	"AUTH-00028": unused,

	"AUTH-00049": "every party has a UUID",
}

// Every refusal tells the recorder why, and nothing that a caller does is a fault of the emulator's.
func TestEveryRefusalHasAReason(t *testing.T) {
	files, err := filepath.Glob("testdata/wire/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no scenarios", err)
	}
	for _, file := range files {
		s := &scenario{world: newWorld(t), captured: map[string]string{}}
		s.play(t, file)
		for _, x := range s.recorded {
			if x.Fault != nil || x.Status >= 400 && x.Why == "" {
				t.Errorf("%s: %s %s: %d for %q (%v)", file, x.Method, x.Path, x.Status, x.Why, x.Fault)
			}
		}
	}
}

func TestABodyThatIsTooLong(t *testing.T) {
	const policy = "/resourceregistry/api/v1/resource/ttd-am-k6/policy"
	long := strings.Repeat(" ", 1<<20+1)
	formHead := "--x\r\nContent-Disposition: form-data; name=\"policyFile\"; filename=\"p.xml\"\r\n\r\n"
	for _, c := range []struct{ name, path, caller, media, body string }{
		{"JSON", "/authentication/api/v1/systemregister/vendor", "VA[sr.w]", "application/json", long},
		{"a file", policy, "RA[rr.w]", "multipart/form-data; boundary=x", formHead + long},
		{"a field", policy, "RA[rr.w]", "multipart/form-data; boundary=x", strings.Replace(formHead, "policyFile", "x", 1) + long},
	} {
		s := newScenario(t)
		r := httptest.NewRequest("POST", c.path, strings.NewReader(c.body))
		r.Header.Set("Content-Type", c.media)
		r.Header.Set("Authorization", "Bearer "+s.token(t, c.caller))
		got := httptest.NewRecorder()
		s.handler.ServeHTTP(got, r)
		if got.Code != 413 || len(s.recorded) != 1 || s.recorded[0].Fault != nil || s.recorded[0].Why == "" {
			t.Errorf("%s: got %d, recorded %+v", c.name, got.Code, s.recorded)
		}
	}
}

// Altinn says nothing of a policy that it cannot read, so the reason that is recorded is all that there is.
func TestAPolicyThatCannotBeRead(t *testing.T) {
	for name, want := range map[string]string{"broken": "line 4: Target: ", "other": "line 2: note: "} {
		s := newScenario(t)
		body, media := form(t, "policyFile", name)
		r := httptest.NewRequest("PUT", "/resourceregistry/api/v1/resource/ttd-am-k6/policy", strings.NewReader(body))
		r.Header.Set("Content-Type", media)
		r.Header.Set("Authorization", "Bearer "+s.token(t, "RA[rr.admin]"))
		got := httptest.NewRecorder()
		s.handler.ServeHTTP(got, r)
		if got.Code != 500 || got.Body.Len() > 0 || len(s.recorded) != 1 {
			t.Fatalf("%s: got %d %s, recorded %+v", name, got.Code, got.Body, s.recorded)
		}
		if x := s.recorded[0]; x.Fault != nil || !strings.Contains(x.Why, want) {
			t.Errorf("%s: recorded %q (%v), want %q in it", name, x.Why, x.Fault, want)
		}
	}
}

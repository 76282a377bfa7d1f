package compose_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"mpe/compose"
	"mpe/compose/control"
	"mpe/compose/journal"
)

// call is a request to the control API, and its answer's status and body.
func (e *emulator) call(t *testing.T, method, path, body string, header http.Header) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, e.URL+"_mpe/v1/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if header != nil {
		r.Header = header
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(answer)
}

func TestOtherSitesMayNotUseTheControlAPI(t *testing.T) {
	e := start(t, compose.Config{})
	for name, c := range map[string]struct {
		method, path string
		header       http.Header
		want         int
	}{
		"a GET from another site":     {"GET", "grants/demo", http.Header{"Sec-Fetch-Site": {"cross-site"}}, 403},
		"a DELETE from another site":  {"DELETE", "journal", http.Header{"Sec-Fetch-Site": {"cross-site"}}, 403},
		"a POST from another origin":  {"POST", "grants", http.Header{"Origin": {"https://evil.example"}}, 403},
		"a GET from the same site":    {"GET", "version", http.Header{"Sec-Fetch-Site": {"same-origin"}}, 200},
		"a GET that no browser sends": {"GET", "version", nil, 200},
	} {
		if status, body := e.call(t, c.method, c.path, "{}", c.header); status != c.want {
			t.Errorf("%s: got %d %s, want %d", name, status, body, c.want)
		}
	}
}

func TestAnAdminTokenGuardsTheControlAPI(t *testing.T) {
	e := start(t, compose.Config{AdminToken: "secret"})
	for authorization, want := range map[string]int{"": 401, "Bearer wrong": 401, "secret": 401, "Bearer secret": 200} {
		if status, _ := e.call(t, "GET", "version", "", http.Header{"Authorization": {authorization}}); status != want {
			t.Errorf("%q: got %d, want %d", authorization, status, want)
		}
	}
	if got := e.send(t, sign(t, e.grant(), vendorKey)); got.Status != http.StatusOK {
		t.Errorf("the token endpoint asks for it too: got %d", got.Status)
	}
}

func TestBadCallsAreToldWhatIsWrong(t *testing.T) {
	e := start(t, compose.Config{})
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		want               string
	}{
		"a body that is no JSON":  {"POST", "grants", "{", 400, "not the JSON"},
		"an unknown member":       {"POST", "grants", `{"clinet": "a"}`, 400, "clinet"},
		"a body that is too long": {"POST", "grants", `{"scope": "` + strings.Repeat("a", 65<<10) + `"}`, 413, "too large"},
		"an unknown client":       {"POST", "grants", `{"client": "nobody"}`, 422, "5f0c1a52"},
		"an unknown key":          {"POST", "grants", `{"kid": "nothing"}`, 422, "nothing"},
		"an unknown defect":       {"POST", "grants", `{"break": ["audd"]}`, 422, "aud-slash"},
		"a wrong number":          {"POST", "grants", `{"systemUser": "1"}`, 422, "systemUser"},
		"a wrong duration":        {"POST", "grants", `{"lifetime": "long"}`, 400, "long"},
		"a wrong time":            {"GET", "journal?since=now", "", 400, "since"},
		"a wrong limit":           {"GET", "journal?limit=0", "", 400, "limit"},
		"an entry that is not":    {"GET", "journal/0", "", 404, "no entry"},
		"an unknown parameter":    {"GET", "journal?clinet=a", "", 400, "clinet: no parameter is called so; did you mean client?"},
		"an unknown verdict":      {"GET", "journal?verdict=isued", "", 400, "verdict: \"isued\" is no verdict"},
		"an unknown path":         {"POST", "journal/verify", `{"match": {"clinet": "a"}}`, 400, "match: clinet: no path begins so; did you mean client?"},
		"an unknown operator":     {"POST", "journal/verify", `{"match": {"client": {"contain": "a"}}}`, 400, "did you mean contains?"},
		"nothing to verify":       {"POST", "journal/verify", `{}`, 400, "there is neither match nor order"},
		"a count of two kinds":    {"POST", "journal/verify", `{"match": {}, "count": {"eq": 1, "max": 2}}`, 400, "count: eq goes with neither"},
		"an order of numbers":     {"POST", "journal/verify", `{"order": [1]}`, 400, "order[0]: 1 is neither the id"},
		"an order that is wrong":  {"POST", "journal/verify", `{"order": ["a", {"clinet": "a"}]}`, 400, "order[1]: clinet"},
		"an order of too many":    {"POST", "journal/verify", `{"order": ["a"` + strings.Repeat(`, "a"`, 100) + `]}`, 400, "order: 101"},
		"a wait that is too long": {"POST", "journal/verify", `{"match": {}, "wait": "1h"}`, 400, "wait: "},
		"a wait that is none":     {"POST", "journal/verify", `{"match": {}, "wait": "soon"}`, 400, "wait: "},
		"a timeout before now":    {"GET", "journal/await?timeout=-1s", "", 400, "timeout: "},
		"awaiting none":           {"GET", "journal/await?count=0", "", 400, "count: "},
		"awaiting something else": {"GET", "journal/await?wait=5s", "", 400, "wait: no parameter is called so"},
		"events of another kind":  {"GET", "events?since=now", "", 400, "since: no parameter is called so"},
	} {
		t.Run(name, func(t *testing.T) {
			status, body := e.call(t, c.method, c.path, c.body, nil)
			var problem struct {
				Status int
				Detail string
			}
			if err := json.Unmarshal([]byte(body), &problem); err != nil {
				t.Fatal(err)
			}
			if status != c.status || problem.Status != c.status || !strings.Contains(problem.Detail, c.want) {
				t.Errorf("got %d %s, want %d and %q", status, body, c.status, c.want)
			}
		})
	}
}

func TestTheJournalCanBeFilteredAndCleared(t *testing.T) {
	e := start(t, compose.Config{})
	e.send(t, sign(t, e.grant(), vendorKey))
	e.send(t, sign(t, e.grant(), vendorKey, "aud"))
	list := func(query string) []journal.Entry {
		var found struct{ Entries []journal.Entry }
		e.get(t, "_mpe/v1/journal"+query, &found)
		return found.Entries
	}
	if all := list(""); len(all) != 2 || all[0].Code != "MP-110" || all[1].Verdict != journal.Issued {
		t.Errorf("got %+v, want the refusal and then the token", all)
	}
	if refused := list("?verdict=refused&code=MP-110"); len(refused) != 1 {
		t.Errorf("got %d refusals, want 1", len(refused))
	}
	if status, _ := e.call(t, "DELETE", "journal", "", nil); status != http.StatusNoContent || len(list("")) != 0 {
		t.Errorf("clearing it: got %d, and %d entries are left", status, len(list("")))
	}
}

func TestSignedGrantsAreTaken(t *testing.T) {
	e := start(t, compose.Config{})
	status, body := e.call(t, "POST", "grants", `{"client": "fakturapro", "scope": "mun:faktura.read", "systemUser": "310000027"}`, nil)
	var signed control.Signed
	if err := json.Unmarshal([]byte(body), &signed); err != nil || status != http.StatusOK {
		t.Fatalf("got %d %s (%v)", status, body, err)
	}
	if signed.TokenEndpoint != e.URL+"token" || signed.Issuer != e.URL || signed.ClientID != vendorClient {
		t.Errorf("got %+v", signed)
	}
	if got := e.send(t, signed.Grant); got.Status != http.StatusOK {
		t.Errorf("got %d %s", got.Status, got.Description)
	}
}

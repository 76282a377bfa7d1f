package altinnhttp_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"mime/multipart"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"mpe/altinn/systemuser"
	"mpe/oauth/org"
)

// TestWire holds Altinn's APIs to scenarios, one file each in testdata/wire. A section of a file is an exchange:
//
//	! given FILE          first the exchanges of that file, without its extension
//	! anew                or from the start again: nothing is stored or captured
//	! advance 181d        then the clock
//	! users N SYSTEM      stores N system users of the customer's with the system
//	! status ID STATUS    stores the request with that status
//	! resource ID KIND ACTION=SUBJECT…      stores a resource, which is open, closed (not delegable), schema or listed (with
//	                                        an access list of nobody), with a policy of those rules
//	! decides USER ACTION RESOURCE ORGANISATION DECISION  asks the policy decision point about a system user
//	! delegated RESOURCE CONSUMER SUPPLIER  stores a delegation of the scopes that the resource stands for
//	! bugs                Altinn's mistakes are made too
//	! problems v4         problems as Altinn's library 4 wrote them
//	! delegation CODE     what the delegation check says from now on; none: what the roles give
//	> METHOD PATH CALLER  the request; PATH is below /authentication/api/v1/, unless it begins with a slash
//	> Name: value         a header of it
//	> {...}               its body
//	> with {...}          or the object that was last written out, with these members instead; null takes one away
//	> file FIELD NAME     or a form with the file testdata/policy/NAME.xml in the field
//	< STATUS              the answer
//	< Name: value         a header that it must have; a value of none: must not have
//	< {...}               its body, byte for byte once the lines are put together
//	< ~ text              instead of the body: a part that it must hold
//	< indented            the body is indented, as the lines of it here need not be
//	< file NAME           instead of the body: testdata/policy/NAME.xml
//	< jwt                 the body is a token that Altinn's published keys verify, whose claims the body's lines are, in
//	                      the order of their names; it is captured as <token>
//
// A CALLER is none, bad, VA[SCOPES], VB[SCOPES], NC[SCOPES] (a token without consumer), RA[SCOPES] or RB[SCOPES] (tokens
// of VA and VB that Altinn has exchanged, with the scope prefix test), MP, IN, SU[SCOPES] (one for the system user
// <id>), expired[SCOPES], foreign[SCOPES] (by another issuer), held (the token captured), a person such as
// U1, or a person with scopes as in U1[SCOPES]; scopes have the short names of shortScopes. In paths and bodies <name> stands
// for what an answer had in its place at first, and has to be the same afterwards; <*> stands for anything.
func TestWire(t *testing.T) {
	files, err := filepath.Glob("testdata/wire/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no scenarios", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			newScenario(t).play(t, file)
		})
	}
}

type scenario struct {
	*world
	captured map[string]string
	written  string   // the last body that is an object, and was written out
	answered []string // the bodies of the answers
}

func newScenario(t *testing.T) *scenario {
	return &scenario{world: newWorld(t), captured: map[string]string{}}
}

func (s *scenario) play(t *testing.T, file string) {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(archive.Files) == 0 {
		t.Fatalf("%s has no exchanges", file)
	}
	for _, section := range archive.Files {
		x := parseExchange(t, section)
		for _, directive := range x.directives {
			s.obey(t, directive)
		}
		if x.request != "" {
			s.exchange(t, section.Name, x)
		}
	}
}

// exchange is a section of a file.
type exchange struct {
	directives      []string
	request         string
	requestHeaders  []string
	requestBody     string
	requestFile     []string // its field, and its name
	status          string
	responseHeaders []string
	jwt             bool
	responseBody    string
	responseFile    string
	indented        bool
	parts           []string
}

var headerLine = regexp.MustCompile(`^[A-Za-z-]+: `)

func parseExchange(t *testing.T, section txtar.File) exchange {
	t.Helper()
	var x exchange
	for line := range strings.Lines(string(section.Data)) {
		line = strings.TrimSpace(line)
		mark, rest, _ := strings.Cut(line, " ")
		rest = strings.TrimSpace(rest)
		switch {
		case line == "":
		case mark == "!":
			x.directives = append(x.directives, rest)
		case mark == ">" && x.request == "":
			x.request = rest
		case mark == ">" && x.requestBody == "" && headerLine.MatchString(rest):
			x.requestHeaders = append(x.requestHeaders, rest)
		case mark == ">" && strings.HasPrefix(rest, "file "):
			x.requestFile = strings.Fields(rest)[1:]
		case mark == ">":
			x.requestBody += rest
		case mark == "<" && x.status == "":
			x.status = rest
		case mark == "<" && x.responseBody == "" && headerLine.MatchString(rest):
			x.responseHeaders = append(x.responseHeaders, rest)
		case mark == "<" && rest == "jwt":
			x.jwt = true
		case mark == "<" && rest == "indented":
			x.indented = true
		case mark == "<" && strings.HasPrefix(rest, "file "):
			x.responseFile = strings.TrimPrefix(rest, "file ")
		case mark == "<" && strings.HasPrefix(rest, "~ "):
			x.parts = append(x.parts, rest[2:])
		case mark == "<":
			x.responseBody += rest
		default:
			t.Fatalf("%s: what is %q?", section.Name, line)
		}
	}
	return x
}

func (s *scenario) obey(t *testing.T, directive string) {
	t.Helper()
	words := strings.Fields(directive)
	switch words[0] {
	case "given":
		s.play(t, filepath.Join("testdata/wire", words[1]+".txtar"))
	case "advance":
		days, err := strconv.Atoi(strings.TrimSuffix(words[1], "d"))
		if err != nil {
			t.Fatal(err)
		}
		s.now = s.now.Add(time.Duration(days) * 24 * time.Hour)
	case "anew":
		s.world, s.captured = newWorld(t), map[string]string{}
	case "users":
		n, err := strconv.Atoi(words[1])
		if err != nil {
			t.Fatal(err)
		}
		s.storeUsers(t, n, words[2])
	case "status":
		s.storeStatus(t, s.fill(words[1]), systemuser.RequestStatus(words[2]))
	case "resource":
		s.storeGrants(t, words[1], words[2], words[3:])
	case "decides":
		s.decides(t, s.fill(words[1]), words[2], words[3], words[4], words[5])
	case "delegated":
		s.storeDelegation(t, words[1], org.Number(words[2]), org.Number(words[3]))
	case "bugs":
		s.endpoints.Systems.Bugs, s.endpoints.Users.Bugs = true, true
	case "problems":
		s.endpoints.OldProblems = words[1] == "v4"
	case "delegation":
		s.delegation = words[1]
	default:
		t.Fatalf("what is %q?", directive)
	}
}

func (s *scenario) exchange(t *testing.T, name string, x exchange) {
	t.Helper()
	words := strings.Fields(x.request)
	if len(words) < 3 {
		t.Fatalf("%s: want METHOD PATH CALLER, have %q", name, x.request)
	}
	method, path, caller := words[0], s.fill(words[1]), strings.Join(words[2:], " ")
	if !strings.HasPrefix(path, "/") {
		path = "/authentication/api/v1/" + path
	}
	body, media := s.body(t, x.requestBody), "application/json"
	if x.requestFile != nil {
		body, media = form(t, x.requestFile[0], x.requestFile[1])
	}
	r := httptest.NewRequest(method, "http://localhost:6730"+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", media)
	}
	for _, header := range x.requestHeaders {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Set(name, value)
	}
	if token := s.token(t, caller); token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	got := httptest.NewRecorder()
	s.handler.ServeHTTP(got, r)
	s.answered = append(s.answered, got.Body.String())
	if strconv.Itoa(got.Code) != x.status {
		t.Errorf("%s: %s: got %d %s, want %s", name, x.request, got.Code, got.Body, x.status)
		return
	}
	for _, header := range x.responseHeaders {
		header, want, _ := strings.Cut(header, ": ")
		have := got.Header().Get(header)
		if want == "none" && have == "" {
			continue
		}
		s.match(t, name+": "+header, want, have)
	}
	body = got.Body.String()
	if x.indented {
		body = flat(t, body)
	}
	if x.responseFile != "" {
		x.responseBody = string(policyFile(t, x.responseFile))
	}
	if x.jwt {
		s.captured["<token>"] = body
		body = s.claims(t, body)
	}
	for _, part := range x.parts {
		if part = s.fill(part); !strings.Contains(body, part) {
			t.Errorf("%s: the body %s does not hold %s", name, body, part)
		}
	}
	if x.parts == nil {
		s.match(t, name, x.responseBody, body)
	}
}

// form is a form with one file, and its media type.
func form(t *testing.T, field, name string) (body, media string) {
	t.Helper()
	var b strings.Builder
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile(field, name+".xml")
	if err == nil {
		_, err = part.Write(policyFile(t, name))
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String(), w.FormDataContentType()
}

func policyFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata/policy", name+".xml"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// flat is the body without the indentation that it has to have.
func flat(t *testing.T, body string) string {
	t.Helper()
	var compact, indented bytes.Buffer
	if err := json.Compact(&compact, []byte(body)); err != nil {
		t.Fatalf("the body %s: %v", body, err)
	}
	_ = json.Indent(&indented, compact.Bytes(), "", "  ") // it was JSON a moment ago
	if indented.String() != body {
		t.Errorf("the body is not indented by two spaces:\n%s", body)
	}
	return compact.String()
}

// body is what a request has, which may be what the last had with other members.
func (s *scenario) body(t *testing.T, text string) string {
	t.Helper()
	text = s.fill(text)
	changes, changed := strings.CutPrefix(text, "with ")
	if !changed {
		if strings.HasPrefix(text, "{") && json.Valid([]byte(text)) {
			s.written = text
		}
		return text
	}
	members, others := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	if err := errors.Join(json.Unmarshal([]byte(s.written), &members), json.Unmarshal([]byte(changes), &others)); err != nil {
		t.Fatalf("%s with %s: %v", s.written, changes, err)
	}
	maps.Copy(members, others)
	maps.DeleteFunc(members, func(_ string, value json.RawMessage) bool { return string(value) == "null" })
	merged, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(merged)
}

var placeholder = regexp.MustCompile(`<([a-z0-9*]+)>`)

// fill puts in what the placeholders stand for.
func (s *scenario) fill(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(p string) string {
		if value, ok := s.captured[p]; ok {
			return value
		}
		return p
	})
}

// match compares, and captures what placeholders stand for.
func (s *scenario) match(t *testing.T, what, want, got string) {
	t.Helper()
	want = s.fill(want)
	var names []string
	pattern, last := "^", 0
	for _, at := range placeholder.FindAllStringIndex(want, -1) {
		pattern += regexp.QuoteMeta(want[last:at[0]])
		if p := want[at[0]:at[1]]; p == "<*>" {
			pattern += ".*?"
		} else {
			pattern += `([^"\\]+?)`
			names = append(names, p)
		}
		last = at[1]
	}
	found := regexp.MustCompile("(?s)" + pattern + regexp.QuoteMeta(want[last:]) + "$").FindStringSubmatch(got)
	if found == nil {
		t.Errorf("%s:\n got %s\nwant %s", what, got, want)
		return
	}
	for i, name := range names {
		if earlier, ok := s.captured[name]; ok && earlier != found[i+1] {
			t.Errorf("%s: %s is %q and %q", what, name, earlier, found[i+1])
		}
		s.captured[name] = found[i+1]
	}
}

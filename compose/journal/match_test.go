package journal_test

import (
	"encoding/json"
	"strings"
	"testing"

	"mpe/compose/journal"
	"mpe/oauth"
)

// sent is a token request with all that a condition can be about.
func sent() journal.Entry {
	return journal.Entry{
		ID: "0af7651916cd43dd8448eb211c80319c", Time: start, Endpoint: "token", Method: "POST", Path: "/token", Status: 400,
		Verdict: journal.Refused, Client: "c", Org: "310000019", Scope: "mun:a mun:b", SystemUserOrg: "310000027",
		Error: "invalid_grant", Code: "MP-110", Reason: oauth.ReasonAudSlash,
		Trace: &oauth.Trace{
			Header: json.RawMessage(`{"alg":"RS256","kid":"k1"}`),
			Claims: json.RawMessage(`{"iss":"c","iat":1767225600,"aud":["https://a/","https://b/"],"scope":"mun:a mun:b","pid":null,
				"authorization_details":[{"systemuser_org":{"ID":"0192:310000027"}}]}`),
			Token: json.RawMessage(`{"scope":"mun:a"}`),
		},
	}
}

func parse(t *testing.T, match string) (journal.Match, error) {
	t.Helper()
	var raw map[string]json.RawMessage
	if err := json.Unmarshal([]byte(match), &raw); err != nil {
		t.Fatal(err)
	}
	return journal.ParseMatch(raw)
}

func parsed(t *testing.T, match string) journal.Match {
	t.Helper()
	m, err := parse(t, match)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestConditions(t *testing.T) {
	refused, issued := sent(), sent()
	issued.Trace.Issued = true
	empty := journal.Entry{Endpoint: "altinn"}
	for _, c := range []struct {
		rule  string
		entry journal.Entry
		match string
		want  bool
	}{
		{"no condition takes everything", empty, `{}`, true},
		{"a literal is the whole value", refused, `{"client": "c"}`, true},
		{"a part is not the whole", refused, `{"scope": "mun:a"}`, false},
		{"all conditions have to hold", refused, `{"client": "c", "org": "310000018"}`, false},
		{"a number is how it is written", refused, `{"status": 400}`, true},
		{"and so is its string", refused, `{"status": "400"}`, true},
		{"a large number keeps its digits", refused, `{"grant.iat": 1767225600}`, true},
		{"a code is the MP number", refused, `{"code": "MP-110"}`, true},
		{"a code is the OAuth error", refused, `{"code": "invalid_grant"}`, true},
		{"a reason", refused, `{"reason": "aud-slash"}`, true},
		{"a verdict", refused, `{"verdict": "issued"}`, false},
		{"a claim of the grant", refused, `{"grant.iss": "c"}`, true},
		{"a claim below an array", refused, `{"grant.authorization_details.0.systemuser_org.ID": "0192:310000027"}`, true},
		{"the case of names counts", refused, `{"grant.authorization_details.0.systemuser_org.id": "0192:310000027"}`, false},
		{"an array ends", refused, `{"grant.aud.2": {"absent": true}}`, true},
		{"an array has no names", refused, `{"grant.aud.first": {"absent": true}}`, true},
		{"a string has nothing below", refused, `{"grant.iss.x": {"absent": true}}`, true},
		{"a whole array", refused, `{"grant.aud": ["https://a/", "https://b/"]}`, true},
		{"the header of the grant", refused, `{"grant.header.kid": "k1"}`, true},
		{"no grant has no claims", empty, `{"grant.iss": {"absent": true}}`, true},
		{"a token that was not issued is absent", refused, `{"token.scope": {"absent": true}}`, true},
		{"a token that was issued", issued, `{"token.scope": "mun:a"}`, true},
		{"contains a scope", refused, `{"scope": {"contains": "mun:b"}}`, true},
		{"scopes are whole words", refused, `{"grant.scope": {"contains": "mun"}}`, false},
		{"contains several scopes in any order", refused, `{"grant.scope": {"contains": "mun:b mun:a"}}`, true},
		{"contains all of the scopes", refused, `{"scope": {"contains": "mun:a mun:c"}}`, false},
		{"contains an element", refused, `{"grant.aud": {"contains": "https://b/"}}`, true},
		{"elements are whole", refused, `{"grant.aud": {"contains": "https"}}`, false},
		{"contains a part of a string", refused, `{"path": {"contains": "tok"}}`, true},
		{"what is absent contains nothing", empty, `{"client": {"contains": "c"}}`, false},
		{"matches a part", refused, `{"org": {"matches": "^31.*19$"}}`, true},
		{"matches not", refused, `{"org": {"matches": "^19"}}`, false},
		{"what is absent matches nothing", empty, `{"client": {"matches": ".*"}}`, false},
		{"absent", empty, `{"client": {"absent": true}}`, true},
		{"present", empty, `{"client": {"absent": false}}`, false},
		{"null is absent", refused, `{"grant.pid": {"absent": true}}`, true},
		{"one of several", refused, `{"verdict": {"oneOf": ["issued", "refused"]}}`, true},
		{"none of several", refused, `{"status": {"oneOf": [200, 201]}}`, false},
		{"all operators have to hold", refused, `{"scope": {"contains": "mun:a", "matches": "mun:c"}}`, false},
		{"both operators hold", refused, `{"scope": {"contains": "mun:a", "matches": "mun:b$"}}`, true},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if got := parsed(t, c.match).Matches(c.entry); got != c.want {
				t.Errorf("%s: got %t, want %t", c.match, got, c.want)
			}
		})
	}
}

func TestConditionsThatAreNone(t *testing.T) {
	for _, c := range []struct{ match, want string }{
		{`{"clinet": "c"}`, "clinet: no path begins so; did you mean client? there are client, code, endpoint, "},
		{`{"grnt.scope": "s"}`, "grnt.scope: no path begins so; did you mean grant?"},
		{`{"zzzzzzzzzzzz": "s"}`, "zzzzzzzzzzzz: no path begins so; there are client, "},
		{`{"client.id": "c"}`, "client.id: there is nothing below client"},
		{`{"grant": "c"}`, "grant: name a claim, as in grant.scope"},
		{`{"token.": "c"}`, "token.: name a claim, as in token.scope"},
		{`{"client": null}`, `client: null is no value; {"absent": true} wants it not to be there`},
		{`{"client": {}}`, "client: an object holds operators: absent, contains, matches, oneOf"},
		{`{"client": {"contain": "c"}}`, `client: no operator is called "contain"; did you mean contains? there are absent, contains, matches, oneOf`},
		{`{"client": {"zzzzzzzzzzzz": "c"}}`, `client: no operator is called "zzzzzzzzzzzz"; there are absent, contains, matches, oneOf`},
		{`{"client": {"contains": ""}}`, "client: contains: everything contains nothing"},
		{`{"client": {"matches": "("}}`, "client: matches: error parsing regexp: missing closing )"},
		{`{"client": {"matches": 1}}`, "client: matches: 1 is no regular expression"},
		{`{"client": {"absent": "yes"}}`, "client: absent: yes is neither true nor false"},
		{`{"client": {"oneOf": []}}`, "client: oneOf: [] is no array of values"},
		{`{"client": {"oneOf": "c"}}`, "client: oneOf: c is no array of values"},
		{`{"client": {"oneOf": [{"contains": "c"}]}}`, "client: oneOf: an object is no value"},
		{`{"verdict": "isued"}`, `verdict: "isued" is no verdict: want issued, answered, refused, fault or injected`},
		{`{"verdict": {"oneOf": ["isued"]}}`, `verdict: oneOf: "isued" is no verdict`},
	} {
		if _, err := parse(t, c.match); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s:\n got %v\nwant %s", c.match, err, c.want)
		}
	}
}

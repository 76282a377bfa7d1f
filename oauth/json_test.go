package oauth

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"mpe/oauth/org"
)

// What is taken as it stands must be what encoding/json makes of it.
func TestTextIsReadAsJSON(t *testing.T) {
	for _, raw := range []string{
		`""`, `"a"`, `"310000019"`, `"blåbær"`, `"bl\u00e5b\u00e6r"`, `"a\"b"`, `"\\"`, `"/\/"`, "\"\xff\"", `"\ud800"`,
		`null`, `true`, `12`, `["a"]`, `{"a":"b"}`, ` "a" `,
	} {
		if !json.Valid([]byte(raw)) {
			t.Fatalf("%s is not what readText is for", raw)
		}
		var want any
		if err := json.Unmarshal([]byte(raw), &want); err != nil {
			t.Fatal(err)
		}
		text, isText := want.(string)
		if got, ok := readText(json.RawMessage(raw)); got != text || ok != isText {
			t.Errorf("%s: got %q, %t, want %q, %t", raw, got, ok, text, isText)
		}
	}
	if got, ok := readText(nil); ok {
		t.Errorf("nothing is read as %q", got)
	}
}

// Members and elements are what encoding/json makes of them, for what is JSON and for what is not.
func FuzzReadJSON(f *testing.F) {
	for _, raw := range []string{
		`{}`, ` { } `, `{"a":1}`, `{"a" : "b" , "c":[{"d":"}"},"]"] }`, "{\"a\":\ttrue\n,\"b\":null\r}", `{"a":"\\","b":"\"}"}`,
		`{"a":1,"a":2}`, `{"\u0061":{}}`, `{"å":"ø"}`, "{\"\xff\":\"\xff\"}", `{"a":{"b":{"c":[[],{}]}},"d":-1.5e3}`,
		``, ` `, `{`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a":1}}`, `null`, `[]`, `"a"`, `1`,
		` [ ] `, `[{"a":1}]`, ` [ {} , null,{"a":[1,2]} ]`, `[{"a":1},2]`, `[[]]`, `[{}`,
	} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var want map[string]json.RawMessage
		wantErr := json.Unmarshal(raw, &want)
		members, err := readObject(rawMembers{}, raw)
		if fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Fatalf("got the error %v, want %v", err, wantErr)
		}
		if err == nil && (!sameMembers(members, want) || (members == nil) != (want == nil)) {
			t.Errorf("got %q, want %q", members, want)
		}
		if !json.Valid(raw) {
			return
		}
		var wantDetails []map[string]json.RawMessage
		wantOK := json.Unmarshal(raw, &wantDetails) == nil && wantDetails != nil
		details, ok := detailsOf(raw)
		same := func(got rawDetail, want map[string]json.RawMessage) bool { return sameMembers(got.rawMembers, want) }
		if ok != wantOK || ok && !slices.EqualFunc(details, wantDetails, same) {
			t.Errorf("got the details %q, %t, want %q, %t", details, ok, wantDetails, wantOK)
		}
	})
}

// sameMembers tells whether looking for the members of want finds them, and there are no others.
func sameMembers(got rawMembers, want map[string]json.RawMessage) bool {
	for name, value := range want {
		if !bytes.Equal(got.get(name), value) {
			return false
		}
	}
	_, more := got.unknown(slices.Collect(maps.Keys(want)))
	return !more
}

func TestClaimsAreWrittenAsJSON(t *testing.T) {
	for _, value := range []any{
		"", "a", "mun:faktura.read", `"quoted"`, `back\slash`, "line\nfeed", "blåbær", "a<b>&c", "\u2028", "\xff", "\x7f",
		int64(0), int64(-1), int64(1_800_000_000), []string{"a", "b"}, []string{}, []string(nil), []AuthorizationDetail(nil),
		[]AuthorizationDetail{{Type: "a"}, {"a", org.Identifier{Authority: "b", ID: "c"}, []string{"d", "e"}, "f", "\"g"}}, org.Number("310000019").Identifier(), json.RawMessage(`{ "a": 1 }`),
	} {
		var want bytes.Buffer
		encoder := json.NewEncoder(&want)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(value); err != nil {
			t.Fatal(err)
		}
		got, err := appendJSON([]byte("before "), value)
		if err != nil || "before "+want.String() != string(got)+"\n" {
			t.Errorf("got %q (%v), want %q", got, err, want.String())
		}
	}
	if got, err := appendJSON(nil, func() {}); err == nil {
		t.Errorf("a function is written as %q", got)
	}
}

func TestTracesAreWrittenAsTheirTagsSay(t *testing.T) {
	for name, trace := range map[string]*Trace{
		"empty": {Checks: []Check{}},
		"whole": {
			Checks: []Check{
				{ID: JWTParse, Outcome: Passed},
				{ID: JWTAudience, Outcome: Failed, Code: "MP-110", Reason: ReasonAudSlash, Facts: Facts{"got": `"<a>"`}},
				{ID: JWTID, Outcome: Skipped, Reason: ReasonFault},
			},
			Notes:  []Note{{Check: JWTID, Reason: ReasonWithoutJTI, Facts: Facts{"a": "b"}}},
			Header: json.RawMessage(`{"alg":"RS256"}`), Claims: json.RawMessage(`{"iss":"å"}`), Token: json.RawMessage(`{}`), Issued: true,
		},
	} {
		var want bytes.Buffer
		encoder := json.NewEncoder(&want)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(trace); err != nil {
			t.Fatal(err)
		}
		if got, err := trace.AppendJSON(nil); err != nil || string(got)+"\n" != want.String() {
			t.Errorf("%s: got %s (%v), want %s", name, got, err, &want)
		}
	}
}

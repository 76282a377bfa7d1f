package oauth

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
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

func TestDatesAreNumbers(t *testing.T) {
	for raw, want := range map[string]int64{`1800000000`: 1_800_000_000, `1800000000.9`: 1_800_000_000, `1.8e9`: 1_800_000_000, `-1`: -1, `0`: 0} {
		var got int64
		if f := date("iat", func(_ *Grant, at int64) { got = at })(&Grant{}, json.RawMessage(raw)); f.refusal != nil || got != want {
			t.Errorf("%s: got %d and %v, want %d", raw, got, f.refusal, want)
		}
	}
	for _, raw := range []string{`"1800000000"`, `null`, `true`, `[]`, `{}`, `1e999`, `1e17`} {
		f := date("iat", func(*Grant, int64) { t.Errorf("%s is read as a date", raw) })(&Grant{}, json.RawMessage(raw))
		if f.reason != ReasonClaimType {
			t.Errorf("%s: got the reason %q, want %q", raw, f.reason, ReasonClaimType)
		}
	}
}

func TestOnlyBase64URLAndDotsAreCompact(t *testing.T) {
	for c := range 256 {
		compact := "AAA" + string([]byte{byte(c)})
		_, err := base64.RawURLEncoding.Strict().DecodeString(compact)
		want := c == '.' || err == nil && c != '\r' && c != '\n' // which the decoder passes over
		_, f := split(compact)
		if got := f.reason == ReasonNotJWT || f.reason == ""; got != want {
			t.Errorf("%q: got the reason %q; is it a character of a compact JWS: %t", rune(c), f.reason, want)
		}
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
		got, err := readObject(raw)
		if fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Fatalf("got the error %v, want %v", err, wantErr)
		}
		if err == nil && !reflect.DeepEqual(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if !json.Valid(raw) {
			return
		}
		var wantDetails []rawDetail
		wantOK := json.Unmarshal(raw, &wantDetails) == nil && wantDetails != nil
		details, ok := detailsOf(raw)
		if ok != wantOK || ok && !reflect.DeepEqual(details, wantDetails) {
			t.Errorf("got the details %q, %t, want %q, %t", details, ok, wantDetails, wantOK)
		}
	})
}

func TestClaimsAreWrittenAsJSON(t *testing.T) {
	for _, value := range []any{
		"", "a", "mun:faktura.read", `"quoted"`, `back\slash`, "line\nfeed", "blåbær", "a<b>&c", "\u2028", "\xff", "\x7f",
		int64(0), int64(-1), int64(1_800_000_000), []string{"a", "b"}, org.Number("310000019").Identifier(), json.RawMessage(`{ "a": 1 }`),
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

package pdp_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"mpe/altinn/pdp"
)

// What is JSON, and cannot be asked, has a status; what is not what was wanted, a place (altinn-authorization 1.3, 1.6).
func TestParseJSON(t *testing.T) {
	const (
		processing, syntax = "processing-error", "syntax-error"
		s                  = `{"Id":"s","Attribute":[{"AttributeId":"urn:s","Value":"1"}]}`
		a                  = `{"Id":"a","Attribute":[{"AttributeId":"urn:a","Value":"1"}]}`
		r                  = `{"Id":"r","Attribute":[{"AttributeId":"urn:r","Value":"1"}]}`
		all                = `"AccessSubject":[` + s + `],"Action":[` + a + `],"Resource":[` + r + `]`
		twice              = `{"ReferenceId":["s","a","r"]},{"ReferenceId":["s","a","r"]}`
	)
	multi := func(parts, references string) string {
		return `{"Request":{` + parts + `,"MultiRequests":{"RequestReference":[` + references + `]}}}`
	}
	for _, c := range []struct{ name, text, want string }{
		{"null", `null`, syntax},
		{"no request", `{}`, syntax},
		{"names have no case", `{"REQUEST":{"accesssubject":[` + s + `]}}`, "1 request: urn:s=1"},
		{"unknown members", `{"Request":{"Other":[1,{}],` + all + `}}`, "1 request: urn:s=1 urn:a=1 urn:r=1"},
		{"the order is not that of the document", `{"Request":{"Resource":[` + r + `],"AccessSubject":[` + s + `]}}`, "1 request: urn:s=1 urn:r=1"},
		{"several values", `{"Request":{"Action":[{"Attribute":[{"AttributeId":"urn:a","Value":"1"},{"AttributeId":"urn:a","Value":"2"}]}]}}`, "1 request: urn:a=1,2"},
		{"an explicit category", `{"Request":{"Category":[{"CategoryId":"urn:c","Attribute":[]}]}}`, "1 request:"},
		{"no category", `{"Request":{"Category":[{"Attribute":[]}]}}`, processing},
		{"a category that is no URI", `{"Request":{"Action":[{"CategoryId":"c"}]}}`, syntax},
		{"an attribute that is no URI", `{"Request":{"Action":[{"Attribute":[{"AttributeId":"a b"}]}]}}`, syntax},
		{"an attribute without a name", `{"Request":{"Action":[{"Attribute":[{"Value":"1"}]}]}}`, processing},
		{"another data type", `{"Request":{"Action":[{"Attribute":[{"AttributeId":"urn:a","DataType":"date"}]}]}}`, processing},
		{"a short data type", `{"Request":{"Action":[{"Attribute":[{"AttributeId":"urn:a","DataType":"anyURI","Value":"x"}]}]}}`, "1 request: urn:a=x"},
		{"a number for a text", `{"Request":{"Action":[{},{"Attribute":[{"AttributeId":"urn:a","Value":5}]}]}}`, "$.Request.Action[1].Attribute[0].Value"},
		{"an object for a list", `{"Request":{"Action":{}}}`, "$.Request.Action"},
		{"a text for a flag", `{"Request":{"Action":[{"Attribute":[{"AttributeId":"urn:a","IncludeInResult":"true"}]}]}}`, "$.Request.Action[0].Attribute[0].IncludeInResult"},
		{"null for a flag", `{"Request":{"CombinedDecision":null}}`, "$.Request.CombinedDecision"},
		{"a list for the document", `[]`, "$"},
		{"no JSON", `{"Request":}`, "$"},
		{"a comment", `{"Request":{}} // x`, "$"},
		{"one reference is none", multi(all, `{"ReferenceId":["x"]}`), "1 request: urn:s=1 urn:a=1 urn:r=1"},
		{"two references", multi(all, twice), "2 request: urn:s=1 urn:a=1 urn:r=1"},
		{"the last of the same id", multi(`"AccessSubject":[`+s+`],"Action":[`+a+`],"Resource":[`+r+`,`+strings.Replace(r, `"1"`, `"2"`, 1)+`]`, twice), "2 request: urn:s=1 urn:a=1 urn:r=2"},
		{"an id that there is not", multi(all, twice+`,{"ReferenceId":["s","a","x"]}`), processing},
		{"no resources to refer to", multi(`"AccessSubject":[`+s+`],"Action":[`+a+`]`, twice), syntax},
		{"no subjects to refer to", multi(`"Action":[`+a+`],"Resource":[`+r+`]`, twice), processing},
		{"a subject without an id", multi(`"AccessSubject":[{}],"Action":[`+a+`],"Resource":[`+r+`]`, twice), syntax},
		{"a resource without an id", multi(`"AccessSubject":[`+s+`],"Action":[`+a+`],"Resource":[{}]`, twice), processing},
		{"too many references", multi(all, strings.Repeat(twice+",", 500)+`{"ReferenceId":[]}`), processing},
	} {
		t.Run(c.name, func(t *testing.T) {
			requests, err := pdp.ParseJSON([]byte(c.text))
			got := ""
			if format, ok := errors.AsType[*pdp.FormatError](err); ok {
				got = format.Path
			} else if status, ok := errors.AsType[*pdp.Error](err); ok {
				got = status.Code[strings.LastIndexByte(status.Code, ':')+1:]
			} else {
				got = strings.TrimSuffix(written(t, requests), " ")
			}
			if got != c.want {
				t.Errorf("got %q (%v), want %q", got, err, c.want)
			}
		})
	}
}

// written is how many requests there are, and the attributes of the first.
func written(t *testing.T, requests []*pdp.Request) string {
	t.Helper()
	if len(requests) == 0 {
		t.Fatal("neither requests nor an error")
	}
	text := strconv.Itoa(len(requests)) + " request: "
	for _, c := range requests[0].Categories {
		for _, a := range c.Attributes {
			text += a.ID + "=" + strings.Join(a.Values, ",") + " "
		}
	}
	return text
}

package altinnhttp

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"mpe/altinn/problem"
	"mpe/altinn/resource"
)

// unread is a body that is refused before it is read.
type unread struct {
	status int
	why    string
}

func (u *unread) Error() string { return u.why }

var (
	errMedia   = &unread{http.StatusUnsupportedMediaType, "The body is not JSON: send Content-Type: application/json."}
	errTooLong = &unread{http.StatusRequestEntityTooLarge, "The body is longer than a mebibyte."}
)

// statuses are those of the codes that are not 400. Some surprise; they are Altinn's.
var statuses = map[problem.Code]int{
	"AUTH-00010": 404, "AUTH-00011": 404, "AUTH-00012": 404, "AUTH-00013": 409, "AUTH-00014": 403, "AUTH-00015": 404,
	"AUTH-00016": 403, "AUTH-00017": 404, "AUTH-00018": 403, "AUTH-00019": 403, "AUTH-00020": 403, "AUTH-00023": 401,
	"AUTH-00024": 403, "AUTH-00030": 404, "AUTH-00041": 403, "AUTH-00042": 403, "AUTH-00043": 401, "AUTH-00044": 403,
	"AUTH-00055": 500, "AUTH-00060": 404, "AUTH-00061": 409, "AUTH-00062": 500, "AUTH-00066": 403, "AUTH-00068": 403,
	"AUTH-00069": 403, "AUTH-00070": 403, "AUTH-00071": 403, "AM-00028": 403,
}

// kinds are the statuses of refusals without a code.
var kinds = map[problem.Kind]int{
	problem.NotFound: 404, problem.BadRequest: 400, problem.Unauthorized: 401, problem.Forbidden: 403,
	problem.Conflict: 409, problem.Gone: 410, problem.Failed: 500,
}

// sections are where RFC 9110 describes the statuses, as ASP.NET links to them.
var sections = map[int]string{
	400: "15.5.1", 401: "15.5.2", 403: "15.5.4", 404: "15.5.5", 409: "15.5.10", 410: "15.5.11", 413: "15.5.14",
	415: "15.5.16", 500: "15.6.1",
}

func section(status int) string {
	return "https://tools.ietf.org/html/rfc9110#section-" + sections[status]
}

// member is one of an object whose members have an order.
type member struct {
	name  string
	value any
}

type object []member

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := encode(&b, m.name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := encode(&b, m.value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// encode writes a value as ASP.NET does, which leaves &, < and > as they are.
func encode(b *bytes.Buffer, value any) error {
	encoder := json.NewEncoder(b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1) // the encoder's line feed
	return nil
}

// write is the one place where Altinn's APIs answer.
func (e *Endpoints) write(g *gin.Context, c *call, a answer, err error) (int, []byte) {
	if err != nil {
		return e.refuse(g, c, err)
	}
	if d := c.refusedDecision(); d != nil && !e.HideHints {
		g.Header("Mpe-Reason", string(d.Decision))
		g.Header("Mpe-Hint", ascii(d.Why))
		g.Header("Link", c.help())
	}
	for name, value := range a.headers {
		g.Header(name, value)
	}
	status := max(a.status, http.StatusOK)
	switch {
	case a.text != "":
		g.Data(status, cmp.Or(a.media, "text/plain; charset=utf-8"), []byte(a.text))
	case a.body != nil:
		var b bytes.Buffer
		if err := encode(&b, a.body); err != nil {
			return e.refuse(g, c, err)
		}
		if a.indent {
			var lines bytes.Buffer
			_ = json.Indent(&lines, b.Bytes(), "", "  ") // it has just been encoded
			b = lines
		}
		g.Data(status, "application/json; charset=utf-8", b.Bytes())
	default:
		g.Status(status)
		g.Writer.WriteHeaderNow()
	}
	return status, nil
}

// help is the link to the explanation.
func (c *call) help() string { return "<" + c.base() + "_mpe/v1/journal/" + c.trace + `>; rel="help"` }

func (e *Endpoints) refuse(g *gin.Context, c *call, err error) (int, []byte) {
	if !e.HideHints && isRefusal(err) {
		if reason := c.reason(err); reason != "" {
			g.Header("Mpe-Reason", reason)
		}
		g.Header("Mpe-Hint", ascii(why(err)))
		g.Header("Link", c.help())
	}
	if _, unknown := err.(*unauthenticated); unknown {
		g.Header("WWW-Authenticate", "Bearer")
	}
	status, body := e.refusal(c, err)
	switch body := body.(type) {
	case nil:
		g.Status(status)
		g.Writer.WriteHeaderNow()
		return status, nil
	case string:
		return status, text(g, status, body)
	default:
		var b bytes.Buffer
		_ = encode(&b, body) // texts and numbers cannot fail
		media := "application/problem+json; charset=utf-8"
		if _, number := body.(int); number {
			media = "application/json; charset=utf-8"
		}
		g.Data(status, media, b.Bytes())
		return status, b.Bytes()
	}
}

// reason is what the header beside a refusal says: its code, or that it was refused on purpose.
func (c *call) reason(err error) string {
	if c.spoiled.Refusal != nil {
		return "injected-fault"
	}
	return code(err)
}

// text is written as it is, unless the caller wants JSON.
func text(g *gin.Context, status int, s string) []byte {
	if !strings.Contains(g.GetHeader("Accept"), "json") {
		g.Data(status, "text/plain; charset=utf-8", []byte(s))
		return []byte(s)
	}
	var b bytes.Buffer
	_ = encode(&b, s) // a text cannot fail
	g.Data(status, "application/json; charset=utf-8", b.Bytes())
	return b.Bytes()
}

// counted is an answer that is a number: how many records were changed.
type counted struct {
	error
	number int
}

func (c counted) Unwrap() error { return c.error }

// refusal is the status and the body of a refusal: an object, a text or nothing.
func (e *Endpoints) refusal(c *call, err error) (int, any) {
	if number, ok := errors.AsType[counted](err); ok {
		return http.StatusNotFound, number.number
	}
	switch refusal := err.(type) {
	case *unauthenticated:
		return http.StatusUnauthorized, nil
	case *problem.Problem:
		return e.problem(c, refusal)
	case *problem.Invalid:
		return http.StatusBadRequest, e.invalid(c, refusal)
	case *problem.Malformed:
		return http.StatusBadRequest, c.malformed(refusal)
	case *problem.Plain:
		return c.plain(refusal)
	case *resource.ForeignScopes:
		return http.StatusUnauthorized, foreignScopes(refusal)
	case *unread:
		return c.bare(refusal.status)
	}
	return http.StatusInternalServerError, object{
		{"type", section(500)}, {"title", "An error occurred while processing your request."}, {"status", 500},
		{"traceId", c.traceparent()},
	}
}

func (c *call) plain(p *problem.Plain) (int, any) {
	status := kinds[p.Kind]
	switch {
	case p.Text != "":
		return status, p.Text
	case p.Title != "" && p.Detail == "":
		return status, object{{"type", p.Type}, {"title", p.Title}, {"status", status}}
	case p.Empty, p.Kind == problem.Forbidden:
		return status, nil
	case p.Title != "":
		return status, object{
			{"type", cmp.Or(p.Type, section(status))}, {"title", p.Title}, {"status", status}, {"detail", p.Detail},
			{"traceId", c.traceparent()},
		}
	default:
		return c.bare(status)
	}
}

// bare is the framework's problem, without a code.
func (c *call) bare(status int) (int, any) {
	return status, object{
		{"type", section(status)}, {"title", http.StatusText(status)}, {"status", status}, {"traceId", c.traceparent()},
	}
}

// malformed is the framework's problem with values.
func (c *call) malformed(m *problem.Malformed) any {
	var fields object
	for _, f := range m.Fields {
		i := slices.IndexFunc(fields, func(m member) bool { return m.name == f.Name })
		if i < 0 {
			fields = append(fields, member{f.Name, []string{f.Message}})
		} else {
			fields[i].value = append(fields[i].value.([]string), f.Message)
		}
	}
	return object{
		{"type", section(400)}, {"title", problem.StdInvalidTitle}, {"status", 400}, {"errors", fields},
		{"traceId", c.traceparent()},
	}
}

// foreignScopes is a 401, although it is not the token that is at fault.
func foreignScopes(f *resource.ForeignScopes) any {
	return object{
		{"title", http.StatusText(http.StatusUnauthorized)}, {"status", http.StatusUnauthorized},
		{"detail", "Not authorized for creating resource with the listed scopes"},
		{"errors", object{{"InvalidPrefix", f.Scopes}}},
	}
}

func (e *Endpoints) problem(c *call, p *problem.Problem) (int, any) {
	status, known := statuses[p.Code]
	if !known {
		status = http.StatusBadRequest
	}
	return status, extended(e.coded(c, status, p.Code, p.Code.Title()), p.Extensions)
}

func (e *Endpoints) invalid(c *call, invalid *problem.Invalid) any {
	name := "title"
	if e.old(invalid.Violations[0].Code) {
		name = "detail"
	}
	var all []any
	for _, v := range invalid.Violations {
		title := v.Title
		if title == "" {
			title = v.Code.Title()
		}
		one := object{{"code", v.Code}}
		if name == "title" {
			one = append(one, member{name, title}, member{"paths", []string{v.Path}})
		} else {
			one = append(one, member{"paths", []string{v.Path}}, member{name, title})
		}
		all = append(all, extended(one, v.Extensions))
	}
	coded := e.coded
	if name == "detail" {
		coded = oldCoded
	}
	return append(coded(c, http.StatusBadRequest, problem.StdInvalid, problem.StdInvalidTitle), member{"validationErrors", all})
}

// coded is a problem with a code, in the generation of Altinn's library that is asked for.
func (e *Endpoints) coded(c *call, status int, code problem.Code, title string) object {
	if e.old(code) {
		return oldCoded(c, status, code, title)
	}
	return object{
		{"type", "urn:altinn:error:" + string(code)}, {"title", title}, {"status", status}, {"code", code},
		{"traceId", c.traceparent()}, {"statusDescription", http.StatusText(status)},
	}
}

// oldCoded is a problem of Altinn's library before 5.0.
func oldCoded(c *call, status int, code problem.Code, title string) object {
	return object{
		{"type", section(status)}, {"title", http.StatusText(status)}, {"status", status}, {"detail", title},
		{"code", code}, {"traceId", c.traceparent()},
	}
}

// old tells whether a code's problem is written by the older library: access management has not changed.
func (e *Endpoints) old(code problem.Code) bool {
	return e.OldProblems || strings.HasPrefix(string(code), "AM")
}

func extended(o object, extensions []problem.Extension) object {
	for _, x := range extensions {
		o = append(o, member{x.Name, x.Value})
	}
	return o
}

// traceparent is the trace id as W3C Trace Context writes it. The span is its second half.
func (c *call) traceparent() string { return "00-" + c.trace + "-" + c.trace[16:] + "-01" }

// code is the one that a refusal carries; of several the first.
func code(err error) string {
	switch refusal := err.(type) {
	case *problem.Problem:
		return string(refusal.Code)
	case *problem.Invalid:
		return string(refusal.Violations[0].Code)
	default:
		return ""
	}
}

// why is the reason for a refusal.
func why(err error) string {
	switch refusal := err.(type) {
	case *unauthenticated:
		return refusal.why
	case *unread:
		return refusal.why
	case *resource.ForeignScopes:
		return refusal.Error()
	}
	if number, ok := errors.AsType[counted](err); ok {
		return problem.Why(number.error)
	}
	return problem.Why(err)
}

// ascii is a text that a header can hold.
func ascii(s string) string {
	s = strings.NewReplacer("æ", "ae", "ø", "o", "å", "a", "Æ", "AE", "Ø", "O", "Å", "A").Replace(s)
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}

package altinnhttp

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"mpe/altinn/authorization"
	"mpe/altinn/problem"
)

// call is a request that has found its route.
type call struct {
	*http.Request
	e          *Endpoints
	parameters map[string]string
	trace      string
	claims     Claims
	decisions  []*authorization.Report // of the policy decision point
	spoiled    Spoiled
}

// answer is what a call is answered with when it is not refused.
type answer struct {
	status  int               // 0: 200
	body    any               // nil: none
	text    string            // instead of a body
	media   string            // of the text; empty: it is plain
	indent  bool              // the body, by two spaces
	headers map[string]string // nil: none
}

// noStore keeps an answer out of caches.
var noStore = map[string]string{"Cache-Control": "no-store,no-cache", "Pragma": "no-cache"}

func ok(body any, err error) (answer, error) { return answer{body: body}, err }

// indented is a body as the resource registry writes it.
func indented(body any) (answer, error) { return answer{body: body, indent: true}, nil }

// answer holds the caller to the route's policy and hands over to its handler.
func (e *Endpoints) answer(g *gin.Context, r *route, parameters map[string]string) {
	c := &call{Request: g.Request, e: e, parameters: parameters, trace: e.TraceID()}
	start := e.Now()
	g.Header("Mpe-Trace-Id", c.trace)
	if e.Spoil != nil {
		c.spoiled = e.Spoil(g.Request)
	}
	a, err := c.handle(r)
	status, body := e.write(g, c, a, err)
	e.record(c, start, status, body, err)
}

func (c *call) handle(r *route) (answer, error) {
	if c.spoiled.Refusal != nil {
		_ = c.authenticate() // for the journal: the refusal is the same for everyone
		return answer{}, c.spoiled.Refusal
	}
	if r.policy != nil { // nil: the route reads its token itself, or needs none
		if err := c.authenticate(); err != nil {
			return answer{}, err
		}
		if err := r.policy(c); err != nil {
			return answer{}, err
		}
	}
	return r.handle(c)
}

func (e *Endpoints) record(c *call, start time.Time, status int, body []byte, err error) {
	x := Exchange{
		ID: c.trace, Time: start, Took: e.Now().Sub(start), Method: c.Method, Path: c.URL.Path, Status: status,
		Org: string(c.claims.Consumer), Client: c.claims.ClientID, Scope: strings.Join(c.claims.Scopes, " "),
		Base: e.Base(c.Request),
	}
	x.Decisions, x.Spoiled = c.decisions, c.spoiled.By
	switch refused := c.refusedDecision(); {
	case err == nil && refused != nil:
		x.Code, x.Why = string(refused.Decision), refused.Why
	case err == nil:
	case isRefusal(err):
		x.Code, x.Why, x.Body = code(err), why(err), body
	default:
		x.Fault = err
	}
	e.Recorder.RecordCall(x)
}

// id is a parameter that has to be a UUID.
func (c *call) id(name string) (string, error) { return readID(name, c.parameters[name]) }

// queryID is a UUID in the query; empty when it is not there or zero.
func (c *call) queryID(name string) (string, error) {
	value := c.query(name)
	if value == "" {
		return "", nil
	}
	id, err := readID(name, value)
	if id == uuid.Nil.String() {
		id = ""
	}
	return id, err
}

func readID(name, value string) (string, error) {
	id, err := uuid.Parse(value)
	if err != nil {
		return "", problem.Unreadable(name, fmt.Sprintf("The value '%s' is not valid.", value))
	}
	return id.String(), nil
}

// party is the party id in the address.
func (c *call) party() (int, error) {
	id, err := strconv.ParseInt(c.parameters["party"], 10, 32)
	if err != nil {
		return 0, problem.Unreadable("party", fmt.Sprintf("The value '%s' is not valid.", c.parameters["party"]))
	}
	return int(id), nil
}

// query is a value of the query, whose names have no case.
func (c *call) query(name string) string {
	for key, values := range c.URL.Query() {
		if strings.EqualFold(key, name) && len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// required are values of the query that have to be there.
func (c *call) required(names ...string) ([]string, error) {
	var missing problem.Malformed
	values := make([]string, len(names))
	for i, name := range names {
		if values[i] = c.query(name); values[i] == "" {
			missing.Fields = append(missing.Fields, problem.Field{Name: name, Message: "The " + name + " field is required."})
		}
	}
	if missing.Fields != nil {
		return nil, &missing
	}
	return values, nil
}

// maxBody is the largest body that is read, in bytes.
const maxBody = 1 << 20

// document is the body, which has to say that it is JSON and must not be empty.
func (c *call) document(name string) ([]byte, error) {
	if !isJSON(c.Header.Get("Content-Type")) {
		return nil, errMedia
	}
	data, err := c.body()
	if err != nil {
		return nil, err
	}
	if body := strings.TrimSpace(string(data)); body == "" || body == "null" {
		return nil, &problem.Malformed{Fields: []problem.Field{
			{Name: "", Message: "A non-empty request body is required."},
			{Name: name, Message: "The " + name + " field is required."},
		}}
	}
	return data, nil
}

func (c *call) body() ([]byte, error) {
	data, err := io.ReadAll(http.MaxBytesReader(nil, c.Body, maxBody))
	if _, long := errors.AsType[*http.MaxBytesError](err); long {
		return nil, errTooLong
	}
	if err != nil {
		return nil, fmt.Errorf("reading the body: %w", err)
	}
	return data, nil
}

// read decodes the body, which the framework calls by that name and type, and wants the members that are required.
func (c *call) read(into any, name, typeName string, required ...string) error {
	data, err := c.document(name)
	if err != nil {
		return err
	}
	refused := func(at, format string, a ...any) error {
		return &problem.Malformed{Fields: []problem.Field{
			{Name: at, Message: fmt.Sprintf(format, a...)}, {Name: name, Message: "The " + name + " field is required."},
		}}
	}
	if err := json.Unmarshal(data, into); err != nil {
		return refused("$", "The JSON value could not be converted to %s. %v", typeName, err)
	}
	if len(required) == 0 {
		return nil
	}
	if missing := absent(data, required); missing != nil {
		return refused("$", "JSON deserialization for type '%s' was missing required properties including: '%s'.",
			typeName, strings.Join(missing, "', '"))
	}
	return nil
}

// absent are the members that the object does not have, whatever their case.
func absent(object []byte, required []string) []string {
	var members map[string]json.RawMessage
	_ = json.Unmarshal(object, &members) // it has been read once; what is no object has no members
	have := map[string]bool{}
	for name := range members {
		have[strings.ToLower(name)] = true
	}
	var missing []string
	for _, name := range required {
		if !have[strings.ToLower(name)] {
			missing = append(missing, name)
		}
	}
	return missing
}

// page is a part of a list.
type page struct {
	Links struct {
		Next string `json:"next,omitempty"`
	} `json:"links"`
	Data any `json:"data"`
}

// list is a page that goes on at the cursor, which is a number or a text; zero: this is the last.
func list[T comparable](c *call, data any, next T) page {
	p := page{Data: data}
	var none T
	if next != none {
		cursor, _ := json.Marshal(next) // a number or a text cannot fail
		query := url.Values{"token": {base64.RawURLEncoding.EncodeToString(cursor)}}
		p.Links.Next = c.base() + strings.TrimPrefix(c.URL.EscapedPath(), "/") + "?" + query.Encode()
	}
	return p
}

// cursor reads where a page starts; zero without a token.
func cursor[T any](c *call) (from T, err error) {
	token := c.query("token")
	if token == "" {
		return from, nil
	}
	decoded, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		err = json.Unmarshal(decoded, &from)
	}
	if err != nil {
		return from, problem.Unreadable("token", fmt.Sprintf("The value '%s' is not valid.", token))
	}
	return from, nil
}

// base is the address that the caller used, ending in a slash.
func (c *call) base() string { return c.e.Base(c.Request) }

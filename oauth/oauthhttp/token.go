package oauthhttp

import (
	"bytes"
	"context"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"mpe/oauth"
)

const mediaType = "application/json"

// maxBody is the largest token request that is read, in bytes. Grants with over a hundred scopes stay below 8 KiB.
const maxBody = 64 << 10

type traceKey struct{}

func traceID(ctx context.Context) string {
	id, _ := ctx.Value(traceKey{}).(string)
	return id
}

// token is POST /token.
func (e *Endpoints) token(c *gin.Context) {
	x := e.begin(c)
	spoiled := e.spoiled(c.Request)
	x.Spoiled = spoiled.By
	if spoiled.Refusal != nil {
		e.refuseInjected(c, x, spoiled)
		return
	}
	if refusal := e.readForm(c); refusal != nil {
		e.refuse(c, x, refusal)
		return
	}
	s := &session{}
	ctx := context.WithValue(c.Request.Context(), traceKey{}, x.ID)
	request, err := e.provider.NewAccessRequest(ctx, c.Request, s)
	if err == nil {
		_, err = e.provider.NewAccessResponse(ctx, request)
	}
	if err == nil && spoiled.Token != nil {
		err = s.spoil(spoiled.Token)
	}
	if err != nil {
		e.refuse(c, x, err)
		return
	}
	e.issue(c, x, s)
}

func (e *Endpoints) begin(c *gin.Context) Exchange {
	x := Exchange{
		ID:     e.TraceID(),
		Time:   e.Now(),
		Method: c.Request.Method,
		Path:   c.Request.URL.Path,
		Base:   e.Base(c.Request),
	}
	c.Header("Mpe-Trace-Id", x.ID)
	c.Header("Cache-Control", "no-store")
	c.Header("Pragma", "no-cache")
	return x
}

// issue writes the answer itself: fosite would write the members in alphabetical order.
func (e *Endpoints) issue(c *gin.Context, x Exchange, s *session) {
	body := e.borrow()
	defer e.bodies.Put(body)
	c.Data(http.StatusOK, mediaType, s.token.AppendResponse(body.AvailableBuffer()))
	x.Status = http.StatusOK
	x.Grant = s.authorization.Grant
	x.Trace = &x.Grant.Trace
	e.record(x)
}

// usualBody has room for most bodies of requests and of responses, in bytes.
const usualBody = 4 << 10

// borrow lends an empty buffer, to be put back into e.bodies. A new one for each request and each response would be a
// tenth of what a token leaves to be collected.
func (e *Endpoints) borrow() *bytes.Buffer {
	body, lent := e.bodies.Get().(*bytes.Buffer)
	if !lent {
		body = bytes.NewBuffer(make([]byte, 0, usualBody))
	}
	body.Reset()
	return body
}

func (e *Endpoints) record(x Exchange) {
	x.Took = e.Now().Sub(x.Time)
	e.Recorder.RecordToken(x)
}

// badRequest is the refusal of a request before its grant is looked at.
type badRequest struct {
	check  oauth.CheckID
	status int
	told   *oauth.Error
	reason oauth.Reason
	facts  oauth.Facts
}

func (b *badRequest) Error() string { return b.told.Error() }
func (b *badRequest) Unwrap() error { return b.told }

// notForm is a request that is not a form. What the real service answers is not known.
func notForm(status int, description string, reason oauth.Reason, facts oauth.Facts) *badRequest {
	return &badRequest{oauth.HTTPForm, status, oauth.InvalidRequest(description), reason, facts}
}

// readForm checks what fosite does not: it would take multipart bodies of any size and parameters given twice.
func (e *Endpoints) readForm(c *gin.Context) error {
	r := c.Request
	if r.Method != http.MethodPost {
		c.Header("Allow", http.MethodPost)
		return notForm(http.StatusMethodNotAllowed, "Request method "+strconv.Quote(r.Method)+" is not supported",
			oauth.ReasonMethod, oauth.Facts{"got": r.Method})
	}
	if err := formMediaType(r.Header.Get("Content-Type")); err != nil {
		return err
	}
	body := e.borrow()
	defer e.bodies.Put(body)
	if _, err := body.ReadFrom(http.MaxBytesReader(c.Writer, r.Body, maxBody)); err != nil {
		return unreadableForm(err)
	}
	form, err := url.ParseQuery(body.String())
	if err != nil {
		return unreadableForm(err)
	}
	r.Form, r.PostForm = form, form // of the body alone, so that nobody parses it again
	return oneGrant(form)
}

func formMediaType(got string) error {
	if got == "application/x-www-form-urlencoded" { // as most say
		return nil
	}
	media, _, _ := mime.ParseMediaType(got) // the parameters, a charset say, do not matter, however badly written
	switch media {
	case "application/x-www-form-urlencoded":
		return nil
	case "application/json":
		return notForm(http.StatusUnsupportedMediaType, "Content-Type is not supported",
			oauth.ReasonJSONBody, oauth.Facts{"got": got})
	default:
		return notForm(http.StatusUnsupportedMediaType, "Content-Type is not supported",
			oauth.ReasonMediaType, oauth.Facts{"got": got})
	}
}

func unreadableForm(err error) error {
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return notForm(http.StatusRequestEntityTooLarge, "The request is too large",
			oauth.ReasonBodyTooLarge, oauth.Facts{"limit": strconv.Itoa(maxBody)})
	}
	return notForm(http.StatusBadRequest, "The form cannot be read", oauth.ReasonBadForm, oauth.Facts{"error": err.Error()})
}

// oneGrant wants each parameter once (RFC 6749 section 3.2), in the body.
func oneGrant(form url.Values) error {
	types, assertions := form["grant_type"], form["assertion"]
	switch {
	case len(types) == 0 || types[0] == "":
		return wrongGrantType(oauth.InvalidRequest("Missing parameter: grant_type"), oauth.ReasonGrantTypeMissing, "")
	case len(types) > 1:
		return wrongGrantType(oauth.InvalidRequest("Repeated parameter: grant_type"), oauth.ReasonGrantTypeRepeated, types[0])
	case types[0] != oauth.JWTBearer:
		return wrongGrantType(oauth.UnsupportedGrantType(), oauth.ReasonGrantTypeUnsupported, types[0])
	case len(assertions) > 1:
		return notForm(http.StatusBadRequest, "Repeated parameter: assertion",
			oauth.ReasonAssertionRepeated, oauth.Facts{"got": strconv.Itoa(len(assertions))})
	case len(assertions) == 1 && assertions[0] != "":
		return nil
	case form.Get("client_assertion") != "":
		return notForm(http.StatusBadRequest, "Missing parameter: assertion", oauth.ReasonClientAssertion, nil)
	default:
		return notForm(http.StatusBadRequest, "Missing parameter: assertion", oauth.ReasonAssertionMissing, nil)
	}
}

func wrongGrantType(told *oauth.Error, reason oauth.Reason, got string) error {
	facts := oauth.Facts{"got": got, "want": oauth.JWTBearer}
	return &badRequest{oauth.GrantType, http.StatusBadRequest, told, reason, facts}
}

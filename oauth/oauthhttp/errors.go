package oauthhttp

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"mpe/oauth"
)

// problem is the body of a refusal. Members and order are Maskinporten's.
type problem struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
	URI         string `json:"error_uri,omitempty"`
}

// refuse is the one place where an error becomes an answer.
func (e *Endpoints) refuse(c *gin.Context, x Exchange, err error) {
	x.Refusal, x.Fault = told(err)
	x.Status = status(x.Refusal)
	if bad, ok := errors.AsType[*badRequest](err); ok {
		trace := oauth.RefusedBefore(bad.check, bad.told, bad.reason, bad.facts)
		x.Status, x.Trace = bad.status, &trace
	}
	if i, ok := errors.AsType[*injected](err); ok {
		x.Trace = &i.trace
	}
	if u, ok := errors.AsType[*unbelieved](err); ok {
		x.Grant, x.Trace = u.grant, &u.grant.Trace
	}
	x.Body = encode(problem{
		Error:       x.Refusal.Code,
		Description: x.Refusal.Description + " (trace_id: " + x.ID + ")",
		URI:         e.errorURI(c.Request, x.Refusal),
	})
	e.hint(c, x)
	c.Data(x.Status, mediaType, x.Body)
	e.record(x)
}

// told splits an error into what the client is told and what only the log is.
func told(err error) (refusal *oauth.Error, fault error) {
	if refusal, ok := errors.AsType[*oauth.Error](err); ok {
		return refusal, nil
	}
	return oauth.ServerError(), err
}

func status(refusal *oauth.Error) int {
	switch refusal.Code {
	case "forbidden":
		return http.StatusForbidden
	case oauth.ServerError().Code:
		return http.StatusInternalServerError
	default:
		return http.StatusBadRequest
	}
}

func (e *Endpoints) errorURI(r *http.Request, refusal *oauth.Error) string {
	if refusal.Reason == "" {
		return ""
	}
	return e.Name(r) + "errors/" + refusal.Reason
}

// hint puts the reason beside the answer, in headers that the real service does not have.
func (e *Endpoints) hint(c *gin.Context, x Exchange) {
	if e.HideHints || x.Trace == nil {
		return
	}
	failure, failed := x.Trace.Failure()
	if !failed {
		return
	}
	c.Header("Mpe-Reason", string(failure.Reason))
	c.Header("Link", "<"+x.Base+"_mpe/v1/journal/"+x.ID+`>; rel="help"`)
	if e.Hint == nil {
		return
	}
	if sentence := e.Hint(failure); sentence != "" {
		c.Header("Mpe-Hint", ascii(sentence))
	}
}

// ascii keeps what every HTTP client can read in a header.
func ascii(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return '?'
		}
		return c
	}, s)
}

// encode writes compact JSON as the real service does: without escaping for HTML. The bodies here cannot fail to encode.
func encode(v any) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

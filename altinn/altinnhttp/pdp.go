package altinnhttp

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"mpe/altinn/authorization"
	"mpe/altinn/pdp"
	"mpe/altinn/problem"
)

// authorizationPrefix is where Altinn's policy decision point is.
const authorizationPrefix = "authorization/api/v1/"

func (e *Endpoints) pdpRoutes() router {
	return router{
		{http.MethodPost, authorizationPrefix + "authorize", nil, e.authorize},
		{http.MethodPost, authorizationPrefix + "decision", nil, e.decision},
	}
}

const (
	scopeAuthorize      = "altinn:authorization/authorize"
	scopeAuthorizeAdmin = "altinn:authorization/authorize.admin"
)

// authorize answers service owners, who bring a token of Altinn's own.
func (e *Endpoints) authorize(c *call) (answer, error) {
	if err := c.authenticateCached(); err != nil {
		return answer{}, err
	}
	if err := scoped(scopeAuthorize, scopeAuthorizeAdmin)(c); err != nil {
		return answer{}, err
	}
	data, err := c.document("authorizationRequest")
	if err != nil {
		return answer{}, err
	}
	requests, err := pdp.ParseJSON(data)
	if format, ok := errors.AsType[*pdp.FormatError](err); ok {
		return answer{}, &problem.Malformed{Fields: []problem.Field{
			{Name: "authorizationRequest", Message: "The authorizationRequest field is required."},
			{Name: format.Path, Message: "The JSON value could not be converted: " + format.What + ". Path: " + format.Path + "."},
		}}
	}
	return e.decide(c, requests, err, authorization.External)
}

// decision answers Altinn's own apps, which are let in by the network. Whatever is wrong has the same answer.
func (e *Endpoints) decision(c *call) (answer, error) {
	data, err := c.body()
	if err != nil {
		return answer{}, err
	}
	var requests []*pdp.Request
	if strings.Contains(c.Header.Get("Content-Type"), "application/json") {
		requests, err = pdp.ParseJSON(data)
	} else {
		var request *pdp.Request
		request, err = pdp.ParseRequest(data)
		requests = []*pdp.Request{request}
	}
	if err != nil {
		if _, told := errors.AsType[*pdp.Error](err); !told {
			err = &pdp.Error{Code: pdp.SyntaxErrorStatus, Message: err.Error()}
		}
	}
	return e.decide(c, requests, err, authorization.Internal)
}

// decide answers requests, or what was wrong with reading them.
func (e *Endpoints) decide(c *call, requests []*pdp.Request, unread error, at authorization.Endpoint) (answer, error) {
	var all []*authorization.Explanation
	if wrong, ok := errors.AsType[*pdp.Error](unread); ok {
		all = []*authorization.Explanation{authorization.Unreadable(wrong, at)}
	} else {
		var err error
		if all, err = e.Authorizer.Authorize(c.Context(), requests, at); err != nil {
			return answer{}, err
		}
	}
	response := pdp.Response{Results: make([]*pdp.Result, len(all))}
	for i, x := range all {
		response.Results[i] = x.Result
		c.decisions = append(c.decisions, x.Report())
	}
	text, err := response.MarshalJSON()
	return answer{text: string(text), media: "application/json; charset=utf-8"}, err
}

// refusedDecision is the first of the decisions that is no Permit; nil: there is none.
func (c *call) refusedDecision() *authorization.Report {
	for _, d := range c.decisions {
		if d.Decision != pdp.DecisionPermit {
			return d
		}
	}
	return nil
}

// believed remembers the tokens that have been verified, until they expire. The zero value is empty.
type believed struct {
	mutex  sync.RWMutex
	tokens map[[sha256.Size]byte]believedToken
}

type believedToken struct {
	claims  Claims
	expires time.Time
}

// maxBelieved bounds what is remembered. When there are more, all are verified anew.
const maxBelieved = 10_000

// authenticateCached believes a token of Altinn's own, to the second. Maskinporten's have to be exchanged first.
func (c *call) authenticateCached() error {
	token, ok := bearer(c.Request)
	if !ok {
		return &unauthenticated{"There is no bearer token: send Authorization: Bearer and a token of Altinn's own."}
	}
	b, now := &c.e.believed, c.e.Now()
	key := sha256.Sum256([]byte(token))
	b.mutex.RLock()
	known, ok := b.tokens[key]
	b.mutex.RUnlock()
	if ok && now.Before(known.expires) {
		c.claims = known.claims
		return nil
	}
	claims, err := c.e.Tokens.verifyOwn(token)
	if err != nil {
		return &unauthenticated{err.Error()}
	}
	c.claims = claims.claims()
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.tokens == nil || len(b.tokens) >= maxBelieved {
		b.tokens = map[[sha256.Size]byte]believedToken{}
	}
	b.tokens[key] = believedToken{c.claims, claims.expires()}
	return nil
}

// expires is when the token does.
func (s claimSet) expires() time.Time {
	var at float64
	_ = json.Unmarshal(s["exp"], &at) // it has been verified
	return time.Unix(int64(at), 0)
}

// isJSON tells whether the body says that it is JSON.
func isJSON(contentType string) bool {
	media, _, _ := mime.ParseMediaType(contentType)
	return media == "application/json" || media == "text/json" || strings.HasSuffix(media, "+json")
}

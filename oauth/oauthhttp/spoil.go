package oauthhttp

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"mpe/oauth"
)

// Spoiled is how an answer is spoiled on purpose, so that what a client makes of it can be tested. The zero value: not
// at all.
type Spoiled struct {
	By string // names what spoils it

	Refusal *oauth.Error  // instead of an answer; nil: none
	Check   oauth.CheckID // that the refusal would come from

	// Token makes of the token what is issued in its place. Nil: nothing.
	Token func(*oauth.Token) (*oauth.Token, error)
}

func (e *Endpoints) spoiled(r *http.Request) Spoiled {
	if e.Spoil == nil {
		return Spoiled{}
	}
	return e.Spoil(r)
}

// injected is a refusal on purpose, before the request has been looked at.
type injected struct {
	told  *oauth.Error
	trace oauth.Trace
}

func (i *injected) Error() string { return i.told.Error() }
func (i *injected) Unwrap() error { return i.told }

// refuseInjected refuses the request whatever it asks for. Its grant is read for the explanation only.
func (e *Endpoints) refuseInjected(c *gin.Context, x Exchange, s Spoiled) {
	refusal := &injected{s.Refusal, oauth.Injected(s.Check, s.Refusal, s.By)}
	if e.readForm(c) == nil {
		x.Grant, _ = oauth.ParseGrant(oauth.Assertion{Compact: c.Request.PostForm.Get("assertion")})
		refusal.trace.Header, refusal.trace.Claims = x.Grant.Trace.Header, x.Grant.Trace.Claims
	}
	e.refuse(c, x, refusal)
}

// spoil puts another token in the place of the one that was issued, and into its explanation.
func (s *session) spoil(make func(*oauth.Token) (*oauth.Token, error)) error {
	grant := s.authorization.Grant
	token, err := make(s.token)
	if err != nil {
		return &unbelieved{grant, err}
	}
	s.token, grant.Trace.Token = token, token.Claims
	return nil
}

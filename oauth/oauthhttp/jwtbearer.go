package oauthhttp

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/ory/fosite"

	"mpe/oauth"
)

// newProvider sets fosite up to run the token endpoint. Its own handler for RFC 7523 cannot serve Maskinporten's grants
// (it demands a sub, takes PS256, and lets concurrent replays pass), so only its root package is used: in this grant
// the assertion is the client's authentication, and jwtBearer does the rest.
func (e *Endpoints) newProvider() fosite.OAuth2Provider {
	config := &fosite.Config{
		ClientAuthenticationStrategy: e.authenticate,
		// Never asked, but fosite fills them in at first use without a lock when they are empty.
		ScopeStrategy:            fosite.ExactScopeStrategy,
		AudienceMatchingStrategy: fosite.ExactAudienceMatchingStrategy,
		ClientSecretsHasher:      &fosite.BCrypt{Config: &fosite.Config{}},
		TokenURL:                 "unused",
	}
	config.TokenEndpointHandlers.Append(&jwtBearer{e.Issuer})
	return fosite.NewOAuth2Provider(nil, config)
}

// believed is a client whose grant has been believed.
type believed struct {
	fosite.DefaultClient
	grant *oauth.Grant
}

// unbelieved is an error with the grant that it is about, which holds the explanation.
type unbelieved struct {
	grant *oauth.Grant
	err   error
}

func (e *unbelieved) Error() string { return e.err.Error() }
func (e *unbelieved) Unwrap() error { return e.err }

func (e *Endpoints) authenticate(ctx context.Context, r *http.Request, form url.Values) (fosite.Client, error) {
	grant, err := e.Issuer.Authenticate(ctx, oauth.Assertion{
		Compact: form.Get("assertion"),
		Issuer:  e.Name(r),
		Request: traceID(ctx),
	})
	if err != nil {
		return nil, &unbelieved{grant, err}
	}
	return &believed{fosite.DefaultClient{ID: grant.ClientID}, grant}, nil
}

// session is what a token request has come to.
type session struct {
	fosite.DefaultSession
	authorization *oauth.Authorization
	token         *oauth.Token
}

// jwtBearer is fosite's handler for the one grant type there is. It claims every grant type, since another has been
// refused before.
type jwtBearer struct{ issuer *oauth.Issuer }

func (*jwtBearer) CanSkipClientAuth(context.Context, fosite.AccessRequester) bool { return false }

func (*jwtBearer) CanHandleTokenEndpointRequest(context.Context, fosite.AccessRequester) bool {
	return true
}

func (h *jwtBearer) HandleTokenEndpointRequest(ctx context.Context, r fosite.AccessRequester) error {
	grant := r.GetClient().(*believed).grant
	authorization, err := h.issuer.Authorize(ctx, grant)
	if err != nil {
		return &unbelieved{grant, err}
	}
	r.GetSession().(*session).authorization = authorization
	return nil
}

func (h *jwtBearer) PopulateTokenEndpointResponse(
	_ context.Context, r fosite.AccessRequester, w fosite.AccessResponder,
) error {
	s := r.GetSession().(*session)
	token, err := h.issuer.Issue(s.authorization)
	if err != nil {
		return &unbelieved{s.authorization.Grant, err}
	}
	s.token = token
	w.SetAccessToken(token.Compact)
	w.SetTokenType("Bearer")
	w.SetExpiresIn(token.ExpiresIn.Truncate(time.Second))
	w.SetScopes(s.authorization.Scopes)
	return nil
}

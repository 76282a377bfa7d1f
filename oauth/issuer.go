package oauth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"mpe/keys"
	"mpe/oauth/org"
)

// Issuer is Maskinporten: it believes grants, authorizes them, and issues tokens. It is safe for concurrent use once
// its fields are set.
type Issuer struct {
	Registry    Registry
	Grants      GrantStore
	Delegations DelegationFinder
	SystemUsers SystemUserFinder
	Signer      Signer
	Trust       *keys.Trust // whose enterprise certificates are accepted
	Rules       Rules
	Now         func() time.Time
	Rand        io.Reader // for the tokens' jti
}

// Signer signs a token's payload with the issuer's current key.
type Signer interface {
	// Sign gives the compact JWS.
	Sign(payload []byte) (string, error)
}

// attempts is how often a grant is judged anew because the registry changed meanwhile.
const attempts = 10

// Authenticate reads the grant and decides whether to believe it: its client, key, signature, audience and times, and
// that it was not used before. The error is an *Error for a grant that is refused. The grant is never nil; with an
// error it holds what could be read, for the explanation.
func (i *Issuer) Authenticate(ctx context.Context, a Assertion) (*Grant, error) {
	for range attempts {
		g, err := i.authenticate(ctx, a)
		if !errors.Is(err, ErrStale) {
			return g, err
		}
	}
	return &Grant{Assertion: a}, fmt.Errorf("judging the grant: %w each of %d times", ErrStale, attempts)
}

// authenticate judges once. The error is ErrStale when it judged from what the registry no longer holds.
func (i *Issuer) authenticate(ctx context.Context, a Assertion) (*Grant, error) {
	e := i.examine(&Grant{Assertion: a})
	e.Trace.record(HTTPForm, Passed, finding{})
	e.Trace.record(GrantType, Passed, finding{})
	refusal := e.judge(ctx, authentication)
	if _, told := errors.AsType[*Error](refusal); !told {
		return e.Grant, refusal
	}
	current, err := i.Registry.Current(ctx, e.generation)
	if err != nil {
		return e.Grant, err
	}
	if !current {
		return e.Grant, ErrStale
	}
	e.foresee(ctx, entitlement)
	e.foretell()
	return e.Grant, refusal
}

// Authorize decides what a grant that Authenticate believed entitles to. The error is an *Error for a refusal.
func (i *Issuer) Authorize(ctx context.Context, g *Grant) (*Authorization, error) {
	e := i.examine(g)
	if err := e.judge(ctx, entitlement); err != nil {
		e.foretell()
		return nil, err
	}
	return e.authorize(), nil
}

// Issue makes the token.
func (i *Issuer) Issue(a *Authorization) (*Token, error) {
	id, err := i.newID()
	if err != nil {
		return nil, err
	}
	claims := a.claims(id, i.Now())
	payload, err := claims.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("writing the claims: %w", err)
	}
	compact, err := i.Signer.Sign(payload)
	if err != nil {
		return nil, fmt.Errorf("signing the token: %w", err)
	}
	trace := &a.Grant.Trace
	trace.record(TokenIssue, Passed, finding{})
	trace.Token, trace.Issued = payload, true
	return &Token{
		Compact:   compact,
		Claims:    payload,
		Scope:     claims.Scope,
		ExpiresIn: a.Lifetime - time.Second,
	}, nil
}

// newID is a token's jti: 32 random bytes.
func (i *Issuer) newID() (string, error) {
	var id [32]byte
	if _, err := io.ReadFull(i.Rand, id[:]); err != nil {
		return "", fmt.Errorf("making the token's jti: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(id[:]), nil
}

func (i *Issuer) examine(g *Grant) *examination {
	return &examination{Grant: g, issuer: i, now: i.Now(), generation: i.Registry.Generation()}
}

// foretell shows the token that the grant would have led to, as far as it is known.
func (e *examination) foretell() {
	e.Trace.record(TokenIssue, Skipped, finding{})
	if e.Client == nil || len(e.Scopes) == 0 {
		return
	}
	claims := e.authorize().claims("", e.now)
	if payload, err := claims.MarshalJSON(); err == nil {
		e.Trace.Token = json.RawMessage(payload)
	}
}

// SystemUserOrg is the organisation whose system user the grant asks for; empty where it asks for none that can be read.
func (g *Grant) SystemUserOrg() org.Number { return g.systemUserOrg }

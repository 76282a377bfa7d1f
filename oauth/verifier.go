package oauth

import (
	"encoding/json"
	"fmt"
	"time"
)

// Verifier believes access tokens, as a resource server does that knows its issuer.
type Verifier struct {
	Keys interface {
		// Verify gives the payload of a compact JWS that one of the issuer's keys has signed.
		Verify(compact string) ([]byte, error)
	}
	Now func() time.Time

	// Leeway is how far the clocks may be apart.
	Leeway time.Duration
}

// Verify gives the claims of a token whose signature and times are right. The audience is the caller's business. The
// error says what is wrong.
func (v *Verifier) Verify(token string) (map[string]json.RawMessage, error) {
	payload, err := v.Keys.Verify(token)
	if err != nil {
		return nil, fmt.Errorf("the token is not believed: %w", err)
	}
	var claims map[string]json.RawMessage
	if err := json.Unmarshal(payload, &claims); err != nil {
		return nil, fmt.Errorf("the token's payload is not a JSON object: %w", err)
	}
	now := v.Now()
	switch expires, ok := instantOf(claims["exp"]); {
	case !ok:
		return nil, fmt.Errorf("the token has no exp claim that is a number")
	case !now.Before(expires.Add(v.Leeway)):
		return nil, fmt.Errorf("the token expired at %s; it is %s", expires.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	if from, ok := instantOf(claims["nbf"]); ok && now.Add(v.Leeway).Before(from) {
		return nil, fmt.Errorf("the token is not valid before %s; it is %s", from.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	return claims, nil
}

// instantOf reads a NumericDate (RFC 7519).
func instantOf(claim json.RawMessage) (time.Time, bool) {
	var seconds float64
	if claim == nil || json.Unmarshal(claim, &seconds) != nil {
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0), true
}

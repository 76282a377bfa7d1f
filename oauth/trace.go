package oauth

import (
	"encoding/json"
	"strconv"
)

// Trace is how a grant was judged: every rule it was held to, in order, with the outcome. It explains an answer and
// has no part in it.
type Trace struct {
	Checks []Check `json:"checks"`
	Notes  []Note  `json:"notes,omitempty"`

	// Header and Claims are the grant as it was sent, decoded but without its signature; nil where it could not be read.
	Header json.RawMessage `json:"header,omitempty"`
	Claims json.RawMessage `json:"claims,omitempty"`

	// Token is the payload of the token that was issued or, after a refusal, of the one that would have been; nil where
	// too little is known to say.
	Token  json.RawMessage `json:"token,omitempty"`
	Issued bool            `json:"issued"`
}

// AppendJSON writes the trace as its tags say, but does not compact what was sent.
func (t *Trace) AppendJSON(b []byte) (_ []byte, err error) {
	b = append(b, `{"checks":[`...)
	for i, c := range t.Checks {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = c.appendJSON(b); err != nil {
			return nil, err
		}
	}
	b = append(b, ']')
	if len(t.Notes) > 0 {
		if b, err = appendJSON(append(b, `,"notes":`...), t.Notes); err != nil {
			return nil, err
		}
	}
	for _, part := range []struct {
		name string
		raw  json.RawMessage
	}{{"header", t.Header}, {"claims", t.Claims}, {"token", t.Token}} {
		if len(part.raw) > 0 {
			b = append(append(append(append(b, `,"`...), part.name...), `":`...), part.raw...)
		}
	}
	return append(strconv.AppendBool(append(b, `,"issued":`...), t.Issued), '}'), nil
}

// appendJSON: most checks have passed, and nothing is to be said about them. Neither the names of checks nor those of
// outcomes have anything in them to escape.
func (c Check) appendJSON(b []byte) ([]byte, error) {
	if c.Code != "" || c.Reason != "" || c.Facts != nil {
		return appendJSON(b, c)
	}
	b = append(append(append(b, `{"id":"`...), c.ID...), `","outcome":"`...)
	return append(append(b, c.Outcome...), `"}`...), nil
}

// Check is one rule and how the grant fared.
type Check struct {
	ID      CheckID `json:"id"`
	Outcome Outcome `json:"outcome"`
	Code    string  `json:"code,omitempty"`   // what the refusal is called on the wire: "MP-110", or the OAuth error where there is no number
	Reason  Reason  `json:"reason,omitempty"` // why, when Outcome is Failed or WouldFail
	Facts   Facts   `json:"facts,omitempty"`
}

// Note is something worth knowing that changed no answer: a leniency that was used, or a habit from a faulty example.
type Note struct {
	Check  CheckID `json:"check"`
	Reason Reason  `json:"reason"`
	Facts  Facts   `json:"facts,omitempty"`
}

// Facts are what a reason is about: what came, what was wanted, what is nearest. The keys are listed at each Reason.
type Facts map[string]string

// Outcome is how a check ended.
type Outcome string

// A check that stands after the one that failed did not take part in the answer: it says what would have happened.
const (
	Passed    Outcome = "passed"
	Failed    Outcome = "failed"
	WouldPass Outcome = "would-pass"
	WouldFail Outcome = "would-fail"
	Skipped   Outcome = "skipped" // does not apply to this grant, or cannot be judged because an earlier check failed
)

// Failure is the check that decided the refusal; false when there is none.
func (t *Trace) Failure() (Check, bool) {
	for _, c := range t.Checks {
		if c.Outcome == Failed {
			return c, true
		}
	}
	return Check{}, false
}

// CheckID names a rule. The names are part of mpe's API.
type CheckID string

// The checks, in the order in which a grant meets them.
const (
	HTTPForm         CheckID = "http.form"
	GrantType        CheckID = "grant.type"
	JWTParse         CheckID = "jwt.parse"
	JWTAlg           CheckID = "jwt.alg"
	ClientKnown      CheckID = "client.known"
	JWTKeyRef        CheckID = "jwt.keyref"
	ClientKeyCheck   CheckID = "client.key"
	JWTX5C           CheckID = "jwt.x5c"
	JWTSignature     CheckID = "jwt.sig"
	JWTAudience      CheckID = "jwt.aud"
	JWTIssuedAt      CheckID = "jwt.iat"
	JWTExpiry        CheckID = "jwt.exp"
	JWTLifetime      CheckID = "jwt.lifetime"
	JWTID            CheckID = "jwt.jti"
	ScopeClient      CheckID = "scope.client"
	ScopeType        CheckID = "scope.type"
	ScopeAccessCheck CheckID = "scope.access"
	ScopeDelegation  CheckID = "scope.delegation"
	DetailsType      CheckID = "rar.type"
	DetailsFields    CheckID = "rar.fields"
	DetailsValues    CheckID = "rar.values"
	SystemUserSystem CheckID = "sysuser.system"
	SystemUserMatch  CheckID = "sysuser.match"
	TokenIssue       CheckID = "token.issue"
)

// CheckOrder lists every check in the order in which a grant meets them.
var CheckOrder = [...]CheckID{
	HTTPForm, GrantType, JWTParse, JWTAlg, ClientKnown, JWTKeyRef, ClientKeyCheck, JWTX5C, JWTSignature, JWTAudience,
	JWTIssuedAt, JWTExpiry, JWTLifetime, JWTID, ScopeClient, ScopeType, ScopeAccessCheck, ScopeDelegation,
	DetailsType, DetailsFields, DetailsValues, SystemUserSystem, SystemUserMatch, TokenIssue,
}

// Reason says which way a check failed. The names are part of mpe's API; behind each stand the facts it comes with.
type Reason string

// Reasons of http.form and grant.type.
const (
	ReasonMethod               Reason = "method"             // got
	ReasonMediaType            Reason = "media-type"         // got
	ReasonJSONBody             Reason = "json-body"          // got: a trap of faulty documentation
	ReasonBodyTooLarge         Reason = "body-too-large"     // limit (bytes)
	ReasonBadForm              Reason = "bad-form"           // error
	ReasonAssertionMissing     Reason = "assertion-missing"  //
	ReasonAssertionRepeated    Reason = "assertion-repeated" // got (count)
	ReasonClientAssertion      Reason = "client-assertion"   // the grant came as client_assertion
	ReasonGrantTypeMissing     Reason = "grant-type-missing" //
	ReasonGrantTypeRepeated    Reason = "grant-type-repeated"
	ReasonGrantTypeUnsupported Reason = "grant-type-unsupported" // got, want
)

// Reasons of jwt.parse and jwt.alg.
const (
	ReasonNotJWT             Reason = "not-jwt"              // parts (count)
	ReasonEncrypted          Reason = "encrypted"            // five parts: a JWE
	ReasonLineBreak          Reason = "line-break"           // position
	ReasonQuoted             Reason = "quoted"               // the JWT came inside quotation marks
	ReasonBadCharacter       Reason = "bad-character"        // position, got
	ReasonBadBase64          Reason = "bad-base64"           // part (header, payload or signature)
	ReasonBadJSON            Reason = "bad-json"             // part, error
	ReasonHeaderCritical     Reason = "header-crit"          // got
	ReasonClaimMissing       Reason = "claim-missing"        // claim
	ReasonClaimType          Reason = "claim-type"           // claim, got, want
	ReasonClaimUnknown       Reason = "claim-unknown"        // claim, nearest
	ReasonDetailsObject      Reason = "details-object"       // authorization_details is an object, not an array
	ReasonPIDInvalid         Reason = "pid-invalid"          // why
	ReasonConsumerOrgInvalid Reason = "consumer-org-invalid" // got, why
	ReasonAlgUnsupported     Reason = "alg-unsupported"      // got, want
)

// Reasons of client.known, jwt.keyref, client.key, jwt.x5c and jwt.sig.
const (
	ReasonClientUnknown     Reason = "client-unknown"        // client, nearest
	ReasonClientInactive    Reason = "client-inactive"       // client
	ReasonKeyRefMissing     Reason = "keyref-missing"        // kids
	ReasonKidRequired       Reason = "kid-required"          // kids: the client has registered keys, the grant has x5c only
	ReasonKidUnknown        Reason = "kid-unknown"           // kid, kids, nearest
	ReasonClientWithoutKeys Reason = "client-without-keys"   // kid
	ReasonKeyExpired        Reason = "key-expired"           // kid, expired
	ReasonX5CNotArray       Reason = "x5c-not-array"         //
	ReasonX5CNotCertificate Reason = "x5c-not-certificate"   // position, error
	ReasonCertUntrusted     Reason = "cert-untrusted"        // subject, issuer
	ReasonCertExpired       Reason = "cert-expired"          // subject, expired
	ReasonCertNotYetValid   Reason = "cert-not-yet-valid"    // subject, from
	ReasonCertUsage         Reason = "cert-usage"            // subject
	ReasonCertWithoutOrg    Reason = "cert-without-org"      // subject
	ReasonCertOtherOrg      Reason = "cert-other-org"        // certificate, client
	ReasonSignature         Reason = "signature"             // kid
	ReasonOtherKey          Reason = "signed-with-other-key" // kid, signed: it verifies with another of the client's keys
)

// Reasons of jwt.aud, jwt.iat, jwt.exp, jwt.lifetime and jwt.jti.
const (
	ReasonAudMismatch      Reason = "aud-mismatch"       // got, want
	ReasonAudSlash         Reason = "aud-slash"          // got, want: they differ in the trailing slash
	ReasonAudScheme        Reason = "aud-scheme"         // got, want
	ReasonAudHost          Reason = "aud-host"           // got, want
	ReasonAudTokenEndpoint Reason = "aud-token-endpoint" // got, want
	ReasonAudEnvironment   Reason = "aud-environment"    // got, want: the issuer of a real environment
	ReasonAudSeveral       Reason = "aud-several"        // got, want
	ReasonIssuedInFuture   Reason = "iat-future"         // iat, now, ahead (seconds), limit
	ReasonIssuedLongAgo    Reason = "iat-old"            // iat, now, behind (seconds), limit
	ReasonMilliseconds     Reason = "iat-milliseconds"   // iat, now
	ReasonExpired          Reason = "expired"            // exp, now, behind (seconds)
	ReasonLifetime         Reason = "lifetime"           // got, limit (seconds)
	ReasonGrantUsed        Reason = "grant-used"         // jti
	ReasonSubject          Reason = "sub-present"        // note: Maskinporten does not read sub
	ReasonAudAccepted      Reason = "aud-accepted"       // note: got, want: accepted by a setting, refused by the real one
	ReasonIssuedAccepted   Reason = "iat-accepted"       // note: behind, limit: accepted by a setting
	ReasonWithoutJTI       Reason = "jti-missing"        // note: recommended by Maskinporten
)

// Reasons of the scope checks.
const (
	ReasonScopeNotOnClient  Reason = "scope-not-on-client"      // scopes, nearest, client
	ReasonScopeUnknown      Reason = "scope-unknown"            // scopes, nearest
	ReasonScopeIntegration  Reason = "scope-integration-type"   // scope, got, want
	ReasonConsumerNoAccess  Reason = "consumer-without-access"  // scope, consumer, owner
	ReasonConsumerIsSelf    Reason = "consumer-is-client-owner" // consumer
	ReasonNotDelegated      Reason = "not-delegated"            // scope, consumer, supplier
	ReasonScopeNotDelegable Reason = "scope-not-delegable"      // scope
)

// Reasons of the checks on authorization_details (RFC 9396).
const (
	ReasonDetailsSeveral      Reason = "details-several"        // got (count)
	ReasonDetailsType         Reason = "details-type"           // got, want
	ReasonDetailsField        Reason = "details-field"          // field, want, nearest
	ReasonDetailsLowerCaseID  Reason = "details-id-lowercase"   // systemuser_org.id instead of .ID
	ReasonDetailsValue        Reason = "details-value"          // field, got, want
	ReasonOrgMissing          Reason = "org-missing"            // field
	ReasonOrgAuthority        Reason = "org-authority"          // got, want
	ReasonOrgFormat           Reason = "org-format"             // got, want, why
	ReasonOrgUnknown          Reason = "org-unknown"            // got, nearest
	ReasonClientNotOnSystem   Reason = "client-not-on-system"   // client, vendor, systems
	ReasonExternalRefMissing  Reason = "externalref-missing"    // owner, system, nearest, refs
	ReasonExternalRefMismatch Reason = "externalref-mismatch"   // owner, system, got, nearest, refs
	ReasonOrgIsClientOfAgent  Reason = "org-is-client-of-agent" // org, owner, system
	ReasonRequestPending      Reason = "request-pending"        // owner, system, request
	ReasonRequestRejected     Reason = "request-rejected"       // owner, system, request, by, at
	ReasonRequestDenied       Reason = "request-denied"         // owner, system, request, by, at
	ReasonRequestTimedOut     Reason = "request-timedout"       // owner, system, request, created
	ReasonSystemUserDeleted   Reason = "systemuser-deleted"     // owner, system, systemuser, by, at
	ReasonOtherVendor         Reason = "other-vendor"           // owner, system, vendor
	ReasonSystemDeleted       Reason = "system-deleted"         // system
	ReasonNoSystemUser        Reason = "no-systemuser"          // owner, system, ref
	ReasonConsentUnknown      Reason = "consent-unknown"        // id
	ReasonFault               Reason = "fault"                  // the emulator itself failed
	ReasonInjected            Reason = "injected-fault"         // rule, code: refused on purpose, whatever the grant says
)

package oauth

import "fmt"

// Error is a refusal that the client is told about. Anything else that goes wrong is a fault, and told to nobody.
type Error struct {
	Code        string // the OAuth error, as in RFC 6749 section 5.2
	Reason      string // Maskinporten's number, "MP-110"; empty where no public source gives one
	Description string // the text that the client sees, without the trace id
	Err         error  // what was found, for the explanation
}

func (e *Error) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("%s: %s", e.Code, e.Description)
	}
	return fmt.Sprintf("%s %s: %s", e.Reason, e.Code, e.Description)
}

func (e *Error) Unwrap() error { return e.Err }

// Name is what people call the refusal: the MP number or, where there is none, the OAuth error.
func (e *Error) Name() string {
	if e.Reason != "" {
		return e.Reason
	}
	return e.Code
}

// refusal is one row of Maskinporten's error catalogue.
type refusal struct{ code, reason, text string }

func (r refusal) with(args ...any) *Error {
	text := r.text
	if len(args) > 0 {
		text = fmt.Sprintf(r.text, args...)
	}
	return &Error{Code: r.code, Reason: r.reason, Description: text}
}

const authenticationFailed = "Invalid assertion. Client authentication failed. "

// Maskinporten's error catalogue (docs.digdir.no, "Feilkoder"). Texts marked "recorded" were seen on the wire;
// "heading" is put together from the documentation's heading; "guess" is known by no public source.
var (
	invalidParameter = refusal{"invalid_request", "MP-011", "Invalid assertion. Invalid parameter value"}                                                                  // heading
	grantUsed        = refusal{"invalid_grant", "MP-012", "Validation of JWT Bearer grant failed. Grant is used before."}                                                  // heading
	clientNotFound   = refusal{"invalid_grant", "MP-100", "Invalid assertion. Client authentication failed."}                                                              // heading
	invalidAudience  = refusal{"invalid_grant", "MP-110", authenticationFailed + "Invalid JWT claim aud."}                                                                 // recorded
	invalidCert      = refusal{"invalid_grant", "MP-120", authenticationFailed + "The JWT is signed with an invalid certificate."}                                         // heading
	expiredKey       = refusal{"invalid_grant", "MP-121", authenticationFailed + "Expired key."}                                                                           // recorded
	otherOrg         = refusal{"invalid_grant", "MP-122", authenticationFailed + "Invalid JWT. Invalid organization number for client. Does not match certificate orgno."} // heading
	invalidX5C       = refusal{"invalid_grant", "MP-123", authenticationFailed + "Invalid JWT header x5c."}                                                                // heading
	invalidSignature = refusal{"invalid_grant", "MP-124", authenticationFailed + "Invalid JWT signature."}                                                                 // recorded
	expiredGrant     = refusal{"invalid_grant", "MP-130", authenticationFailed + "JWT is expired."}                                                                        // heading
	issuedInFuture   = refusal{"invalid_grant", "", authenticationFailed + "Issue time is after now."}                                                                     // heading, without a code
	unknownKid       = refusal{"invalid_grant", "", authenticationFailed + "Unknown key identifier (kid) for client."}                                                     // recorded, code unknown
	kidRequired      = refusal{"invalid_grant", "", authenticationFailed + "Invalid JWT. The client requires pre-registered jwk and no key identifier (kid) provided."}    // recorded, code unknown
	scopeNotOnClient = refusal{"invalid_scope", "MP-200", "Token request contains invalid scopes for client, %s"}                                                          // recorded
	scopeNotAllowed  = refusal{"invalid_scope", "MP-201", "Token request contains scopes not allowed for maskinporten"}                                                    // heading
	noAccess         = refusal{"forbidden", "MP-250", "Consumer has not been granted access to the scope %s."}                                                             // recorded
	notDelegated     = refusal{"forbidden", "MP-251", "Consumer %s has not delegated access to the scope %s to supplier %s."}                                              // recorded
	consumerIsSelf   = refusal{"invalid_request", "", "Validation of JWT claim failed: The combination consumer_org in claim and delegation scope on client is invalid"}   // heading
	unknownDetails   = refusal{"invalid_authorization_details", "MP-301", "Unknown authorization details type"}                                                            // heading; error after RFC 9396
	unknownField     = refusal{"invalid_authorization_details", "MP-302", "Unknown fields in the authorization details"}                                                   // heading; error after RFC 9396
	invalidDetails   = refusal{"invalid_authorization_details", "MP-303", "Invalid authorization details values"}                                                          // heading; error after RFC 9396
	noSystemUser     = refusal{"invalid_altinn_customer_configuration", "MP-303", "Invalid authorization details values"}                                                  // error recorded, text from the heading
	issuedTooLongAgo = refusal{"invalid_grant", "", authenticationFailed + "Issue time is too far in the past."}                                                           // guess
	lifetimeTooLong  = refusal{"invalid_grant", "", authenticationFailed + "The lifetime of the JWT is too long."}                                                         // guess
	unsupportedAlg   = refusal{"invalid_grant", "MP-124", authenticationFailed + "Invalid JWT signature."}                                                                 // guess: as a bad signature
	noKeyReference   = refusal{"invalid_grant", "MP-123", authenticationFailed + "Invalid JWT header x5c."}                                                                // guess: a client without keys, and a grant without x5c
	unsupportedGrant = refusal{"unsupported_grant_type", "", "Unsupported grant_type"}                                                                                     // guess
	malfunction      = refusal{"server_error", "", "Internal server error"}                                                                                                // guess
	malformedRequest = refusal{"invalid_request", "", "%s"}                                                                                                                // guess
)

// ServerError is what the client is told when the emulator fails. The real service is known to answer 500 with bodies
// that are not JSON, too.
func ServerError() *Error { return malfunction.with() }

// UnsupportedGrantType refuses a grant_type other than JWTBearer.
func UnsupportedGrantType() *Error { return unsupportedGrant.with() }

// InvalidRequest refuses a request that has no grant in it.
func InvalidRequest(description string) *Error { return malformedRequest.with(description) }

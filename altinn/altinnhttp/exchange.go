package altinnhttp

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"mpe/altinn/problem"
	"mpe/oauth/org"
)

func (e *Endpoints) exchangeRoutes() router {
	return router{
		{http.MethodGet, prefix + "exchange/{provider}", nil, spoilable(e.exchange)},
		{http.MethodGet, prefix + "openid/.well-known/openid-configuration", nil, e.discovery},
		{http.MethodGet, prefix + "openid/.well-known/openid-configuration/jwks", nil, e.jwks},
	}
}

// issuer is Altinn's name for itself.
func (c *call) issuer() string { return c.base() + IssuerPath }

// IssuerPath is what stands behind the base in Altinn's name as an issuer.
const IssuerPath = prefix + "openid/"

// Exchanged is how long a token lives that was made of Maskinporten's, whatever that had left.
const Exchanged = 30 * time.Minute

// exchange makes Altinn's token of another's.
func (e *Endpoints) exchange(c *call) (answer, error) {
	provider := strings.ToLower(c.parameters["provider"])
	if !slices.Contains([]string{"maskinporten", "id-porten", "altinnstudio"}, provider) {
		text := fmt.Sprintf("Invalid token provider: %s. Trusted token providers are 'Maskinporten', 'Id-porten' and 'AltinnStudio'.",
			c.parameters["provider"])
		return answer{}, &problem.Plain{Kind: problem.BadRequest, Text: text, Why: text}
	}
	token, ok := bearer(c.Request)
	if !ok {
		return answer{}, &unauthenticated{"There is no bearer token to exchange."}
	}
	if provider == "altinnstudio" {
		return answer{}, &unauthenticated{"Altinn Studio's tokens are not emulated."}
	}
	claims, err := e.Tokens.verifyOf(provider, token)
	if err != nil {
		return answer{}, &unauthenticated{err.Error()}
	}
	c.claims = claims.claims()
	if c.Header.Get("X-Altinn-EnterpriseUser-Authentication") != "" {
		return answer{}, &problem.Plain{
			Kind: problem.Gone, Type: "https://docs.altinn.studio", Title: "Virksomhetsbruker is no longer available",
			Detail: "Use a system user, or log in with ID-porten.",
			Why:    "The header X-Altinn-EnterpriseUser-Authentication asks for an enterprise user, which Altinn no longer has.",
		}
	}
	if provider == "id-porten" {
		return e.exchangeIDPorten(c, claims)
	}
	if c.claims.Consumer == "" {
		return answer{}, &unauthenticated{"The token has no consumer claim: it is not Maskinporten's."}
	}
	return e.exchangeMaskinporten(c, claims)
}

func (e *Endpoints) exchangeMaskinporten(c *call, claims claimSet) (answer, error) {
	signed, err := e.Tokens.sign(e.Tokens.exchange(claims, TokenExchange{
		Issuer: c.issuer(), Session: e.Systems.NewID(), Owners: e.ServiceOwners,
		AsTestDepartment: strings.EqualFold(c.query("test"), "true"),
	}))
	return answer{text: signed}, err
}

// TokenExchange is what Altinn knows when it makes its own token of Maskinporten's.
type TokenExchange struct {
	Issuer           string // Altinn's name
	Session          string // sid
	Owners           ServiceOwners
	AsTestDepartment bool // Digdir asks as the test department

	// Overrides are claims to be written as they are; null leaves one out. The real exchange has nothing of the kind.
	Overrides map[string]json.RawMessage
}

// Exchange makes Altinn's token of Maskinporten's, as the endpoint does. The error says why that one is not believed.
func (t *Tokens) Exchange(maskinporten string, x TokenExchange) (string, error) {
	claims, err := t.verifyOf("maskinporten", maskinporten)
	if err != nil {
		return "", err
	}
	claims = t.exchange(claims, x)
	for name, value := range x.Overrides {
		if string(value) == "null" {
			delete(claims, name)
		} else {
			claims[name] = value
		}
	}
	return t.sign(claims)
}

func (t *Tokens) exchange(claims claimSet, x TokenExchange) claimSet {
	known := claims.claims()
	for _, dropped := range [...]string{"aud", "iss", "client_amr", "sid"} {
		delete(claims, dropped)
	}
	collapse(claims)
	now := t.Now()
	claims.set("iss", x.Issuer)
	claims.set("urn:altinn:orgNumber", known.Consumer)
	claims.set("urn:altinn:authenticatemethod", "maskinporten")
	claims.set("urn:altinn:authlevel", 3)
	claims.set("sid", x.Session)
	claims.set("nbf", now.Unix())
	claims.set("iat", now.Unix())
	claims.set("exp", now.Add(Exchanged).Unix())
	if owner := x.serviceOwner(known); owner != "" {
		claims.set("urn:altinn:org", owner)
	}
	return claims
}

// collapse writes a list of one authorization detail as the detail itself, as Altinn does.
func collapse(claims claimSet) {
	var details []json.RawMessage
	if json.Unmarshal(claims["authorization_details"], &details) == nil && len(details) == 1 {
		claims["authorization_details"] = details[0]
	}
}

// serviceOwner is the code of a service owner that asks as one; empty for others. Digdir can ask as the test department.
func (x TokenExchange) serviceOwner(c Claims) string {
	if !slices.ContainsFunc(c.Scopes, func(s string) bool { return strings.Contains(s, "altinn:serviceowner") }) {
		return ""
	}
	code := x.Owners[c.Consumer]
	if code == "digdir" && x.AsTestDepartment {
		return "ttd"
	}
	return code
}

// exchangeIDPorten makes Altinn's token of a person's. Only the emulator's own tokens for persons can be exchanged: it
// has no ID-porten.
func (e *Endpoints) exchangeIDPorten(c *call, claims claimSet) (answer, error) {
	person, err := c.person()
	if err != nil {
		return answer{}, &unauthenticated{"The token is not that of a person who is known here."}
	}
	altinn := func(scope string) bool { return strings.HasPrefix(scope, "altinn:") }
	if !slices.ContainsFunc(c.claims.Scopes, altinn) {
		return answer{}, forbidden("The token has no scope of Altinn's.")
	}
	for _, dropped := range [...]string{"aud", "at_hash", "sid", "sub"} {
		delete(claims, dropped)
	}
	claims.set("iss", c.issuer())
	claims.set("urn:altinn:authenticatemethod", "BankID")
	claims.set("urn:altinn:partyid", person.ID)
	signed, err := e.Tokens.sign(claims)
	return answer{text: signed}, err
}

func (e *Endpoints) discovery(c *call) (answer, error) {
	base := c.base() + prefix
	return answer{body: object{
		{"issuer", c.issuer()}, {"jwks_uri", c.issuer() + ".well-known/openid-configuration/jwks"},
		{"authorization_endpoint", base + "authorize/"}, {"token_endpoint", base + "token/"},
		{"end_session_endpoint", base + "openid/logout/"}, {"response_types_supported", []string{"token"}},
		{"subject_types_supported", []string{"pairwise"}}, {"id_token_signing_alg_values_supported", []string{"RS256"}},
	}}, nil
}

func (e *Endpoints) jwks(*call) (answer, error) {
	published, err := e.Tokens.Altinn.JWKS()
	if err != nil || !e.Users.Bugs {
		return answer{body: json.RawMessage(published)}, err
	}
	var set struct {
		Keys []map[string]any `json:"keys"`
	}
	if err := json.Unmarshal(published, &set); err != nil {
		return answer{}, err
	}
	for _, key := range set.Keys {
		modulus, _ := base64.RawURLEncoding.DecodeString(key["n"].(string)) // as it has just been encoded
		key["n"] = base64.StdEncoding.EncodeToString(modulus)
	}
	return answer{body: set}, nil
}

// ServiceOwners are the codes of service owners, by organisation number.
type ServiceOwners map[org.Number]string

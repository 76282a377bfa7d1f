package altinnhttp

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"mpe/altinn/party"
	"mpe/altinn/problem"
	"mpe/oauth/org"
)

// Claims are what the APIs want to know of a token.
type Claims struct {
	Scopes   []string
	Consumer org.Number // empty: the token has none
	ClientID string
	Prefixes []string // of the consumer's scopes, at Maskinporten
	UserID   int      // of a person; 0: it is no person's

	SystemUser string // the id of a system user; empty: it is none's

	Altinn bool // it is Altinn's own token, exchanged or a person's
}

func (c Claims) has(scope string) bool { return slices.Contains(c.Scopes, scope) }

// The scopes that Altinn asks for.
const (
	scopeRegisterWrite = "altinn:authentication/systemregister.write"
	scopeRegisterAdmin = "altinn:authentication/systemregister.admin"
	scopeRequestRead   = "altinn:authentication/systemuser.request.read"
	scopeRequestWrite  = "altinn:authentication/systemuser.request.write"
	scopeLookup        = "altinn:maskinporten/systemuser.read"
	scopePortal        = "altinn:portal/enduser"
	scopeClientsRead   = "altinn:clientdelegations.read"
	scopeClientsWrite  = "altinn:clientdelegations.write"
	scopeInternal      = "altinn:authentication/systemuser.admin"
	scopeResourceWrite = "altinn:resourceregistry/resource.write"
	scopeResourceAdmin = "altinn:resourceregistry/resource.admin"
)

// unauthenticated is a caller whose token is missing or not believed. The answer is empty.
type unauthenticated struct{ why string }

func (u *unauthenticated) Error() string { return u.why }

// authenticate believes the caller's token.
func (c *call) authenticate() error {
	token, ok := bearer(c.Request)
	if !ok {
		return &unauthenticated{"There is no bearer token: send Authorization: Bearer and the token."}
	}
	claims, err := c.e.Tokens.verify(token)
	if err != nil {
		return &unauthenticated{err.Error()}
	}
	c.claims = claims.claims()
	return nil
}

func bearer(r *http.Request) (string, bool) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), ok && strings.EqualFold(scheme, "Bearer")
}

// policy is what a caller must have, beside a token. It is held to before the body is looked at.
type policy func(*call) error

// anyone is every caller with a token.
func anyone(*call) error { return nil }

// exchangedToken wants a token of Altinn's own.
func exchangedToken(c *call) error {
	if c.claims.Altinn {
		return nil
	}
	return &unauthenticated{"The token is Maskinporten's, and this takes Altinn's only: exchange it at " +
		c.base() + prefix + "exchange/maskinporten."}
}

// scoped wants one of the scopes.
func scoped(wanted ...string) policy {
	return func(c *call) error {
		if slices.ContainsFunc(wanted, c.claims.has) {
			return nil
		}
		return forbidden(fmt.Sprintf("The token needs the scope %s; it has %s.",
			strings.Join(wanted, " or "), orNone(c.claims.Scopes)))
	}
}

func forbidden(why string) error { return problem.Refuse(problem.Forbidden, why) }

func orNone(scopes []string) string {
	if len(scopes) == 0 {
		return "none"
	}
	return strings.Join(scopes, " ")
}

// all wants what each of the policies wants.
func all(policies ...policy) policy {
	return func(c *call) error {
		for _, p := range policies {
			if err := p(c); err != nil {
				return err
			}
		}
		return nil
	}
}

// The policies, by the names of Altinn's documentation.
var (
	registerWrite = scoped(scopeRegisterWrite, scopeRegisterAdmin)
	requestWrite  = scoped(scopeRequestWrite)
	requestRead   = scoped(scopeRequestRead)
	lookup        = scoped(scopeLookup)
	portal        = scoped(scopePortal)
	internal      = scoped(scopeInternal)
	resourceWrite = all(exchangedToken, scoped(scopeResourceWrite, scopeResourceAdmin))
	managesAccess = forParty("manage access", (*party.Person).ManagesAccess)
	looksAfter    = forParty("see system users", func(p *party.Person, of org.Number) bool {
		return p.ManagesAccess(of) || p.ManagesClients(of)
	})
	managesClients = forParty("manage clients", (*party.Person).ManagesClients)
)

// forParty wants a person who may do that on behalf of the party in the address. A party that nobody knows is left to
// the rules, which have a code for it.
func forParty(what string, may func(*party.Person, org.Number) bool) policy {
	return func(c *call) error {
		person, err := c.person()
		if err != nil {
			return err
		}
		id, err := strconv.Atoi(c.parameters["party"])
		if err != nil {
			return nil // refused when it is read
		}
		p, known := c.e.Parties.Party(id)
		if !known || p.ID == person.ID || may(person, p.Number) {
			return nil
		}
		return forbidden(fmt.Sprintf("%s may not %s on behalf of the party %d (%s).",
			person.Name, what, id, p.Number))
	}
}

// person is who calls.
func (c *call) person() (*party.Person, error) {
	p, ok := c.e.Parties.Person(func(p *party.Person) bool { return p.UserID == c.claims.UserID })
	if !ok || c.claims.UserID == 0 {
		return nil, forbidden("The token is not that of a person who is known here.")
	}
	return p, nil
}

// vendor is the organisation that the token was issued to, or an answer without a code.
func (c *call) vendor() (org.Number, error) {
	if c.claims.Consumer == "" {
		return "", problem.Refuse(problem.Unauthorized, "The token has no consumer claim, so its vendor is unknown.")
	}
	return c.claims.Consumer, nil
}

// isRefusal tells a refusal, whose reason may be shown, from a fault.
func isRefusal(err error) bool { return why(err) != "" }

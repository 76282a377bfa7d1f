package altinnhttp

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"mpe/altinn/party"
	"mpe/altinn/problem"
	"mpe/oauth/org"
)

// testTokenRoutes are those of Altinn's test token generator (AltinnTestTools), which Altinn's own suites use. Here
// nobody has to log in to it, and the environment that env names is always this one.
func (e *Endpoints) testTokenRoutes() router {
	return router{
		{http.MethodGet, "api/GetPersonalToken", nil, e.personalToken},
		{http.MethodGet, "api/GetEnterpriseToken", nil, e.enterpriseToken},
		{http.MethodGet, "api/GetPlatformAccessToken", nil, e.platformToken},
	}
}

// defaultTTL is how long test tokens live when the query does not say.
const defaultTTL = 30 * time.Minute

// wanted reads what all test tokens are asked for with.
func (c *call) wanted() (scopes []string, ttl time.Duration, err error) {
	separated := func(r rune) bool { return r == ',' || r == ' ' }
	scopes = strings.FieldsFunc(c.query("scopes"), separated)
	seconds, err := c.number("ttl", int(defaultTTL/time.Second))
	return scopes, time.Duration(seconds) * time.Second, err
}

// number is a whole number in the query.
func (c *call) number(name string, otherwise int) (int, error) {
	value := c.query(name)
	if value == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil || n < 0 {
		return 0, problem.Unreadable(name, fmt.Sprintf("The value '%s' is not valid.", value))
	}
	return int(n), nil
}

// personalToken is that of the person with the userId, the partyId or the pid of the query; without any, the first.
func (e *Endpoints) personalToken(c *call) (answer, error) {
	scopes, ttl, err := c.wanted()
	if err != nil {
		return answer{}, err
	}
	userID, err := c.number("userId", 0)
	if err != nil {
		return answer{}, err
	}
	partyID, err := c.number("partyId", 0)
	if err != nil {
		return answer{}, err
	}
	pid := c.query("pid")
	person, ok := e.Parties.Person(func(p *party.Person) bool {
		return (userID == 0 || p.UserID == userID) && (partyID == 0 || p.ID == partyID) && (pid == "" || p.PID == pid)
	})
	if !ok {
		return answer{}, problem.Refuse(problem.BadRequest, "The seed has no person with this userId, partyId and pid.")
	}
	level, err := c.number("authLvl", 3)
	if err != nil {
		return answer{}, err
	}
	signed, err := e.Tokens.SignEndUser(person, EndUser{
		Issuer: c.issuer(), Scopes: scopes, Level: level, Lifetime: ttl, ID: e.Systems.NewID(),
	})
	return answer{text: signed}, err
}

// enterpriseToken is as one of Maskinporten's that has been exchanged, for the organisation orgNo.
func (e *Endpoints) enterpriseToken(c *call) (answer, error) {
	scopes, ttl, err := c.wanted()
	if err != nil {
		return answer{}, err
	}
	number, err := org.Parse(c.query("orgNo"))
	if err != nil {
		return answer{}, problem.Unreadable("orgNo", err.Error())
	}
	s := e.testClaims(c, scopes, ttl)
	s.set("consumer", number.Identifier())
	s.set("client_id", e.Systems.NewID())
	s.set("urn:altinn:orgNumber", number)
	s.set("urn:altinn:authenticatemethod", "maskinporten")
	s.set("urn:altinn:authlevel", 3)
	if code := e.ServiceOwners[number]; code != "" {
		s.set("urn:altinn:org", code)
	}
	signed, err := e.Tokens.sign(s)
	return answer{text: signed}, err
}

// platformToken is that of a component of Altinn's. It may do what such components may, as a bearer token.
func (e *Endpoints) platformToken(c *call) (answer, error) {
	_, ttl, err := c.wanted()
	if err != nil {
		return answer{}, err
	}
	s := e.testClaims(c, []string{scopeInternal}, ttl)
	s.set("urn:altinn:app", c.query("app"))
	signed, err := e.Tokens.sign(s)
	return answer{text: signed}, err
}

func (e *Endpoints) testClaims(c *call, scopes []string, ttl time.Duration) claimSet {
	now := e.Now()
	s := claimSet{}
	s.set("iss", c.issuer())
	s.set("jti", e.Systems.NewID())
	s.set("scope", strings.Join(scopes, " "))
	s.set("nbf", now.Unix())
	s.set("iat", now.Unix())
	s.set("exp", now.Add(ttl).Unix())
	return s
}

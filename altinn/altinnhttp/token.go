package altinnhttp

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mpe/altinn/party"
	"mpe/keys"
	"mpe/oauth"
	"mpe/oauth/org"
)

// Tokens believes the tokens that Altinn's APIs take, and signs Altinn's own.
type Tokens struct {
	Maskinporten Verifier
	Altinn       Keys
	Now          func() time.Time
}

// Verifier knows an issuer's keys.
type Verifier interface {
	// Verify gives keys.ErrUnknownKey for what another issuer has signed.
	Verify(compact string) ([]byte, error)
}

// Keys are those of Altinn itself.
type Keys interface {
	Verifier
	Sign(payload []byte) (string, error)
	JWKS() ([]byte, error)
}

// leeway is how far apart Altinn lets the clocks be.
const leeway = 10 * time.Second

// claimSet is a token's claims as they are.
type claimSet map[string]json.RawMessage

func (t *Tokens) verify(token string) (claimSet, error) {
	claims, err := t.verifier(t.Maskinporten).Verify(token)
	if errors.Is(err, keys.ErrUnknownKey) {
		claims, err = t.verifier(t.Altinn).Verify(token)
	}
	return claims, err
}

// verifyOf believes a token of the provider's alone. There is no ID-porten here: persons have Altinn's.
func (t *Tokens) verifyOf(provider, token string) (claimSet, error) {
	if provider == "maskinporten" {
		return t.verifier(t.Maskinporten).Verify(token)
	}
	return t.verifier(t.Altinn).Verify(token)
}

// verifyOwn believes a token of Altinn's alone, and gives its time no leeway.
func (t *Tokens) verifyOwn(token string) (claimSet, error) {
	claims, err := (&oauth.Verifier{Keys: t.Altinn, Now: t.Now}).Verify(token)
	if errors.Is(err, keys.ErrUnknownKey) {
		return nil, fmt.Errorf("%w: exchange Maskinporten's token first, at exchange/maskinporten", err)
	}
	return claims, err
}

func (t *Tokens) verifier(keys Verifier) *oauth.Verifier {
	return &oauth.Verifier{Keys: keys, Now: t.Now, Leeway: leeway}
}

// claims are what the APIs want to know.
func (s claimSet) claims() Claims {
	scope := s.text("urn:altinn:scope")
	if scope == "" {
		scope = s.text("scope")
	}
	c := Claims{Scopes: strings.Fields(scope), ClientID: s.text("client_id")}
	var consumer org.Identifier
	if json.Unmarshal(s["consumer"], &consumer) == nil {
		c.Consumer, _ = consumer.Number() // empty when it is not a Norwegian organisation
	}
	if json.Unmarshal(s["consumer_prefix"], &c.Prefixes) != nil {
		c.Prefixes = strings.Fields(s.text("consumer_prefix")) // one is no list
	}
	_, c.Altinn = s["urn:altinn:authenticatemethod"] // which Maskinporten never writes
	c.SystemUser = s.systemUser()
	c.UserID, _ = strconv.Atoi(strings.Trim(string(s["urn:altinn:userid"]), `"`))
	return c
}

// systemUser is the one that the token's authorization details name, which Altinn writes as a list or as the only one.
func (s claimSet) systemUser() string {
	type detail struct {
		Type string   `json:"type"`
		ID   []string `json:"systemuser_id"`
	}
	var all []detail
	if json.Unmarshal(s["authorization_details"], &all) != nil {
		all = make([]detail, 1)
		_ = json.Unmarshal(s["authorization_details"], &all[0]) // what is neither names none
	}
	for _, d := range all {
		if d.Type == "urn:altinn:systemuser" && len(d.ID) > 0 {
			return d.ID[0]
		}
	}
	return ""
}

func (s claimSet) text(name string) string {
	var text string
	_ = json.Unmarshal(s[name], &text) // another type is as none
	return text
}

func (s claimSet) set(name string, value any) {
	s[name], _ = json.Marshal(value) // texts and numbers cannot fail
}

func (t *Tokens) sign(s claimSet) (string, error) {
	payload, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	return t.Altinn.Sign(payload)
}

// EndUser is what a person's token says, besides who the person is.
type EndUser struct {
	Issuer   string
	Scopes   []string
	Level    int // of the login: 0 to 4
	Lifetime time.Duration
	ID       string // jti
}

// SignEndUser makes a token as a person has after logging in to Altinn.
func (t *Tokens) SignEndUser(p *party.Person, u EndUser) (string, error) {
	now := t.Now().Unix()
	s := claimSet{}
	for name, value := range map[string]any{
		"nameid": strconv.Itoa(p.UserID), "urn:altinn:userid": strconv.Itoa(p.UserID), "urn:altinn:username": p.Name,
		"urn:altinn:partyid": p.ID, "urn:altinn:party:uuid": p.UUID,
		"urn:altinn:authenticatemethod": "IdportenTestId", "urn:altinn:authlevel": strconv.Itoa(u.Level),
		"scope": strings.Join(u.Scopes, " "), "pid": p.PID, "acr": "idporten-loa-substantial",
		"iss": u.Issuer, "jti": u.ID, "nbf": now, "iat": now, "exp": now + int64(u.Lifetime/time.Second),
	} {
		s.set(name, value)
	}
	return t.sign(s)
}

package oauth

import (
	"slices"
	"strings"
	"time"

	"mpe/keys"
	"mpe/oauth/org"
)

// tokenDefect is a way in which a token can be bad on purpose.
type tokenDefect struct {
	name   string
	why    string
	accept bool // an API should take it all the same

	// do changes the token; false: the token lacks what the defect is about. Values are replaced, never changed, for
	// other tokens have them too.
	do func(*draft) bool
}

// The values that are wrong.
const (
	productionIssuer = "https://maskinporten.no/"
	strangeIssuer    = "https://issuer.example/"
	strangeAudience  = "https://another-api.example/"
	strangeAuthority = "iso6523-actorid-other"
)

// otherCustomers are synthetic; one of them is another than the token's.
var otherCustomers = [...]org.Number{"310000035", "310000043"}

// apart is by how much a token is too late or too early: more than any leeway that libraries allow.
const apart = int64(time.Hour / time.Second)

var tokenDefects = []tokenDefect{
	{name: "expired", do: func(d *draft) bool { d.shift(-apart - d.lifetime()); return true },
		why: "exp was an hour ago"},
	{name: "not-yet-valid", do: func(d *draft) bool { d.shift(apart); d.set("nbf", d.claims.named("iat")); return true },
		why: "nbf and iat are an hour from now. Maskinporten writes no nbf, but RFC 7519 section 4.1.5 has it looked at"},
	{name: "wrong-signature", do: signed(keys.Tampered),
		why: "the signature has been tampered with"},
	{name: "alg-none", do: signed(keys.Unsigned),
		why: "alg is none, and there is no signature (RFC 8725 section 2.1)"},
	{name: "hs256-with-public-key", do: signed(keys.PublicMAC),
		why: "alg is HS256, and the secret is the issuer's public key as PEM: who lets the token choose alg believes it (RFC 8725 section 2.1)"},
	{name: "unknown-kid", do: signed(keys.Stranger),
		why: "kid names a key that the JWK Set does not have"},
	{name: "wrong-issuer", do: replaced("iss", strangeIssuer),
		why: "iss is somebody else"},
	{name: "prod-issuer", do: replaced("iss", productionIssuer),
		why: "iss is Maskinporten in production, and the key is not"},
	{name: "missing-scope", do: dropped("scope"),
		why: "there is no scope claim"},
	{name: "scope-superstring", do: superstring,
		why: "each scope is longer than the wanted one, and begins with it: scopes are compared whole (RFC 6749 section 3.3)"},
	{name: "missing-consumer", do: dropped("consumer"),
		why: "there is no consumer claim, so nobody knows whose token it is"},
	{name: "consumer-wrong-authority", do: wrongAuthority,
		why: "consumer.authority is not iso6523-actorid-upis, so ID is no organisation number of Norway's"},
	{name: "no-authorization-details", do: dropped("authorization_details"),
		why: "there are no authorization_details, so no customer has given it access"},
	{name: "systemuser-id-empty", do: detail(func(d AuthorizationDetail) any { d.SystemUserID = []string{}; return emptyDetail(d) }),
		why: "systemuser_id is an empty list, so there is no system user to ask Altinn about"},
	{name: "org-mismatch", do: detail(func(d AuthorizationDetail) any { d.SystemUserOrg = otherCustomer(d.SystemUserOrg); return d }),
		why: "systemuser_org is another customer than the system user's: the token gives no access to the first one's data"},
	{name: "id-lowercase", do: detail(lowerCase), accept: true,
		why: "systemuser_org has id in place of ID: the documentation shows both spellings"},
	{name: "extra-audience", do: replaced("aud", strangeAudience),
		why: "aud is another API: who is not in aud has to refuse the token (RFC 7519 section 4.1.3)"},
}

func (d *draft) shift(seconds int64) {
	for _, name := range [...]string{"exp", "iat"} {
		d.set(name, d.seconds(name)+seconds)
	}
}

func (d *draft) lifetime() int64 { return d.seconds("exp") - d.seconds("iat") }

func (d *draft) seconds(name string) int64 {
	at, _ := d.claims.named(name).(int64)
	return at
}

func signed(flaw keys.Flaw) func(*draft) bool {
	return func(d *draft) bool { d.flaw = flaw; return true }
}

func replaced(name, value string) func(*draft) bool {
	return func(d *draft) bool {
		if d.claims.named(name) == value {
			return false
		}
		d.set(name, value)
		return true
	}
}

func dropped(name string) func(*draft) bool {
	return func(d *draft) bool {
		if d.index(name) < 0 {
			return false
		}
		d.drop(name)
		return true
	}
}

func superstring(d *draft) bool {
	scope, _ := d.claims.named("scope").(string)
	longer := strings.Fields(scope)
	for i := range longer {
		longer[i] += ".more"
	}
	d.set("scope", strings.Join(longer, " "))
	return true
}

func wrongAuthority(d *draft) bool {
	consumer, _ := d.claims.named("consumer").(org.Identifier)
	consumer.Authority = strangeAuthority
	d.set("consumer", consumer)
	return true
}

// detail replaces the authorization detail of the system user, of which a token has one at most.
func detail(change func(AuthorizationDetail) any) func(*draft) bool {
	return func(d *draft) bool {
		details, _ := d.claims.named("authorization_details").([]AuthorizationDetail)
		if len(details) == 0 {
			return false
		}
		d.set("authorization_details", []any{change(details[0])})
		return true
	}
}

// emptyDetail is an AuthorizationDetail that shows an empty list.
type emptyDetail struct {
	Type          string         `json:"type"`
	SystemUserOrg org.Identifier `json:"systemuser_org"`
	SystemUserID  []string       `json:"systemuser_id"`
	SystemID      string         `json:"system_id,omitempty"`
	ExternalRef   string         `json:"externalRef,omitempty"`
}

// lowerCaseDetail is an AuthorizationDetail with the other spelling of ID.
type lowerCaseDetail struct {
	Type          string       `json:"type"`
	SystemUserOrg lowerCaseOrg `json:"systemuser_org"`
	SystemUserID  []string     `json:"systemuser_id,omitempty"`
	SystemID      string       `json:"system_id,omitempty"`
	ExternalRef   string       `json:"externalRef,omitempty"`
}

type lowerCaseOrg struct {
	Authority string `json:"authority"`
	ID        string `json:"id"`
}

func lowerCase(d AuthorizationDetail) any {
	return lowerCaseDetail{d.Type, lowerCaseOrg(d.SystemUserOrg), d.SystemUserID, d.SystemID, d.ExternalRef}
}

func otherCustomer(than org.Identifier) org.Identifier {
	i := slices.IndexFunc(otherCustomers[:], func(n org.Number) bool { return n.Identifier() != than })
	return otherCustomers[i].Identifier()
}

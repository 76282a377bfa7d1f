package oauthclient

import (
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"time"

	"mpe/keys"
)

// Defect is a way in which a grant can be broken on purpose.
type Defect struct {
	Name string
	What string // in a line, for help
	do   func(*draft) error
}

// Defects are all of them, in the order of the claims and headers that they break.
func Defects() []Defect { return defects }

// FixedJTI is the id of grants with the defect "jti": sent twice, the second is a replay.
const FixedJTI = "00000000-0000-4000-8000-000000000001"

var defects = []Defect{
	{"aud", "meant for another issuer", claim(func(c *claims) { c.Audience = "https://maskinporten.no/" })},
	{"aud-slash", "the issuer without its slash", claim(func(c *claims) { c.Audience = strings.TrimSuffix(c.audience(), "/") })},
	{"aud-token", "the token endpoint in place of the issuer", claim(func(c *claims) { c.Audience = c.audience() + "token" })},
	{"aud-two", "two audiences", claim(func(c *claims) { c.Audience = []string{c.audience(), "https://example.com/"} })},
	{"jti", "an id that is always the same: send it twice", claim(func(c *claims) { c.ID = FixedJTI })},
	{"exp", "expired", claim(func(c *claims) { c.Expires, c.IssuedAt = c.IssuedAt-1, c.IssuedAt-9 })},
	{"iat", "issued a minute in the future", claim(func(c *claims) { c.IssuedAt += 60; c.Expires += 60 })},
	{"iat-old", "issued half a minute ago", claim(func(c *claims) { c.IssuedAt -= 30; c.Expires -= 30 })},
	{"iat-ms", "times in milliseconds", claim(func(c *claims) { c.IssuedAt *= 1000; c.Expires *= 1000 })},
	{"lifetime", "lives for 121 seconds", claim(func(c *claims) { c.Expires = c.IssuedAt + 121 })},
	{"sig", "the signature has been tampered with", after(tamper)},
	{"key", "signed with a key that is nobody's", otherKey},
	{"alg", "PS256 in place of RS256", head(func(h *header) { h.Alg = "PS256" })},
	{"alg-none", "not signed", head(func(h *header) { h.Alg = "none" })},
	{"alg-hs256", "says that it is signed with HS256", head(func(h *header) { h.Alg = "HS256" })},
	{"kid", "a kid that the client does not have", head(func(h *header) { h.Kid = "no-such-kid" })},
	{"no-kid", "neither kid nor x5c", head(func(h *header) { h.Kid, h.X5C = "", nil })},
	{"iss", "a client that nobody knows", claim(func(c *claims) { c.Issuer = "00000000-0000-4000-8000-00000000dead" })},
	{"claim", "a claim that Maskinporten does not know", claim(func(c *claims) { c.Unknown = "bar" })},
	{"garble", "not a JWT", after(func(string) string { return "not-a-jwt" })},
	{"linebreak", "a line break in the middle", after(func(s string) string { return s[:20] + "\n" + s[20:] })},
	{"scope", "a scope that the client lacks", claim(func(c *claims) { c.Scope = "mpe:no-such-scope" })},
	{"scope-missing", "no scope", claim(func(c *claims) { c.Scope = "" })},
	{"rar-type", "authorization_details of an unknown type", rar(func(d *detail) { d.Type = "urn:altinn:nobody" })},
	{"rar-field", "authorization_details with an unknown member", rar(func(d *detail) { d.Unknown = "bar" })},
	{"rar-id", "systemuser_org.id in place of ID", rar(func(d *detail) {
		d.Org = map[string]string{"authority": "iso6523-actorid-upis", "id": "0192:310000027"}
	})},
	{"rar-value", "systemuser_org.ID without 0192:", rar(func(d *detail) {
		d.Org = map[string]string{"authority": "iso6523-actorid-upis", "ID": "310000027"}
	})},
	{"rar-object", "authorization_details as an object", func(d *draft) error { d.claims.Details = d.detail(); return nil }},
	{"rar-two", "two authorization_details", func(d *draft) error { d.details = []detail{d.detail(), d.detail()}; return nil }},
	{"x5c", "a certificate of an authority that nobody trusts", stranger},
	{"x5c-string", "x5c as a string", head(func(h *header) { h.Kid, h.X5C = "", "MII" })},
	{"x5c-org", "another organisation's certificate", certificate("310000108", 0)},
	{"x5c-expired", "a certificate that has expired", certificate("310000108", -48*time.Hour)},
	{"crit", "a critical header", head(func(h *header) { h.Crit = []string{"exp"} })},
}

// SignBroken gives the grant with those defects, and otherwise as Sign does.
func (g Grant) SignBroken(random io.Reader, key Key, defects ...string) (string, error) {
	d, err := g.draft(random, key)
	if err != nil {
		return "", err
	}
	for _, name := range defects {
		defect, err := find(name)
		if err != nil {
			return "", err
		}
		if err := defect.do(d); err != nil {
			return "", fmt.Errorf("breaking %s: %w", name, err)
		}
	}
	return d.sign()
}

// UnknownDefectError is a name that no defect has.
type UnknownDefectError struct{ Name string }

func (e *UnknownDefectError) Error() string {
	names := make([]string, len(defects))
	for i, d := range defects {
		names[i] = d.Name
	}
	return fmt.Sprintf("no defect is called %q: want one of %s", e.Name, strings.Join(names, ", "))
}

func find(name string) (Defect, error) {
	for _, d := range defects {
		if d.Name == name {
			return d, nil
		}
	}
	return Defect{}, &UnknownDefectError{name}
}

func (c *claims) audience() string { s, _ := c.Audience.(string); return s }

func claim(change func(*claims)) func(*draft) error {
	return func(d *draft) error { change(&d.claims); return nil }
}

func head(change func(*header)) func(*draft) error {
	return func(d *draft) error { change(&d.header); return nil }
}

func after(change func(string) string) func(*draft) error {
	return func(d *draft) error { d.after = change; return nil }
}

// detail is the system user asked for, or some, where none is.
func (d *draft) detail() detail {
	if len(d.details) > 0 {
		return d.details[0]
	}
	return detail{Type: "urn:altinn:systemuser", Org: map[string]string{
		"authority": "iso6523-actorid-upis", "ID": "0192:310000027",
	}}
}

func rar(change func(*detail)) func(*draft) error {
	return func(d *draft) error {
		changed := d.detail()
		change(&changed)
		d.details = []detail{changed}
		return nil
	}
}

// tamper changes a character in the middle of the signature, where each carries six bits of it.
func tamper(compact string) string {
	i := len(compact) - 20
	other := byte('A')
	if compact[i] == other {
		other = 'B'
	}
	return compact[:i] + string(other) + compact[i+1:]
}

func otherKey(d *draft) (err error) {
	d.key, err = rsa.GenerateKey(d.random, keys.MinBits)
	return err
}

// stranger presents a certificate of an authority of its own.
func stranger(d *draft) error {
	authority, err := keys.NewAuthority(d.random, "Stranger CA", d.issued())
	if err != nil {
		return err
	}
	return d.present(authority, "310000019", 0)
}

func certificate(number string, shift time.Duration) func(*draft) error {
	return func(d *draft) error { return d.present(keys.TestAuthority(), number, shift) }
}

func (d *draft) issued() time.Time { return time.Unix(d.claims.IssuedAt, 0) }

// present puts a certificate for the key in the place of kid. Its day of validity is shifted.
func (d *draft) present(a *keys.Authority, number string, shift time.Duration) error {
	middle := d.issued().Add(shift)
	issued, err := a.Issue(d.random, d.key.Public(), keys.Subject{
		Org: number, Name: "Broken on purpose", NotBefore: middle.Add(-12 * time.Hour), NotAfter: middle.Add(12 * time.Hour),
	})
	if err != nil {
		return err
	}
	d.header.Kid, d.header.X5C = "", []string{base64.StdEncoding.EncodeToString(issued.Raw)}
	return nil
}

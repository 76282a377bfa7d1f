package oauth

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"mpe/keys"
	"mpe/oauth/org"
)

// Mint makes tokens that nobody has sent a grant for: good ones, and ones that are bad on purpose, for the tests of APIs
// that take them. It holds nothing to the rules for grants.
type Mint struct {
	Issuer *Issuer
	Forger Forger
}

// Forger signs wrongly on purpose, with the issuer's current key.
type Forger interface {
	Forge(payload []byte, flaw keys.Flaw) (string, error)
}

// Order is the token that is wanted of a Mint.
type Order struct {
	ClientID    string
	Issuer      string
	Scopes      []string // registered or not
	Resource    []string // aud
	PID         string
	ConsumerOrg org.Number // acts for that organisation, which need not have delegated anything

	SystemUserOrg org.Number // whose system user; empty: no authorization details
	ExternalRef   string
	SystemUser    SystemUser // zero: the one that a grant would find

	// Overrides are claims to be written as they are; null leaves one out.
	Overrides map[string]json.RawMessage

	Defect string // what is wrong with the token; empty: nothing
}

// Token makes the token. The error is ErrNotFound for a client that is not registered, a *NoSystemUser where none is
// found, and a *DefectError for a defect that there is not, or not in such a token.
func (m *Mint) Token(ctx context.Context, o Order) (*Token, error) {
	d, err := m.draft(ctx, o)
	if err != nil {
		return nil, err
	}
	if o.Defect != "" {
		if err := d.spoil(o.Defect); err != nil {
			return nil, err
		}
	}
	d.override(o.Overrides)
	compact, payload, err := m.sign(d)
	if err != nil {
		return nil, err
	}
	t := &Token{Compact: compact, Claims: payload}
	t.Scope, _ = d.claims.named("scope").(string)
	if expires, ok := instantOf(raw(d.claims.named("exp"))); ok {
		t.ExpiresIn = expires.Sub(time.Unix(m.Issuer.Now().Unix(), 0)) - time.Second
	}
	return t, nil
}

// raw is a claim as it is written; nil for one that is left out.
func raw(claim any) json.RawMessage {
	encoded, err := json.Marshal(claim)
	if claim == nil || err != nil {
		return nil
	}
	return encoded
}

// draft is a token before it is signed.
type draft struct {
	claims members
	flaw   keys.Flaw // empty: signed as it should be
}

func (m *Mint) draft(ctx context.Context, o Order) (*draft, error) {
	a, err := m.authorize(ctx, o)
	if err != nil {
		return nil, err
	}
	id, err := m.Issuer.newID()
	if err != nil {
		return nil, err
	}
	return &draft{claims: a.claims(id, m.Issuer.Now()).values()}, nil
}

func (m *Mint) sign(d *draft) (compact string, payload []byte, err error) {
	if payload, err = d.claims.MarshalJSON(); err != nil {
		return "", nil, fmt.Errorf("writing the claims: %w", err)
	}
	if d.flaw != "" {
		compact, err = m.Forger.Forge(payload, d.flaw)
	} else {
		compact, err = m.Issuer.Signer.Sign(payload)
	}
	if err != nil {
		return "", nil, fmt.Errorf("signing the token: %w", err)
	}
	return compact, payload, nil
}

// authorize entitles the client to what is ordered, as a grant would that passes every check.
func (m *Mint) authorize(ctx context.Context, o Order) (*Authorization, error) {
	registry := m.Issuer.Registry
	if _, err := registry.Current(ctx, registry.Generation()); err != nil { // others may have changed it
		return nil, err
	}
	client, err := registry.Client(ctx, o.ClientID)
	if err != nil {
		return nil, err
	}
	e := m.Issuer.examine(&Grant{
		Assertion: Assertion{Issuer: o.Issuer}, ClientID: client.ID, Client: client, AMR: PrivateKeyJWT,
		Scopes: distinct(slices.Clone(o.Scopes)), Resource: o.Resource, PID: o.PID, ConsumerOrg: o.ConsumerOrg,
	})
	if len(client.Keys) == 0 {
		e.AMR = EnterpriseCertificate
	}
	if err := e.registered(ctx); err != nil {
		return nil, err
	}
	if err := e.actAs(ctx, o); err != nil {
		return nil, err
	}
	a := e.authorize()
	if o.ConsumerOrg != "" {
		a.Supplier, a.DelegationSource = client.Org, cmp.Or(a.DelegationSource, delegatedInTest)
	}
	return a, nil
}

// delegatedInTest is where scopes are delegated in Maskinporten's test environment, for those of which nothing says so.
const delegatedInTest = "https://tt02.altinn.no/"

// registered looks up those of the scopes that are registered.
func (e *examination) registered(ctx context.Context) error {
	for _, name := range e.Scopes {
		scope, err := e.issuer.Registry.Scope(ctx, name)
		switch {
		case err == nil:
			e.scopes = append(e.scopes, scope)
		case !errors.Is(err, ErrNotFound):
			return err
		}
	}
	return nil
}

// actAs finds the system user, unless the order names it or wants none.
func (e *examination) actAs(ctx context.Context, o Order) (err error) {
	if o.SystemUserOrg == "" {
		return nil
	}
	e.systemUserOrg = o.SystemUserOrg
	e.Details = []rawDetail{{rawMembers{{[]byte("externalRef"), raw(o.ExternalRef)}}}}
	if e.found = o.SystemUser; e.found.ID == "" {
		e.found, err = e.issuer.SystemUsers.FindSystemUser(ctx, e.systemUserQuery())
	}
	return err
}

// override writes the claims as they are given.
func (d *draft) override(claims map[string]json.RawMessage) {
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		if string(claims[name]) == "null" {
			d.drop(name)
		} else {
			d.set(name, claims[name])
		}
	}
}

// set gives the claim a value, where it stands already or at the end.
func (d *draft) set(name string, value any) {
	if i := d.index(name); i >= 0 {
		d.claims[i].value = value
	} else {
		d.claims = append(d.claims, member{name, value})
	}
}

func (d *draft) drop(name string) {
	d.claims = slices.DeleteFunc(d.claims, func(m member) bool { return m.name == name })
}

func (d *draft) index(name string) int {
	return slices.IndexFunc(d.claims, func(m member) bool { return m.name == name })
}

// Case is a token that an API has to refuse, or must not.
type Case struct {
	Name   string
	Token  string
	Accept bool // the API should take it
	Why    string
}

// BadSuite makes a good token, and one with each of the defects that such a token can have. But for its defect each is
// the good one's twin.
func (m *Mint) BadSuite(ctx context.Context, o Order) (good string, cases []Case, err error) {
	twin, err := m.draft(ctx, o)
	if err != nil {
		return "", nil, err
	}
	if good, _, err = m.sign(twin); err != nil {
		return "", nil, err
	}
	for _, defect := range tokenDefects {
		d := &draft{claims: slices.Clone(twin.claims)}
		if !defect.do(d) {
			continue
		}
		c := Case{Name: defect.name, Accept: defect.accept, Why: defect.why}
		if c.Token, _, err = m.sign(d); err != nil {
			return "", nil, err
		}
		cases = append(cases, c)
	}
	return good, cases, nil
}

// DefectError is that a token cannot have the defect.
type DefectError struct {
	Defect string
	Known  bool // it exists, but the token has nothing that it could spoil
}

func (e *DefectError) Error() string {
	if e.Known {
		return fmt.Sprintf("%s has nothing to spoil in this token; what is wrong with authorization details takes a system user", e.Defect)
	}
	names := make([]string, len(tokenDefects))
	for i, d := range tokenDefects {
		names[i] = d.name
	}
	return fmt.Sprintf("no defect of a token is called %q: want one of %s", e.Defect, strings.Join(names, ", "))
}

func (d *draft) spoil(name string) error {
	i := slices.IndexFunc(tokenDefects, func(t tokenDefect) bool { return t.name == name })
	switch {
	case i < 0:
		return &DefectError{Defect: name}
	case !tokenDefects[i].do(d):
		return &DefectError{Defect: name, Known: true}
	default:
		return nil
	}
}

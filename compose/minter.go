package compose

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"mpe/altinn/altinnhttp"
	"mpe/altinn/systemuser"
	"mpe/compose/control"
	"mpe/compose/explain"
	"mpe/oauth"
	"mpe/oauth/org"
)

// minter makes tokens without a grant, for the clients of the seed and those registered since.
type minter struct{ *edition }

func (m minter) mint() *oauth.Mint { return &oauth.Mint{Issuer: m.issuer, Forger: m.keyring} }

// Mint makes Maskinporten's token or, of that, Altinn's.
func (m minter) Mint(ctx context.Context, at control.Place, r control.TokenRequest) (control.Minted, error) {
	if r.Altinn && r.Defect != "" {
		return control.Minted{}, badToken("defect", "is one of Maskinporten's tokens, and Altinn would not exchange it: leave out altinn, or use overrides")
	}
	order, err := m.order(ctx, at, r)
	if err != nil {
		return control.Minted{}, err
	}
	if r.Altinn {
		return m.mintAltinn(ctx, at, order)
	}
	token, err := m.mint().Token(ctx, order)
	if err != nil {
		return control.Minted{}, refusedOrder(err)
	}
	return minted(token.Compact, token.ExpiresIn, token.Scope), nil
}

// mintAltinn makes Altinn's token of a good one of Maskinporten's. The overrides are of Altinn's.
func (m minter) mintAltinn(ctx context.Context, at control.Place, order oauth.Order) (control.Minted, error) {
	overrides := order.Overrides
	order.Overrides = nil
	token, err := m.mint().Token(ctx, order)
	if err != nil {
		return control.Minted{}, refusedOrder(err)
	}
	exchanged, err := m.altinn.tokens.Exchange(token.Compact, altinnhttp.TokenExchange{
		Issuer: at.Base + altinnhttp.IssuerPath, Session: uuid.NewString(), Owners: m.altinn.owners, Overrides: overrides,
	})
	return minted(exchanged, altinnhttp.Exchanged, token.Scope), err
}

func minted(compact string, expiresIn time.Duration, scope string) control.Minted {
	return control.Minted{AccessToken: compact, TokenType: "Bearer", ExpiresIn: int64(expiresIn / time.Second), Scope: scope}
}

// BadTokens makes the bad suite. Unless it is told whose, the tokens act as the first system user of the client's
// systems; where there is none, the cases that need one are left out.
func (m minter) BadTokens(ctx context.Context, at control.Place, r control.TokenRequest) (control.BadTokens, error) {
	order, err := m.order(ctx, at, r)
	if err != nil {
		return control.BadTokens{}, err
	}
	if order.SystemUserOrg == "" {
		if err := m.anySystemUser(ctx, &order); err != nil {
			return control.BadTokens{}, err
		}
	}
	good, cases, err := m.mint().BadSuite(ctx, order)
	if err != nil {
		return control.BadTokens{}, refusedOrder(err)
	}
	suite := control.BadTokens{Good: good}
	for _, c := range cases {
		expect := "reject"
		if c.Accept {
			expect = "accept"
		}
		suite.Cases = append(suite.Cases, control.BadToken{Name: c.Name, Token: c.Token, Expect: expect, Why: c.Why})
	}
	return suite, nil
}

// anySystemUser has the order act as the first system user of the client's systems.
func (m minter) anySystemUser(ctx context.Context, order *oauth.Order) error {
	systems, err := m.systems(ctx, order.ClientID)
	if err != nil {
		return err
	}
	for _, system := range systems {
		users, err := m.records.SystemUsersOfSystem(ctx, system, 0, 1)
		if err != nil {
			return err
		}
		if len(users) > 0 {
			act(order, users[0])
			return nil
		}
	}
	return nil
}

// systems are those that the client is on.
func (m minter) systems(ctx context.Context, clientID string) ([]string, error) {
	client, err := m.maskinporten.Client(ctx, clientID)
	if err != nil {
		return nil, err
	}
	return m.records.SystemsOfClient(ctx, client.Org, client.ID)
}

func badToken(field, what string) error { return &control.BadGrantError{Field: field, What: what} }

// order reads what is asked for. Its error is a *control.BadGrantError that names the field.
func (m minter) order(ctx context.Context, at control.Place, r control.TokenRequest) (oauth.Order, error) {
	client, err := m.client(ctx, r.Client)
	if err != nil {
		return oauth.Order{}, err
	}
	order := oauth.Order{
		ClientID: client.ID, Issuer: at.Issuer, Scopes: strings.Fields(r.Scope), Resource: r.Resource, PID: r.PID,
		ExternalRef: r.ExternalRef, Overrides: r.Overrides, Defect: r.Defect,
	}
	if len(order.Scopes) == 0 {
		if len(client.Scopes) == 0 {
			return order, badToken("scope", fmt.Sprintf("client %s has no scope, so the token's has to be given", client.ID))
		}
		order.Scopes = client.Scopes[:1]
	}
	if r.PID != "" && (len(r.PID) != 11 || strings.Trim(r.PID, "0123456789") != "") {
		return order, badToken("pid", fmt.Sprintf("%q is not eleven digits", r.PID))
	}
	if order.ConsumerOrg, err = number("consumerOrg", r.ConsumerOrg); err != nil {
		return order, err
	}
	if order.SystemUserOrg, err = number("systemUser", r.SystemUser); err != nil {
		return order, err
	}
	if r.SystemUserID != "" {
		return order, m.name(ctx, &order, r.SystemUserID)
	}
	if r.ExternalRef != "" && r.SystemUser == "" {
		return order, badToken("externalRef", "says which system user of systemUser is meant, which is not given")
	}
	return order, nil
}

// number reads an organisation number; an empty one stays empty.
func number(field, text string) (org.Number, error) {
	if text == "" {
		return "", nil
	}
	n, err := org.Parse(text)
	if err != nil {
		return "", badToken(field, err.Error())
	}
	return n, nil
}

// client is the one that is registered with that id, or that the seed has by that name.
func (m minter) client(ctx context.Context, named string) (*oauth.Client, error) {
	client, err := m.maskinporten.Client(ctx, named)
	if !errors.Is(err, oauth.ErrNotFound) {
		return client, err
	}
	seeded, err := m.credentials.client(named)
	if err != nil {
		return nil, err
	}
	client, err = m.maskinporten.Client(ctx, seeded.ID)
	if errors.Is(err, oauth.ErrNotFound) {
		return nil, badToken("client", fmt.Sprintf("%s (%s) has been deleted", seeded.ID, seeded.Name))
	}
	return client, err
}

// name has the order act as the system user of that id. There need not be one: then it is of systemUser, and of the first
// system that the client is on.
func (m minter) name(ctx context.Context, order *oauth.Order, id string) error {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return badToken("systemUserId", fmt.Sprintf("%q is not a UUID", id))
	}
	order.SystemUser.ID = parsed.String()
	user, err := m.records.SystemUser(ctx, order.SystemUser.ID)
	switch {
	case err == nil:
		act(order, user)
		return nil
	case !errors.Is(err, systemuser.ErrNotFound):
		return err
	case order.SystemUserOrg == "":
		return badToken("systemUserId", fmt.Sprintf("there is no system user %s; to make one up, give systemUser, the number of its organisation", parsed))
	}
	systems, err := m.systems(ctx, order.ClientID)
	if len(systems) > 0 {
		order.SystemUser.System = systems[0]
	}
	return err
}

// act has the order act as the system user; of another organisation when the order names one.
func act(order *oauth.Order, user *systemuser.SystemUser) {
	order.SystemUser = oauth.SystemUser{ID: user.ID, System: user.System}
	if order.SystemUserOrg == "" {
		order.SystemUserOrg = user.Owner
	}
	if order.ExternalRef == "" {
		order.ExternalRef = user.ExternalRef
	}
}

// refusedOrder gives the errors of the mint their field.
func refusedOrder(err error) error {
	if missing, ok := errors.AsType[*oauth.NoSystemUser](err); ok {
		text := explain.Refusal(oauth.Check{ID: missing.Check, Outcome: oauth.Failed, Reason: missing.Reason, Facts: missing.Facts}, explain.EN)
		return badToken("systemUser", text.Why+" To make one up, give systemUserId")
	}
	if defect, ok := errors.AsType[*oauth.DefectError](err); ok {
		return badToken("defect", defect.Error())
	}
	return err
}

package compose

import (
	"context"
	"errors"
	"time"

	"mpe/altinn/altinnredis"
	"mpe/altinn/authorization"
	"mpe/altinn/systemuser"
	"mpe/oauth"
	"mpe/oauth/oauthredis"
	"mpe/oauth/org"
)

// finder asks Altinn on Maskinporten's behalf. In reality that is an API call from one organisation to another; what
// was found is remembered for as long as nothing in the sandbox changes.
type finder struct {
	users       *systemuser.Finder
	delegations *authorization.ScopeDelegations
	now         func() time.Time
	generation  func() string
	found       *oauthredis.Cache[oauth.SystemUserQuery, oauth.SystemUser]
}

func newFinder(store *altinnredis.Store, generation func() string, now func() time.Time) *finder {
	return &finder{
		users:       &systemuser.Finder{Systems: store, Users: store, Requests: store},
		delegations: &authorization.ScopeDelegations{Store: store},
		now:         now,
		generation:  generation,
		found:       oauthredis.NewCache[oauth.SystemUserQuery, oauth.SystemUser](),
	}
}

func (f *finder) Delegated(ctx context.Context, scope string, consumer, supplier org.Number) (bool, error) {
	return f.delegations.Delegated(ctx, scope, consumer, supplier)
}

func (f *finder) FindSystemUser(ctx context.Context, q oauth.SystemUserQuery) (oauth.SystemUser, error) {
	generation := f.generation()
	if user, ok := f.found.Load(generation, q); ok {
		return user, nil
	}
	query := systemuser.Query{ClientID: q.Client, Vendor: q.Vendor, Owner: q.Owner, ExternalRef: q.ExternalRef}
	match, err := f.users.ByExternalID(ctx, query)
	if errors.Is(err, systemuser.ErrNotFound) {
		return oauth.SystemUser{}, f.whyNot(ctx, query)
	}
	if err != nil {
		return oauth.SystemUser{}, err
	}
	user := oauth.SystemUser{ID: match.ID, System: match.System}
	f.found.Store(generation, q, user)
	return user, nil
}

func (f *finder) whyNot(ctx context.Context, q systemuser.Query) error {
	mismatch, err := f.users.WhyNot(ctx, q, f.now())
	if err != nil {
		return err
	}
	check := oauth.SystemUserMatch
	if mismatch.OfSystem() {
		check = oauth.SystemUserSystem
	}
	return &oauth.NoSystemUser{Check: check, Reason: oauth.Reason(mismatch.Reason), Facts: mismatch.Facts}
}

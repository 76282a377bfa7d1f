package systemuser

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"mpe/altinn/system"
	"mpe/oauth/org"
)

// Finder finds system users for Maskinporten, as Altinn's byExternalId does.
type Finder struct {
	Systems  Systems
	Users    Users
	Requests Requests
}

// Systems is what the finder reads of the system register. An empty answer is no error.
type Systems interface {
	// SystemsOfClient are the ids of the vendor's systems that have the client (System.ActiveClients).
	SystemsOfClient(ctx context.Context, vendor org.Number, clientID string) ([]string, error)

	// SystemsOfVendor includes deleted systems.
	SystemsOfVendor(ctx context.Context, vendor org.Number) ([]*system.System, error)
}

// Users is what the finder reads of the system users, deleted ones included. An empty answer is no error.
type Users interface {
	// Candidates are the ids of the vendor's systems that have the client, and the system users with exactly the
	// query's owner and Ref. They are one answer, because a token waits for it.
	Candidates(ctx context.Context, q Query) (systems []string, users []*SystemUser, err error)

	SystemUsersOfOwner(ctx context.Context, owner org.Number) ([]*SystemUser, error)

	// SystemUsersOfClient are those that have the organisation among their Clients.
	SystemUsersOfClient(ctx context.Context, client org.Number) ([]*SystemUser, error)
}

// Requests is what the finder reads of the requests. An empty answer is no error.
type Requests interface {
	// RequestsOf are all requests for the system to the party.
	RequestsOf(ctx context.Context, system string, party org.Number) ([]*Request, error)
}

// Query is what Maskinporten knows when it asks.
type Query struct {
	ClientID    string     // the issuer of the grant
	Vendor      org.Number // who owns that client (systemProviderOrgNo)
	Owner       org.Number // whom the grant names as systemuser_org (systemUserOwnerOrgNo)
	ExternalRef string     // as in the grant; empty stands for the owner's number
}

// Ref is the Ref that the system user must have.
func (q Query) Ref() string { return cmp.Or(q.ExternalRef, string(q.Owner)) }

// ErrNotFound is that there is no such system user, or no such request.
var ErrNotFound = errors.New("no such system user or request")

// ByExternalID finds the system user that is live, has exactly the query's owner and Ref, and whose system is the
// vendor's, is not deleted, and has the client. Both types match, whatever their rights. Altinn takes the first where
// there are several; here it is the oldest. The error is ErrNotFound when there is none.
func (f *Finder) ByExternalID(ctx context.Context, q Query) (*SystemUser, error) {
	systems, users, err := f.Users.Candidates(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("system users of %s for client %q: %w", q.Owner, q.ClientID, err)
	}
	matches := filter(users, func(u *SystemUser) bool { return u.Live() && slices.Contains(systems, u.System) })
	if len(matches) == 0 {
		return nil, ErrNotFound
	}
	return slices.MinFunc(matches, oldest), nil
}

func oldest(a, b *SystemUser) int {
	return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
}

// filter is the part of all that is wanted.
func filter[T any](all []T, wanted func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(all), func(one T) bool { return !wanted(one) })
}

package systemuser

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"mpe/altinn/party"
	"mpe/altinn/problem"
	"mpe/altinn/system"
	"mpe/oauth/org"
)

// UserByQuery is the vendor's live system user with that system, customer and reference (empty: the customer's number).
// One of another vendor is as one that there is not.
func (g *Registry) UserByQuery(
	ctx context.Context, vendor org.Number, systemID string, owner org.Number, ref string,
) (*SystemUser, error) {
	ref = cmp.Or(ref, string(owner))
	u, err := userWith(ctx, g.Store, owner, ref, systemID)
	if err != nil {
		return nil, err
	}
	if u == nil {
		return nil, problem.Refuse(problem.NotFound, fmt.Sprintf(
			"No system user of %s with the system %q has the externalRef %q.", owner, systemID, ref))
	}
	if by := system.Vendor(systemID); by != vendor {
		return nil, problem.Refuse(problem.NotFound, fmt.Sprintf("The system %q belongs to %s, the token is %s's.", systemID, by, vendor))
	}
	return u, nil
}

// UsersOfSystem is a page of the live system users of the vendor's system, from that Sequence on, and the Sequence that
// the next page starts with; 0: this is the last.
func (g *Registry) UsersOfSystem(
	ctx context.Context, vendor org.Number, systemID string, from int64,
) (page []*SystemUser, next int64, err error) {
	if _, err := ownSystem(ctx, g.Store, vendor, systemID); err != nil {
		return nil, 0, err
	}
	page, err = g.Store.SystemUsersOfSystem(ctx, systemID, from, g.PageSize+1)
	if len(page) > g.PageSize {
		page, next = page[:g.PageSize], page[g.PageSize].Sequence
	}
	return page, next, err
}

// UsersOf are the party's live system users of the type, the first made first.
func (g *Registry) UsersOf(ctx context.Context, partyID int, of Type) ([]*SystemUser, error) {
	p, ok := g.Parties.Party(partyID)
	if !ok {
		return nil, nil
	}
	all, err := g.Store.SystemUsersOfOwner(ctx, p.Number)
	all = filter(all, func(u *SystemUser) bool { return u.Live() && u.Type == of })
	slices.SortFunc(all, oldest)
	return all, err
}

// User is the party's live system user with the id.
func (g *Registry) User(ctx context.Context, partyID int, id string) (*SystemUser, error) {
	u, err := liveUser(ctx, g.Store, id)
	if err != nil {
		return nil, err
	}
	p, ok := g.Parties.Party(partyID)
	if u == nil || !ok || p.Number != u.Owner {
		return nil, problem.Refuse(problem.NotFound, fmt.Sprintf("The party %d has no system user %s.", partyID, id))
	}
	return u, nil
}

// AnyUser is the live system user with the id, whoever owns it.
func (g *Registry) AnyUser(ctx context.Context, id string) (*SystemUser, error) {
	u, err := liveUser(ctx, g.Store, id)
	if err == nil && u == nil {
		return nil, problem.Refuse(problem.NotFound, fmt.Sprintf("There is no system user %s.", id))
	}
	return u, err
}

// liveUser is the live system user with the id; nil when there is none.
func liveUser(ctx context.Context, r Reader, id string) (*SystemUser, error) {
	u, err := r.SystemUser(ctx, id)
	if errors.Is(err, ErrNotFound) || err == nil && !u.Live() {
		return nil, nil
	}
	return u, err
}

// Delete removes the party's standard system user, and the request that it came from.
func (g *Registry) Delete(ctx context.Context, partyID int, id string, by *party.Person) error {
	return g.Store.ChangeSystemUsers(ctx, func(w Writer) error {
		u, err := liveUser(ctx, w, id)
		if err != nil {
			return err
		}
		if u == nil {
			return problem.Refuse(problem.NotFound, fmt.Sprintf("There is no system user %s, or it has been deleted.", id))
		}
		if err := g.owns(partyID, u); err != nil {
			return err
		}
		if u.Type != Standard {
			return problem.New("AUTH-00036", fmt.Sprintf("The system user %s is of type %s.", id, u.Type))
		}
		return g.remove(ctx, w, u, by)
	})
}

// DeleteAgent removes the party's system user of type agent, with its clients and the request that it came from.
func (g *Registry) DeleteAgent(ctx context.Context, partyID int, id string, by *party.Person) error {
	return g.Store.ChangeSystemUsers(ctx, func(w Writer) error {
		u, err := liveUser(ctx, w, id)
		if err != nil {
			return err
		}
		if u == nil {
			return problem.New("AUTH-00015", fmt.Sprintf("There is no system user %s, or it has been deleted.", id))
		}
		if err := g.owns(partyID, u); err != nil {
			return err
		}
		if u.Type != Agent {
			return problem.New("AUTH-00034", fmt.Sprintf("The system user %s is of type %s.", id, u.Type))
		}
		u.Clients, u.ActsForOwner = nil, false
		return g.remove(ctx, w, u, by)
	})
}

// owns holds the system user to its owner: AUTH-00024.
func (g *Registry) owns(partyID int, u *SystemUser) error {
	p, err := g.owner(partyID)
	if err == nil && p.Number != u.Owner {
		return problem.New("AUTH-00024", fmt.Sprintf("The system user %s belongs to %s, the party %d is another.", u.ID, u.Owner, partyID))
	}
	return err
}

func (g *Registry) remove(ctx context.Context, w Writer, u *SystemUser, by *party.Person) error {
	requests, err := w.RequestsOf(ctx, u.System, u.Owner)
	if err != nil {
		return err
	}
	came := filter(requests, func(r *Request) bool { return r.Live() && types[r.Kind] == u.Type && r.Ref() == u.Ref() })
	now := g.Now()
	for _, r := range came {
		r.Deleted = now
	}
	u.Deleted, u.Changed, u.DeletedBy = now, now, by.Name
	if len(came) > 0 {
		if err := w.PutRequests(ctx, came...); err != nil {
			return err
		}
	}
	return w.PutSystemUsers(ctx, u)
}

// Create makes a standard system user with all that the system has, as customers do in Altinn's portal.
func (g *Registry) Create(ctx context.Context, partyID int, systemID, title string, by *party.Person) (*SystemUser, error) {
	var made *SystemUser
	err := g.Store.ChangeSystemUsers(ctx, func(w Writer) error {
		s, err := systemOf(ctx, w, systemID)
		if err != nil {
			return err
		}
		if err := g.offered(s); err != nil {
			return err
		}
		p, err := g.owner(partyID)
		if err != nil {
			return err
		}
		if err := unused(ctx, w, p.Number, string(p.Number), s.ID); err != nil {
			return err
		}
		delegated, err := g.delegate(ctx, by, p.Number, s.Rights, s.AccessPackages)
		if err != nil {
			return err
		}
		now := g.Now()
		made = &SystemUser{
			ID: g.NewID(), System: s.ID, Owner: p.Number, ExternalRef: string(p.Number), Title: title, Type: Standard,
			Rights: s.Rights, AccessPackages: s.AccessPackages, Delegated: delegated, Created: now, Changed: now,
		}
		return w.PutSystemUsers(ctx, made)
	})
	return made, err
}

// streamed is how many system users a page of the stream has.
const streamed = 100

// Stream is a page of all system users, deleted ones included, in the order of their last change: those after that
// Sequence. Last is the highest Sequence of all.
func (g *Registry) Stream(ctx context.Context, after int64) (page []*SystemUser, last int64, err error) {
	if last, err = g.Store.LastSystemUser(ctx); err != nil {
		return nil, 0, err
	}
	page, err = g.Store.SystemUsers(ctx, after+1, streamed)
	return page, last, err
}

// Registered is the system user with the id, whoever owns it. One that has been deleted is a Plain Gone.
func (g *Registry) Registered(ctx context.Context, id string) (*SystemUser, error) {
	u, err := g.Store.SystemUser(ctx, id)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, problem.Refuse(problem.NotFound, "There is no system user "+id+".")
	case err == nil && !u.Live():
		return nil, problem.Refuse(problem.Gone, "The system user "+id+" has been deleted.")
	}
	return u, err
}

package systemuser

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"mpe/altinn/party"
	"mpe/altinn/problem"
	"mpe/altinn/resource"
	"mpe/altinn/system"
	"mpe/oauth/org"
)

// Change is what a vendor asks a customer to change of a system user.
type Change struct {
	ID                     string // the vendor's correlation id, a UUID
	SystemUser             string
	Rights                 []resource.Right // to be added
	AccessPackages         []string
	UnwantedRights         []resource.Right // to be taken away
	UnwantedAccessPackages []string
	RedirectURL            string
}

func (c *Change) empty() bool {
	return len(c.Rights)+len(c.AccessPackages)+len(c.UnwantedRights)+len(c.UnwantedAccessPackages) == 0
}

// NoChangeNeeded is the status of a change that asks for nothing. It is answered, and never stored.
const NoChangeNeeded RequestStatus = "NoChangeNeeded"

// AskChange makes a request for a change of a standard system user, or finds the one with the correlation id, whatever
// its status and whatever else is asked for. It tells which: true is a new one. The order of the rules is Altinn's.
func (g *Registry) AskChange(ctx context.Context, vendor org.Number, c Change) (request *Request, made bool, err error) {
	if c.ID == "" {
		text := "Missing or invalid QueryParameter: correlation-id. Generate a unique UUID (RFC 4122) for this Change " +
			"Request, and add as a Query Parameter."
		return nil, false, &problem.Plain{Kind: problem.BadRequest, Text: text, Why: "The query has no correlation-id."}
	}
	if vendor == "" {
		return nil, false, problem.Refuse(problem.Unauthorized, "The token has no consumer claim, so its vendor is unknown.")
	}
	err = g.Store.ChangeSystemUsers(ctx, func(w Writer) (err error) {
		request, made, err = g.askChange(ctx, w, vendor, c)
		if err != nil || !made {
			return err
		}
		return w.PutRequests(ctx, request)
	})
	return request, made, err
}

func (g *Registry) askChange(ctx context.Context, w Writer, vendor org.Number, c Change) (*Request, bool, error) {
	user, err := liveUser(ctx, w, c.SystemUser)
	switch {
	case err != nil:
		return nil, false, err
	case user == nil:
		return nil, false, problem.New("AUTH-00015", fmt.Sprintf("There is no system user %q.", c.SystemUser))
	case c.ID == user.ID:
		text := "The correlation-id should not be the same as the system-user-id. Generate a unique id."
		return nil, false, &problem.Plain{Kind: problem.BadRequest, Text: text, Why: text}
	}
	if by := system.Vendor(user.System); by != vendor {
		return nil, false, problem.Refuse(problem.Unauthorized, fmt.Sprintf(
			"The system %q belongs to the vendor %s, the token is %s's. Altinn answers 401 here.", user.System, by, vendor))
	}
	request := g.changeOf(user, c)
	if c.empty() {
		request.Status = NoChangeNeeded
		return request, false, nil
	}
	stored, err := w.Request(ctx, c.ID)
	switch {
	case errors.Is(err, ErrNotFound):
	case err != nil:
		return nil, false, err
	case stored.Kind == ChangeRequest && stored.Live() && system.Vendor(stored.System) == vendor:
		return stored, false, nil
	case stored.Kind == ChangeRequest && stored.Live() && stored.Status == New:
		return nil, false, problem.New("AUTH-00007", "Another vendor's change request has this correlation-id.")
	default:
		return nil, false, problem.New("AUTH-00061", "The correlation-id has been used. Generate another.")
	}
	if user.Type != Standard {
		return nil, false, problem.New("AUTH-00015", fmt.Sprintf("The system user %s is of type %s, and only standard ones can change.", user.ID, user.Type))
	}
	return request, true, g.checkChange(ctx, w, request)
}

func (g *Registry) changeOf(u *SystemUser, c Change) *Request {
	return &Request{
		ID: c.ID, Kind: ChangeRequest, System: u.System, Party: u.Owner, ExternalRef: u.Ref(), SystemUser: u.ID,
		Rights: c.Rights, AccessPackages: c.AccessPackages,
		UnwantedRights: c.UnwantedRights, UnwantedAccessPackages: c.UnwantedAccessPackages,
		RedirectURL: c.RedirectURL, Status: New, Created: g.Now(),
	}
}

// checkChange holds what is wanted to the system. What is unwanted is held to nothing.
func (g *Registry) checkChange(ctx context.Context, w Writer, r *Request) error {
	s, err := systemOf(ctx, w, r.System)
	if err != nil {
		return err
	}
	if err := g.offered(s); err != nil {
		return err
	}
	if _, err := g.organisation(r.Party); err != nil {
		return err
	}
	if err := checkRedirect(s, r.RedirectURL); err != nil {
		return err
	}
	if err := checkRights(s, r.Rights); err != nil {
		return err
	}
	return checkPackages(s, StandardRequest, r.AccessPackages)
}

// ApproveChange answers a request for a change with yes, and changes the system user.
func (g *Registry) ApproveChange(ctx context.Context, partyID int, id string, by *party.Person) error {
	return g.Store.ChangeSystemUsers(ctx, func(w Writer) error {
		request, err := g.changeable(ctx, w, partyID, id)
		if err != nil {
			return err
		}
		user, err := g.change(ctx, w, request, by)
		if err != nil {
			return err
		}
		if err := w.PutRequests(ctx, request); err != nil {
			return err
		}
		return w.PutSystemUsers(ctx, user)
	})
}

// change makes of the system user what an accepted request for a change asks for.
func (g *Registry) change(ctx context.Context, from Reader, r *Request, by *party.Person) (*SystemUser, error) {
	if _, err := systemOf(ctx, from, r.System); err != nil {
		return nil, err
	}
	user, err := liveUser(ctx, from, r.SystemUser)
	if err != nil {
		return nil, err
	}
	if user == nil {
		return nil, problem.New("AUTH-00015", fmt.Sprintf("The system user %s has been deleted.", r.SystemUser))
	}
	if err := g.amend(ctx, user, r, by); err != nil {
		return nil, err
	}
	r.answer(Accepted, by, g)
	user.Changed = r.Changed
	return user, nil
}

// changeable is the request for a change that the party can answer now.
func (g *Registry) changeable(ctx context.Context, r Reader, partyID int, id string) (*Request, error) {
	request, err := known(ctx, r, ChangeRequest, id)
	if err != nil {
		return nil, err
	}
	if err := request.open(); err != nil {
		return nil, err
	}
	p, err := g.owner(partyID)
	if err == nil && p.Number != request.Party { // Altinn does not compare them
		return nil, problem.New("AUTH-00010", fmt.Sprintf("The request %s is to %s, the party %d is another.", id, request.Party, partyID))
	}
	return request, err
}

// amend gives the system user what it does not have yet of what is wanted, and takes away what it has of the unwanted.
func (g *Registry) amend(ctx context.Context, u *SystemUser, r *Request, by *party.Person) error {
	rights := filter(r.Rights, func(right resource.Right) bool { return !slices.ContainsFunc(u.Rights, right.Matches) })
	delegated, err := g.Delegations.Rights(ctx, by, r.Party, rights)
	if err != nil {
		if refusal, ok := errors.AsType[*problem.Problem](err); ok {
			return problem.New("AUTH-00001", refusal.Error())
		}
		return err
	}
	packages := newPackages(u, r)
	if err := g.Delegations.Packages(ctx, by, r.Party, packages); err != nil {
		return err
	}
	wanted := func(right resource.Right) bool {
		return !slices.ContainsFunc(r.UnwantedRights, func(u resource.Right) bool { return u.ResourceID() == right.ResourceID() })
	}
	u.Rights = slices.Concat(filter(u.Rights, wanted), rights)
	u.Delegated = slices.Concat(filter(u.Delegated, wanted), delegated)
	u.AccessPackages = slices.Concat(filter(u.AccessPackages, func(urn string) bool {
		return !slices.Contains(r.UnwantedAccessPackages, urn)
	}), packages)
	return nil
}

// newPackages are the access packages that are wanted and not held.
func newPackages(u *SystemUser, r *Request) []string {
	return filter(r.AccessPackages, func(urn string) bool { return !slices.Contains(u.AccessPackages, urn) })
}

// RejectChange answers a request for a change with no.
func (g *Registry) RejectChange(ctx context.Context, partyID int, id string, by *party.Person) error {
	return g.Store.ChangeSystemUsers(ctx, func(w Writer) error {
		request, err := g.changeable(ctx, w, partyID, id)
		if err != nil {
			return err
		}
		request.answer(Rejected, by, g)
		return w.PutRequests(ctx, request)
	})
}

// ChangeFor is the request for a change as the person sees it who is to answer it, with the party it is to. What the
// person may not give away is told here already.
func (g *Registry) ChangeFor(ctx context.Context, id string, by *party.Person) (*Request, *party.Party, error) {
	request, to, _, err := g.RequestFor(ctx, ChangeRequest, id, by)
	if err != nil {
		return nil, nil, err
	}
	user, err := liveUser(ctx, g.Store, request.SystemUser)
	if err != nil || user == nil {
		return request, to, err
	}
	return request, to, g.Delegations.Packages(ctx, by, request.Party, newPackages(user, request))
}

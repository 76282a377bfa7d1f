package systemuser

import (
	"context"
	"errors"
	"fmt"

	"mpe/altinn/party"
	"mpe/altinn/problem"
	"mpe/oauth/org"
)

// unknownRequest is what is said of a request that there is not.
func unknownRequest(kind Kind, id string) *problem.Problem {
	return problem.New("AUTH-00010", fmt.Sprintf("There is no %s request %s, or it has been deleted.", kind, id))
}

// find is the live request of the kind; nil when there is none.
func find(ctx context.Context, r Reader, kind Kind, id string) (*Request, error) {
	request, err := r.Request(ctx, id)
	if errors.Is(err, ErrNotFound) || err == nil && (!request.Live() || request.Kind != kind) {
		return nil, nil
	}
	return request, err
}

// known is the live request of the kind, or AUTH-00010.
func known(ctx context.Context, r Reader, kind Kind, id string) (*Request, error) {
	request, err := find(ctx, r, kind, id)
	if err == nil && request == nil {
		return nil, unknownRequest(kind, id)
	}
	return request, err
}

// Request is the vendor's request of the kind.
func (g *Registry) Request(ctx context.Context, vendor org.Number, kind Kind, id string) (*Request, error) {
	request, err := known(ctx, g.Store, kind, id)
	if err != nil {
		return nil, err
	}
	_, err = ownSystem(ctx, g.Store, vendor, request.System)
	return request, err
}

// RequestByRef is the vendor's request of the kind with exactly that system, customer and reference.
func (g *Registry) RequestByRef(
	ctx context.Context, vendor org.Number, kind Kind, systemID string, customer org.Number, ref string,
) (*Request, error) {
	all, err := g.Store.RequestsOf(ctx, systemID, customer)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if r.Live() && r.Kind == kind && r.Ref() == ref {
			_, err := ownSystem(ctx, g.Store, vendor, r.System)
			return r, err
		}
	}
	return nil, problem.New("AUTH-00010", fmt.Sprintf(
		"No %s request for %q to %s has the externalRef %q.", kind, systemID, customer, ref))
}

// RequestsOfSystem is a page of the vendor's requests of the kind, from that id on, and the id that the next page starts
// with; empty: this is the last.
func (g *Registry) RequestsOfSystem(
	ctx context.Context, vendor org.Number, kind Kind, systemID, from string,
) (page []*Request, next string, err error) {
	if _, err := ownSystem(ctx, g.Store, vendor, systemID); err != nil {
		return nil, "", err
	}
	page, err = g.Store.RequestsOfSystem(ctx, kind, systemID, g.cursor(kind, from), g.PageSize+1)
	if len(page) > g.PageSize {
		page, next = page[:g.PageSize], page[g.PageSize].ID
	}
	return page, next, err
}

// cursor is the id that a page starts with. Altinn starts behind it, and gives every page of change requests as the
// first.
func (g *Registry) cursor(kind Kind, from string) string {
	switch {
	case !g.Bugs || from == "":
		return from
	case kind == ChangeRequest:
		return ""
	default:
		return from + "\x01" // an id is followed by less
	}
}

// DeleteRequest takes the vendor's request of one of the kinds back, whatever its status. Altinn lets any vendor do so;
// here another's request is as one that there is not.
func (g *Registry) DeleteRequest(ctx context.Context, vendor org.Number, id string, kinds ...Kind) error {
	return g.Store.ChangeSystemUsers(ctx, func(w Writer) error {
		for _, kind := range kinds {
			request, err := find(ctx, w, kind, id)
			if err != nil {
				return err
			}
			if request == nil {
				continue
			}
			if _, err := ownSystem(ctx, w, vendor, request.System); err != nil {
				break
			}
			request.Deleted = g.Now()
			return w.PutRequests(ctx, request)
		}
		return unknownRequest(kinds[0], id)
	})
}

// RequestTo is the request of the kind to the party, as the party sees it.
func (g *Registry) RequestTo(ctx context.Context, kind Kind, partyID int, id string) (*Request, error) {
	p, err := g.party(partyID)
	if err != nil {
		return nil, err
	}
	request, err := known(ctx, g.Store, kind, id)
	if err == nil && (p.Number == "" || p.Number != request.Party) {
		return nil, problem.New("AUTH-00010", fmt.Sprintf("The request %s is to %s, not to the party %d.", id, request.Party, partyID))
	}
	return request, err
}

// RequestFor is the request of the kind as the person sees it, with the party it is to. The person may pass it on but
// not answer it when escalates is true; one who has nothing to do with the party is refused.
func (g *Registry) RequestFor(
	ctx context.Context, kind Kind, id string, by *party.Person,
) (request *Request, to *party.Party, escalates bool, err error) {
	if request, err = known(ctx, g.Store, kind, id); err != nil {
		return nil, nil, false, err
	}
	if to, err = g.organisation(request.Party); err != nil {
		return nil, nil, false, err
	}
	switch {
	case by.ManagesAccess(request.Party):
		return request, to, false, nil
	case by.RelatedTo(request.Party) && kind != ChangeRequest:
		return request, to, true, nil
	default:
		return nil, nil, false, problem.New("AUTH-00066", fmt.Sprintf(
			"%s may not give access on behalf of %s.", by.Name, request.Party))
	}
}

// Pending are the requests of the kind that the customer has not answered: all standard ones, and of the others those
// that have been passed on. There are none for a party that is not the customer; Altinn does not compare them.
func (g *Registry) Pending(ctx context.Context, kind Kind, partyID int, customer org.Number) ([]*Request, error) {
	if p, ok := g.Parties.Party(partyID); !ok || p.Number != customer {
		return nil, nil
	}
	all, err := g.Store.RequestsTo(ctx, customer)
	return filter(all, func(r *Request) bool {
		return r.Kind == kind && r.Status == New && (kind == StandardRequest || r.Escalated)
	}), err
}

package systemuser

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"mpe/altinn/party"
	"mpe/altinn/problem"
	"mpe/altinn/resource"
	"mpe/oauth/org"
)

// mismatched is that the party is not the one that the request is to.
var mismatched = map[Kind]problem.Code{StandardRequest: "AUTH-00041", AgentRequest: "AUTH-00042"}

// answerable is the request of the kind that the party can answer now.
func (g *Registry) answerable(ctx context.Context, r Reader, kind Kind, partyID int, id string) (*Request, error) {
	p, err := g.party(partyID)
	if err != nil {
		return nil, err
	}
	request, err := known(ctx, r, kind, id)
	if unknown, ok := errors.AsType[*problem.Problem](err); ok && kind == AgentRequest {
		unknown.Code = "AUTH-00030"
	}
	if err != nil {
		return nil, err
	}
	if code, ok := mismatched[kind]; ok && p.Number != request.Party {
		return nil, problem.New(code, fmt.Sprintf("The request is to %s, the party %d is another.", request.Party, partyID))
	}
	return request, request.open()
}

// open is AUTH-00013 when the request has been answered. One that has timed out has not been.
func (r *Request) open() error {
	if r.Status != New {
		return problem.New("AUTH-00013", fmt.Sprintf("The request %s is %s already.", r.ID, r.Status))
	}
	return nil
}

// Approve answers a request for a system user with yes. The request and its system user are stored together.
func (g *Registry) Approve(ctx context.Context, kind Kind, partyID int, id string, by *party.Person) error {
	return g.Store.ChangeSystemUsers(ctx, func(w Writer) error {
		request, err := g.answerable(ctx, w, kind, partyID, id)
		if err != nil {
			return err
		}
		user, err := g.accept(ctx, w, request, by)
		if err != nil {
			return err
		}
		if err := w.PutRequests(ctx, request); err != nil {
			return err
		}
		return w.PutSystemUsers(ctx, user)
	})
}

// accept makes the system user that an accepted request is for. Its id is the request's.
func (g *Registry) accept(ctx context.Context, from Reader, r *Request, by *party.Person) (*SystemUser, error) {
	s, err := systemOf(ctx, from, r.System)
	if err != nil {
		return nil, err
	}
	if err := unused(ctx, from, r.Party, r.Ref(), r.System); err != nil {
		return nil, err
	}
	if err := checkRights(s, r.Rights); err != nil { // the system may have changed since
		return nil, err
	}
	if err := checkPackages(s, r.Kind, r.AccessPackages); err != nil {
		return nil, err
	}
	var delegated []resource.Right
	if r.Kind == StandardRequest { // what agents may do is looked at when a client is added
		if delegated, err = g.delegate(ctx, by, r.Party, r.Rights, r.AccessPackages); err != nil {
			return nil, err
		}
	}
	if s.Name["nb"] == "" {
		return nil, problem.New("AUTH-00017", fmt.Sprintf("The system %q has no name in nb.", s.ID))
	}
	r.answer(Accepted, by, g)
	return &SystemUser{
		ID: r.ID, System: r.System, Owner: r.Party, ExternalRef: r.Ref(), Title: r.Title, Type: types[r.Kind],
		Rights: slices.Clone(r.Rights), AccessPackages: slices.Clone(r.AccessPackages), Delegated: delegated,
		Created: r.Changed, Changed: r.Changed,
	}, nil
}

// delegate is what the rights come to that the person passes on, rights before access packages.
func (g *Registry) delegate(
	ctx context.Context, by *party.Person, from org.Number, rights []resource.Right, packages []string,
) ([]resource.Right, error) {
	delegated, err := g.Delegations.Rights(ctx, by, from, rights)
	if err != nil {
		return nil, err
	}
	return delegated, g.Delegations.Packages(ctx, by, from, packages)
}

// types are what the kinds of requests lead to.
var types = map[Kind]Type{StandardRequest: Standard, AgentRequest: Agent}

func (r *Request) answer(status RequestStatus, by *party.Person, g *Registry) {
	r.Status, r.Changed, r.ChangedBy = status, g.Now(), by.Name
}

// Reject answers a request of any kind with no.
func (g *Registry) Reject(ctx context.Context, kind Kind, partyID int, id string, by *party.Person) error {
	return g.Store.ChangeSystemUsers(ctx, func(w Writer) error {
		request, err := g.answerable(ctx, w, kind, partyID, id)
		if err != nil {
			return err
		}
		request.answer(Rejected, by, g)
		return w.PutRequests(ctx, request)
	})
}

// Escalate passes a request on to those who may answer it. It tells whether it did: not for somebody who has nothing to
// do with the party, and not for a request that there is not.
func (g *Registry) Escalate(ctx context.Context, partyID int, id string, by *party.Person) (escalated bool, err error) {
	p, ok := g.Parties.Party(partyID)
	if !ok || !by.RelatedTo(p.Number) {
		return false, nil
	}
	err = g.Store.ChangeSystemUsers(ctx, func(w Writer) error {
		for _, kind := range [...]Kind{StandardRequest, AgentRequest} {
			request, err := find(ctx, w, kind, id)
			if err != nil {
				return err
			}
			if request == nil || request.Party != p.Number {
				continue
			}
			escalated, request.Escalated = true, true
			return w.PutRequests(ctx, request)
		}
		return nil
	})
	return escalated, err
}

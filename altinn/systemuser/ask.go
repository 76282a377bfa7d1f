package systemuser

import (
	"cmp"
	"context"
	"fmt"

	"mpe/altinn/problem"
	"mpe/altinn/resource"
	"mpe/altinn/system"
	"mpe/oauth/org"
)

// Ask is what a vendor asks a customer for. Nil lists were not in the request; Altinn tells them from empty ones.
type Ask struct {
	Kind           Kind // StandardRequest or AgentRequest
	System         string
	Party          org.Number
	ExternalRef    string // empty stands for the party's number
	Title          string // empty stands for the system's name
	Rights         []resource.Right
	AccessPackages []string
	RedirectURL    string
}

func (a Ask) ref() string { return cmp.Or(a.ExternalRef, string(a.Party)) }

// Ask makes a request, or finds the one of the same kind, customer, system and reference that there is, whatever its
// status and whatever else is asked for. It tells which: true is a new one. The order of the rules is Altinn's.
func (g *Registry) Ask(ctx context.Context, vendor org.Number, ask Ask) (request *Request, made bool, err error) {
	if vendor == "" {
		return nil, false, problem.New("AUTH-00023", "The token has no consumer claim, so its vendor is unknown.")
	}
	err = g.Store.ChangeSystemUsers(ctx, func(w Writer) (err error) {
		request, made, err = g.ask(ctx, w, vendor, ask)
		if err != nil || !made {
			return err
		}
		return w.PutRequests(ctx, request)
	})
	return request, made, err
}

func (g *Registry) ask(ctx context.Context, w Writer, vendor org.Number, ask Ask) (*Request, bool, error) {
	if err := unused(ctx, w, ask.Party, ask.ref(), ask.System); err != nil {
		return nil, false, err
	}
	stored, err := requestsWith(ctx, w, ask)
	if err != nil {
		return nil, false, err
	}
	s, unknown := systemOf(ctx, w, ask.System)
	for _, r := range stored {
		if r.Kind == ask.Kind && r.Status != Timedout && s != nil && s.Vendor == vendor {
			return r, false, nil
		}
	}
	if unknown != nil {
		return nil, false, unknown
	}
	if err := g.offered(s); err != nil {
		return nil, false, err
	}
	for _, r := range stored {
		if code, ok := pending[r.Status]; ok && r.Kind == StandardRequest {
			return nil, false, problem.New(code, fmt.Sprintf("The request %s has the same customer, system and externalRef.", r.ID))
		}
	}
	if s.Vendor != vendor {
		return nil, false, problem.New("AUTH-00011", fmt.Sprintf(
			"The system %q belongs to the vendor %s, the token is %s's.", s.ID, s.Vendor, vendor))
	}
	if err := g.check(s, ask); err != nil {
		return nil, false, err
	}
	return g.request(s, ask), true, nil
}

// unused is AUTH-00004 when there is a live system user, of any type.
func unused(ctx context.Context, r Reader, owner org.Number, ref, systemID string) error {
	u, err := userWith(ctx, r, owner, ref, systemID)
	if err == nil && u != nil {
		return problem.New("AUTH-00004", fmt.Sprintf(
			"The system user %s has the same customer, system and externalRef %q. Use it, or another externalRef.", u.ID, ref))
	}
	return err
}

// pending is what a request in the way is answered with, by its status.
var pending = map[RequestStatus]problem.Code{
	Accepted: "AUTH-00006", New: "AUTH-00007", Denied: "AUTH-00008", Rejected: "AUTH-00009",
}

// requestsWith are the live requests for a system user with the same customer, system and reference.
func requestsWith(ctx context.Context, r Reader, ask Ask) ([]*Request, error) {
	all, err := r.RequestsOf(ctx, ask.System, ask.Party)
	return filter(all, func(r *Request) bool {
		return r.Live() && r.Kind != ChangeRequest && r.Ref() == ask.ref()
	}), err
}

func (g *Registry) check(s *system.System, ask Ask) error {
	if _, err := g.organisation(ask.Party); err != nil {
		return err
	}
	if err := checkRedirect(s, ask.RedirectURL); err != nil {
		return err
	}
	switch {
	case ask.Kind == AgentRequest && len(ask.AccessPackages) == 0:
		return problem.New("AUTH-00058", "accessPackages is empty.")
	case ask.Kind == AgentRequest:
		return checkPackages(s, ask.Kind, ask.AccessPackages)
	case ask.Rights == nil && ask.AccessPackages == nil:
		return problem.New("AUTH-00001", "Neither rights nor accessPackages is there: ask for at least one.")
	case len(ask.Rights) == 0 && len(ask.AccessPackages) == 0:
		return problem.New("AUTH-00059", "rights and accessPackages are empty: ask for at least one.")
	}
	if err := checkRights(s, ask.Rights); err != nil {
		return err
	}
	return checkPackages(s, ask.Kind, ask.AccessPackages)
}

func (g *Registry) request(s *system.System, ask Ask) *Request {
	return &Request{
		ID: g.NewID(), Kind: ask.Kind, System: s.ID, Party: ask.Party, ExternalRef: ask.ref(),
		Title:  cmp.Or(ask.Title, s.Name["nb"]),
		Rights: ask.Rights, AccessPackages: ask.AccessPackages,
		RedirectURL: ask.RedirectURL, Status: New, Created: g.Now(),
	}
}

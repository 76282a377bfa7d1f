package systemuser

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mpe/altinn/party"
	"mpe/altinn/problem"
	"mpe/altinn/resource"
	"mpe/altinn/system"
	"mpe/oauth/org"
)

// Registry is Altinn's system users and the requests that they come from, with the rules for both.
type Registry struct {
	Store       Store
	Parties     Parties
	Delegations Delegations

	PageSize int // how many records a page of a list has

	// Bugs answers as Altinn does where that is plainly a mistake of Altinn's: pages of requests skip an item, and
	// systems that are deleted can be asked for.
	Bugs bool

	Now   func() time.Time
	NewID func() string // a UUID
}

// userWith is the live system user with the three things that tell it from others; nil when there is none.
func userWith(ctx context.Context, r Reader, owner org.Number, ref, systemID string) (*SystemUser, error) {
	users, err := r.SystemUsersByRef(ctx, owner, ref)
	if err != nil {
		return nil, err
	}
	matches := filter(users, func(u *SystemUser) bool { return u.Live() && u.System == systemID })
	if len(matches) == 0 {
		return nil, nil
	}
	return slices.MinFunc(matches, oldest), nil
}

// systemOf is the system with the id, deleted or not, or AUTH-00011.
func systemOf(ctx context.Context, r Reader, id string) (*system.System, error) {
	s, err := r.System(ctx, id)
	if errors.Is(err, system.ErrNotFound) {
		return nil, problem.New("AUTH-00011", fmt.Sprintf("No system has the id %q.", id))
	}
	return s, err
}

// ownSystem is the vendor's system with the id, or AUTH-00011.
func ownSystem(ctx context.Context, r Reader, vendor org.Number, id string) (*system.System, error) {
	s, err := systemOf(ctx, r, id)
	if err == nil && s.Vendor != vendor {
		return nil, problem.New("AUTH-00011", fmt.Sprintf(
			"The system %q belongs to the vendor %s, the token is %s's.", id, s.Vendor, vendor))
	}
	return s, err
}

// organisation is the customer, or AUTH-00000.
func (g *Registry) organisation(n org.Number) (*party.Party, error) {
	p, ok := g.Parties.Organisation(n)
	if !ok {
		return nil, problem.New("AUTH-00000", fmt.Sprintf("There is no organisation %q.", n))
	}
	return p, nil
}

// offered is AUTH-00011 when the system has been deleted.
func (g *Registry) offered(s *system.System) error {
	if s.Deleted.IsZero() || g.Bugs {
		return nil
	}
	return problem.New("AUTH-00011", fmt.Sprintf("The system %q has been deleted.", s.ID))
}

// party is the one with the party id, or AUTH-00000.
func (g *Registry) party(id int) (*party.Party, error) {
	p, ok := g.Parties.Party(id)
	if !ok {
		return nil, problem.New("AUTH-00000", fmt.Sprintf("There is no party %d.", id))
	}
	return p, nil
}

// owner is the organisation with the party id, or AUTH-00000.
func (g *Registry) owner(id int) (*party.Party, error) {
	p, err := g.party(id)
	if err == nil && p.Number == "" {
		return nil, problem.New("AUTH-00000", fmt.Sprintf("The party %d is not an organisation.", id))
	}
	return p, err
}

// checkRights holds rights that are asked for to those of the system: AUTH-00001.
func checkRights(s *system.System, rights []resource.Right) error {
	if len(rights) > len(s.Rights) {
		return problem.New("AUTH-00001", fmt.Sprintf(
			"%d rights are asked for, and the system %q has %d.", len(rights), s.ID, len(s.Rights)))
	}
	for _, right := range rights {
		if !slices.ContainsFunc(s.Rights, right.Matches) {
			return problem.New("AUTH-00001", fmt.Sprintf(
				"The system %q does not have the right to %q. It has: %s.", s.ID, right.ResourceID(), resources(s.Rights)))
		}
	}
	return nil
}

func resources(rights []resource.Right) string {
	all := make([]string, len(rights))
	for i, right := range rights {
		all[i] = right.ResourceID()
	}
	return orNone(all)
}

func orNone(all []string) string {
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, ", ")
}

// checkPackages holds access packages that are asked for to those of the system (AUTH-00063), and to what the kind of
// system user may hold (AUTH-00064, AUTH-00065).
func checkPackages(s *system.System, kind Kind, urns []string) error {
	if len(urns) > len(s.AccessPackages) {
		return problem.New("AUTH-00063", fmt.Sprintf(
			"%d access packages are asked for, and the system %q has %d.", len(urns), s.ID, len(s.AccessPackages)))
	}
	missing := filter(urns, func(urn string) bool { return !slices.Contains(s.AccessPackages, urn) })
	if len(missing) > 0 {
		return problem.New("AUTH-00063", fmt.Sprintf("The system %q does not have %s. It has: %s.",
			s.ID, strings.Join(missing, ", "), orNone(s.AccessPackages))).With("NotFoundPackages", strings.Join(missing, ", "))
	}
	closed := strings.Join(filter(urns, func(urn string) bool {
		p, _ := resource.Package(urn)
		return kind == AgentRequest && !p.Delegable || kind != AgentRequest && !p.Assignable
	}), ", ")
	switch {
	case closed == "":
		return nil
	case kind == AgentRequest:
		return problem.New("AUTH-00065", "A system user for client relations cannot have "+closed+".").
			With("NotDelegablePackages", closed)
	default:
		return problem.New("AUTH-00064", closed+" can be used for clients only: ask for a system user of type agent.").
			With("NotDelegablePackages", closed)
	}
}

// checkRedirect holds the URL that a customer is sent back to to those of the system.
func checkRedirect(s *system.System, redirect string) error {
	switch {
	case redirect == "":
		return nil
	case len(s.AllowedRedirectURLs) == 0:
		return problem.New("AUTH-00026", fmt.Sprintf("The system %q has no allowed redirect URLs.", s.ID))
	case !s.Allows(redirect):
		return problem.New("AUTH-00021", fmt.Sprintf("The system %q does not allow the redirect URL %q. It allows: %s.",
			s.ID, redirect, strings.Join(s.AllowedRedirectURLs, ", ")))
	default:
		return nil
	}
}

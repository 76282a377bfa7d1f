package authorization

import (
	"context"
	"errors"
	"slices"
	"strings"

	"mpe/altinn/party"
	"mpe/altinn/resource"
	"mpe/altinn/systemuser"
	"mpe/oauth/org"
)

// AuthorizedParty is a party that somebody may act for, and what by.
type AuthorizedParty struct {
	*party.Party
	AccessPackages []string // codes
	Resources      []string // ids
	Subunits       []AuthorizedParty
}

// PartiesOf are the parties that the system user acts for: a standard one for its owner, an agent for its clients, and
// both for subunits of those. None: there is no such system user, or it has been deleted.
func (a *Authorizer) PartiesOf(ctx context.Context, systemUser string) ([]AuthorizedParty, error) {
	view, err := a.Store.View(ctx)
	if err != nil {
		return nil, err
	}
	u, err := view.SystemUser(ctx, strings.ToLower(systemUser))
	if errors.Is(err, systemuser.ErrNotFound) || err == nil && !u.Live() {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	served, resources := []org.Number{u.Owner}, []string(nil)
	if u.Type == systemuser.Agent {
		served = slices.Clone(u.Clients)
		if u.ActsForOwner {
			served = append(served, u.Owner)
		}
	} else {
		for _, right := range u.Delegated {
			if id := right.ResourceID(); !slices.Contains(resources, id) {
				resources = append(resources, id)
			}
		}
	}
	packages := make([]string, len(u.AccessPackages))
	for i, urn := range u.AccessPackages {
		packages[i] = strings.TrimPrefix(urn, resource.PackagePrefix)
	}
	var all []AuthorizedParty
	for _, n := range served {
		p, known := a.Parties.Organisation(n)
		if !known {
			continue
		}
		one := AuthorizedParty{Party: p, AccessPackages: packages, Resources: resources}
		for _, subunit := range a.Parties.Subunits(n) {
			one.Subunits = append(one.Subunits, AuthorizedParty{Party: subunit, AccessPackages: packages, Resources: resources})
		}
		all = append(all, one)
	}
	return all, nil
}

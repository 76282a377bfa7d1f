package authorization

import (
	"context"
	"slices"

	"mpe/altinn/pdp"
	"mpe/altinn/resource"
	"mpe/altinn/systemuser"
	"mpe/oauth/org"
)

// WhatIf is what is imagined about a decision. Nothing of it is stored.
type WhatIf struct {
	Action string     // is asked for instead; empty: as it was
	Party  org.Number // is asked about instead; empty: as it was

	// AccessPackages (URNs or codes) and Rights are what the system user has besides.
	AccessPackages []string
	Rights         []resource.Right
}

// Imagine decides the requests as they would be if it were so. They are left as they are.
func (a *Authorizer) Imagine(ctx context.Context, requests []*pdp.Request, w WhatIf) ([]*Explanation, error) {
	view, err := a.Store.View(ctx)
	if err != nil {
		return nil, err
	}
	asked := make([]*pdp.Request, len(requests))
	for i, r := range requests {
		asked[i] = w.change(r)
	}
	return a.authorize(ctx, imagined{view, w}, asked, External)
}

// change is the request with another action and another party.
func (w WhatIf) change(r *pdp.Request) *pdp.Request {
	changed := &pdp.Request{}
	for _, c := range r.Categories {
		changed.Categories = append(changed.Categories, pdp.Category{ID: c.ID, Attributes: slices.Clone(c.Attributes)})
	}
	if c := changed.Category(pdp.Action); c != nil && w.Action != "" {
		c.Attributes = nil
		c.Add(pdp.ActionID, w.Action)
	}
	if c := changed.Category(pdp.Resource); c != nil && w.Party != "" {
		c.Attributes = slices.DeleteFunc(c.Attributes, func(a pdp.Attribute) bool {
			return slices.Contains([]string{attributeParty, attributeNumber, attributeOldNumber, attributePerson, attributePartyUUID}, a.ID)
		})
		c.Add(attributeNumber, string(w.Party))
	}
	return changed
}

// imagined is a view in which system users have more than they have.
type imagined struct {
	View
	WhatIf
}

func (i imagined) SystemUser(ctx context.Context, id string) (*systemuser.SystemUser, error) {
	u, err := i.View.SystemUser(ctx, id)
	if err != nil {
		return nil, err
	}
	more := *u
	more.AccessPackages = slices.Concat(u.AccessPackages, i.AccessPackages)
	more.Delegated = slices.Concat(u.Delegated, i.Rights)
	return &more, nil
}

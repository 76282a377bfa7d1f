package systemuser

import (
	"context"
	"slices"

	"mpe/altinn/problem"
	"mpe/altinn/resource"
)

// Waiting are the requests for system users that the party has not answered, the newest first. Altinn's portal lists
// those that somebody has passed on; the others are found by their link alone.
func (g *Registry) Waiting(ctx context.Context, partyID int) (passedOn, others []*Request, err error) {
	p, ok := g.Parties.Party(partyID)
	if !ok || p.Number == "" {
		return nil, nil, nil
	}
	all, err := g.Store.RequestsTo(ctx, p.Number)
	if err != nil {
		return nil, nil, err
	}
	slices.SortFunc(all, func(a, b *Request) int { return b.Created.Compare(a.Created) })
	for _, r := range all {
		switch {
		case r.Status != New || r.Kind == ChangeRequest:
		case r.Escalated:
			passedOn = append(passedOn, r)
		default:
			others = append(others, r)
		}
	}
	return passedOn, others, nil
}

// MayServeOwner tells whether the portal offers to let the agent act for its owner: all of its access packages can be
// used by an organisation for itself.
func (u *SystemUser) MayServeOwner() bool {
	return u.Type == Agent && !slices.ContainsFunc(u.AccessPackages, func(urn string) bool {
		p, _ := resource.Package(urn)
		return !p.Assignable
	})
}

// AttachAll adds to the party's agent all clients that it can act for, one after the other as the portal does. Those
// that are refused do not keep the others from being added.
func (g *Registry) AttachAll(ctx context.Context, partyID int, agent string) (added, refused []*Client, err error) {
	u, err := g.User(ctx, partyID, agent)
	if err != nil {
		return nil, nil, err
	}
	for _, client := range g.ClientsOf(u.Owner, u.AccessPackages) {
		if u.ActsFor(client.Number) {
			continue
		}
		switch _, err := g.AttachFor(ctx, partyID, agent, client.UUID); {
		case err == nil:
			added = append(added, client)
		case problem.Why(err) != "":
			refused = append(refused, client)
		default:
			return added, refused, err
		}
	}
	return added, refused, nil
}

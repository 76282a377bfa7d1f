package systemuser

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// near is what comes near to a query that nothing matches.
type near struct {
	Query
	now      time.Time
	systems  []string      // those that have the client
	owned    []*SystemUser // by the owner, with any system
	agents   []*SystemUser // with the owner among their clients, with any system
	requests []*Request    // to the owner, for one of the systems
}

func (f *Finder) near(ctx context.Context, q Query, systems []string) (*near, error) {
	owned, err := f.Users.SystemUsersOfOwner(ctx, q.Owner)
	if err != nil {
		return nil, fmt.Errorf("system users of %s: %w", q.Owner, err)
	}
	agents, err := f.Users.SystemUsersOfClient(ctx, q.Owner)
	if err != nil {
		return nil, fmt.Errorf("system users with client %s: %w", q.Owner, err)
	}
	n := &near{Query: q, systems: systems, owned: owned, agents: agents}
	for _, s := range systems {
		requests, err := f.Requests.RequestsOf(ctx, s, q.Owner)
		if err != nil {
			return nil, fmt.Errorf("requests for %q to %s: %w", s, q.Owner, err)
		}
		n.requests = append(n.requests, requests...)
	}
	return n, nil
}

// explain starts with what the owner has, or had, with the systems, goes on to what others have, and ends where nothing
// comes near.
func (n *near) explain() Mismatch {
	for _, explanation := range [...]func() (Mismatch, bool){
		n.otherRef, n.deleted, n.asked, n.clientOfAgent, n.elsewhere,
	} {
		if m, ok := explanation(); ok {
			return m
		}
	}
	return mismatch(NoSystemUser, map[string]string{
		"owner": string(n.Owner), "system": list(n.systems), "ref": n.Ref(),
	})
}

func (n *near) reaches(u *SystemUser) bool { return slices.Contains(n.systems, u.System) }

// rank puts what is wanted before what is not.
func rank(unwanted bool) int {
	if unwanted {
		return 1
	}
	return 0
}

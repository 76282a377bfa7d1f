package systemuser

import (
	"cmp"
	"slices"

	"mpe/altinn/problem"
	"mpe/altinn/system"
)

// otherRef is that the owner has system users, under other names.
func (n *near) otherRef() (Mismatch, bool) {
	users := filter(n.owned, func(u *SystemUser) bool { return u.Live() && n.reaches(u) })
	if len(users) == 0 {
		return Mismatch{}, false
	}
	refs := make([]string, len(users))
	for i, u := range users {
		refs[i] = u.Ref()
	}
	closest := problem.Nearest(n.Ref(), refs)
	users = filter(users, func(u *SystemUser) bool { return u.Ref() == closest })
	facts := map[string]string{
		"owner": string(n.Owner), "system": slices.MinFunc(users, oldest).System,
		"got": n.ExternalRef, "nearest": closest, "refs": list(refs),
	}
	if n.ExternalRef == "" {
		return mismatch(ExternalRefMissing, facts), true
	}
	return mismatch(ExternalRefMismatch, facts), true
}

// deleted is that the system user existed.
func (n *near) deleted() (Mismatch, bool) {
	users := filter(n.owned, func(u *SystemUser) bool { return !u.Live() && n.reaches(u) && u.Ref() == n.Ref() })
	if len(users) == 0 {
		return Mismatch{}, false
	}
	last := slices.MinFunc(users, func(a, b *SystemUser) int {
		return cmp.Or(b.Deleted.Compare(a.Deleted), cmp.Compare(a.ID, b.ID))
	})
	return mismatch(SystemUserDeleted, map[string]string{
		"owner": string(last.Owner), "system": last.System, "systemuser": last.ID,
		"by": last.DeletedBy, "at": instant(last.Deleted),
	}), true
}

// clientOfAgent is that the grant names whom the agent acts for, and not the agent's owner.
func (n *near) clientOfAgent() (Mismatch, bool) {
	agents := filter(n.agents, func(u *SystemUser) bool { return u.Live() && u.ActsFor(n.Owner) && n.reaches(u) })
	if len(agents) == 0 {
		return Mismatch{}, false
	}
	agent := slices.MinFunc(agents, oldest)
	return mismatch(OrgIsClientOfAgent, map[string]string{
		"org": string(n.Owner), "owner": string(agent.Owner), "system": agent.System,
	}), true
}

// elsewhere is that the owner has a system user with a system that the client does not reach.
func (n *near) elsewhere() (Mismatch, bool) {
	users := filter(n.owned, (*SystemUser).Live)
	if len(users) == 0 {
		return Mismatch{}, false
	}
	user := slices.MinFunc(users, func(a, b *SystemUser) int {
		return cmp.Or(rank(!n.own(a))-rank(!n.own(b)), oldest(a, b))
	})
	return mismatch(OtherVendor, map[string]string{
		"owner": string(user.Owner), "system": user.System, "vendor": string(system.Vendor(user.System)),
	}), true
}

// own tells whether the system is one of the vendor that asks.
func (n *near) own(u *SystemUser) bool { return system.Vendor(u.System) == n.Vendor }

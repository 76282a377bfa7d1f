package systemuser

import (
	"cmp"
	"slices"
)

// asked is that the owner was asked for a system user: for this one if possible, and lately rather than long ago.
func (n *near) asked() (Mismatch, bool) {
	requests := filter(n.requests, func(r *Request) bool {
		return r.Live() && r.Kind != ChangeRequest && n.unmet(r) != ""
	})
	if len(requests) == 0 {
		return Mismatch{}, false
	}
	last := slices.MinFunc(requests, func(a, b *Request) int {
		return cmp.Or(rank(a.Ref() != n.Ref())-rank(b.Ref() != n.Ref()), b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID))
	})
	facts := map[string]string{"owner": string(last.Party), "system": last.System, "request": last.ID}
	switch reason := n.unmet(last); reason {
	case RequestPending:
		return mismatch(reason, facts), true
	case RequestTimedOut:
		facts["created"] = instant(last.Created)
		return mismatch(reason, facts), true
	default:
		facts["by"], facts["at"] = last.ChangedBy, instant(last.Changed)
		return mismatch(reason, facts), true
	}
}

// unmet is why the request has led to no system user; empty when it has.
func (n *near) unmet(r *Request) Reason {
	switch {
	case r.Status == Timedout || r.TimedOut(n.now):
		return RequestTimedOut
	case r.Status == New:
		return RequestPending
	case r.Status == Rejected:
		return RequestRejected
	case r.Status == Denied:
		return RequestDenied
	default:
		return ""
	}
}

package compose

import (
	"context"
	"strings"
	"time"

	"mpe/altinn/authorization"
	"mpe/altinn/resource"
	"mpe/altinn/systemuser"
	"mpe/compose/console"
	"mpe/compose/journal"
)

// pages are the sandbox's web pages.
func (s *edition) pages() *console.Pages {
	return &console.Pages{
		Base:         s.addresses.base,
		Sandbox:      strings.TrimSuffix(strings.TrimPrefix(s.path, "s/"), "/"),
		Parties:      s.altinn.parties,
		Sessions:     s.sessions,
		Records:      s.records,
		Packages:     &resource.Registry{Store: s.records},
		Requests:     s.altinn.users,
		Answers:      s.approvals,
		Delegations:  &authorization.DelegationCheck{Resources: s.records},
		Polls:        polls{s.journal},
		SystemUsers:  s.altinn.users,
		UserChanges:  s.altinn.users,
		Clients:      s.altinn.users,
		Systems:      s.altinn.systems,
		Autologin:    s.config.Autologin,
		HideDevtools: s.config.HideDevtools,
		Documents:    documents,
		Now:          s.config.Now,
	}
}

// polls finds in the journal how vendors ask what became of their requests.
type polls struct{ journal *journal.Journal }

// Polled tells how often the vendor has read the request, as far as the journal goes back, and when last.
func (p polls) Polled(ctx context.Context, r *systemuser.Request) (times int, last time.Time, err error) {
	calls, err := p.journal.List(ctx, journal.Filter{Endpoint: "altinn", Verdict: string(journal.Answered), Limit: 1000})
	if err != nil {
		return 0, last, err
	}
	byID := "/" + console.VendorCalls[r.Kind] + r.ID
	byRef := "/" + console.VendorCalls[r.Kind] + "byexternalref/" + r.System + "/" + string(r.Party) + "/" + r.Ref()
	for _, call := range calls { // the newest first
		path := strings.TrimSuffix(call.Path, "/")
		if call.Method != "GET" || !strings.HasSuffix(path, byID) && !strings.HasSuffix(path, byRef) {
			continue
		}
		if times == 0 {
			last = call.Time
		}
		times++
	}
	return times, last, nil
}

package compose

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"mpe/altinn/party"
	"mpe/altinn/systemuser"
	"mpe/oauth/org"
)

// approvals answers requests in the customer's place.
type approvals struct {
	users   *systemuser.Registry
	parties *party.Register
	log     *slog.Logger

	mode  string // manual, auto, auto-after or reject
	after time.Duration
}

// parseApprovals reads manual, auto, reject or auto-after:<duration>; empty is manual.
func parseApprovals(s string) (mode string, after time.Duration, err error) {
	mode, duration, delayed := strings.Cut(s, ":")
	switch {
	case s == "", s == "manual":
		return "manual", 0, nil
	case s == "auto", s == "reject":
		return s, 0, nil
	case delayed && mode == "auto-after":
		if after, err = time.ParseDuration(duration); err == nil && after >= 0 {
			return mode, after, nil
		}
	}
	return "", 0, fmt.Errorf("%q is not manual, auto, reject or auto-after and a duration, as in auto-after:2s", s)
}

// asked answers a new request, or has it answered later.
func (a *approvals) asked(ctx context.Context, r *systemuser.Request) {
	switch a.mode {
	case "auto":
		a.answer(ctx, r, a.users.Approve)
	case "reject":
		a.answer(ctx, r, a.users.Reject)
	case "auto-after":
		time.AfterFunc(a.after, func() { a.answer(context.WithoutCancel(ctx), r, a.users.Approve) })
	}
}

type decide func(ctx context.Context, kind systemuser.Kind, partyID int, id string, by *party.Person) error

func (a *approvals) answer(ctx context.Context, r *systemuser.Request, decide decide) {
	to, by, err := a.onBehalf(r.Party, "")
	if err == nil {
		err = decide(ctx, r.Kind, to.ID, r.ID, by)
	}
	if err != nil {
		a.log.Warn("request not answered", "request", r.ID, "to", r.Party, "approvals", a.mode, "error", err)
		return
	}
	a.log.Info("request answered", "request", r.ID, "to", r.Party, "by", by.Name, "approvals", a.mode)
}

// onBehalf is the customer, and who acts for it: the person with that number, or, when it is empty, the first who
// represents it. An organisation that nobody represents in the seed has a general manager without a name.
func (a *approvals) onBehalf(customer org.Number, pid string) (*party.Party, *party.Person, error) {
	to, ok := a.parties.Organisation(customer)
	if !ok {
		return nil, nil, fmt.Errorf("there is no organisation %s", customer)
	}
	wanted := func(p *party.Person) bool { return p.PID == pid || pid == "" && p.Represents(customer) }
	by, ok := a.parties.Person(wanted)
	switch {
	case ok:
		return to, by, nil
	case pid != "":
		return nil, nil, fmt.Errorf("the seed has no person %s", pid)
	default:
		return to, &party.Person{
			Party: party.Party{Name: "Daglig leder"}, Roles: []party.Role{{Role: "daglig-leder", Org: customer}},
		}, nil
	}
}

package compose

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"mpe/altinn/altinnhttp"
	"mpe/altinn/altinnredis"
	"mpe/altinn/party"
	"mpe/altinn/systemuser"
	"mpe/compose/control"
	"mpe/oauth/org"
)

// approvals answers requests in the customer's place.
type approvals struct {
	store   *altinnredis.Store
	users   *systemuser.Registry
	parties *party.Register
	now     func() time.Time
	log     *slog.Logger

	mode     string // manual, auto, auto-after or reject
	after    time.Duration
	schedule *schedule
}

// String is what parseApprovals reads.
func (a *approvals) String() string {
	if a.mode == "auto-after" {
		return a.mode + ":" + a.after.String()
	}
	return a.mode
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
		a.answer(ctx, r, a.Approve)
	case "reject":
		a.answer(ctx, r, a.Reject)
	case "auto-after":
		a.schedule.after(a.after, func() { a.answer(context.WithoutCancel(ctx), r, a.Approve) })
	}
}

// Requests are all that are not deleted, the newest first.
func (a *approvals) Requests(ctx context.Context) ([]*systemuser.Request, error) {
	return a.store.Requests(ctx)
}

// Act does with the request what the control API is asked to.
func (a *approvals) Act(ctx context.Context, action, id, as string) (*systemuser.Request, error) {
	r, err := a.store.Request(ctx, strings.ToLower(id))
	if err != nil {
		return nil, err
	}
	if !r.Live() {
		return nil, systemuser.ErrNotFound
	}
	if err := a.act(ctx, action, r, as); err != nil {
		return nil, err
	}
	return a.store.Request(ctx, r.ID)
}

func (a *approvals) act(ctx context.Context, action string, r *systemuser.Request, as string) error {
	if action == "expire" {
		return a.Expire(ctx, r)
	}
	to, by, err := a.onBehalf(r.Party, as)
	if err != nil {
		return err
	}
	if action == "escalate" {
		escalated, err := a.users.Escalate(ctx, to.ID, r.ID, by)
		if err == nil && !escalated {
			err = &control.ActError{What: fmt.Sprintf("%s has nothing to do with %s, or the request is for a change", by.Name, r.Party)}
		}
		return err
	}
	if !by.ManagesAccess(r.Party) {
		return &control.ActError{What: fmt.Sprintf("%s may not answer on behalf of %s: Altinn's answer is 403 without a body", by.Name, r.Party)}
	}
	return map[string]decide{"approve": a.Approve, "reject": a.Reject}[action](ctx, r, to, by)
}

// Expire makes the request older than the time that the customer has to answer.
func (a *approvals) Expire(ctx context.Context, r *systemuser.Request) error {
	return a.store.ChangeSystemUsers(ctx, func(w systemuser.Writer) error {
		r, err := w.Request(ctx, r.ID)
		if err != nil {
			return err
		}
		r.Created = a.now().Add(-systemuser.Timeout - time.Second)
		return w.PutRequests(ctx, r)
	})
}

// decide answers the request in the party's name.
type decide func(ctx context.Context, r *systemuser.Request, to *party.Party, by *party.Person) error

// Approve answers a request of any kind with yes.
func (a *approvals) Approve(ctx context.Context, r *systemuser.Request, to *party.Party, by *party.Person) error {
	if r.Kind == systemuser.ChangeRequest {
		return a.users.ApproveChange(ctx, to.ID, r.ID, by)
	}
	return a.users.Approve(ctx, r.Kind, to.ID, r.ID, by)
}

// Reject answers a request of any kind with no.
func (a *approvals) Reject(ctx context.Context, r *systemuser.Request, to *party.Party, by *party.Person) error {
	if r.Kind == systemuser.ChangeRequest {
		return a.users.RejectChange(ctx, to.ID, r.ID, by)
	}
	return a.users.Reject(ctx, r.Kind, to.ID, r.ID, by)
}

func (a *approvals) answer(ctx context.Context, r *systemuser.Request, decide decide) {
	to, by, err := a.onBehalf(r.Party, "")
	if err == nil {
		err = decide(ctx, r, to, by)
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
		return nil, nil, &control.ActError{What: fmt.Sprintf("there is no organisation %s", customer)}
	}
	wanted := func(p *party.Person) bool { return p.PID == pid || pid == "" && p.Represents(customer) }
	by, ok := a.parties.Person(wanted)
	switch {
	case ok:
		return to, by, nil
	case pid != "":
		return nil, nil, &control.ActError{What: fmt.Sprintf("the seed has no person %s", pid)}
	default:
		return to, &party.Person{
			Party: party.Party{Name: "Daglig leder"}, Roles: []party.Role{{Role: "daglig-leder", Org: customer}},
		}, nil
	}
}

// endUsers makes tokens for persons.
type endUsers struct {
	altinn    *altinn
	addresses addresses
}

// SignEndUser makes the token that is asked for: by default the first person's, as after logging in to the portal.
func (e endUsers) SignEndUser(r *http.Request, u control.EndUser) (string, error) {
	by, ok := e.altinn.parties.Person(func(p *party.Person) bool {
		return (u.PID == "" || p.PID == u.PID) && (u.UserID == 0 || p.UserID == u.UserID)
	})
	if !ok {
		return "", &control.ActError{What: "the seed has no such person"}
	}
	token := altinnhttp.EndUser{
		Issuer: e.addresses.base(r) + altinnhttp.IssuerPath, Scopes: u.Scopes, Level: 3,
		Lifetime: cmp.Or(time.Duration(u.Lifetime), control.DefaultEndUserLifetime), ID: uuid.NewString(),
	}
	if len(token.Scopes) == 0 {
		token.Scopes = []string{"altinn:portal/enduser"}
	}
	if u.Level != nil {
		token.Level = *u.Level
	}
	return e.altinn.tokens.SignEndUser(by, token)
}

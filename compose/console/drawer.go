package console

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"mpe/altinn/party"
	"mpe/altinn/problem"
	"mpe/altinn/systemuser"
)

// Polls are how a vendor asks what became of a request.
type Polls interface {
	// Polled tells how often the vendor has asked of late, and when last; zero times: not at all.
	Polled(ctx context.Context, r *systemuser.Request) (times int, last time.Time, err error)
}

// drawer is what the developer of the vendor's system is told beside a page like Altinn's, and can do there.
type drawer struct {
	Why       string // the request cannot be shown, in English; empty: it can
	Elsewhere string // the page on which it can be shown; empty: none

	Here    string // the page, for those who come back to it
	Persons []candidate
	Codes   []string // refusals that can be forced

	// Of a request that can be shown:
	Vendor   string // the call with which the vendor learns the outcome
	Times    int    // how often it has been made
	Last     time.Time
	Ago      time.Duration
	Old      bool     // the time to answer has passed
	Gains    []string // what the system user could do after the answer yes, and not before
	Loses    []string // the other way round
	Commands []string
}

func (p *Pages) addDrawer(c *gin.Context, by *party.Person, v *requestView) (err error) {
	if p.HideDevtools {
		return nil
	}
	d := &drawer{Here: p.here(c) + v.Query}
	if d.Persons, _, err = p.candidates(c, v.Lang, d.Here); err != nil {
		return err
	}
	v.Drawer = d
	r := v.Request
	if r == nil {
		return nil
	}
	d.Codes = forcible()
	base := p.Base(c.Request)
	d.Vendor = "GET " + base + VendorCalls[r.Kind] + r.ID
	if d.Times, d.Last, err = p.Polls.Polled(c.Request.Context(), r); err != nil {
		return err
	}
	d.Ago = p.Now().Sub(d.Last).Round(time.Second)
	d.Old = r.TimedOut(p.Now())
	if err := p.foresee(c.Request.Context(), v, by, d); err != nil {
		return err
	}
	action := "approve"
	if v.Escalates {
		action = "escalate"
	}
	d.Commands = []string{
		"curl " + base + "_mpe/v1/requests/" + r.ID + ":" + action + ` -d '{"as":"` + by.PID + `"}'`,
		"mpe request " + action + " " + r.ID + " --as " + by.PID,
	}
	return nil
}

// foresee tells what the system user would be able to do, and no longer, if the person said yes.
func (p *Pages) foresee(ctx context.Context, v *requestView, by *party.Person, d *drawer) error {
	trial, err := p.Requests.Try(ctx, v.Kind, v.Request.ID, by)
	if _, refused := errors.AsType[*problem.Problem](err); refused || err == nil && trial.After == nil {
		return nil
	}
	if err != nil {
		return err
	}
	before, err := p.abilities(ctx, v.Lang, trial.Before)
	if err != nil {
		return err
	}
	after, err := p.abilities(ctx, v.Lang, trial.After)
	if err != nil {
		return err
	}
	d.Gains = slices.DeleteFunc(slices.Clone(after), func(one string) bool { return slices.Contains(before, one) })
	d.Loses = slices.DeleteFunc(before, func(one string) bool { return slices.Contains(after, one) })
	return nil
}

// abilities are what a system user can do by its rights, and the names of its access packages; nil can do nothing.
func (p *Pages) abilities(ctx context.Context, in language, u *systemuser.SystemUser) ([]string, error) {
	if u == nil {
		return nil, nil
	}
	services, err := p.rights(ctx, in, u.Delegated)
	if err != nil {
		return nil, err
	}
	packages, err := p.packages(ctx, in, u.AccessPackages)
	if err != nil {
		return nil, err
	}
	var all []string
	for i, one := range services {
		all = append(all, one.Name+": "+u.Delegated[i].Action)
	}
	for _, one := range packages {
		all = append(all, one.Name)
	}
	return all, nil
}

// VendorCalls are where a vendor reads a request, below the base and by kind; its id follows.
var VendorCalls = map[systemuser.Kind]string{
	systemuser.StandardRequest: "authentication/api/v1/systemuser/request/vendor/",
	systemuser.AgentRequest:    "authentication/api/v1/systemuser/request/vendor/agent/",
	systemuser.ChangeRequest:   "authentication/api/v1/systemuser/changerequest/vendor/",
}

// forcible are the codes that a page has a text for, in their order.
func forcible() []string {
	var all []string
	for code := range uiErrors {
		if e := uiProblem(code); texts()["ui."+e.Code] != nil {
			all = append(all, e.Code)
		}
	}
	slices.Sort(all)
	return all
}

// query is that of the page, without its language.
func query(at *url.URL) string {
	values := at.Query()
	values.Del("lang")
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}

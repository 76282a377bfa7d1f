package console

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"mpe/altinn/party"
	"mpe/altinn/problem"
	"mpe/altinn/resource"
	"mpe/altinn/system"
	"mpe/altinn/systemuser"
	"mpe/oauth/org"
)

// Requests are what vendors ask customers for. Refusals are *problem.Problem.
type Requests interface {
	// RequestFor is the request as the person sees it, with the party it is to; escalates is that the person can only
	// pass it on. ChangeFor is that for a change.
	RequestFor(ctx context.Context, kind systemuser.Kind, id string, by *party.Person) (r *systemuser.Request, to *party.Party, escalates bool, err error)
	ChangeFor(ctx context.Context, id string, by *party.Person) (*systemuser.Request, *party.Party, error)

	// Try tells what would come of it if the person approved the request, and changes nothing.
	Try(ctx context.Context, kind systemuser.Kind, id string, by *party.Person) (systemuser.Trial, error)

	// Escalate passes the request on, and tells whether it did.
	Escalate(ctx context.Context, partyID int, id string, by *party.Person) (escalated bool, err error)
}

// Answers are given to requests of any kind. Refusals are *problem.Problem.
type Answers interface {
	Approve(ctx context.Context, r *systemuser.Request, to *party.Party, by *party.Person) error
	Reject(ctx context.Context, r *systemuser.Request, to *party.Party, by *party.Person) error

	// Expire makes the request older than the time that the customer has to answer.
	Expire(ctx context.Context, r *systemuser.Request) error
}

// Delegations tell what a person may pass on.
type Delegations interface {
	Lacking(ctx context.Context, by *party.Person, from org.Number, rights []resource.Right, packages []string) ([]systemuser.Lacking, error)
}

// requestView is the page of a request.
type requestView struct {
	frame
	Kind    systemuser.Kind
	Query   string              // of the page, without its language
	Request *systemuser.Request // nil: it cannot be shown; Wrong says why
	Wrong   template.HTML
	Code    string // of what is wrong; empty: it has none

	System       string
	Vendor       string
	VendorNumber string
	Packages     powers // what is asked for
	Services     powers
	Changes      []powers // of a change
	OwnToo       bool     // an agent may act for its owner as well

	Failure   *failure // of what was just tried; nil: none
	Escalates bool     // the person can only pass the request on
	Sent      bool     // and just did
	Logout    string   // where the browser leaves the page

	Drawer *drawer // nil: it is hidden
}

// K is a text that is one for each kind of request.
func (v requestView) K(part string, named ...any) (template.HTML, error) {
	return v.T("request."+string(v.Kind)+"."+part, named...)
}

// Open tells whether the request can still be answered.
func (v requestView) Open() bool { return v.Request.Status == systemuser.New }

// Single tells whether only one thing is asked for.
func (v requestView) Single() bool { return len(v.Packages.Items)+len(v.Services.Items) == 1 }

// showRequest is GET of a page of a request.
func (p *Pages) showRequest(kind systemuser.Kind) gin.HandlerFunc {
	return p.withPerson(func(c *gin.Context, by *party.Person) {
		p.showRequestWith(c, by, kind, http.StatusOK, func(*requestView) error { return nil })
	})
}

// answerRequest is POST of a page of a request.
func (p *Pages) answerRequest(kind systemuser.Kind) gin.HandlerFunc {
	return p.withPerson(func(c *gin.Context, by *party.Person) {
		r, to, escalates, err := p.request(c, kind, by)
		if err != nil {
			p.refuseRequest(c, by, kind, err)
			return
		}
		switch do := c.PostForm("do"); {
		case do == "force" && !p.HideDevtools:
			p.force(c, by, kind)
			return
		case do == "expire" && !p.HideDevtools:
			err = p.Answers.Expire(c.Request.Context(), r)
			if err == nil {
				c.Redirect(http.StatusSeeOther, p.here(c)+query(c.Request.URL))
				return
			}
		case do == "escalate" && escalates:
			p.escalate(c, by, kind, r, to)
			return
		case do == "approve" && !escalates:
			err = p.Answers.Approve(c.Request.Context(), r, to, by)
		case do == "reject" && !escalates:
			err = p.Answers.Reject(c.Request.Context(), r, to, by)
		case do == "approve", do == "reject":
			err = problem.New("AUTH-00066", fmt.Sprintf("%s can only pass the request on.", by.Name))
		default:
			p.fail(c, http.StatusBadRequest, "frame.badForm")
			return
		}
		if err != nil {
			p.showFailure(c, by, kind, c.PostForm("do"), err)
			return
		}
		p.leave(c, kind, r)
	})
}

// request is the one that the address names, as the person sees it.
func (p *Pages) request(
	c *gin.Context, kind systemuser.Kind, by *party.Person,
) (r *systemuser.Request, to *party.Party, escalates bool, err error) {
	id := strings.ToLower(c.Query("id"))
	switch {
	case id == "":
		return nil, nil, false, errNoID
	case kind == systemuser.ChangeRequest:
		r, to, err = p.Requests.ChangeFor(c.Request.Context(), id, by)
	default:
		r, to, escalates, err = p.Requests.RequestFor(c.Request.Context(), kind, id, by)
	}
	return r, to, escalates && r.Status == systemuser.New, err
}

// errNoID is that the address does not name a request.
var errNoID = errors.New("the address has no id")

// showRequestWith shows the request, and what is added to its page.
func (p *Pages) showRequestWith(
	c *gin.Context, by *party.Person, kind systemuser.Kind, status int, add func(*requestView) error,
) {
	r, to, escalates, err := p.request(c, kind, by)
	if err != nil {
		p.refuseRequest(c, by, kind, err)
		return
	}
	p.lookAt(c, to) // as Altinn does, so that the pages that follow are about the same party
	v := p.newRequestView(c, by, kind)
	v.Request, v.Account, v.Escalates = r, to.Name, escalates
	v.Leads, v.Logout = origin(r.RedirectURL), p.logoutLink(c.Request, r)
	if err := p.describe(c.Request.Context(), &v); err != nil {
		if errors.Is(err, system.ErrNotFound) {
			err = problem.New("AUTH-00011", fmt.Sprintf("There is no system %q.", r.System))
		}
		p.refuseRequest(c, by, kind, err)
		return
	}
	err = add(&v)
	if err == nil {
		err = p.addDrawer(c, by, &v)
	}
	if err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	p.show(c, status, "request.html", v)
}

func (p *Pages) newRequestView(c *gin.Context, by *party.Person, kind systemuser.Kind) requestView {
	return requestView{
		frame: p.altinnFrame(c, by, "request."+string(kind)+".pageTitle"), Kind: kind, Query: query(c.Request.URL),
	}
}

// describe says who asks for what.
func (p *Pages) describe(ctx context.Context, v *requestView) error {
	r := v.Request
	s, err := p.Records.System(ctx, r.System)
	if err != nil {
		return err
	}
	v.System = spoken(s.Name, v.Lang, s.ID)
	v.Vendor, v.VendorNumber = p.nameOf(s.Vendor), grouped(s.Vendor)
	if r.Kind == systemuser.ChangeRequest {
		return p.describeChange(ctx, v)
	}
	if v.Packages, err = p.listed(ctx, v.frame, "packages", nil, r.AccessPackages); err != nil {
		return err
	}
	if v.Services, err = p.listed(ctx, v.frame, "rights", r.Rights, nil); err != nil {
		return err
	}
	v.OwnToo = !slices.ContainsFunc(v.Packages.Items, func(one power) bool { return !one.Assignable })
	return nil
}

// describeChange says what a change adds and takes away, in Altinn's order.
func (p *Pages) describeChange(ctx context.Context, v *requestView) error {
	for _, list := range []struct {
		name     string
		rights   []resource.Right
		packages []string
	}{
		{"addPackages", nil, v.Request.AccessPackages},
		{"removePackages", nil, v.Request.UnwantedAccessPackages},
		{"addRights", v.Request.Rights, nil},
		{"removeRights", v.Request.UnwantedRights, nil},
	} {
		shown, err := p.listed(ctx, v.frame, list.name, list.rights, list.packages)
		if err != nil {
			return err
		}
		if len(shown.Items) == 0 {
			continue
		}
		if shown.Heading, err = v.count("request.change."+list.name, len(shown.Items)); err != nil {
			return err
		}
		v.Changes = append(v.Changes, shown)
	}
	return nil
}

// listed are rights or access packages by name. The name of the list tells its dialogs from those of others.
func (p *Pages) listed(ctx context.Context, f frame, name string, rights []resource.Right, packages []string) (powers, error) {
	services, err := p.rights(ctx, f.Lang, rights)
	if err != nil {
		return powers{}, err
	}
	bundles, err := p.packages(ctx, f.Lang, packages)
	if err != nil {
		return powers{}, err
	}
	list := powers{frame: f, Items: append(bundles, services...)}
	for i := range list.Items {
		list.Items[i].Dialog = fmt.Sprintf("%s-%d", name, i+1)
	}
	return list, nil
}

// grouped is the number in groups of three digits.
func grouped(n org.Number) string {
	if len(n) != 9 {
		return string(n)
	}
	return string(n[:3] + " " + n[3:6] + " " + n[6:])
}

// refuseRequest is the page for a request that cannot be shown.
func (p *Pages) refuseRequest(c *gin.Context, by *party.Person, kind systemuser.Kind, err error) {
	v := p.newRequestView(c, by, kind)
	refusal, refused := errors.AsType[*problem.Problem](err)
	status, key := http.StatusBadRequest, "request.noID"
	switch {
	case refused:
		e := uiProblem(refusal.Code)
		status, key, v.Code = e.Status, v.explained(e.Code, "request.loadError"), e.Code
	case !errors.Is(err, errNoID):
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	v.Wrong, err = v.T(key)
	if err == nil {
		err = p.addDrawer(c, by, &v)
	}
	if err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	if v.Drawer != nil && refused {
		v.Drawer.Why, v.Drawer.Elsewhere = refusal.Why, p.elsewhere(c, kind)
	}
	p.show(c, status, "request.html", v)
}

// elsewhere is the page of the request when it is of another kind than the page that was opened; empty: it is not.
func (p *Pages) elsewhere(c *gin.Context, kind systemuser.Kind) string {
	r, err := p.Records.Request(c.Request.Context(), strings.ToLower(c.Query("id")))
	if err != nil || !r.Live() || r.Kind == kind {
		return ""
	}
	return p.basePath(c.Request) + systemUserPages + requestPages[r.Kind] + "?id=" + r.ID
}

// showFailure shows the request again, and why the answer to it was not taken.
func (p *Pages) showFailure(c *gin.Context, by *party.Person, kind systemuser.Kind, do string, err error) {
	refusal, refused := errors.AsType[*problem.Problem](err)
	switch {
	case !refused:
		_ = c.AbortWithError(http.StatusInternalServerError, err)
	case refusal.Code == "AUTH-00013": // it has been answered meanwhile, as the page will say
		p.showRequestWith(c, by, kind, http.StatusConflict, func(*requestView) error { return nil })
	default:
		e := uiProblem(refusal.Code)
		p.showRequestWith(c, by, kind, e.Status, func(v *requestView) (err error) {
			v.Failure, err = p.failureOf(c.Request.Context(), v, by, e.Code, do)
			return err
		})
	}
}

func (p *Pages) failureOf(
	ctx context.Context, v *requestView, by *party.Person, code, do string,
) (f *failure, err error) {
	f = &failure{Code: code}
	if do == "reject" {
		f.Text, err = v.K("rejectError")
		return f, err
	}
	otherwise := "request." + string(v.Kind) + ".acceptError"
	if v.Kind == systemuser.AgentRequest { // nothing is passed on until clients are added
		f.Text, err = v.T(v.explained(code, otherwise))
		return f, err
	}
	return p.undelegated(ctx, v.frame, code, otherwise, delegation{by, v.Request.Party, v.Request.Rights, v.Request.AccessPackages})
}

// escalate passes the request on, and shows that it was.
func (p *Pages) escalate(c *gin.Context, by *party.Person, kind systemuser.Kind, r *systemuser.Request, to *party.Party) {
	escalated, err := p.Requests.Escalate(c.Request.Context(), to.ID, r.ID, by)
	if err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	p.showRequestWith(c, by, kind, http.StatusOK, func(v *requestView) (err error) {
		v.Sent = escalated
		if !escalated {
			v.Failure = &failure{}
			v.Failure.Text, err = v.T("escalate.error")
		}
		return err
	})
}

// force shows the page as it is after a refusal with the code, once.
func (p *Pages) force(c *gin.Context, by *party.Person, kind systemuser.Kind) {
	for auth := range uiErrors {
		e := uiProblem(auth)
		if e.Code != c.PostForm("code") {
			continue
		}
		refusal := problem.New(auth, "The refusal was forced. Nothing has been tried.")
		if e.Code == "AMUI-00010" || e.Code == "AMUI-00066" {
			p.refuseRequest(c, by, kind, refusal)
			return
		}
		p.showRequestWith(c, by, kind, e.Status, func(v *requestView) (err error) {
			v.Failure = &failure{Code: e.Code}
			v.Failure.Text, err = v.T(v.explained(e.Code, "request."+string(kind)+".acceptError"))
			return err
		})
		return
	}
	p.fail(c, http.StatusBadRequest, "drawer.unknownCode")
}

// leave is where the browser goes after an answer.
func (p *Pages) leave(c *gin.Context, kind systemuser.Kind, r *systemuser.Request) {
	if c.Query("skiplogout") != "" && kind != systemuser.ChangeRequest {
		c.Redirect(http.StatusSeeOther, p.basePath(c.Request)+systemUserPages+"overview?created="+r.ID)
		return
	}
	c.Redirect(http.StatusSeeOther, p.logoutLink(c.Request, r))
}

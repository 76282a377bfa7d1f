package console

import (
	"cmp"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"mpe/altinn/party"
	"mpe/altinn/problem"
	"mpe/altinn/systemuser"
)

// loginView is the page on which a person is chosen.
type loginView struct {
	frame
	Goto     string
	TestID   bool // the person is to be written, not chosen
	Typed    string
	Chosen   string // the number of the person that is marked
	Persons  []candidate
	Foretold bool // the outcomes are told

	Wrong template.HTML // what is wrong with what was sent; empty: nothing
}

// candidate is a person who can log in.
type candidate struct {
	*party.Person
	Roles   []string
	Outcome template.HTML // what the person could do about the request that is waiting; empty: there is none
	Tone    string        // of the outcome
	rank    int           // those who can do most come first
}

// login is GET /_mpe/login. With ?as= the person is logged in at once where the browser tells that the link was not
// another site's; otherwise marked in the list.
func (p *Pages) login(c *gin.Context) {
	if by := p.known(c.Query("as")); by != nil && trusted(c.Request) {
		p.enter(c, by, c.Query("goto"))
		return
	}
	p.showLogin(c, http.StatusOK, "", c.Query("as"))
}

// trusted tells whether the person at the browser opened the link themselves, or on one of our own pages.
func trusted(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "none" || site == "same-origin"
}

// logIn is POST /_mpe/login.
func (p *Pages) logIn(c *gin.Context) {
	pid := strings.TrimSpace(c.PostForm("pid"))
	by := p.known(pid)
	if by == nil {
		p.showLogin(c, http.StatusUnprocessableEntity, wrongPID(pid, c.Query("testid") != ""), pid)
		return
	}
	p.enter(c, by, c.Query("goto"))
}

// wrongPID is the text about a number that nobody has.
func wrongPID(pid string, typed bool) string {
	digits := strings.Trim(pid, "0123456789") == "" && len(pid) == 11
	switch {
	case pid == "" && !typed:
		return "login.choose"
	case !digits:
		return "login.malformed"
	case !party.Synthetic(pid):
		return "login.notSynthetic"
	default:
		return "login.unknown"
	}
}

func (p *Pages) enter(c *gin.Context, by *party.Person, to string) {
	if err := p.open(c, by); err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	c.Redirect(http.StatusSeeOther, p.back(c.Request, to))
}

func (p *Pages) showLogin(c *gin.Context, status int, wrong, pid string) {
	v := loginView{frame: p.altinnFrame(c, nil, "login.pageTitle"), Goto: c.Query("goto"), TestID: c.Query("testid") != "", Chosen: pid}
	if wrong == "login.unknown" || wrong == "login.malformed" {
		v.Typed = pid // a number that may be a real person's is not repeated
	}
	if wrong != "" {
		v.Wrong, _ = v.T(wrong, "pid", pid)
	} else if p.Autologin != "" && p.known(p.Autologin) == nil {
		v.Wrong, _ = v.T("login.autologin", "pid", p.Autologin)
	}
	var err error
	if v.Persons, v.Foretold, err = p.candidates(c, v.Lang, c.Query("goto")); err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	p.show(c, status, "login.html", v)
}

// Link is the address of the login page, with or without TestID.
func (v loginView) Link(testID bool) string {
	query := url.Values{"goto": {v.Goto}}
	if testID {
		query.Set("testid", "1")
	}
	return "?" + query.Encode()
}

// candidates are all persons; foretold tells whether a request is waiting for the one who logs in.
func (p *Pages) candidates(c *gin.Context, in language, to string) (all []candidate, foretold bool, err error) {
	kind, id := p.asked(p.back(c.Request, to), c.Request)
	for _, person := range p.Parties.Persons() {
		one := candidate{Person: person}
		for _, r := range person.Roles {
			one.Roles = append(one.Roles, p.roleName(in, r))
		}
		if id != "" {
			if err = p.foretell(c, in, kind, id, &one); err != nil {
				return nil, false, err
			}
			foretold = foretold || one.Outcome != ""
		}
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(a.rank, b.rank) })
	return all, foretold, nil
}

func (p *Pages) roleName(in language, r party.Role) string {
	name, of := cmp.Or(texts()["role."+r.Role][in], r.Role), string(r.Org)
	if o, ok := p.Parties.Organisation(r.Org); ok {
		of = o.Name
	}
	return name + ", " + of
}

// asked is the request that the address of a page is about; an empty id: none.
func (p *Pages) asked(to string, r *http.Request) (systemuser.Kind, string) {
	u, err := url.Parse(to)
	if err != nil {
		return "", ""
	}
	for kind, name := range requestPages {
		if u.Path == p.basePath(r)+systemUserPages+name {
			return kind, strings.ToLower(u.Query().Get("id"))
		}
	}
	return "", ""
}

// systemUserPages is where Altinn's pages about system users are.
const systemUserPages = "accessmanagement/ui/systemuser/"

// requestPages are the pages of requests, by kind.
var requestPages = map[systemuser.Kind]string{
	systemuser.StandardRequest: "request", systemuser.AgentRequest: "agentrequest", systemuser.ChangeRequest: "changerequest",
}

// foretell says in a few words what the person could do about the request; nothing, when there is no such request.
func (p *Pages) foretell(c *gin.Context, in language, kind systemuser.Kind, id string, one *candidate) (err error) {
	trial, err := p.Requests.Try(c.Request.Context(), kind, id, one.Person)
	refusal, refused := errors.AsType[*problem.Problem](err)
	switch {
	case err != nil && !refused:
		return err
	case trial.Escalates:
		one.rank, one.Tone = 2, "info"
		one.Outcome, err = in.text("outcome.escalates")
	case err == nil:
		one.rank, one.Tone = 0, "success"
		one.Outcome, err = in.text("outcome.approves")
	case refusal.Code == "AUTH-00010", refusal.Code == "AUTH-00000":
		return nil
	case refusal.Code == "AUTH-00013":
		one.rank, one.Tone = 0, "neutral"
		one.Outcome, err = in.text("outcome.answered")
	case refusal.Code == "AUTH-00066":
		one.rank, one.Tone = 3, "neutral"
		one.Outcome, err = in.text("outcome.stranger")
	case slices.Contains(itemised, uiProblem(refusal.Code).Code):
		one.rank, one.Tone = 1, "warning"
		one.Outcome, err = in.text("outcome.lacks", "code", uiProblem(refusal.Code).Code)
	default:
		one.rank, one.Tone = 1, "warning"
		one.Outcome, err = in.text("outcome.fails", "code", uiProblem(refusal.Code).Code)
	}
	return err
}

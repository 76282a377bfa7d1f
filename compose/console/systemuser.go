package console

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"mpe/altinn/party"
	"mpe/altinn/problem"
	"mpe/altinn/systemuser"
)

// UserChanges are what a party does with its system users. Refusals have a problem.Why.
type UserChanges interface {
	// Create makes a standard system user with all that the system has.
	Create(ctx context.Context, partyID int, systemID, title string, by *party.Person) (*systemuser.SystemUser, error)

	// Delete removes a standard system user, DeleteAgent one of type agent with its clients.
	Delete(ctx context.Context, partyID int, id string, by *party.Person) error
	DeleteAgent(ctx context.Context, partyID int, id string, by *party.Person) error
}

// mountSystemUsers registers the pages on which parties look after their system users.
func (p *Pages) mountSystemUsers(r gin.IRouter) {
	const one = "/" + systemUserPages + ":id"
	r.GET("/"+systemUserPages+"overview", p.withPerson(p.overview))
	r.GET("/"+systemUserPages+"create", p.withPerson(p.showCreate))
	r.POST("/"+systemUserPages+"create", p.withPerson(p.create))
	r.GET(one, p.withPerson(p.showUser))
	r.POST(one, p.withPerson(p.changeUser))
	r.GET(one+"/agentdelegation", p.withPerson(p.showAgent))
	r.POST(one+"/agentdelegation", p.withPerson(p.changeAgent))
}

// shownUser is a system user as its pages show it. Views embed it.
type shownUser struct {
	frame
	User *systemuser.SystemUser // nil: it cannot be shown

	Name      string
	Packages  powers
	Services  powers
	MayDelete bool
	Undeleted bool // it was tried to delete it, in vain

	Drawer *userDrawer // nil: it is hidden
}

// Created is the day on which it was made, as Norwegians write it.
func (v shownUser) Created() string { return v.User.Created.Format("02.01.2006") }

// Warns tells whether clients go with the system user.
func (v shownUser) Warns() bool { return len(v.User.Clients) > 0 }

// showUser is GET …/systemuser/{id}.
func (p *Pages) showUser(c *gin.Context, by *party.Person) {
	p.showUserWith(c, by, http.StatusOK, nil)
}

// changeUser is POST …/systemuser/{id}: the only thing to do there is to delete it.
func (p *Pages) changeUser(c *gin.Context, by *party.Person) {
	if c.PostForm("do") != "delete" {
		p.fail(c, http.StatusBadRequest, "frame.badForm")
		return
	}
	p.deleteUser(c, by, p.UserChanges.Delete, p.showUserWith)
}

// deleteUser removes the system user that the address names, and leads back to the list; or shows it again.
func (p *Pages) deleteUser(
	c *gin.Context, by *party.Person,
	remove func(ctx context.Context, partyID int, id string, by *party.Person) error,
	show func(c *gin.Context, by *party.Person, status int, refusal error),
) {
	account := p.account(c, by)
	err := administers(by, account)
	if err == nil {
		err = remove(c.Request.Context(), account.ID, userID(c), by)
	}
	switch {
	case err == nil:
		c.Redirect(http.StatusSeeOther, p.basePath(c.Request)+systemUserPages+"overview")
	case problem.Why(err) != "":
		show(c, by, statusOf(err), err)
	default:
		_ = c.AbortWithError(http.StatusInternalServerError, err)
	}
}

// administers refuses those who may not make and remove system users of the party.
func administers(by *party.Person, account *party.Party) error {
	if by.ManagesAccess(account.Number) {
		return nil
	}
	return problem.Refuse(problem.Forbidden, fmt.Sprintf(
		"%s may not manage access on behalf of %s: that takes tilgangsstyrer, hovedadministrator or a role such as daglig-leder.",
		by.Name, account.Name))
}

// userID is the id in the address.
func userID(c *gin.Context) string { return strings.ToLower(c.Param("id")) }

// showUserWith shows the system user; refusal is why it was not deleted, nil when nobody tried.
func (p *Pages) showUserWith(c *gin.Context, by *party.Person, status int, refusal error) {
	f, account := p.accountFrame(c, by, "user.pageTitle")
	v := shownUser{frame: f, MayDelete: true, Undeleted: refusal != nil}
	err := administers(by, account)
	if err == nil {
		v.User, err = p.SystemUsers.User(c.Request.Context(), account.ID, userID(c))
	}
	if err == nil {
		err = p.describeUser(c.Request.Context(), &v)
	}
	one := userCall(account.ID, userID(c))
	status, err = p.conclude(c, by, &v, status, refusal, err,
		p.command(c, by, http.MethodGet, one, ""), p.command(c, by, http.MethodDelete, one, ""))
	if err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	p.show(c, status, "systemuser.html", v)
}

// conclude is the status of a page about a system user, which gets its drawer. Wrong is why the system user cannot be
// shown, refusal why something was not done to it; either may be nil. An error is a fault.
func (p *Pages) conclude(
	c *gin.Context, by *party.Person, v *shownUser, status int, refusal, wrong error, commands ...string,
) (int, error) {
	if wrong != nil {
		v.User, status, refusal = nil, statusOf(wrong), wrong
		if problem.Why(wrong) == "" {
			return 0, wrong
		}
	}
	var err error
	if v.Drawer, err = p.newUserDrawer(c, by, v.frame); v.Drawer == nil || err != nil {
		return status, err
	}
	v.Drawer.Why = problem.Why(refusal)
	if v.User != nil {
		v.Drawer.Commands = commands
	}
	return status, nil
}

// describeUser says what the system user is called and what it may do.
func (p *Pages) describeUser(ctx context.Context, v *shownUser) (err error) {
	if v.Name, err = p.titleOf(ctx, v.Lang, v.User.Title, v.User.System); err != nil {
		return err
	}
	if v.Packages, err = p.listed(ctx, v.frame, "packages", nil, v.User.AccessPackages); err != nil {
		return err
	}
	v.Services, err = p.listed(ctx, v.frame, "rights", v.User.Rights, nil)
	return err
}

// statusOf is that of the page that tells of the refusal.
func statusOf(refusal error) int {
	switch r := refusal.(type) {
	case *problem.Problem:
		return uiProblem(r.Code).Status
	case *problem.Plain:
		if r.Kind == problem.Forbidden {
			return http.StatusForbidden
		}
		return http.StatusNotFound
	default:
		return http.StatusBadRequest
	}
}

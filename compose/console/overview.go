package console

import (
	"context"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"mpe/altinn/party"
	"mpe/altinn/system"
	"mpe/altinn/systemuser"
)

// SystemUsers are those of the parties, and the requests that may become some. Refusals have a problem.Why.
type SystemUsers interface {
	// UsersOf are the party's live system users of the type, User is one with the id.
	UsersOf(ctx context.Context, partyID int, of systemuser.Type) ([]*systemuser.SystemUser, error)
	User(ctx context.Context, partyID int, id string) (*systemuser.SystemUser, error)

	// Waiting are the requests that the party has not answered: those that were passed on, and the others.
	Waiting(ctx context.Context, partyID int) (passedOn, others []*systemuser.Request, err error)
}

// overviewView is the list of the party's system users.
type overviewView struct {
	frame
	Administers bool // the person may make system users, and sees all
	Clients     bool // the person may look after clients, and sees agents

	Pending, Own, Agents []userLink
	Drawer               *userDrawer // nil: it is hidden
}

// userLinks is a list of them.
type userLinks struct {
	frame
	Links []userLink
}

// List is the list, in the language of the page.
func (v overviewView) List(links []userLink) userLinks { return userLinks{v.frame, links} }

// userLink leads to a system user, or to a request for one.
type userLink struct {
	Title  string
	Ref    string // of a request: the end of its id
	Vendor string
	Badge  template.HTML
	New    bool
	Link   string
}

// overview is GET …/systemuser/overview.
func (p *Pages) overview(c *gin.Context, by *party.Person) {
	f, account := p.accountFrame(c, by, "overview.pageTitle")
	v := overviewView{
		frame: f, Administers: by.ManagesAccess(account.Number), Clients: by.ManagesClients(account.Number),
	}
	if err := p.listUsers(c, by, account, &v); err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	p.show(c, http.StatusOK, "overview.html", v)
}

func (p *Pages) listUsers(c *gin.Context, by *party.Person, account *party.Party, v *overviewView) error {
	ctx := c.Request.Context()
	pending, others, err := p.SystemUsers.Waiting(ctx, account.ID)
	if err != nil {
		return err
	}
	created := c.Query("created")
	if v.Administers {
		if v.Pending, err = p.listedRequests(ctx, v.frame, pending); err != nil {
			return err
		}
		if v.Own, err = p.listedUsers(ctx, v.frame, account, systemuser.Standard, created); err != nil {
			return err
		}
	}
	if v.Administers || v.Clients {
		if v.Agents, err = p.listedUsers(ctx, v.frame, account, systemuser.Agent, created); err != nil {
			return err
		}
	}
	d, err := p.newUserDrawer(c, by, v.frame)
	if d == nil || err != nil {
		return err
	}
	v.Drawer = d
	d.Waiting, err = p.listedRequests(ctx, v.frame, others)
	d.Commands = []string{p.command(c, by, http.MethodGet, userCall(account.ID), "")}
	return err
}

// listedUsers are the party's system users of the type, the newest first. The one with the id created is new.
func (p *Pages) listedUsers(
	ctx context.Context, in frame, account *party.Party, of systemuser.Type, created string,
) ([]userLink, error) {
	users, err := p.SystemUsers.UsersOf(ctx, account.ID, of)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(users, func(a, b *systemuser.SystemUser) int { return b.Created.Compare(a.Created) })
	var all []userLink
	for _, u := range users {
		one := userLink{Vendor: p.nameOf(system.Vendor(u.System)), New: u.ID == created, Link: u.ID}
		if one.Title, err = p.titleOf(ctx, in.Lang, u.Title, u.System); err != nil {
			return nil, err
		}
		badge := "overview.seePowers"
		if of == systemuser.Agent {
			badge, one.Link = "overview.manageClients", u.ID+"/agentdelegation"
		}
		if one.Badge, err = in.T(badge); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// listedRequests are the requests, each with a link that leads to its page and from there back.
func (p *Pages) listedRequests(ctx context.Context, in frame, requests []*systemuser.Request) ([]userLink, error) {
	var all []userLink
	for _, r := range requests {
		one := userLink{
			Ref: r.ID[max(len(r.ID)-5, 0):], Vendor: p.nameOf(system.Vendor(r.System)),
			Link: requestPages[r.Kind] + "?id=" + r.ID + "&skiplogout=true",
		}
		var err error
		if one.Title, err = p.titleOf(ctx, in.Lang, r.Title, r.System); err != nil {
			return nil, err
		}
		badge := "overview.approveOwn"
		if r.Kind == systemuser.AgentRequest {
			badge = "overview.approveForClients"
		}
		if one.Badge, err = in.T(badge); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// titleOf is what a system user is called: the title, or the system's name.
func (p *Pages) titleOf(ctx context.Context, in language, title, systemID string) (string, error) {
	if strings.TrimSpace(title) != "" {
		return title, nil
	}
	s, err := p.Records.System(ctx, systemID)
	if err != nil {
		return "", err
	}
	return spoken(s.Name, in, s.ID), nil
}

package console

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"mpe/altinn/party"
	"mpe/altinn/problem"
	"mpe/altinn/systemuser"
	"mpe/oauth/org"
)

// Clients are those whom system users of type agent act for. Refusals have a problem.Why.
type Clients interface {
	// ClientsOf are the clients of the organisation for whom it has all of the access packages (URNs).
	ClientsOf(facilitator org.Number, packages []string) []*systemuser.Client

	// AttachFor adds a client, by its party UUID, to the party's agent; DetachFor takes it away.
	AttachFor(ctx context.Context, partyID int, agent, client string) (*systemuser.SystemUser, error)
	DetachFor(ctx context.Context, partyID int, agent, client string) (*systemuser.SystemUser, error)

	// AttachAll adds all that can be added, and goes on when one is refused.
	AttachAll(ctx context.Context, partyID int, agent string) (added, refused []*systemuser.Client, err error)

	// ServeOwner lets the party's agent act for the party itself, or not.
	ServeOwner(ctx context.Context, partyID int, agent string, serves bool) (*systemuser.SystemUser, error)
}

// agentView is the page on which clients are added to an agent and taken away.
type agentView struct {
	shownUser
	Manages   bool // the person may look after clients
	OwnToo    bool // the person may let the agent act for its owner as well
	Shown     []clientRow
	Choosing  bool // the dialog is open, in which clients are chosen
	Choice    []clientRow
	NoClients bool // the owner has none to choose from

	Search string // what the list is narrowed to
	Hide   bool   // clients that have been added are left out

	Said    template.HTML // what has just been done; empty: nothing
	Failure template.HTML // why the owner was not added or taken away; empty: it was, or nobody tried
	Whole   *addedAll     // all clients were to be added; nil: not just now
}

// clientRow is an organisation in a list of clients.
type clientRow struct {
	UUID, Name, Number string

	Added  bool // the agent acts for it
	Own    bool // it is the agent's owner
	Failed bool // it was just tried to change that, in vain
}

// addedAll is what came of adding all clients.
type addedAll struct {
	Added   int
	Refused []string // by name
}

// Total is how many were to be added.
func (a addedAll) Total() int { return a.Added + len(a.Refused) }

// showAgent is GET …/systemuser/{id}/agentdelegation. With ?clients= the dialog is open; search and hide narrow the list.
func (p *Pages) showAgent(c *gin.Context, by *party.Person) {
	p.showAgentWith(c, by, http.StatusOK, nil, func(*agentView) error { return nil })
}

// changeAgent is POST of that page.
func (p *Pages) changeAgent(c *gin.Context, by *party.Person) {
	account, ctx, id := p.account(c, by), c.Request.Context(), userID(c)
	switch do, client := c.PostForm("do"), c.PostForm("client"); do {
	case "delete":
		p.deleteUser(c, by, p.UserChanges.DeleteAgent, func(c *gin.Context, by *party.Person, status int, refusal error) {
			p.showAgentWith(c, by, status, refusal, func(v *agentView) error {
				v.Undeleted = true
				return nil
			})
		})
	case "add", "remove":
		change := p.Clients.AttachFor
		if do == "remove" {
			change = p.Clients.DetachFor
		}
		err := managesClients(by, account)
		if err == nil {
			_, err = change(ctx, account.ID, id, client)
		}
		p.changed(c, by, err, url.Values{do: {client}}, "client-"+client, func(v *agentView) error {
			for i := range v.Choice {
				v.Choice[i].Failed = v.Choice[i].UUID == client
			}
			return nil
		})
	case "addOwn", "removeOwn":
		err := administers(by, account)
		if err == nil {
			_, err = p.Clients.ServeOwner(ctx, account.ID, id, do == "addOwn")
		}
		p.changed(c, by, err, nil, "", func(v *agentView) (err error) {
			v.Failure, err = v.T("agent." + do + "Error")
			return err
		})
	case "addAll":
		p.addAll(c, by, account)
	default:
		p.fail(c, http.StatusBadRequest, "frame.badForm")
	}
}

// managesClients refuses those who may not look after the party's clients.
func managesClients(by *party.Person, account *party.Party) error {
	if by.ManagesClients(account.Number) {
		return nil
	}
	return problem.Refuse(problem.Forbidden, fmt.Sprintf(
		"%s may not manage the clients of %s: that takes klientadministrator.", by.Name, account.Name))
}

// changed leads back to the page after a change, which said tells of there; or shows it with what went wrong.
func (p *Pages) changed(c *gin.Context, by *party.Person, err error, said url.Values, row string, wrong func(*agentView) error) {
	switch {
	case err == nil:
		back := narrowed(c)
		for name, values := range said {
			back[name] = values
		}
		to := url.URL{Path: c.Request.URL.Path, RawQuery: back.Encode(), Fragment: row}
		c.Redirect(http.StatusSeeOther, p.here(c)+strings.TrimPrefix(to.String(), to.EscapedPath()))
	case problem.Why(err) != "":
		p.showAgentWith(c, by, statusOf(err), err, wrong)
	default:
		_ = c.AbortWithError(http.StatusInternalServerError, err)
	}
}

// narrowed is the part of the query that says what is shown.
func narrowed(c *gin.Context) url.Values {
	values := url.Values{}
	for _, name := range []string{"clients", "search", "hide"} {
		if value := c.Query(name); value != "" {
			values.Set(name, value)
		}
	}
	return values
}

// addAll adds all clients, and tells for whom that was refused.
func (p *Pages) addAll(c *gin.Context, by *party.Person, account *party.Party) {
	err := managesClients(by, account)
	var added, refused []*systemuser.Client
	if err == nil {
		added, refused, err = p.Clients.AttachAll(c.Request.Context(), account.ID, userID(c))
	}
	if err != nil {
		p.changed(c, by, err, nil, "", func(*agentView) error { return nil })
		return
	}
	p.showAgentWith(c, by, http.StatusOK, nil, func(v *agentView) error {
		v.Choosing, v.Whole = true, &addedAll{Added: len(added)}
		for _, client := range refused {
			v.Whole.Refused = append(v.Whole.Refused, client.Name)
		}
		return nil
	})
}

// showAgentWith shows the agent with its clients, and what is added to its page; refusal is why something was not done.
func (p *Pages) showAgentWith(
	c *gin.Context, by *party.Person, status int, refusal error, add func(*agentView) error,
) {
	f, account := p.accountFrame(c, by, "agent.pageTitle")
	v := agentView{
		shownUser: shownUser{frame: f, MayDelete: by.ManagesAccess(account.Number)},
		Manages:   by.ManagesClients(account.Number), Search: c.Query("search"), Hide: c.Query("hide") != "",
	}
	wrong := p.describeAgent(c, account, &v)
	if wrong == nil {
		wrong = add(&v)
	}
	status, err := p.conclude(c, by, &v.shownUser, status, refusal, wrong, p.agentCommands(c, by, account, v)...)
	if err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	p.show(c, status, "agentdelegation.html", v)
}

// agentCommands do what can be done on the page; clients are added by the first that can be.
func (p *Pages) agentCommands(c *gin.Context, by *party.Person, account *party.Party, v agentView) []string {
	client := "<partyUuid>"
	if free := slices.IndexFunc(v.Choice, func(r clientRow) bool { return !r.Added }); free >= 0 {
		client = v.Choice[free].UUID
	}
	pair := "?client=" + client + "&provider=" + account.UUID
	one := agentCall(account.ID, userID(c))
	return []string{
		p.command(c, by, http.MethodPost, one+pair, ""),
		p.command(c, by, http.MethodDelete, agentCall(account.ID, userID(c), "client")+pair, ""),
		p.command(c, by, http.MethodDelete, one+"?facilitatorId="+account.UUID, ""),
	}
}

// describeAgent finds the agent with its clients, and says what was done to them just now.
func (p *Pages) describeAgent(c *gin.Context, account *party.Party, v *agentView) (err error) {
	if !v.MayDelete && !v.Manages {
		return problem.Refuse(problem.Forbidden, fmt.Sprintf(
			"%s may not see the system users of %s.", v.Person.Name, account.Name))
	}
	if v.User, err = p.SystemUsers.User(c.Request.Context(), account.ID, userID(c)); err != nil {
		return err
	}
	if v.User.Type != systemuser.Agent {
		return problem.Refuse(problem.NotFound, fmt.Sprintf(
			"The system user %s is of type %s and has no clients. Its page is %s.", v.User.ID, v.User.Type, v.User.ID))
	}
	if err = p.describeUser(c.Request.Context(), &v.shownUser); err != nil {
		return err
	}
	v.OwnToo = v.MayDelete && v.User.MayServeOwner()
	if v.Manages {
		p.listClients(c, account, v)
	}
	if own := (clientRow{account.UUID, account.Name, grouped(account.Number), v.User.ActsForOwner, true, false}); v.OwnToo &&
		(own.Added || len(v.User.Clients) > 0) {
		v.Shown = append([]clientRow{own}, v.Shown...)
	}
	return p.say(c, v)
}

// listClients lists those that can be chosen, and those that have been.
func (p *Pages) listClients(c *gin.Context, account *party.Party, v *agentView) {
	v.Choosing = c.Query("clients") != ""
	all := p.Clients.ClientsOf(account.Number, v.User.AccessPackages)
	v.NoClients = len(all) == 0
	for _, client := range all {
		row := clientRow{UUID: client.UUID, Name: client.Name, Number: grouped(client.Number), Added: v.User.ActsFor(client.Number)}
		fits := row.fits(v.Search)
		if fits && !(v.Hide && row.Added) {
			v.Choice = append(v.Choice, row)
		}
		if row.Added && (fits || v.Choosing) {
			v.Shown = append(v.Shown, row)
		}
	}
}

// fits tells whether the name or the number has what is searched for.
func (r clientRow) fits(search string) bool {
	plain := func(s string) string { return strings.ReplaceAll(s, " ", "") }
	return strings.Contains(strings.ToLower(r.Name), strings.ToLower(strings.TrimSpace(search))) ||
		strings.Contains(plain(r.Number), plain(search))
}

// say tells of the client that has just been added or taken away.
func (p *Pages) say(c *gin.Context, v *agentView) (err error) {
	for _, client := range p.Clients.ClientsOf(v.User.Owner, nil) {
		added := v.User.ActsFor(client.Number)
		switch {
		case added && c.Query("add") == client.UUID:
			v.Said, err = v.T("agent.added", "name", client.Name)
		case !added && c.Query("remove") == client.UUID:
			v.Said, err = v.T("agent.removed", "name", client.Name)
		}
	}
	return err
}

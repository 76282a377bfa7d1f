package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"mpe/altinn/party"
	"mpe/altinn/problem"
	"mpe/altinn/system"
	"mpe/altinn/systemuser"
)

// Systems are those that customers can choose from.
type Systems interface {
	Visible(ctx context.Context) ([]*system.System, error)
}

// createView is the page on which a party gives itself a system user.
type createView struct {
	frame
	Administers bool // the person may do so
	Systems     []offer
	Unknown     bool // the address names a system that is not offered

	Chosen   *offer // nil: it is still to be chosen
	Packages powers // what is given to it
	Services powers
	Failure  *failure // of what was just tried; nil: none

	Drawer *userDrawer // nil: it is hidden
}

// offer is a system that can be chosen.
type offer struct {
	*system.System
	Name         string
	Vendor       string
	VendorNumber string
}

// Single tells whether one power is given, and no more.
func (v createView) Single() bool { return len(v.Packages.Items)+len(v.Services.Items) == 1 }

// showCreate is GET …/systemuser/create. With ?system= it shows what would be given.
func (p *Pages) showCreate(c *gin.Context, by *party.Person) {
	p.showCreateWith(c, by, c.Query("system"), nil)
}

// create is POST …/systemuser/create.
func (p *Pages) create(c *gin.Context, by *party.Person) {
	id := c.PostForm("system")
	made, err := p.createFor(c, by, id)
	switch {
	case id == "":
		p.fail(c, http.StatusBadRequest, "frame.badForm")
	case err != nil:
		p.showCreateWith(c, by, id, err)
	default:
		c.Redirect(http.StatusSeeOther, p.basePath(c.Request)+systemUserPages+"overview?created="+made.ID)
	}
}

// createFor makes a system user for the party that the person looks at, with a system that is offered.
func (p *Pages) createFor(c *gin.Context, by *party.Person, id string) (*systemuser.SystemUser, error) {
	f, account := p.accountFrame(c, by, "create.pageTitle")
	if err := administers(by, account); err != nil {
		return nil, err
	}
	offers, err := p.offers(c.Request.Context(), f.Lang)
	if err != nil {
		return nil, err
	}
	chosen := offered(offers, id)
	if chosen == nil {
		return nil, problem.New("AUTH-00011", fmt.Sprintf("The portal offers no system %q. It offers visible systems that are not deleted.", id))
	}
	return p.UserChanges.Create(c.Request.Context(), account.ID, chosen.ID, chosen.Name, by)
}

// offers are the systems that can be chosen, by name.
func (p *Pages) offers(ctx context.Context, in language) ([]offer, error) {
	visible, err := p.Systems.Visible(ctx)
	var all []offer
	for _, s := range visible {
		all = append(all, offer{s, spoken(s.Name, in, s.ID), p.nameOf(s.Vendor), string(s.Vendor)})
	}
	slices.SortStableFunc(all, func(a, b offer) int { return strings.Compare(a.Name, b.Name) })
	return all, err
}

func offered(all []offer, id string) *offer {
	if at := slices.IndexFunc(all, func(one offer) bool { return one.ID == id }); at >= 0 {
		return &all[at]
	}
	return nil
}

// showCreateWith shows the choice, or what the system with the id would be given; refusal is why it was not given, nil
// when nobody tried.
func (p *Pages) showCreateWith(c *gin.Context, by *party.Person, id string, refusal error) {
	f, account := p.accountFrame(c, by, "create.pageTitle")
	v := createView{frame: f, Administers: by.ManagesAccess(account.Number)}
	status, err := p.describeOffer(c, by, account, id, &v, refusal)
	if err == nil {
		v.Drawer, err = p.newUserDrawer(c, by, f)
	}
	if err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	if v.Drawer != nil {
		v.Drawer.Why = problem.Why(refusal)
		if v.Chosen != nil {
			v.Drawer.Commands = []string{p.command(c, by, http.MethodPost, userCall(account.ID, "create"),
				jsonOf("integrationTitle", v.Chosen.Name, "systemId", v.Chosen.ID))}
		}
	}
	p.show(c, status, "create.html", v)
}

// describeOffer says what can be chosen, or what the system that was chosen would be given, and what went wrong.
func (p *Pages) describeOffer(
	c *gin.Context, by *party.Person, account *party.Party, id string, v *createView, refusal error,
) (status int, err error) {
	ctx, status := c.Request.Context(), http.StatusOK
	if refusal != nil {
		status = statusOf(refusal)
		if problem.Why(refusal) == "" {
			return 0, refusal
		}
	}
	if !v.Administers {
		return status, nil
	}
	if v.Systems, err = p.offers(ctx, v.Lang); err != nil || id == "" {
		return status, err
	}
	if v.Chosen = offered(v.Systems, id); v.Chosen == nil {
		v.Unknown = true
		return http.StatusNotFound, nil
	}
	if v.Packages, err = p.listed(ctx, v.frame, "packages", nil, v.Chosen.AccessPackages); err != nil {
		return 0, err
	}
	if v.Services, err = p.listed(ctx, v.frame, "rights", v.Chosen.Rights, nil); err != nil {
		return 0, err
	}
	if told, ok := errors.AsType[*problem.Problem](refusal); ok {
		v.Failure, err = p.undelegated(ctx, v.frame, uiProblem(told.Code).Code, "create.error",
			delegation{by, account.Number, v.Chosen.Rights, v.Chosen.AccessPackages})
	}
	return status, err
}

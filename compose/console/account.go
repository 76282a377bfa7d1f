package console

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"mpe/altinn/party"
	"mpe/oauth/org"
)

// accountCookie is where Altinn keeps the party id of the one whom the person looks at.
const accountCookie = "AltinnPartyId"

// accounts are whom the person can look at: the organisations that the person is something for; without any, the person.
func (p *Pages) accounts(by *party.Person) []*party.Party {
	var all []*party.Party
	for _, role := range by.Roles {
		o, ok := p.Parties.Organisation(role.Org)
		if ok && !slices.ContainsFunc(all, func(one *party.Party) bool { return one.Number == o.Number }) {
			all = append(all, o)
		}
	}
	if len(all) == 0 {
		return []*party.Party{&by.Party}
	}
	return all
}

// account is whom the person looks at: the one that the address names, which is then remembered, the one that was looked
// at last, or the first that the person looks after.
func (p *Pages) account(c *gin.Context, by *party.Person) *party.Party {
	all := p.accounts(by)
	if one := withID(all, c.Query("party")); one != nil {
		p.lookAt(c, one)
		return one
	}
	last, _ := c.Cookie(accountCookie)
	if one := withID(all, last); one != nil {
		return one
	}
	lookedAfter := slices.IndexFunc(all, func(one *party.Party) bool { return looksAfter(by, one.Number) })
	return all[max(lookedAfter, 0)]
}

// lookAt remembers whom the person looks at.
func (p *Pages) lookAt(c *gin.Context, one *party.Party) {
	p.setCookie(c, &http.Cookie{Name: accountCookie, Value: strconv.Itoa(one.ID)})
}

func withID(all []*party.Party, id string) *party.Party {
	if at := slices.IndexFunc(all, func(one *party.Party) bool { return strconv.Itoa(one.ID) == id }); at >= 0 {
		return all[at]
	}
	return nil
}

// looksAfter tells whether the person may see system users of the organisation.
func looksAfter(by *party.Person, of org.Number) bool {
	return by.ManagesAccess(of) || by.ManagesClients(of)
}

// accountFrame is the frame of a page about what the party that the person looks at has.
func (p *Pages) accountFrame(c *gin.Context, by *party.Person, title string) (frame, *party.Party) {
	account := p.account(c, by)
	f := p.altinnFrame(c, by, title)
	f.Account = account.Name
	if all := p.accounts(by); len(all) > 1 {
		f.Accounts = all
		f.AccountID = account.ID
	}
	return f, account
}

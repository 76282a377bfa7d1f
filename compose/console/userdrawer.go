package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"mpe/altinn/party"
)

// userDrawer is what a developer is told beside a page about system users.
type userDrawer struct {
	Why      string // something was refused, in English; empty: nothing was
	Here     string // the page, for those who come back to it
	Persons  []candidate
	Waiting  []userLink // requests that the page leaves out, as Altinn does
	Commands []string
}

// newUserDrawer is nil when drawers are hidden.
func (p *Pages) newUserDrawer(c *gin.Context, by *party.Person, in frame) (*userDrawer, error) {
	if p.HideDevtools {
		return nil, nil
	}
	d := &userDrawer{Here: p.here(c)}
	var err error
	d.Persons, _, err = p.candidates(c, in.Lang, d.Here)
	return d, err
}

// userCall is the path of Altinn's API for the party's system users, or what follows it.
func userCall(partyID int, more ...string) string {
	return "authentication/api/v1/systemuser/" + strings.Join(append([]string{fmt.Sprint(partyID)}, more...), "/")
}

// agentCall is that for system users of type agent.
func agentCall(partyID int, more ...string) string {
	return "authentication/api/v1/systemuser/agent/" + strings.Join(append([]string{fmt.Sprint(partyID)}, more...), "/")
}

// command is the call of Altinn's API that does the same as the page, in the person's name.
func (p *Pages) command(c *gin.Context, by *party.Person, method, call, body string) string {
	base := p.Base(c.Request)
	line := "curl '" + base + call + "'"
	if method != http.MethodGet {
		line = "curl -X " + method + " '" + base + call + "'"
	}
	line += ` -H "Authorization: Bearer $(curl -s '` + base + "api/GetPersonalToken?pid=" + by.PID + `&scopes=altinn:portal/enduser')"`
	if body != "" {
		line += ` -H 'Content-Type: application/json' -d '` + strings.ReplaceAll(body, "'", `'\''`) + "'"
	}
	return line
}

// jsonOf is an object of strings: names and values take turns.
func jsonOf(named ...string) string {
	members := map[string]string{}
	for i := 0; i+1 < len(named); i += 2 {
		members[named[i]] = named[i+1]
	}
	body, _ := json.Marshal(members) // strings cannot fail
	return string(body)
}

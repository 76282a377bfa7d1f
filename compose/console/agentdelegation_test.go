package console_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"mpe/altinn/party"
	"mpe/altinn/problem"
	"mpe/altinn/resource"
	"mpe/altinn/systemuser"
	"mpe/compose/console"
	"mpe/oauth/org"
)

const accountant = org.Number("310000043")

// clients are three, of whom the second is refused, or all of whom lead to a fault.
type clients struct {
	console.Clients
	fault error
}

func three() []*systemuser.Client {
	return []*systemuser.Client{
		{Party: &party.Party{UUID: "1", Number: "310000078", Name: "Første AS"}},
		{Party: &party.Party{UUID: "2", Number: "310000086", Name: "<b>Andre</b> AS"}},
		{Party: &party.Party{UUID: "3", Number: "310000108", Name: "Tredje AS"}},
	}
}

func (clients) ClientsOf(org.Number, []string) []*systemuser.Client { return three() }

func (c clients) AttachAll(context.Context, int, string) (added, refused []*systemuser.Client, err error) {
	all := three()
	return []*systemuser.Client{all[0], all[2]}, all[1:2], c.fault
}

func (c clients) AttachFor(context.Context, int, string, string) (*systemuser.SystemUser, error) {
	if c.fault != nil {
		return nil, c.fault
	}
	return nil, problem.New("AUTH-00080", "The package is missing.")
}

// users is one agent.
type users struct{ console.SystemUsers }

func (users) User(context.Context, int, string) (*systemuser.SystemUser, error) {
	return &systemuser.SystemUser{ID: "agent", Title: "Byrå", Owner: accountant, Type: systemuser.Agent, Created: time.Unix(0, 0)}, nil
}

type noPackages struct{}

func (noPackages) BySubjects(context.Context, []string) ([]resource.Guarded, error) { return nil, nil }

// post sends a form to the page of the agent, as one who looks after its owner.
func post(t *testing.T, c clients, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	gin.SetMode(gin.TestMode)
	by := &party.Person{PID: "23908111028", Roles: []party.Role{{Role: "daglig-leder", Org: accountant}}}
	owner := &party.Party{ID: 31000004, UUID: "o", Number: accountant, Name: "Byrå AS"}
	pages := console.Pages{
		Base:        func(*http.Request) string { return "http://localhost/" },
		Parties:     party.NewRegister([]*party.Party{owner}, []*party.Person{by}, nil, nil),
		SystemUsers: users{}, Clients: c, Packages: noPackages{}, Autologin: by.PID, HideDevtools: true, Now: time.Now,
	}
	r := gin.New()
	pages.Mount(r)
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost,
		"http://localhost/accessmanagement/ui/systemuser/agent/agentdelegation?clients=choose&lang=nb", strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	r.ServeHTTP(answer, request)
	return answer
}

// When somebody is refused, the rest is added, and the person reads who was not.
func TestAddingAllClientsTellsWhoWasRefused(t *testing.T) {
	answer := post(t, clients{}, url.Values{"do": {"addAll"}})
	if answer.Code != http.StatusOK {
		t.Errorf("status %d, want 200", answer.Code)
	}
	said := text(answer.Body.String())
	for _, want := range []string{"Bare 2 av 3 klienter kom med.", "Disse kom ikke med:", "<b>Andre</b> AS", "Bekreft og lukk"} {
		if !strings.Contains(said, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(said, "Alle klienter er lagt til.") {
		t.Error("the page says that all were added")
	}
}

// One who is refused is told of in its row, with the status that Altinn's backend answers with.
func TestAClientThatIsRefused(t *testing.T) {
	answer := post(t, clients{}, url.Values{"do": {"add"}, "client": {"2"}})
	if answer.Code != http.StatusBadRequest {
		t.Errorf("status %d, want 400", answer.Code)
	}
	_, row, _ := strings.Cut(answer.Body.String(), `id="client-2"`)
	row, rest, _ := strings.Cut(row, "</li>")
	if wrong := "Klienten kom ikke med."; !strings.Contains(row, wrong) || strings.Contains(rest, wrong) {
		t.Errorf("the row says %q", row)
	}
}

func TestAFaultIsNoRefusal(t *testing.T) {
	for _, form := range []url.Values{{"do": {"addAll"}}, {"do": {"add"}, "client": {"2"}}} {
		answer := post(t, clients{fault: errors.New("the store is away")}, form)
		if answer.Code != http.StatusInternalServerError || strings.Contains(answer.Body.String(), "away") {
			t.Errorf("%v: status %d, want 500 and nothing of the reason", form, answer.Code)
		}
	}
}

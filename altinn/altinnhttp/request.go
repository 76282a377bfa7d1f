package altinnhttp

import (
	"net/http"
	"strings"

	"mpe/altinn/party"
	"mpe/altinn/problem"
	"mpe/altinn/resource"
	"mpe/altinn/systemuser"
	"mpe/oauth/org"
)

func (e *Endpoints) requestRoutes() router {
	const requests = prefix + "systemuser/request"
	standard, agent := kinded(systemuser.StandardRequest), kinded(systemuser.AgentRequest)
	return router{
		{http.MethodPost, requests + "/vendor", requestWrite, standard(e.ask)},
		{http.MethodPost, requests + "/vendor/agent", requestWrite, agent(e.ask)},
		{http.MethodGet, requests + "/vendor/{requestId}", requestRead, standard(e.request)},
		{http.MethodGet, requests + "/vendor/agent/{requestId}", requestRead, agent(e.request)},
		{http.MethodGet, requests + "/vendor/byexternalref/{systemId}/{orgNo}/{externalRef}", requestRead, standard(e.requestByRef)},
		{http.MethodGet, requests + "/vendor/agent/byexternalref/{systemId}/{orgNo}/{externalRef}", requestRead, agent(e.requestByRef)},
		{http.MethodGet, requests + "/vendor/bysystem/{systemId}", requestRead, standard(e.requestsOfSystem)},
		{http.MethodGet, requests + "/vendor/agent/bysystem/{systemId}", requestRead, agent(e.requestsOfSystem)},
		{http.MethodDelete, requests + "/vendor/{requestId}", requestWrite, e.deleteRequest},

		{http.MethodGet, requests + "/{party}/{requestId}", managesAccess, standard(e.requestTo)},
		{http.MethodGet, requests + "/agent/{party}/{requestId}", managesAccess, agent(e.requestTo)},
		{http.MethodGet, requests + "/{requestId}", portal, standard(e.requestFor)},
		{http.MethodGet, requests + "/agent/{requestId}", portal, agent(e.requestFor)},
		{http.MethodPost, requests + "/{party}/{requestId}/approve", all(portal, managesAccess), standard(e.approve)},
		{http.MethodPost, requests + "/agent/{party}/{requestId}/approve", all(portal, managesAccess), agent(e.approve)},
		{http.MethodPost, requests + "/{party}/{requestId}/reject", managesAccess, standard(e.reject)},
		{http.MethodPost, requests + "/agent/{party}/{requestId}/reject", managesAccess, agent(e.reject)},
		{http.MethodPost, requests + "/{party}/{requestId}/escalate", portal, e.escalate},
		{http.MethodPost, requests + "/agent/{party}/{requestId}/escalate", portal, e.escalate},
		{http.MethodGet, requests + "/{party}/{orgno}/pending", all(portal, managesAccess), standard(e.pending)},
		{http.MethodGet, requests + "/agent/{party}/{orgno}/pending", all(portal, managesAccess), agent(e.pending)},
	}
}

// kinded makes handlers of those that serve several kinds of requests.
func kinded(kind systemuser.Kind) func(func(*call, systemuser.Kind) (answer, error)) func(*call) (answer, error) {
	return func(handle func(*call, systemuser.Kind) (answer, error)) func(*call) (answer, error) {
		return func(c *call) (answer, error) { return handle(c, kind) }
	}
}

// askBody is CreateRequestSystemUser, and CreateAgentRequestSystemUser, which has no rights.
type askBody struct {
	IntegrationTitle string           `json:"integrationTitle"`
	ExternalRef      string           `json:"externalRef"`
	SystemID         string           `json:"systemId"`
	PartyOrgNo       string           `json:"partyOrgNo"`
	Rights           []resource.Right `json:"rights"`
	AccessPackages   []packageURN     `json:"accessPackages"`
	RedirectURL      string           `json:"redirectUrl"`
}

func (e *Endpoints) ask(c *call, kind systemuser.Kind) (answer, error) {
	var b askBody
	typeName, wanted := "CreateRequestSystemUser", []string{"systemId", "partyOrgNo"}
	if kind == systemuser.AgentRequest {
		typeName, wanted = "CreateAgentRequestSystemUser", append(wanted, "accessPackages")
	}
	typeName = "Altinn.Platform.Authentication.Core.Models.SystemUsers." + typeName
	if err := c.read(&b, "createRequest", typeName, wanted...); err != nil {
		return answer{}, err
	}
	if kind == systemuser.AgentRequest {
		b.Rights = nil
	}
	request, made, err := e.Users.Ask(c.Context(), c.claims.Consumer, systemuser.Ask{
		Kind: kind, System: strings.TrimSpace(b.SystemID), Party: org.Number(strings.TrimSpace(b.PartyOrgNo)),
		ExternalRef: strings.TrimSpace(b.ExternalRef), Title: strings.TrimSpace(b.IntegrationTitle),
		Rights: b.Rights, AccessPackages: urns(b.AccessPackages), RedirectURL: strings.TrimSpace(b.RedirectURL),
	})
	if err != nil {
		return answer{}, err
	}
	return c.asked(request, made, "request"), nil
}

// asked is the answer to a vendor that asks: with a new request, or with the one that there is. Location is the
// address for customers, which vendors cannot read.
func (c *call) asked(r *systemuser.Request, made bool, resource string) answer {
	a := answer{body: c.requestDTO(r, true)}
	if !made {
		return a
	}
	if c.e.Asked != nil {
		c.e.Asked(c.Context(), r)
	}
	a.status = http.StatusCreated
	a.headers = map[string]string{"Location": c.base() + prefix + "systemuser/" + resource + "/" + r.ID}
	return a
}

// requestDTO is RequestSystemResponse, and AgentRequestSystemResponse, which has no rights.
func (c *call) requestDTO(r *systemuser.Request, confirm bool) object {
	if r.Kind == systemuser.ChangeRequest {
		return c.changeRequestDTO(r, confirm)
	}
	o := object{
		{"id", r.ID}, {"integrationTitle", r.Title}, {"externalRef", r.Ref()}, {"systemId", r.System}, {"partyOrgNo", r.Party},
	}
	if r.Kind == systemuser.StandardRequest {
		o = append(o, member{"rights", written(r.Rights)})
	}
	o = append(o, member{"accessPackages", packageURNs(r.AccessPackages)}, member{"status", r.Status})
	if r.RedirectURL != "" {
		o = append(o, member{"redirectUrl", r.RedirectURL})
	}
	if confirm {
		o = append(o, member{"confirmUrl", c.confirmURL(r)})
	}
	return append(o,
		member{"escalated", r.Escalated}, member{"created", instant(r.Created)}, member{"timedOut", r.TimedOut(c.e.Now())})
}

// pages are where customers answer the kinds of requests.
var pages = map[systemuser.Kind]string{
	systemuser.StandardRequest: "request", systemuser.AgentRequest: "agentrequest", systemuser.ChangeRequest: "changerequest",
}

// confirmURL is where the customer answers the request.
func (c *call) confirmURL(r *systemuser.Request) string {
	base := c.e.ConfirmBase
	if base == "" {
		base = c.base()
	}
	return base + "accessmanagement/ui/systemuser/" + pages[r.Kind] + "?id=" + r.ID + "&DONTCHOOSEREPORTEE=true"
}

func (e *Endpoints) request(c *call, kind systemuser.Kind) (answer, error) {
	id, err := c.id("requestId")
	if err != nil {
		return answer{}, err
	}
	vendor, err := c.vendor()
	if err != nil {
		return answer{}, err
	}
	request, err := e.Users.Request(c.Context(), vendor, kind, id)
	return c.vendorRequest(request, err, false)
}

// vendorRequest is what a vendor reads of a request. Whether it has been passed on is kept from most.
func (c *call) vendorRequest(r *systemuser.Request, err error, tellsEscalated bool) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	shown := *r
	shown.Escalated = r.Escalated && tellsEscalated
	return answer{body: c.requestDTO(&shown, true)}, nil
}

func (e *Endpoints) requestByRef(c *call, kind systemuser.Kind) (answer, error) {
	vendor, err := c.vendor()
	if err != nil {
		return answer{}, err
	}
	p := c.parameters
	request, err := e.Users.RequestByRef(c.Context(), vendor, kind, p["systemId"], org.Number(p["orgNo"]), p["externalRef"])
	return c.vendorRequest(request, err, kind == systemuser.AgentRequest)
}

func (e *Endpoints) requestsOfSystem(c *call, kind systemuser.Kind) (answer, error) {
	from, err := cursor[string](c)
	if err != nil {
		return answer{}, err
	}
	vendor, err := c.vendor()
	if err != nil {
		return answer{}, err
	}
	requests, next, err := e.Users.RequestsOfSystem(c.Context(), vendor, kind, c.parameters["systemId"], from)
	if err != nil {
		return answer{}, err
	}
	return answer{body: list(c, c.requestDTOs(requests), next)}, nil
}

func (c *call) requestDTOs(requests []*systemuser.Request) []object {
	all := make([]object, len(requests))
	for i, r := range requests {
		all[i] = c.requestDTO(r, false)
	}
	return all
}

func (e *Endpoints) deleteRequest(c *call) (answer, error) {
	id, err := c.id("requestId")
	if err != nil {
		return answer{}, err
	}
	err = e.Users.DeleteRequest(c.Context(), c.claims.Consumer, id, systemuser.StandardRequest, systemuser.AgentRequest)
	return answer{status: http.StatusAccepted}, err
}

func (e *Endpoints) requestTo(c *call, kind systemuser.Kind) (answer, error) {
	partyID, id, err := c.partyAndID("requestId")
	if err != nil {
		return answer{}, err
	}
	request, err := e.Users.RequestTo(c.Context(), kind, partyID, id)
	if err != nil {
		return answer{}, err
	}
	return answer{body: c.requestDTO(request, false)}, nil
}

// partyAndID are the two things that most of what customers do is about.
func (c *call) partyAndID(name string) (int, string, error) {
	partyID, err := c.party()
	if err != nil {
		return 0, "", err
	}
	id, err := c.id(name)
	return partyID, id, err
}

// requestAndPerson are the request that the address names, and who calls.
func (c *call) requestAndPerson() (string, *party.Person, error) {
	id, err := c.id("requestId")
	if err != nil {
		return "", nil, err
	}
	person, err := c.person()
	return id, person, err
}

func (e *Endpoints) requestFor(c *call, kind systemuser.Kind) (answer, error) {
	id, person, err := c.requestAndPerson()
	if err != nil {
		return answer{}, err
	}
	r, to, escalates, err := e.Users.RequestFor(c.Context(), kind, id, person)
	if err != nil {
		return answer{}, err
	}
	o := object{
		{"id", r.ID}, {"externalRef", r.Ref()}, {"systemId", r.System}, {"partyOrgNo", r.Party}, {"partyId", to.ID},
		{"partyUuid", to.UUID}, {"rights", written(r.Rights)}, {"accessPackages", packageURNs(r.AccessPackages)},
		{"status", r.Status},
	}
	if r.RedirectURL != "" {
		o = append(o, member{"redirectUrl", r.RedirectURL})
	}
	o = append(o, member{"escalated", r.Escalated}, member{"userMayEscalateButNotApprove", escalates},
		member{"created", instant(r.Created)})
	if kind == systemuser.AgentRequest {
		o = append(o, member{"systemUserType", "Agent"})
	}
	return answer{body: o}, nil
}

func (e *Endpoints) approve(c *call, kind systemuser.Kind) (answer, error) {
	return ok(true, c.act("requestId", func(partyID int, id string, by *party.Person) error {
		return e.Users.Approve(c.Context(), kind, partyID, id, by)
	}))
}

func (e *Endpoints) reject(c *call, kind systemuser.Kind) (answer, error) {
	return ok(true, c.act("requestId", func(partyID int, id string, by *party.Person) error {
		return e.Users.Reject(c.Context(), kind, partyID, id, by)
	}))
}

// act does something, to what the parameter names, as the caller and on behalf of the party.
func (c *call) act(name string, do func(partyID int, id string, by *party.Person) error) error {
	partyID, id, err := c.partyAndID(name)
	if err != nil {
		return err
	}
	person, err := c.person()
	if err != nil {
		return err
	}
	return do(partyID, id, person)
}

func (e *Endpoints) escalate(c *call) (answer, error) {
	var escalated bool
	err := c.act("requestId", func(partyID int, id string, by *party.Person) (err error) {
		escalated, err = e.Users.Escalate(c.Context(), partyID, id, by)
		return err
	})
	return ok(escalated, err)
}

func (e *Endpoints) pending(c *call, kind systemuser.Kind) (answer, error) {
	partyID, err := c.party()
	if err != nil {
		return answer{}, err
	}
	customer, err := org.Parse(c.parameters["orgno"])
	if err != nil {
		return answer{}, problem.Unreadable("orgno", err.Error())
	}
	requests, err := e.Users.Pending(c.Context(), kind, partyID, customer)
	return answer{body: c.requestDTOs(requests)}, err
}

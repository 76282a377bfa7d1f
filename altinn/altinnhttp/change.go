package altinnhttp

import (
	"net/http"
	"strings"

	"mpe/altinn/party"
	"mpe/altinn/resource"
	"mpe/altinn/systemuser"
)

func (e *Endpoints) changeRoutes() router {
	const changes = prefix + "systemuser/changerequest"
	change := kinded(systemuser.ChangeRequest)
	return router{
		{http.MethodPost, changes + "/vendor", requestWrite, e.askChange},
		{http.MethodGet, changes + "/vendor/{requestId}", requestRead, change(e.request)},
		{http.MethodGet, changes + "/vendor/byexternalref/{systemId}/{orgNo}/{externalRef}", requestRead, change(e.requestByRef)},
		{http.MethodGet, changes + "/vendor/bysystem/{systemId}", requestRead, change(e.requestsOfSystem)},
		{http.MethodDelete, changes + "/vendor/{requestId}", requestWrite, e.deleteChange},
		{http.MethodGet, changes + "/{party}/{requestId}", managesAccess, change(e.requestTo)},
		{http.MethodGet, changes + "/{requestId}", anyone, e.changeFor},
		{http.MethodPost, changes + "/{party}/{requestId}/approve", managesAccess, e.approveChange},
		{http.MethodPost, changes + "/{party}/{requestId}/reject", managesAccess, e.rejectChange},
	}
}

// changeBody is ChangeRequestSystemUser.
type changeBody struct {
	RequiredRights         []resource.Right `json:"requiredRights"`
	UnwantedRights         []resource.Right `json:"unwantedRights"`
	RequiredAccessPackages []packageURN     `json:"requiredAccessPackages"`
	UnwantedAccessPackages []packageURN     `json:"unwantedAccessPackages"`
	RedirectURL            string           `json:"redirectUrl"`
}

func (e *Endpoints) askChange(c *call) (answer, error) {
	correlation, err := c.queryID("correlation-id")
	if err != nil {
		return answer{}, err
	}
	user, err := c.queryID("system-user-id")
	if err != nil {
		return answer{}, err
	}
	var b changeBody
	if err := c.read(&b, "createRequest", "Altinn.Platform.Authentication.Core.Models.SystemUsers.ChangeRequestSystemUser"); err != nil {
		return answer{}, err
	}
	request, made, err := e.Users.AskChange(c.Context(), c.claims.Consumer, systemuser.Change{
		ID: correlation, SystemUser: user, Rights: b.RequiredRights, AccessPackages: urns(b.RequiredAccessPackages),
		UnwantedRights: b.UnwantedRights, UnwantedAccessPackages: urns(b.UnwantedAccessPackages),
		RedirectURL: strings.TrimSpace(b.RedirectURL),
	})
	if err != nil {
		return answer{}, err
	}
	return c.asked(request, made, "changerequest"), nil
}

// changeRequestDTO is ChangeRequestResponse.
func (c *call) changeRequestDTO(r *systemuser.Request, confirm bool) object {
	created := instant(r.Created)
	if r.Status == systemuser.NoChangeNeeded {
		created = "0001-01-01T00:00:00"
	}
	o := object{
		{"id", r.ID}, {"externalRef", r.Ref()}, {"systemId", r.System}, {"systemUserId", r.SystemUser}, {"partyOrgNo", r.Party},
		{"requiredRights", written(r.Rights)}, {"unwantedRights", written(r.UnwantedRights)},
		{"requiredAccessPackages", packageURNs(r.AccessPackages)},
		{"unwantedAccessPackages", packageURNs(r.UnwantedAccessPackages)}, {"status", r.Status},
	}
	if r.RedirectURL != "" {
		o = append(o, member{"redirectUrl", r.RedirectURL})
	}
	switch {
	case r.Status == systemuser.NoChangeNeeded:
		o = append(o, member{"confirmUrl", ""})
	case confirm:
		o = append(o, member{"confirmUrl", c.confirmURL(r)})
	}
	return append(o, member{"created", created}, member{"timedOut", r.TimedOut(c.e.Now())})
}

func (e *Endpoints) deleteChange(c *call) (answer, error) {
	id, err := c.id("requestId")
	if err != nil {
		return answer{}, err
	}
	err = e.Users.DeleteRequest(c.Context(), c.claims.Consumer, id, systemuser.ChangeRequest)
	return answer{status: http.StatusAccepted}, err
}

func (e *Endpoints) changeFor(c *call) (answer, error) {
	id, person, err := c.requestAndPerson()
	if err != nil {
		return answer{}, err
	}
	r, to, err := e.Users.ChangeFor(c.Context(), id, person)
	if err != nil {
		return answer{}, err
	}
	o := c.changeRequestDTO(r, false)
	at := 5 // behind partyOrgNo
	return answer{body: append(o[:at:at], append(object{{"partyId", to.ID}, {"partyUuid", to.UUID}}, o[at:]...)...)}, nil
}

func (e *Endpoints) approveChange(c *call) (answer, error) {
	return ok(true, c.act("requestId", func(partyID int, id string, by *party.Person) error {
		return e.Users.ApproveChange(c.Context(), partyID, id, by)
	}))
}

func (e *Endpoints) rejectChange(c *call) (answer, error) {
	return ok(true, c.act("requestId", func(partyID int, id string, by *party.Person) error {
		return e.Users.RejectChange(c.Context(), partyID, id, by)
	}))
}

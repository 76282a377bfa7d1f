package altinnhttp

import (
	"errors"
	"net/http"
	"strconv"

	"mpe/altinn/party"
	"mpe/altinn/problem"
	"mpe/altinn/resource"
	"mpe/altinn/system"
	"mpe/altinn/systemuser"
	"mpe/oauth/org"
)

func (e *Endpoints) userRoutes() router {
	const users = prefix + "systemuser"
	return router{
		{http.MethodGet, users + "/byExternalId", lookup, e.userByExternalID},
		{http.MethodGet, users + "/vendor/byquery", requestWrite, e.userByQuery},
		{http.MethodGet, users + "/vendor/bysystem/{systemId}", registerWrite, e.usersOfSystem},
		{http.MethodGet, users + "/{party}", managesAccess, e.usersOf(systemuser.Standard)},
		{http.MethodGet, users + "/agent/{party}", looksAfter, e.usersOf(systemuser.Agent)},
		{http.MethodGet, users + "/{party}/{systemUserId}", looksAfter, e.user},
		{http.MethodGet, users + "/{party}/{systemUserId}/delegations", managesAccess, e.userDelegations},
		{http.MethodDelete, users + "/{party}/{systemUserId}", managesAccess, e.deleteUser},
		{http.MethodDelete, users + "/agent/{party}/{systemUserId}", managesAccess, e.deleteAgent},
		{http.MethodPost, users + "/{party}/create", managesAccess, e.createUser},
		{http.MethodPut, users, portal, e.updateUser},
		{http.MethodGet, users + "/internal/systemusers/stream", internal, e.userStream},
		{http.MethodGet, users + "/internal/systemusers/{systemUserId}", internal, e.registeredUser},
	}
}

// userDTO is SystemUserExternalDTO, what vendors and Maskinporten see.
type userDTO struct {
	ID               string `json:"id"`
	IntegrationTitle string `json:"integrationTitle"`
	SystemID         string `json:"systemId"`
	ProductName      string `json:"productName"`
	ReporteeOrgNo    string `json:"reporteeOrgNo"`
	Created          string `json:"created"`
	IsDeleted        bool   `json:"isDeleted"`
	SupplierName     string `json:"supplierName"`
	SupplierOrgNo    string `json:"supplierOrgno"`
	ExternalRef      string `json:"externalRef"`
	UserType         string `json:"userType"`
}

func newUserDTO(u *systemuser.SystemUser) userDTO {
	return userDTO{
		ID: u.ID, IntegrationTitle: u.Title, SystemID: u.System, ReporteeOrgNo: string(u.Owner), Created: instant(u.Created),
		IsDeleted: !u.Live(), SupplierOrgNo: string(system.Vendor(u.System)), ExternalRef: u.Ref(), UserType: string(u.Type),
	}
}

func (e *Endpoints) userByExternalID(c *call) (answer, error) {
	q, err := c.required("clientId", "systemProviderOrgNo", "systemUserOwnerOrgNo")
	if err != nil {
		return answer{}, err
	}
	query := systemuser.Query{
		ClientID: q[0], Vendor: org.Number(q[1]), Owner: org.Number(q[2]), ExternalRef: c.query("externalRef"),
	}
	u, err := e.Finder.ByExternalID(c.Context(), query)
	if errors.Is(err, systemuser.ErrNotFound) {
		mismatch, err := e.Finder.WhyNot(c.Context(), query, e.Now())
		if err != nil {
			return answer{}, err
		}
		return answer{}, problem.Refuse(problem.NotFound, "No system user matches. "+mismatch.String()+".")
	}
	if err != nil {
		return answer{}, err
	}
	dto := newUserDTO(u)
	dto.ProductName = u.System // where Maskinporten reads system_id
	return answer{body: dto, headers: noStore}, nil
}

func (e *Endpoints) userByQuery(c *call) (answer, error) {
	q, err := c.required("system-id", "orgno")
	if err != nil {
		return answer{}, err
	}
	vendor, err := c.vendor()
	if err != nil {
		return answer{}, err
	}
	u, err := e.Users.UserByQuery(c.Context(), vendor, q[0], org.Number(q[1]), c.query("external-ref"))
	if err != nil {
		return answer{}, err
	}
	return answer{body: newUserDTO(u)}, nil
}

func (e *Endpoints) usersOfSystem(c *call) (answer, error) {
	from, err := cursor[int64](c)
	if err != nil {
		return answer{}, err
	}
	vendor, err := c.vendor()
	if err != nil {
		return answer{}, err
	}
	users, next, err := e.Users.UsersOfSystem(c.Context(), vendor, c.parameters["systemId"], from)
	if err != nil {
		return answer{}, err
	}
	all := make([]userDTO, len(users))
	for i, u := range users {
		all[i] = newUserDTO(u)
	}
	return answer{body: list(c, all, next)}, nil
}

// ownUserDTO is SystemUserInternalDTO, what owners see.
type ownUserDTO struct {
	ID               string           `json:"id"`
	IntegrationTitle string           `json:"integrationTitle"`
	SystemID         string           `json:"systemId"`
	ProductName      string           `json:"productName"`
	SystemInternalID string           `json:"systemInternalId,omitempty"`
	PartyID          string           `json:"partyId"`
	PartyUUID        string           `json:"partyUuId"` // as Altinn spells it; always empty
	ReporteeOrgNo    string           `json:"reporteeOrgNo"`
	Created          string           `json:"created"`
	IsDeleted        bool             `json:"isDeleted"`
	SupplierName     string           `json:"supplierName"`
	SupplierOrgNo    string           `json:"supplierOrgno"`
	ExternalRef      string           `json:"externalRef"`
	UserType         string           `json:"userType"`
	AccessPackages   []packageURN     `json:"accessPackages"`
	Rights           []resource.Right `json:"rights,omitzero"` // in the details of standard ones
}

func (e *Endpoints) ownUserDTO(c *call, u *systemuser.SystemUser) (ownUserDTO, error) {
	external := newUserDTO(u)
	dto := ownUserDTO{
		ID: external.ID, IntegrationTitle: external.IntegrationTitle, SystemID: external.SystemID,
		ReporteeOrgNo: external.ReporteeOrgNo, Created: external.Created, IsDeleted: external.IsDeleted,
		SupplierOrgNo: external.SupplierOrgNo, ExternalRef: external.ExternalRef, UserType: external.UserType,
		AccessPackages: packageURNs(u.AccessPackages),
	}
	if owner, ok := e.Parties.Organisation(u.Owner); ok {
		dto.PartyID = strconv.Itoa(owner.ID)
	}
	s, err := e.Systems.Shown(c.Context(), u.System)
	if err != nil && problem.Why(err) == "" {
		return ownUserDTO{}, err
	}
	if s != nil {
		dto.SystemInternalID = s.InternalID
	}
	return dto, nil
}

func (e *Endpoints) usersOf(of systemuser.Type) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		partyID, err := c.party()
		if err != nil {
			return answer{}, err
		}
		users, err := e.Users.UsersOf(c.Context(), partyID, of)
		if err != nil {
			return answer{}, err
		}
		return e.ownUsers(c, users)
	}
}

func (e *Endpoints) ownUsers(c *call, users []*systemuser.SystemUser) (answer, error) {
	all := make([]ownUserDTO, len(users))
	for i, u := range users {
		var err error
		if all[i], err = e.ownUserDTO(c, u); err != nil {
			return answer{}, err
		}
	}
	return answer{body: all}, nil
}

// ownUser is the party's system user that the address names.
func (c *call) ownUser() (*systemuser.SystemUser, error) {
	partyID, id, err := c.partyAndID("systemUserId")
	if err != nil {
		return nil, err
	}
	return c.e.Users.User(c.Context(), partyID, id)
}

func (e *Endpoints) user(c *call) (answer, error) {
	u, err := c.ownUser()
	if err != nil {
		return answer{}, err
	}
	dto, err := e.ownUserDTO(c, u)
	if u.Type == systemuser.Standard {
		dto.Rights = written(u.Rights)
	}
	return ok(dto, err)
}

func (e *Endpoints) userDelegations(c *call) (answer, error) {
	u, err := c.ownUser()
	if err != nil {
		return answer{}, err
	}
	return answer{body: object{
		{"systemUserId", u.ID}, {"rights", written(u.Rights)}, {"accessPackages", packageURNs(u.AccessPackages)},
	}}, nil
}

// deleteUser answers with how many were deleted.
func (e *Endpoints) deleteUser(c *call) (answer, error) {
	err := c.act("systemUserId", func(partyID int, id string, by *party.Person) error {
		return e.Users.Delete(c.Context(), partyID, id, by)
	})
	if plain, refused := err.(*problem.Plain); refused && plain.Kind == problem.NotFound {
		err = counted{plain, 0}
	}
	return answer{status: http.StatusAccepted, body: 1}, err
}

func (e *Endpoints) deleteAgent(c *call) (answer, error) {
	return answer{}, c.act("systemUserId", func(partyID int, id string, by *party.Person) error {
		return e.Users.DeleteAgent(c.Context(), partyID, id, by)
	})
}

func (e *Endpoints) createUser(c *call) (answer, error) {
	partyID, err := c.party()
	if err != nil {
		return answer{}, err
	}
	var b struct {
		IntegrationTitle string `json:"integrationTitle"`
		SystemID         string `json:"systemId"`
	}
	if err := c.read(&b, "request", "Altinn.Platform.Authentication.Core.Models.SystemUserRequestDto",
		"integrationTitle", "systemId"); err != nil {
		return answer{}, err
	}
	person, err := c.person()
	if err != nil {
		return answer{}, err
	}
	u, err := e.Users.Create(c.Context(), partyID, b.SystemID, b.IntegrationTitle, person)
	if err != nil {
		return answer{}, err
	}
	return ok(e.ownUserDTO(c, u))
}

// updateUser changes nothing, as in Altinn.
func (e *Endpoints) updateUser(c *call) (answer, error) {
	var b struct {
		ID string `json:"id"`
	}
	if err := c.read(&b, "request", "Altinn.Platform.Authentication.Core.Models.SystemUserUpdateDto", "id"); err != nil {
		return answer{}, err
	}
	id, err := readID("id", b.ID)
	if err != nil {
		return answer{}, err
	}
	_, err = e.Users.AnyUser(c.Context(), id)
	return answer{}, err
}

// streamedUser is a system user in the feed for Altinn's register of parties.
type streamedUser struct {
	ID               string `json:"id"`
	PartyOrgNo       string `json:"partyOrgNo"`
	PartyID          string `json:"partyId"`
	IntegrationTitle string `json:"integrationTitle"`
	IsDeleted        bool   `json:"isDeleted"`
	LastChanged      string `json:"lastChanged"`
	Created          string `json:"created"`
	SequenceNo       int64  `json:"sequenceNo"`
	SystemUserType   string `json:"systemUserType"`
}

func (e *Endpoints) streamed(u *systemuser.SystemUser) streamedUser {
	s := streamedUser{
		ID: u.ID, PartyOrgNo: string(u.Owner), IntegrationTitle: u.Title, IsDeleted: !u.Live(), Created: instant(u.Created),
		LastChanged: instant(u.Created), SequenceNo: u.Sequence, SystemUserType: string(u.Type),
	}
	if !u.Changed.IsZero() {
		s.LastChanged = instant(u.Changed)
	}
	if owner, ok := e.Parties.Organisation(u.Owner); ok {
		s.PartyID = strconv.Itoa(owner.ID)
	}
	return s
}

func (e *Endpoints) userStream(c *call) (answer, error) {
	after, err := cursor[int64](c)
	if err != nil {
		return answer{}, err
	}
	users, last, err := e.Users.Stream(c.Context(), after)
	if err != nil {
		return answer{}, err
	}
	all := make([]streamedUser, len(users))
	for i, u := range users {
		all[i] = e.streamed(u)
	}
	stats, next := object{{"pageStart", 0}, {"pageEnd", 0}, {"sequenceMax", last}}, int64(0)
	if len(users) > 0 {
		next = users[len(users)-1].Sequence
		stats[0].value, stats[1].value = users[0].Sequence, next
	}
	p := list(c, all, next)
	return answer{body: object{{"links", p.Links}, {"stats", stats}, {"data", p.Data}}}, nil
}

func (e *Endpoints) registeredUser(c *call) (answer, error) {
	id, err := c.id("systemUserId")
	if err != nil {
		return answer{}, err
	}
	u, err := e.Users.Registered(c.Context(), id)
	if err != nil {
		return answer{}, err
	}
	return answer{body: e.streamed(u)}, nil
}

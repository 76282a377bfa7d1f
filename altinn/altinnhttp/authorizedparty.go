package altinnhttp

import (
	"cmp"
	"net/http"

	"github.com/google/uuid"

	"mpe/altinn/authorization"
	"mpe/altinn/problem"
	"mpe/oauth/org"
)

const (
	scopeAuthorizedParties      = "altinn:accessmanagement/authorizedparties"
	scopeAuthorizedPartiesAdmin = "altinn:accessmanagement/authorizedparties.admin"
	scopeAuthorizedPartiesOwner = "altinn:accessmanagement/authorizedparties.resourceowner"
)

func (e *Endpoints) authorizedPartyRoutes() router {
	return router{
		{http.MethodGet, accessPrefix + "authorizedparties", scoped(scopeAuthorizedParties, scopePortal), e.ownParties},
		{
			http.MethodPost, accessPrefix + "resourceowner/authorizedparties",
			scoped(scopeAuthorizedPartiesOwner, scopeAuthorizedPartiesAdmin), e.partiesOfSubject,
		},
	}
}

// authorizedParty is as Altinn's access management writes it.
type authorizedParty struct {
	PartyUUID       string            `json:"partyUuid"`
	Name            string            `json:"name"`
	Number          org.Number        `json:"organizationNumber"`
	ParentID        *string           `json:"parentId"`
	PersonID        *string           `json:"personId"`
	DateOfBirth     *string           `json:"dateOfBirth"`
	PartyID         int               `json:"partyId"`
	Type            string            `json:"type"`
	UnitType        string            `json:"unitType"`
	Deleted         bool              `json:"isDeleted"`
	OnlyInHierarchy bool              `json:"onlyHierarchyElementWithNoAccess"`
	AccessPackages  []string          `json:"authorizedAccessPackages"`
	Resources       []string          `json:"authorizedResources"`
	Roles           []string          `json:"authorizedRoles"`
	Instances       []string          `json:"authorizedInstances"`
	Subunits        []authorizedParty `json:"subunits"`
}

func newAuthorizedParty(p authorization.AuthorizedParty) authorizedParty {
	return authorizedParty{
		PartyUUID: p.UUID, Name: p.Name, Number: p.Number, PartyID: p.ID, Type: "Organization", UnitType: cmp.Or(p.UnitType, "AS"),
		AccessPackages: append([]string{}, p.AccessPackages...), Resources: append([]string{}, p.Resources...),
		Roles: []string{}, Instances: []string{}, Subunits: mapped(p.Subunits, newAuthorizedParty),
	}
}

// ownParties are those of the system user whose token it is.
func (e *Endpoints) ownParties(c *call) (answer, error) {
	if c.claims.SystemUser == "" {
		return answer{}, forbidden("The token is no system user's: its authorization_details name none. Only system users are known here.")
	}
	return e.authorizedParties(c, c.claims.SystemUser)
}

func (e *Endpoints) authorizedParties(c *call, systemUser string) (answer, error) {
	all, err := e.Authorizer.PartiesOf(c.Context(), systemUser)
	return answer{body: mapped(all, newAuthorizedParty)}, err
}

// partiesOfSubject are those of the system user that a service owner asks about.
func (e *Endpoints) partiesOfSubject(c *call) (answer, error) {
	var subject struct{ Type, Value string }
	if err := c.read(&subject, "subject", "Altinn.AccessManagement.Models.BaseAttributeExternal", "type", "value"); err != nil {
		return answer{}, err
	}
	const wanted = "urn:altinn:systemuser:uuid"
	if subject.Type != wanted {
		return answer{}, problem.Unreadable("type", "The type has to be "+wanted+": only system users are known here.")
	}
	if _, err := uuid.Parse(subject.Value); err != nil {
		return answer{}, problem.Unreadable("value", "The value is not a valid UUID.")
	}
	return e.authorizedParties(c, subject.Value)
}

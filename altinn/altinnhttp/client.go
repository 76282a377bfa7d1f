package altinnhttp

import (
	"net/http"

	"github.com/google/uuid"

	"mpe/altinn/party"
	"mpe/altinn/resource"
	"mpe/altinn/systemuser"
	"mpe/oauth/org"
)

func (e *Endpoints) clientRoutes() router {
	const endUser = prefix + "enduser/systemuser"
	const agents = prefix + "systemuser/agent/{party}"
	read, write := scoped(scopeClientsRead), scoped(scopeClientsWrite)
	return router{
		{http.MethodGet, endUser + "/agents", read, e.agents},
		{http.MethodGet, endUser + "/clients/available", read, e.availableClients},
		{http.MethodGet, endUser + "/clients", read, e.attachedClients},
		{http.MethodPost, endUser + "/clients", write, e.attachClient},
		{http.MethodDelete, endUser + "/clients", write, e.detachClient},

		{http.MethodGet, agents + "/clients", managesClients, e.portalClients},
		{http.MethodPost, agents + "/{systemUserId}", managesClients, e.portalAttach},
		{http.MethodGet, agents + "/{facilitator}/{systemUserId}/delegations", managesClients, e.portalDelegations},
		{http.MethodDelete, agents + "/{systemUserId}/client", managesClients, e.portalDetach},
		{http.MethodPost, agents + "/{systemUserId}/self", managesAccess, e.serveOwner(true)},
		{http.MethodDelete, agents + "/{systemUserId}/self", managesAccess, e.serveOwner(false)},
		{http.MethodGet, agents + "/{systemUserId}/self", managesAccess, e.servesOwner},
	}
}

func (e *Endpoints) agents(c *call) (answer, error) {
	person, err := c.person()
	if err != nil {
		return answer{}, err
	}
	users, err := e.Users.AgentsOf(c.Context(), org.Number(c.query("party")), person)
	if err != nil {
		return answer{}, err
	}
	return e.ownUsers(c, users)
}

// clientDTO is a client of an agent's owner.
type clientDTO struct {
	ID     string     `json:"clientId"` // the partyUuid
	Number org.Number `json:"clientOrganizationNumber"`
	Name   string     `json:"clientOrganizationName"`
}

func (e *Endpoints) availableClients(c *call) (answer, error) {
	return c.clients(func(agent string, by *party.Person) (*systemuser.SystemUser, []*systemuser.Client, error) {
		return e.Users.Available(c.Context(), agent, by)
	})
}

func (e *Endpoints) attachedClients(c *call) (answer, error) {
	return c.clients(func(agent string, by *party.Person) (*systemuser.SystemUser, []*systemuser.Client, error) {
		return e.Users.Attached(c.Context(), agent, by)
	})
}

func (c *call) clients(
	find func(agent string, by *party.Person) (*systemuser.SystemUser, []*systemuser.Client, error),
) (answer, error) {
	agent, _, by, err := c.agentAndClient()
	if err != nil {
		return answer{}, err
	}
	u, clients, err := find(agent, by)
	if err != nil {
		return answer{}, err
	}
	all := make([]clientDTO, len(clients))
	for i, client := range clients {
		all[i] = clientDTO{client.UUID, client.Number, client.Name}
	}
	return answer{body: object{
		{"links", object{}}, {"systemUserInformation", object{{"systemUserId", u.ID}, {"systemUserOwnerOrg", u.Owner}}}, {"data", all},
	}}, nil
}

// agentAndClient are the values of the query, and who asks.
func (c *call) agentAndClient() (agent, client string, by *party.Person, err error) {
	if agent, err = c.queryID("agent"); err != nil {
		return "", "", nil, err
	}
	if client, err = c.queryID("client"); err != nil {
		return "", "", nil, err
	}
	by, err = c.person()
	return agent, client, by, err
}

func (e *Endpoints) attachClient(c *call) (answer, error) {
	agent, client, by, err := c.agentAndClient()
	if err != nil {
		return answer{}, err
	}
	return ok(object{{"agent", agent}, {"client", client}}, e.Users.Attach(c.Context(), agent, client, by))
}

func (e *Endpoints) detachClient(c *call) (answer, error) {
	agent, client, by, err := c.agentAndClient()
	if err != nil {
		return answer{}, err
	}
	return ok(object{{"agent", agent}, {"client", client}}, e.Users.Detach(c.Context(), agent, client, by))
}

// portalClient is a client as the portal lists it.
type portalClient struct {
	PartyUUID  string     `json:"partyUuid"`
	Name       string     `json:"displayName"`
	Identifier org.Number `json:"organizationIdentifier"`
	Access     []access   `json:"access"`
}

type access struct {
	Role     string   `json:"role"`
	Packages []string `json:"packages"`
}

func (e *Endpoints) portalClients(c *call) (answer, error) {
	id, err := c.party()
	if err != nil {
		return answer{}, err
	}
	all := []portalClient{}
	if owner, known := e.Parties.Party(id); known {
		for _, client := range e.Users.ClientsOf(owner.Number, c.URL.Query()["packages"]) {
			one := portalClient{client.UUID, client.Name, client.Number, nil}
			for _, r := range client.Relations {
				one.Access = append(one.Access, access{r.Role, r.Packages()})
			}
			all = append(all, one)
		}
	}
	return answer{body: all}, nil
}

// clientDelegation is that an agent acts for a client.
type clientDelegation struct {
	Agent        string     `json:"agentSystemUserId"`
	ID           string     `json:"delegationId"`
	CustomerID   string     `json:"customerId"`
	AssignmentID string     `json:"assignmentId"`
	Name         string     `json:"customerName,omitempty"`
	Number       org.Number `json:"customerOrganizationNumber,omitempty"`
}

// clientDelegations are those of the agent. Altinn gives ids to the delegation and to the agent's assignment; here they
// follow from who is delegated to whom.
func (e *Endpoints) clientDelegations(u *systemuser.SystemUser) []clientDelegation {
	all := []clientDelegation{}
	assignment := uuid.NewSHA1(delegationIDs, []byte(u.ID))
	for _, client := range e.Users.AttachedTo(u) {
		all = append(all, clientDelegation{
			Agent: u.ID, ID: uuid.NewSHA1(assignment, []byte(client.UUID)).String(), CustomerID: client.UUID,
			AssignmentID: assignment.String(), Name: client.Name, Number: client.Number,
		})
	}
	return all
}

// delegationIDs is the namespace of the ids of delegations.
var delegationIDs = uuid.NewSHA1(uuid.NameSpaceURL, []byte(resource.PackagePrefix+"delegations"))

func (e *Endpoints) portalAttach(c *call) (answer, error) {
	partyID, agent, client, err := c.portalClientChange()
	if err != nil {
		return answer{}, err
	}
	u, err := e.Users.AttachFor(c.Context(), partyID, agent, client)
	if err != nil {
		return answer{}, err
	}
	var made []clientDelegation
	for _, d := range e.clientDelegations(u) {
		if d.CustomerID == client {
			made = append(made, d)
		}
	}
	return answer{body: made}, nil
}

func (c *call) portalClientChange() (partyID int, agent, client string, err error) {
	if partyID, agent, err = c.partyAndID("systemUserId"); err != nil {
		return 0, "", "", err
	}
	values, err := c.required("client")
	if err != nil {
		return 0, "", "", err
	}
	client, err = readID("client", values[0])
	return partyID, agent, client, err
}

func (e *Endpoints) portalDetach(c *call) (answer, error) {
	partyID, agent, client, err := c.portalClientChange()
	if err != nil {
		return answer{}, err
	}
	_, err = e.Users.DetachFor(c.Context(), partyID, agent, client)
	return answer{}, err
}

// portalDelegations hides what goes wrong, as Altinn does.
func (e *Endpoints) portalDelegations(c *call) (answer, error) {
	partyID, agent, err := c.partyAndID("systemUserId")
	if err != nil {
		return answer{}, err
	}
	u, err := e.Users.User(c.Context(), partyID, agent)
	if err != nil && why(err) != "" {
		return answer{body: []clientDelegation{}}, nil
	}
	if err != nil {
		return answer{}, err
	}
	return answer{body: e.clientDelegations(u)}, nil
}

func (e *Endpoints) serveOwner(serves bool) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		partyID, agent, err := c.partyAndID("systemUserId")
		if err != nil {
			return answer{}, err
		}
		_, err = e.Users.ServeOwner(c.Context(), partyID, agent, serves)
		return ok(true, err)
	}
}

func (e *Endpoints) servesOwner(c *call) (answer, error) {
	u, err := c.ownUser()
	if err != nil {
		return answer{}, err
	}
	return answer{body: u.ActsForOwner}, nil
}

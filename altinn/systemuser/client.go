package systemuser

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mpe/altinn/party"
	"mpe/altinn/problem"
	"mpe/altinn/resource"
	"mpe/oauth/org"
)

// Client is an organisation that a facilitator serves, with what that gives.
type Client struct {
	*party.Party
	Relations []party.Relation
}

// packages are the codes of the access packages that the facilitator has for the client.
func (c *Client) packages() []string {
	var all []string
	for _, r := range c.Relations {
		all = append(all, r.Packages()...)
	}
	return all
}

// missing are the codes of the packages (URNs or codes) that the facilitator does not have for the client.
func (c *Client) missing(packages []string) []string {
	return filter(packages, func(p string) bool {
		return !slices.Contains(c.packages(), strings.TrimPrefix(p, resource.PackagePrefix))
	})
}

// ClientsOf are the clients of the organisation for whom it has all of the packages (URNs or codes).
func (g *Registry) ClientsOf(facilitator org.Number, packages []string) []*Client {
	var all []*Client
	for _, relation := range g.Parties.Clients(facilitator) {
		at := slices.IndexFunc(all, func(c *Client) bool { return c.Number == relation.From })
		if at >= 0 {
			all[at].Relations = append(all[at].Relations, relation)
			continue
		}
		if p, ok := g.Parties.Organisation(relation.From); ok {
			all = append(all, &Client{p, []party.Relation{relation}})
		}
	}
	return filter(all, func(c *Client) bool { return len(c.missing(packages)) == 0 })
}

// AgentsOf are the live system users of type agent of the organisation.
func (g *Registry) AgentsOf(ctx context.Context, owner org.Number, by *party.Person) ([]*SystemUser, error) {
	p, ok := g.Parties.Organisation(owner)
	if !ok {
		return nil, noParty("Party not found", fmt.Sprintf("No associated party information found for organisation %s", owner))
	}
	if err := managesClients(by, owner); err != nil {
		return nil, err
	}
	return g.UsersOf(ctx, p.ID, Agent)
}

func noParty(title, detail string) error {
	return &problem.Plain{Kind: problem.NotFound, Title: title, Detail: detail, Why: detail}
}

func managesClients(by *party.Person, of org.Number) error {
	if by.ManagesClients(of) {
		return nil
	}
	return problem.Refuse(problem.Forbidden, fmt.Sprintf("%s does not manage the clients of %s: that takes klientadministrator.", by.Name, of))
}

// The paths that Altinn names for the values of the query.
const pathAgent, pathClient = "?agent", "?client"

// agent is the system user with the id, which has to be an agent whose owner's clients the person manages. What is
// wrong with the query is added to invalid, and told before anything else.
func (g *Registry) agent(
	ctx context.Context, r Reader, id string, by *party.Person, invalid *problem.Invalid,
) (*SystemUser, error) {
	u, err := g.validAgent(ctx, r, id)
	if violation, wrong := err.(*problem.Invalid); wrong {
		invalid.Violations = append(violation.Violations, invalid.Violations...)
	} else if err != nil {
		return nil, err
	}
	if err := invalid.Err(); err != nil {
		return nil, err
	}
	if _, ok := g.Parties.Organisation(u.Owner); !ok {
		return nil, noParty("System Owner not Found", fmt.Sprintf("No associated party information found for systemuser owner %s", u.Owner))
	}
	return u, managesClients(by, u.Owner)
}

func (g *Registry) validAgent(ctx context.Context, r Reader, id string) (*SystemUser, error) {
	violation := problem.Violation{Code: "AUTH.VLD-00014", Path: pathAgent, Why: "The query names no agent: the id of a system user."}
	if id == "" {
		return nil, &problem.Invalid{Violations: []problem.Violation{violation}}
	}
	u, err := liveUser(ctx, r, id)
	switch {
	case err != nil:
		return nil, err
	case u == nil:
		violation.Title, violation.Why = "System user not found", fmt.Sprintf("There is no system user %s.", id)
	case u.Type != Agent:
		violation.Code, violation.Why = "AUTH.VLD-00015", fmt.Sprintf("The system user %s is of type %s.", id, u.Type)
	default:
		return u, nil
	}
	return nil, &problem.Invalid{Violations: []problem.Violation{violation}}
}

// Available are the clients that can be added to the agent.
func (g *Registry) Available(ctx context.Context, agent string, by *party.Person) (*SystemUser, []*Client, error) {
	u, err := g.agent(ctx, g.Store, agent, by, &problem.Invalid{})
	if err != nil {
		return nil, nil, err
	}
	return u, g.ClientsOf(u.Owner, u.AccessPackages), nil
}

// Attached are the clients that have been added to the agent.
func (g *Registry) Attached(ctx context.Context, agent string, by *party.Person) (*SystemUser, []*Client, error) {
	u, err := g.agent(ctx, g.Store, agent, by, &problem.Invalid{})
	if err != nil {
		return nil, nil, err
	}
	return u, g.AttachedTo(u), nil
}

// AttachedTo are the clients that have been added to the agent.
func (g *Registry) AttachedTo(u *SystemUser) []*Client {
	var all []*Client
	for _, n := range u.Clients {
		if p, ok := g.Parties.Organisation(n); ok {
			all = append(all, &Client{Party: p})
		}
	}
	return all
}

// Attach adds a client, by its party UUID, to the agent. One that has been added already stays.
func (g *Registry) Attach(ctx context.Context, agent, client string, by *party.Person) error {
	return g.changeClients(ctx, agent, client, by, g.attach)
}

// Detach takes a client away from the agent.
func (g *Registry) Detach(ctx context.Context, agent, client string, by *party.Person) error {
	return g.changeClients(ctx, agent, client, by, g.detach)
}

func (g *Registry) changeClients(
	ctx context.Context, agent, client string, by *party.Person, change func(u *SystemUser, client string) error,
) error {
	return g.Store.ChangeSystemUsers(ctx, func(w Writer) error {
		var invalid problem.Invalid
		if client == "" {
			invalid.Add(problem.Violation{Code: "AUTH.VLD-00016", Path: pathClient, Why: "The query names no client: the partyUuid of an organisation."})
		}
		u, err := g.agent(ctx, w, agent, by, &invalid)
		if err != nil {
			return err
		}
		if err := change(u, client); err != nil {
			return err
		}
		u.Changed = g.Now()
		return w.PutSystemUsers(ctx, u)
	})
}

// attach adds the client: AUTH-00079 when the owner does not serve it, AUTH-00080 when not with all packages.
func (g *Registry) attach(u *SystemUser, client string) error {
	all := g.ClientsOf(u.Owner, nil)
	at := slices.IndexFunc(all, func(c *Client) bool { return c.UUID == client })
	if at < 0 {
		return problem.New("AUTH-00079", fmt.Sprintf("%s has no client with the partyUuid %s. It has: %s.", u.Owner, client, names(all)))
	}
	if missing := all[at].missing(u.AccessPackages); len(missing) > 0 {
		return problem.New("AUTH-00080", fmt.Sprintf("%s does not have %s for the client %s; it has: %s.",
			u.Owner, strings.Join(missing, ", "), all[at].Number, orNone(all[at].packages())))
	}
	if !slices.Contains(u.Clients, all[at].Number) {
		u.Clients = append(u.Clients, all[at].Number)
	}
	return nil
}

func names(clients []*Client) string {
	all := make([]string, len(clients))
	for i, c := range clients {
		all[i] = fmt.Sprintf("%s (%s)", c.Number, c.UUID)
	}
	return orNone(all)
}

// detach takes the client away: AUTH-00031 when it was not there.
func (g *Registry) detach(u *SystemUser, client string) error {
	p, ok := g.Parties.ByUUID(client)
	if !ok || !slices.Contains(u.Clients, p.Number) {
		return problem.New("AUTH-00031", fmt.Sprintf("The client %s has not been added to the system user %s.", client, u.ID))
	}
	u.Clients = filter(u.Clients, func(n org.Number) bool { return n != p.Number })
	return nil
}

// changeAgent lets change alter the party's system user of type agent, as the portal does.
func (g *Registry) changeAgent(ctx context.Context, partyID int, id string, change func(*SystemUser) error) (*SystemUser, error) {
	var changed *SystemUser
	err := g.Store.ChangeSystemUsers(ctx, func(w Writer) (err error) {
		if changed, err = liveUser(ctx, w, id); err != nil {
			return err
		}
		if changed == nil {
			return problem.Unreadable("return", fmt.Sprintf("SystemUser with Id %s Not Found", id))
		}
		p, ok := g.Parties.Party(partyID)
		if !ok || p.Number != changed.Owner {
			return problem.Refuse(problem.Forbidden, fmt.Sprintf("The system user %s belongs to %s.", id, changed.Owner))
		}
		if changed.Type != Agent {
			return problem.New("AUTH-00034", fmt.Sprintf("The system user %s is of type %s.", id, changed.Type))
		}
		if err := change(changed); err != nil {
			return err
		}
		changed.Changed = g.Now()
		return w.PutSystemUsers(ctx, changed)
	})
	return changed, err
}

// AttachFor adds a client to the party's agent, as the portal does.
func (g *Registry) AttachFor(ctx context.Context, partyID int, agent, client string) (*SystemUser, error) {
	return g.changeAgent(ctx, partyID, agent, func(u *SystemUser) error { return g.attach(u, client) })
}

// DetachFor takes a client away from the party's agent, as the portal does.
func (g *Registry) DetachFor(ctx context.Context, partyID int, agent, client string) (*SystemUser, error) {
	return g.changeAgent(ctx, partyID, agent, func(u *SystemUser) error { return g.detach(u, client) })
}

// ServeOwner lets the party's agent act for the party itself, or not.
func (g *Registry) ServeOwner(ctx context.Context, partyID int, agent string, serves bool) (*SystemUser, error) {
	return g.changeAgent(ctx, partyID, agent, func(u *SystemUser) error {
		u.ActsForOwner = serves
		return nil
	})
}

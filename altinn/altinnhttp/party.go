package altinnhttp

import (
	"fmt"
	"net/http"
	"strings"

	"mpe/altinn/party"
	"mpe/altinn/problem"
	"mpe/oauth/org"
)

// partyRoutes is Altinn's party register. In reality it is behind a gateway, which lets Altinn's own components in;
// here it is open.
func (e *Endpoints) partyRoutes() router {
	const base = "register/api/v1/"
	return router{
		{http.MethodPost, base + "parties/lookup", nil, e.lookUpParty},
		{http.MethodPost, base + "parties/partylist", nil, e.partyList},
		{http.MethodPost, base + "parties/partylistbyuuid", nil, e.partyListByUUID},
		{http.MethodGet, base + "parties/identifiers", nil, e.partyIdentifiers},
		{http.MethodGet, base + "parties/{party}", nil, e.partyByID},
		{http.MethodGet, base + "parties/byuuid/{uuid}", nil, e.partyByUUID},
		{http.MethodGet, base + "organizations/{number}", nil, e.organisationByNumber},
	}
}

// registered is a party as the register writes it.
type registered struct {
	ID              int           `json:"partyId"`
	UUID            string        `json:"partyUuid"`
	Type            int           `json:"partyTypeName"` // 1 is a person, 2 an organisation
	Number          *org.Number   `json:"orgNumber"`
	SSN             *string       `json:"ssn"`
	UnitType        *string       `json:"unitType"`
	Name            string        `json:"name"`
	Deleted         bool          `json:"isDeleted"`
	OnlyInHierarchy bool          `json:"onlyHierarchyElementWithNoAccess"`
	Person          *natural      `json:"person"`
	Organisation    *organisation `json:"organization"`
	Children        []registered  `json:"childParties"`
}

type natural struct {
	SSN  string `json:"ssn"`
	Name string `json:"name"`
}

type organisation struct {
	Number   org.Number `json:"orgNumber"`
	Name     string     `json:"name"`
	UnitType string     `json:"unitType"`
}

func (e *Endpoints) registered(p *party.Party) registered {
	r := registered{ID: p.ID, UUID: p.UUID, Type: 2, Name: p.Name}
	if p.Number != "" {
		r.Number, r.UnitType = &p.Number, &p.UnitType
		r.Organisation = &organisation{p.Number, p.Name, p.UnitType}
		return r
	}
	r.Type = 1
	if person, ok := e.Parties.Person(func(one *party.Person) bool { return one.ID == p.ID }); ok {
		r.SSN, r.Person = &person.PID, &natural{person.PID, p.Name}
	}
	return r
}

// found writes the party, or that there is none.
func (e *Endpoints) found(p *party.Party, known bool, name string) (answer, error) {
	if !known {
		return answer{}, &problem.Plain{Kind: problem.NotFound, Empty: true, Why: "The party register does not know " + name + "."}
	}
	return answer{body: e.registered(p)}, nil
}

func (e *Endpoints) lookUpParty(c *call) (answer, error) {
	var wanted struct{ OrgNo, SSN string }
	if err := c.read(&wanted, "partyLookup", "Altinn.Platform.Register.Models.PartyLookup"); err != nil {
		return answer{}, err
	}
	if (wanted.OrgNo == "") == (wanted.SSN == "") {
		return answer{}, problem.Unreadable("", "Exactly one of OrgNo and Ssn is wanted.")
	}
	if wanted.OrgNo != "" {
		p, known := e.Parties.Organisation(org.Number(wanted.OrgNo))
		return e.found(p, known, wanted.OrgNo)
	}
	person, known := e.Parties.Person(func(p *party.Person) bool { return p.PID == wanted.SSN })
	if !known {
		return e.found(nil, false, "a person with that number")
	}
	return e.found(&person.Party, true, "")
}

func (e *Endpoints) partyList(c *call) (answer, error) {
	var ids []int
	if err := c.read(&ids, "partyIds", "System.Collections.Generic.List`1[System.Int32]"); err != nil {
		return answer{}, err
	}
	subunits, err := c.flag("fetchSubUnits", false)
	if err != nil {
		return answer{}, err
	}
	return answer{body: listed(e, ids, e.Parties.Party, subunits)}, nil
}

func (e *Endpoints) partyListByUUID(c *call) (answer, error) {
	var uuids []string
	if err := c.read(&uuids, "partyUuids", "System.Collections.Generic.List`1[System.Guid]"); err != nil {
		return answer{}, err
	}
	lower := mapped(uuids, strings.ToLower)
	return answer{body: listed(e, lower, e.Parties.ByUUID, false)}, nil
}

// listed are the parties that there are, with their subunits if they are wanted.
func listed[K any](e *Endpoints, keys []K, find func(K) (*party.Party, bool), subunits bool) []registered {
	all := []registered{}
	for _, key := range keys {
		p, known := find(key)
		if !known {
			continue
		}
		r := e.registered(p)
		if subunits {
			r.Children = mapped(e.Parties.Subunits(p.Number), e.registered)
		}
		all = append(all, r)
	}
	return all
}

// identifiers are the names of an organisation.
type identifiers struct {
	Number org.Number `json:"orgNumber"`
	ID     int        `json:"partyId"`
	UUID   string     `json:"partyUuid"`
}

func (e *Endpoints) partyIdentifiers(c *call) (answer, error) {
	all := []identifiers{}
	for number := range strings.SplitSeq(c.query("orgs"), ",") {
		if p, known := e.Parties.Organisation(org.Number(strings.TrimSpace(number))); known {
			all = append(all, identifiers{p.Number, p.ID, p.UUID})
		}
	}
	return answer{body: all}, nil
}

func (e *Endpoints) partyByID(c *call) (answer, error) {
	id, err := c.party()
	if err != nil {
		return answer{}, err
	}
	p, known := e.Parties.Party(id)
	return e.found(p, known, fmt.Sprintf("the party %d", id))
}

func (e *Endpoints) partyByUUID(c *call) (answer, error) {
	id, err := c.id("uuid")
	if err != nil {
		return answer{}, err
	}
	p, known := e.Parties.ByUUID(id)
	return e.found(p, known, "the party "+id)
}

func (e *Endpoints) organisationByNumber(c *call) (answer, error) {
	number := c.parameters["number"]
	p, known := e.Parties.Organisation(org.Number(number))
	if !known {
		return e.found(nil, false, "the organisation "+number)
	}
	return answer{body: organisation{p.Number, p.Name, p.UnitType}}, nil
}

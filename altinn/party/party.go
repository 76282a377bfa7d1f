// Package party is Altinn's register of parties (Altinn Register): organisations, persons, and what they are for each
// other.
package party

import (
	"slices"

	"mpe/oauth/org"
)

// Party is somebody that rights can be held for: an organisation, or a person.
type Party struct {
	ID     int        // partyId
	UUID   string     // partyUuid
	Number org.Number // empty for a person
	Name   string

	UnitType string     // of an organisation, such as AS or BEDR
	Parent   org.Number // the main unit of a subunit (underenhet); empty: it is no subunit
}

// Person is somebody who logs in.
type Person struct {
	Party
	PID    string // the national identity number, a synthetic one
	UserID int
	Roles  []Role

	Language string // nb, nn or en: what pages are written in; empty: not known
}

// Role is what a person is for an organisation.
type Role struct {
	Role string // as the seed names it, such as daglig-leder
	Org  org.Number
}

// Relation says that From is a client of To, who is its accountant, auditor or business manager.
type Relation struct {
	From, To org.Number
	Role     string // regnskapsforer, revisor or forretningsforer
}

// The roles of persons that decide something here. Those of the Central Coordinating Register (Enhetsregisteret) carry
// rights of their own; the administrators of Altinn only administer those of others.
var (
	registered     = []string{"daglig-leder", "styreleder", "innehaver", "deltaker-fullt-ansvar", "deltaker-delt-ansvar", "komplementar"}
	accessManagers = append([]string{"tilgangsstyrer", "hovedadministrator"}, registered...)
	clientManagers = append([]string{"klientadministrator", "hovedadministrator"}, registered...)
)

// ManagesAccess tells whether the person may give and take access on behalf of the organisation: the resource
// altinn_access_management.
func (p *Person) ManagesAccess(of org.Number) bool { return p.is(accessManagers, of) }

// ManagesClients tells whether the person may see the organisation's agents and look after its clients: the resources
// altinn_client_administration and altinn_system_user_overview.
func (p *Person) ManagesClients(of org.Number) bool { return p.is(clientManagers, of) }

// Represents tells whether the person holds a role that carries the organisation's own rights.
func (p *Person) Represents(of org.Number) bool { return p.is(registered, of) }

// RelatedTo tells whether the person has any role for the organisation.
func (p *Person) RelatedTo(of org.Number) bool {
	return slices.ContainsFunc(p.Roles, func(r Role) bool { return r.Org == of })
}

func (p *Person) is(roles []string, of org.Number) bool {
	return slices.ContainsFunc(p.Roles, func(r Role) bool { return r.Org == of && slices.Contains(roles, r.Role) })
}

// packages are the client packages that a relation's role carries, by code.
var packages = map[string][]string{
	"regnskapsforer": {
		"regnskapsforer-med-signeringsrettighet", "regnskapsforer-uten-signeringsrettighet", "regnskapsforer-lonn",
	},
	"revisor":          {"ansvarlig-revisor", "revisormedarbeider"},
	"forretningsforer": {"forretningsforer-eiendom"},
}

// Packages are the codes of the access packages that the relation gives To for From.
func (r Relation) Packages() []string { return packages[r.Role] }

package authorization

import (
	"slices"
	"strings"

	"mpe/altinn/party"
	"mpe/altinn/resource"
	"mpe/oauth/org"
)

// The attributes by which policies name roles.
const (
	roleCode    = "urn:altinn:rolecode"
	roleCCR     = "urn:altinn:external-role:ccr" // of the Central Coordinating Register (Enhetsregisteret)
	roleCRA     = "urn:altinn:external-role:cra" // of the Civil Registration Authority; nobody here has one
	roleOfParty = "urn:altinn:role"              // Altinn's own
)

// roleCodes are the codes that older policies have for roles.
var roleCodes = map[string]string{
	"daglig-leder": "DAGL", "styreleder": "LEDE", "innehaver": "INNH", "deltaker-fullt-ansvar": "DTSO",
	"deltaker-delt-ansvar": "DTPR", "komplementar": "KOMP", "hovedadministrator": "HADM",
}

// without are the access packages that a role does not have, of those for organisations. Roles that are not listed have
// none. Source: the roles' packages in Altinn's access management.
var without = map[string][]string{
	"daglig-leder":          nil,
	"styreleder":            {"reelle-rettighetshavere-avvik-eu-oppslag"},
	"innehaver":             {"lonn-personopplysninger-saerlig-kategori", "sykefravaer-personopplysninger-saerlig-kategori"},
	"deltaker-fullt-ansvar": nil,
	"deltaker-delt-ansvar":  nil,
	"komplementar":          {"hovedadministrator", "reelle-rettighetshavere-avvik-eu-oppslag"},
	"hovedadministrator":    nil, // passes them on, and holds none of them
}

// withoutAny are the access packages that no role of a person carries.
var withoutAny = [...]string{
	"ansvarlig-revisor", "revisormedarbeider", "regnskapsforer-lonn", "regnskapsforer-med-signeringsrettighet",
	"regnskapsforer-uten-signeringsrettighet", "forretningsforer-eiendom", "ffor-tilgangsstyrer-nuf",
	"konkursbo-lesetilgang", "konkursbo-skrivetilgang", "konkursbo-tilgangsstyrer", "maskinporten-scopes-nuf",
	"tjenester-nuf", "post-til-virksomheten-med-taushetsbelagt-innhold", "eksplisitt",
}

func carries(role, code string) bool {
	but, has := without[role]
	_, known := resource.Package(resource.PackagePrefix + code)
	return has && known && !slices.Contains(but, code) && !slices.Contains(withoutAny[:], code)
}

// holdsRole tells whether the subject of a rule is a role that the person has for the organisation.
func holdsRole(p *party.Person, of org.Number, subject resource.Attribute) bool {
	return slices.ContainsFunc(p.Roles, func(r party.Role) bool {
		if r.Org != of {
			return false
		}
		switch subject.ID {
		case roleCode:
			return strings.EqualFold(subject.Value, roleCodes[r.Role])
		case roleCCR, roleOfParty:
			return strings.EqualFold(subject.Value, r.Role)
		default:
			return false
		}
	})
}

// holdsPackage tells whether the person has the access package (a code) for the organisation.
func holdsPackage(p *party.Person, of org.Number, code string) bool {
	return slices.ContainsFunc(p.Roles, func(r party.Role) bool {
		return r.Org == of && r.Role != "hovedadministrator" && carries(r.Role, strings.ToLower(code))
	})
}

// passesPackage tells whether the person may pass on the access package (a URN) for the organisation.
func passesPackage(p *party.Person, of org.Number, urn string) bool {
	known, ok := resource.Package(urn)
	return ok && known.Assignable && slices.ContainsFunc(p.Roles, func(r party.Role) bool {
		return r.Org == of && carries(r.Role, known.Code)
	})
}

// rolesOf are the roles that the person has for the organisation, as the attribute has them.
func rolesOf(p *party.Person, of org.Number, attribute string) []string {
	var all []string
	for _, r := range p.Roles {
		role := r.Role
		if attribute == roleCode {
			role = roleCodes[r.Role]
		}
		if r.Org == of && role != "" {
			all = append(all, role)
		}
	}
	return all
}

package resource

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"mpe/altinn/problem"
	"mpe/oauth/org"
)

// checkNew is what the registry wants of a resource that is created: less than of one that is changed.
func (r *Resource) checkNew() error {
	var c check
	if !identifier.MatchString(r.ID) {
		c.add("Identifier", "Invalid id. Only a-z and 0-9 is allowed together with _ and -.  Minimum 4 characters",
			fmt.Sprintf("The identifier is %q; it has to be at least four of a-z, 0-9, _ and -.", r.ID))
	}
	c.rules(r)
	return c.err()
}

// checkChanged is what the registry wants of a resource that is changed.
func (r *Resource) checkChanged() error {
	var c check
	for _, field := range [...]struct {
		name    string
		missing bool
	}{
		{"Identifier", r.ID == ""}, {"Title", r.Title == nil}, {"Description", r.Description == nil},
		{"ContactPoints", r.ContactPoints == nil}, {"HasCompetentAuthority", r.Authority == nil},
		{"ResourceType", r.Type == ""},
	} {
		if field.missing {
			c.add(field.name, "The "+field.name+" field is required.", "")
		}
	}
	c.rules(r)
	return c.err()
}

var identifier = regexp.MustCompile(`^[a-z0-9_-]{4,}$`)

// check collects what is wrong.
type check struct{ fields []problem.Field }

func (c *check) add(name, message, why string) {
	c.fields = append(c.fields, problem.Field{Name: name, Message: message, Why: why})
}

func (c *check) err() error {
	if c.fields == nil {
		return nil
	}
	return &problem.Malformed{Fields: c.fields}
}

func (c *check) rules(r *Resource) {
	if strings.HasPrefix(r.ID, "se_") {
		c.add("Identifier", "Invalid prefix. Only to be used for Altinn 2 services",
			"The identifier starts with se_, which only services of Altinn 2 have.")
	}
	if strings.HasPrefix(r.ID, appPrefix) {
		c.add("Identifier", "Invalid Prefix. app_ is only for Altinn Studio apps",
			"The identifier starts with app_, which only apps of Altinn Studio have.")
	}
	if r.Type == "" || r.Type == "Default" {
		c.add("ResourceType", "ResourceType needs to be set", fmt.Sprintf(
			"resourceType is %q; it has to be one of %s.", r.Type, strings.Join(types[1:], ", ")))
	}
	c.owner(r.Authority)
	c.texts("Title", "title", r.Title)
	if r.Delegable {
		c.texts("RightDescription", "RightDescription", r.RightDescription)
	}
	c.texts("Description", "Description", r.Description)
	if r.Type == MaskinportenSchema && len(r.Scopes()) == 0 {
		c.add("ResourceReferences", "Missing maskinporten scopen for MaskinportenSchema resource",
			"A MaskinportenSchema has to have a reference of the type MaskinportenScope, and this one has none.")
	}
}

// owner wants an organisation number. The test department has none that is real.
func (c *check) owner(a *Authority) {
	why := "hasCompetentAuthority is not there."
	if a != nil {
		_, err := org.Parse(string(a.Organization))
		if err == nil || strings.EqualFold(a.Code, "ttd") {
			return
		}
		why = fmt.Sprintf("hasCompetentAuthority.organization: %v.", err)
	}
	c.add("HasCompetentAuthority.Organization",
		"HasCompetentAuthority needs to be set with valid organization number", why)
}

func (c *check) texts(name, what string, t Texts) {
	for _, language := range [...]struct{ code, name string }{{"en", "english"}, {"nb", "bokmal"}, {"nn", "nynorsk"}} {
		if t[language.code] == "" {
			c.add(name, fmt.Sprintf("Missing %s in %s %s", what, language.name, language.code),
				fmt.Sprintf("%s has no text in %s: en, nb and nn are wanted.", what, language.code))
		}
	}
}

// What the registry has names for, as it writes them.
var (
	types = []string{
		"Default", "Systemresource", MaskinportenSchema, "Altinn2Service", app, "GenericAccessResource",
		"BrokerService", "CorrespondenceService", "Consent", migratedApp,
	}
	availableFor = []string{
		"PrivatePerson", "LegalEntityEnterprise", "Company", "BankruptcyEstate", "SelfRegisteredUser",
	}
	referenceSources = []string{"Default", "Altinn1", "Altinn2", "Altinn3", "ExternalPlatform"}
	referenceTypes   = []string{
		"Default", "Uri", DelegationSchemeID, MaskinportenScope, "ServiceCode", "ServiceEditionCode", "ApplicationId",
		"ServiceEditionVersion",
	}
	modes = []string{string(Disabled), string(Enabled)}
)

// spell writes the registry's own names as the registry does, which reads them without regard to case. One that it does
// not know is as bad as no JSON.
func (r *Resource) spell() error {
	var c check
	c.spell("resourceType", "ResourceType", types, &r.Type)
	mode := string(r.AccessListMode)
	c.spell("accessListMode", "ResourceAccessListMode", modes, &mode)
	r.AccessListMode = Mode(mode)
	for i := range r.AvailableFor {
		c.spell(fmt.Sprintf("availableForType[%d]", i), "ResourcePartyType", availableFor, &r.AvailableFor[i])
	}
	for i := range r.References {
		at := fmt.Sprintf("resourceReferences[%d].", i)
		c.spell(at+"referenceSource", "ReferenceSource", referenceSources, &r.References[i].Source)
		c.spell(at+"referenceType", "ReferenceType", referenceTypes, &r.References[i].Type)
	}
	if c.fields != nil {
		c.add("serviceResource", "The serviceResource field is required.", "")
	}
	return c.err()
}

// spell corrects the name; an empty one has not been said.
func (c *check) spell(path, typeName string, names []string, name *string) {
	if *name == "" {
		return
	}
	i := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, *name) })
	if i < 0 {
		c.add("$."+path, fmt.Sprintf("The JSON value could not be converted to %s. Path: $.%s.", typeName, path),
			fmt.Sprintf("%s is %q; it has to be one of %s.", path, *name, strings.Join(names, ", ")))
		return
	}
	*name = names[i]
}

package authorization

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"mpe/altinn/party"
	"mpe/altinn/pdp"
	"mpe/altinn/resource"
	"mpe/altinn/systemuser"
	"mpe/oauth/org"
)

// The attributes of requests that decisions look at.
const (
	attributeSystemUser = "urn:altinn:systemuser:uuid"
	attributeUser       = "urn:altinn:userid"
	attributePerson     = "urn:altinn:person:identifier-no"
	attributeParty      = "urn:altinn:partyid"
	attributePartyUUID  = "urn:altinn:party:uuid"
	attributeNumber     = "urn:altinn:organization:identifier-no"
	attributeOldNumber  = "urn:altinn:organizationnumber"
	attributeInstance   = "urn:altinn:instance-id"
	attributeOwnInst    = "urn:altinn:resource:instance-id"
	attributePartyType  = "urn:altinn:partytype"
	attributeAccessList = "urn:altinn:access-list"
)

// findParty finds whom the resource is asked about for, by the first of the names that a party can have.
func (d *decision) findParty(context.Context) error {
	d.to = d.Request.Category(pdp.Resource)
	if d.to == nil || len(d.to.Attributes) == 0 {
		return processing("The request names no resource: the category Resource is missing or empty.")
	}
	if id := d.to.Value(attributeParty); id != "" {
		number, err := strconv.Atoi(id)
		if err != nil {
			return syntax("The %s %q is no number.", attributeParty, id)
		}
		d.Party, _ = d.parties.Party(number)
		return nil
	}
	number := d.to.Value(attributeNumber)
	if number == "" {
		number = d.to.Value(attributeOldNumber)
	}
	var known bool
	switch {
	case number != "":
		if d.Party, known = d.parties.Organisation(org.Number(number)); !known {
			return syntax("The party register does not know the organisation %s.", number)
		}
	case d.to.Value(attributePerson) != "":
		p, known := d.personBy(d.to.Value(attributePerson))
		if !known {
			return syntax("The party register does not know the person that %s names.", attributePerson)
		}
		d.Party = &p.Party
	default:
		if d.Party, known = d.parties.ByUUID(strings.ToLower(d.to.Value(attributePartyUUID))); !known {
			return nil
		}
	}
	d.to.Add(attributeParty, strconv.Itoa(d.Party.ID))
	return nil
}

func (d *decision) personBy(pid string) (*party.Person, bool) {
	return d.parties.Person(func(p *party.Person) bool { return p.PID == pid })
}

// findSubject holds the subject to the rules, and finds who it is.
func (d *decision) findSubject(ctx context.Context) error {
	d.subject = d.Request.Category(pdp.AccessSubject)
	if d.subject == nil || len(d.subject.Attributes) == 0 {
		return processing("The request has no subject: AccessSubject is missing, or has no attributes.")
	}
	systemUser, person, user := d.subject.Value(attributeSystemUser), d.subject.Value(attributePerson), d.subject.Value(attributeUser)
	number := d.subject.Value(attributeNumber)
	if old := d.subject.Value(attributeOldNumber); old != "" && number == "" {
		number = old
		d.subject.Add(attributeNumber, old)
	}
	switch {
	case d.subject.Attribute(attributeSystemUser) != nil:
		return d.findSystemUser(ctx, systemUser)
	case person != "" && d.endpoint == Internal:
		return syntax("The subject is named by %s, which only authorize takes.", attributePerson)
	case person != "" && user != "":
		return processing("The subject has both %s and %s: send one.", attributePerson, attributeUser)
	case number != "" && (person != "" || user != "") && d.endpoint == External:
		return processing("The subject is an organisation and a person at once: send one.")
	case person != "":
		if d.Person, _ = d.personBy(person); d.Person == nil {
			return processing("The party register does not know the person that %s names.", attributePerson)
		}
		d.subject.Add(attributeUser, strconv.Itoa(d.Person.UserID))
	case user != "":
		id, err := strconv.Atoi(user)
		if err != nil {
			return syntax("The %s %q is no number.", attributeUser, user)
		}
		d.Person, _ = d.parties.Person(func(p *party.Person) bool { return p.UserID == id })
	}
	return d.findOrganisation(number)
}

// findSystemUser finds the system user, which has to be alone.
func (d *decision) findSystemUser(ctx context.Context, id string) error {
	if len(d.subject.Attributes) > 1 || len(d.subject.Attributes[0].Values) > 1 {
		return processing("%s can only be used by itself: the subject has other attributes too.", attributeSystemUser)
	}
	parsed, err := uuid.Parse(id)
	if err != nil {
		return processing("The %s %q is no UUID.", attributeSystemUser, id)
	}
	d.SystemUserID = id
	d.SystemUser, err = d.view.SystemUser(ctx, parsed.String())
	if errors.Is(err, systemuser.ErrNotFound) {
		return nil
	}
	return err
}

func (d *decision) findOrganisation(number string) error {
	if id := d.subject.Value(attributePartyUUID); id != "" {
		parsed, err := uuid.Parse(id)
		if err != nil {
			return processing("The %s %q is no UUID.", attributePartyUUID, id)
		}
		d.As, _ = d.parties.ByUUID(parsed.String())
	}
	if number == "" || d.As != nil {
		return nil
	}
	var known bool
	if d.As, known = d.parties.Organisation(org.Number(number)); !known && d.endpoint == External {
		return syntax("The party register does not know the organisation %s.", number)
	}
	if known && d.endpoint == External {
		d.subject.Add(attributeParty, strconv.Itoa(d.As.ID))
	}
	return nil
}

// enrich adds to the subject what the policy asks for and the caller cannot know.
func (d *decision) enrich(ctx context.Context) error {
	uses := func(attribute string) bool { return d.Policy.Wants(pdp.AccessSubject, attribute) != nil }
	if d.Party != nil && uses(resource.PackageAttribute) {
		d.Packages = d.packages()
		d.subject.Add(resource.PackageAttribute, d.Packages...)
	}
	if d.Party != nil && d.Person != nil {
		for _, attribute := range [...]string{roleCode, roleCCR, roleOfParty} {
			if uses(attribute) {
				d.Roles = rolesOf(d.Person, d.Party.Number, attribute)
				d.subject.Add(attribute, d.Roles...)
			}
		}
	}
	consent := d.Party == nil && d.to.Value(resource.AttributeID) != "" && d.to.Value(resource.AttributeApp) == "" &&
		d.to.Value(attributeInstance) == "" && d.to.Value(attributeOwnInst) == ""
	if !consent || d.As == nil {
		return nil
	}
	if uses(attributePartyType) {
		kind := "organization"
		if d.As.Number == "" {
			kind = "person"
		}
		d.subject.Add(attributePartyType, kind)
	}
	if !uses(attributeAccessList) {
		return nil
	}
	lists, err := d.lists(ctx)
	d.subject.Add(attributeAccessList, lists...)
	return err
}

// packages are the codes of the access packages that the subject has for the party.
func (d *decision) packages() []string {
	switch {
	case d.SystemUser != nil:
		return d.systemUserPackages()
	case d.Person != nil:
		var all []string
		for _, code := range d.Policy.Wants(pdp.AccessSubject, resource.PackageAttribute) { // the others do not matter
			if holdsPackage(d.Person, d.Party.Number, code) || holdsPackage(d.Person, d.Party.Parent, code) {
				all = append(all, code)
			}
		}
		return all
	case d.As != nil && d.As.Number != "":
		var all []string
		for _, relation := range d.parties.Clients(d.As.Number) {
			if d.covers(relation.From) {
				all = append(all, relation.Packages()...)
			}
		}
		return all
	}
	return nil
}

// systemUserPackages are those that a system user has for its owner, and an agent for its clients.
func (d *decision) systemUserPackages() []string {
	u := d.SystemUser
	serves := d.covers(u.Owner)
	if u.Type == systemuser.Agent {
		serves = serves && u.ActsForOwner || slices.ContainsFunc(u.Clients, d.covers)
	}
	if !serves || !u.Live() {
		return nil
	}
	codes := make([]string, len(u.AccessPackages))
	for i, urn := range u.AccessPackages {
		codes[i] = strings.TrimPrefix(urn, resource.PackagePrefix)
	}
	return codes
}

// lists are the access lists that the subject is on, each by its owner's code and its own name.
func (d *decision) lists(ctx context.Context) ([]string, error) {
	resources, err := d.view.Resources(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, r := range resources {
		for _, list := range r.AccessLists {
			if r.Authority != nil && slices.Contains(list.Members, d.As.Number) {
				names = append(names, r.Authority.Code+":"+list.ID)
			}
		}
	}
	return names, nil
}

package authorization_test

import (
	"strings"
	"testing"
	"time"

	"mpe/altinn/authorization"
	"mpe/altinn/party"
	"mpe/altinn/pdp"
	"mpe/altinn/resource"
	"mpe/altinn/systemuser"
	"mpe/oauth/org"
)

const (
	agentClient = org.Number("310000078")
	subunit     = org.Number("310000086")
	clientUnit  = org.Number("310000094")
	holder      = "7c2e9a10-0000-4000-8000-000000000001" // a standard system user of the customer's, with a package and a right
	agent       = "7c2e9a10-0000-4000-8000-00000000000a" // serves a client
	full        = "7c2e9a10-0000-4000-8000-00000000000b" // an agent that serves its owner, too
	gone        = "7c2e9a10-0000-4000-8000-00000000000d" // has been deleted
)

func world(t testing.TB) *authorization.Authorizer {
	t.Helper()
	m := &memory{}
	open := func(id string) *resource.Resource { return &resource.Resource{ID: id, Delegable: true} }
	m.put(t, open("packaged"), 2, resource.Grant{Actions: []string{"read", "write"}, Subjects: []string{jordbruk}})
	m.put(t, open("clients"), 0, resource.Grant{Actions: []string{"read"}, Subjects: []string{lonn}})
	m.put(t, open("roles"), 0, resource.Grant{Actions: []string{"read"}, Subjects: []string{dagl, ccr}})
	m.put(t, open("single"), 3, resource.Grant{Actions: []string{"read", "write"}, Subjects: []string{owner}})
	m.put(t, open("app_ttd_form"), 0, resource.Grant{Actions: []string{"read"}, Subjects: []string{jordbruk}})
	m.put(t, open("denied"), 0,
		resource.Grant{ID: "r1", Actions: []string{"read"}, Subjects: []string{jordbruk}},
		resource.Grant{ID: "r2", Effect: pdp.Deny, Actions: []string{"read"}, Subjects: []string{jordbruk}})
	m.put(t, open("consent"), 0, resource.Grant{Actions: []string{"consent"}, Subjects: []string{"urn:altinn:partytype:organization"}},
		resource.Grant{Actions: []string{"listed"}, Subjects: []string{"urn:altinn:access-list:ttd:members"}})
	m.put(t, &resource.Resource{ID: "listed", AccessListMode: resource.Enabled, AccessLists: []resource.AccessList{
		{ID: "all", Members: []org.Number{customer}}, {ID: "some", Members: []org.Number{other}, Actions: []string{"read"}},
	}}, 0, resource.Grant{Actions: []string{"read", "write"}, Subjects: []string{jordbruk}})
	right := func(id, action string) resource.Right {
		return resource.Right{Action: action, Resource: resource.AuthorizationReference(id)}
	}
	for _, u := range []*systemuser.SystemUser{
		{ID: holder, Owner: customer, AccessPackages: []string{jordbruk}, Delegated: []resource.Right{right("single", "read"), right("app_ttd_form", "sign")}},
		{ID: systemUserID(9), Owner: other, AccessPackages: []string{jordbruk}},
		{ID: agent, Owner: customer, Type: systemuser.Agent, AccessPackages: []string{lonn}, Clients: []org.Number{agentClient},
			Delegated: []resource.Right{right("single", "read")}},
		{ID: full, Owner: customer, Type: systemuser.Agent, AccessPackages: []string{lonn}, ActsForOwner: true},
		{ID: gone, Owner: customer, AccessPackages: []string{jordbruk}, Delegated: []resource.Right{right("single", "read")}, Deleted: time.Unix(1, 0)},
	} {
		m.users[u.ID] = u
	}
	number := func(n org.Number, id int, parent org.Number) *party.Party {
		return &party.Party{ID: id, UUID: "00000000-0000-4000-8000-0000" + string(n)[1:], Number: n, Name: "P" + string(n), Parent: parent}
	}
	person := &party.Person{
		Party: party.Party{ID: 900, UUID: "00000000-0000-4000-9000-000000000001", Name: "Kari"}, PID: "01817010055", UserID: 77,
		Roles: []party.Role{{Role: "daglig-leder", Org: customer}, {Role: "styreleder", Org: other}},
	}
	return &authorization.Authorizer{Store: m, Parties: party.NewRegister(
		[]*party.Party{
			number(customer, 1, ""), number(other, 2, ""), number(agentClient, 3, ""), number(subunit, 4, customer),
			number(clientUnit, 5, agentClient),
		},
		[]*party.Person{person}, []party.Relation{{From: agentClient, To: customer, Role: "regnskapsforer"}}, nil)}
}

// attributes are categories by their words: "s" (subject), "a" or "r", an attribute and a value.
func attributes(t testing.TB, lines ...string) *pdp.Request {
	t.Helper()
	r := &pdp.Request{}
	for _, line := range lines {
		words := strings.Fields(line)
		id := map[string]string{"s": pdp.AccessSubject, "a": pdp.Action, "r": pdp.Resource}[words[0]]
		c := r.Category(id)
		if c == nil {
			r.Categories = append(r.Categories, pdp.Category{ID: id})
			c = &r.Categories[len(r.Categories)-1]
		}
		c.Add(words[1], words[2])
	}
	return r
}

// TestAuthorize is what the scenarios of the decision point leave out: whoever else can ask, and the rules of
// altinn-authorization 1.5 and 2.
func TestAuthorize(t *testing.T) {
	const (
		su, read   = "s urn:altinn:systemuser:uuid ", "a " + pdp.ActionID + " read"
		write      = "a " + pdp.ActionID + " write"
		about, of  = "r urn:altinn:resource ", "r urn:altinn:organization:identifier-no "
		customers  = of + string(customer)
		processing = "Indeterminate processing-error"
		syntax     = "Indeterminate syntax-error"
	)
	for _, c := range []struct {
		name    string
		request []string
		want    string // decision, status and stage
		why     string // is part of the reason
	}{
		{"a package", []string{su + holder, write, about + "packaged", customers}, "Permit ok rules", "comes to Permit"},
		{"a package, for a subunit", []string{su + holder, read, about + "packaged", of + string(subunit)}, "Permit ok rules", ""},
		{"a package of a subunit's, for the main unit", []string{su + agent, read, about + "clients", customers}, "NotApplicable ok delegations", ""},
		{"a single right", []string{su + holder, read, about + "single", customers}, "Permit ok delegations", "single right read"},
		{"a single right, for a subunit", []string{su + holder, read, about + "single", of + string(subunit)}, "Permit ok delegations", ""},
		{"another action", []string{su + holder, write, about + "single", customers}, "NotApplicable ok delegations", "no single right"},
		{"a deleted system user, with a package", []string{su + gone, read, about + "packaged", customers}, "NotApplicable ok delegations", "has been deleted"},
		{"a deleted system user, with a right", []string{su + gone, read, about + "single", customers}, "NotApplicable ok delegations", "has been deleted"},
		{"an agent, for a client", []string{su + agent, read, about + "clients", of + string(agentClient)}, "Permit ok rules", ""},
		{"an agent, for a client's subunit", []string{su + agent, read, about + "clients", of + string(clientUnit)}, "Permit ok rules", ""},
		{"an agent that serves its owner", []string{su + full, read, about + "clients", customers}, "Permit ok rules", ""},
		{"an agent has no single rights", []string{su + agent, read, about + "single", customers}, "NotApplicable ok delegations", ""},
		{"a rule that denies", []string{su + holder, read, about + "denied", customers}, "Deny ok rules", "rule r2"},
		{"on an access list", []string{su + holder, write, about + "listed", customers}, "Permit ok rules", ""},
		{"on a list for that action", []string{su + systemUserID(9), read, about + "listed", of + string(other)}, "Permit ok rules", ""},
		{"on a list for another action", []string{su + systemUserID(9), write, about + "listed", of + string(other)}, "Deny ok access-list", "access list"},
		{"no access list is asked when nothing permits", []string{su + holder, write, about + "listed", of + string(agentClient)}, "NotApplicable ok delegations", ""},
		{"an app, by its id", []string{su + holder, read, about + "app_ttd_form", customers}, "Permit ok rules", ""},
		{"an app, by owner and name", []string{su + holder, read, "r urn:altinn:org ttd", "r urn:altinn:app form", customers}, "Permit ok rules", ""},
		{"a single right to an app", []string{su + holder, "a " + pdp.ActionID + " sign", "r urn:altinn:org ttd", "r urn:altinn:app form", customers}, "Permit ok delegations", ""},
		{"a party by id", []string{su + holder, read, about + "packaged", "r urn:altinn:partyid 1"}, "Permit ok rules", ""},
		{"a party by an id that nobody has", []string{su + holder, read, about + "packaged", "r urn:altinn:partyid 17"}, "NotApplicable ok delegations", ""},
		{"a party by what is no id", []string{su + holder, read, about + "packaged", "r urn:altinn:partyid x"}, syntax + " party", "no number"},
		{"a party by its old name", []string{su + holder, read, about + "packaged", "r urn:altinn:organizationnumber " + string(customer)}, "Permit ok rules", ""},
		{"a party by UUID", []string{su + holder, read, about + "packaged", "r urn:altinn:party:uuid 00000000-0000-4000-8000-0000" + string(customer)[1:]}, "Permit ok rules", ""},
		{"the first name of a party counts", []string{su + holder, read, about + "packaged", "r urn:altinn:partyid 2", customers}, "NotApplicable ok delegations", ""},
		{"an organisation that nobody knows", []string{su + holder, read, about + "packaged", of + "889640782"}, syntax + " party", "does not know"},
		{"a person as party, whom nobody knows", []string{su + holder, read, about + "packaged", "r urn:altinn:person:identifier-no 1"}, syntax + " party", "does not know"},
		{"no party", []string{su + holder, read, about + "packaged"}, "NotApplicable ok delegations", ""},
		{"no resource", []string{su + holder, read, customers}, processing + " policy", "names no resource"},
		{"a resource that is nearly there", []string{su + holder, read, about + "packages", customers}, processing + " policy", "Policy not found"},
		{"a user", []string{"s urn:altinn:userid 77", read, about + "roles", customers}, "Permit ok rules", ""},
		{"a user with another role", []string{"s urn:altinn:userid 77", read, about + "roles", of + string(other)}, "Permit ok rules", ""},
		{"a user without a role", []string{"s urn:altinn:userid 77", read, about + "roles", of + string(agentClient)}, "NotApplicable ok delegations", ""},
		{"a user's packages", []string{"s urn:altinn:userid 77", read, about + "packaged", customers}, "Permit ok rules", ""},
		{"a user that is no number", []string{"s urn:altinn:userid x", read, about + "roles", customers}, syntax + " subject", "no number"},
		{"a person", []string{"s urn:altinn:person:identifier-no 01817010055", read, about + "roles", customers}, "Permit ok rules", ""},
		{"a person whom nobody knows", []string{"s urn:altinn:person:identifier-no 2", read, about + "roles", customers}, processing + " subject", "does not know"},
		{"a person and a user", []string{"s urn:altinn:person:identifier-no 01817010055", "s urn:altinn:userid 77", read, about + "roles", customers}, processing + " subject", "send one"},
		{"an organisation and a user", []string{"s urn:altinn:organization:identifier-no " + string(customer), "s urn:altinn:userid 77", read, about + "roles", customers}, processing + " subject", "at once"},
		{"an organisation that nobody knows, as subject", []string{"s urn:altinn:organization:identifier-no 889640782", read, about + "roles", customers}, syntax + " subject", "does not know"},
		{"an accountant, for a client", []string{"s urn:altinn:organizationnumber " + string(customer), read, about + "clients", of + string(agentClient)}, "Permit ok rules", ""},
		{"an organisation's UUID that is none", []string{"s urn:altinn:party:uuid x", read, about + "clients", customers}, processing + " subject", "no UUID"},
		{"a role that the caller knows", []string{"s urn:altinn:rolecode DAGL", read, about + "roles", customers}, "Permit ok rules", ""},
		{"the service owner itself", []string{"s urn:altinn:org ttd", read, about + "single", customers}, "Permit ok rules", ""},
		{"a type of party, without a party", []string{"s urn:altinn:organization:identifier-no " + string(customer), "a " + pdp.ActionID + " consent", about + "consent"}, "Permit ok rules", ""},
		{"a type of party, with a party", []string{"s urn:altinn:organization:identifier-no " + string(customer), "a " + pdp.ActionID + " consent", about + "consent", customers}, "NotApplicable ok delegations", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			all, err := world(t).Authorize(t.Context(), []*pdp.Request{attributes(t, c.request...)}, authorization.External)
			if err != nil {
				t.Fatal(err)
			}
			report := all[0].Report()
			got := string(report.Decision) + " " + report.Status + " " + string(report.Stage)
			if got != c.want || !strings.Contains(report.Why, c.why) {
				t.Errorf("got %s: %s\nwant %s, with %q", got, report.Why, c.want, c.why)
			}
			if report.Why == "" || len(report.Stages) != 9 {
				t.Errorf("not explained: %+v", report)
			}
		})
	}
}

// What would have led to a Permit is said, and leads there.
func TestHelp(t *testing.T) {
	a := world(t)
	ask := func(id, action, about string, n org.Number) []*pdp.Request {
		return []*pdp.Request{request(id, action, about, n)}
	}
	for _, c := range []struct {
		name     string
		requests []*pdp.Request
		help     string
		whatIf   authorization.WhatIf // that the help means; zero: it cannot be imagined
	}{
		{"another package", ask(holder, "read", "clients", customer), "access package regnskapsforer-lonn", authorization.WhatIf{AccessPackages: []string{"regnskapsforer-lonn"}}},
		{"the owner", ask(holder, "read", "packaged", other), "Name its owner 910493353", authorization.WhatIf{Party: customer}},
		{"a client", ask(agent, "read", "clients", other), "Name one of its clients as the party, 310000078", authorization.WhatIf{Party: agentClient}},
		{"an agent's owner", ask(agent, "read", "clients", customer), "an agent does not act for its owner", authorization.WhatIf{Party: agentClient}},
		{"the case of an action", ask(holder, "READ", "packaged", customer), `Ask for "read"`, authorization.WhatIf{Action: "read"}},
		{"another action", ask(holder, "sign", "packaged", customer), "read, write", authorization.WhatIf{Action: "write"}},
		{"a right that there is", ask(holder, "write", "single", customer), "given as a single right: read", authorization.WhatIf{Action: "read"}},
		{"an id in upper case", ask(strings.ToUpper(agent), "read", "single", customer), "lower case", authorization.WhatIf{}},
		{"an access list", ask(systemUserID(9), "write", "listed", other), "to an access list of listed", authorization.WhatIf{}},
		{"a deleted one", ask(gone, "read", "packaged", customer), "Ask for a new system user", authorization.WhatIf{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			imagined, err := a.Imagine(t.Context(), c.requests, c.whatIf)
			if err != nil {
				t.Fatal(err)
			}
			all, err := a.Authorize(t.Context(), c.requests, authorization.External)
			if err != nil {
				t.Fatal(err)
			}
			if help := strings.Join(all[0].Report().Help, "\n"); all[0].Result.Decision == pdp.DecisionPermit || !strings.Contains(help, c.help) {
				t.Errorf("%s: the help is %q, want %q", all[0].Result.Decision, help, c.help)
			}
			if c.whatIf.Party+org.Number(c.whatIf.Action) == "" && c.whatIf.AccessPackages == nil {
				return
			}
			if got := imagined[0].Result.Decision; got != pdp.DecisionPermit {
				t.Errorf("what the help says leads to %s: %s", got, imagined[0].Report().Why)
			}
		})
	}
}

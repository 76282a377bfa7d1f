package authorization_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpe/altinn/authorization"
	"mpe/altinn/party"
	"mpe/altinn/pdp"
	"mpe/altinn/problem"
	"mpe/altinn/resource"
	"mpe/oauth/org"
)

// registered are resources with their policies.
type registered map[*resource.Resource][]resource.Grant

func (r registered) Resource(_ context.Context, id string) (*resource.Resource, error) {
	for known := range r {
		if known.ID == id {
			return known, nil
		}
	}
	return nil, resource.ErrNotFound
}

func (r registered) CompiledPolicy(_ context.Context, id string) (*pdp.Policy, error) {
	for known, grants := range r {
		if known.ID == id && grants != nil {
			return pdp.ParsePolicy(resource.WritePolicy(id, 0, grants))
		}
	}
	return nil, resource.ErrNotFound
}

const customer, other = org.Number("910493353"), org.Number("310000027")

// The policies' subjects.
const (
	dagl     = "urn:altinn:rolecode:DAGL"
	ccr      = "urn:altinn:external-role:ccr:styreleder"
	jordbruk = resource.PackagePrefix + "jordbruk"
	lonn     = resource.PackagePrefix + "regnskapsforer-lonn"
	owner    = "urn:altinn:org:ttd"
)

func may(actions, subjects string, more ...resource.Grant) []resource.Grant {
	return append([]resource.Grant{{Actions: []string{actions}, Subjects: []string{subjects}}}, more...)
}

func known() registered {
	listed := func(id string, members ...org.Number) *resource.Resource {
		return &resource.Resource{ID: id, Delegable: true, AccessListMode: resource.Enabled, AccessLists: []resource.AccessList{{Members: members}}}
	}
	open := func(id string) *resource.Resource { return &resource.Resource{ID: id, Delegable: true} }
	return registered{
		open("open"):     may("read", dagl, may("write", jordbruk)...),
		open("partly"):   may("read", dagl, may("write", lonn)...),
		open("chair"):    may("read", ccr),
		open("packaged"): may("read", jordbruk),
		open("agents"):   may("read", lonn),
		open("owners"):   may("read", owner),
		open("bare"):     nil,
		{ID: "closed"}:   may("read", dagl),
		{ID: "scope", Type: resource.MaskinportenSchema, Delegable: true}: may("read", dagl),
		listed("listed", customer):                                        may("read", dagl),
		listed("empty"):                                                   may("read", dagl),
		listed("others", other):                                           may("read", dagl),
	}
}

// Altinn's delegation check (altinn-authorization 6.2, 6.4): one action that can be passed on is enough, and then all that
// can be are.
func TestRights(t *testing.T) {
	check := authorization.DelegationCheck{Resources: known()}
	for _, test := range []struct {
		name   string
		role   string
		of     org.Number
		rights []resource.Right
		passed string       // "resource action" of each
		want   problem.Code // empty: may pass them on
	}{
		{"nothing", "ansatt", customer, nil, "", ""},
		{"by role and by package", "daglig-leder", customer, resource.RightsTo("open"), "open read, open write", ""},
		{"some of the actions", "daglig-leder", customer, resource.RightsTo("partly"), "partly read", ""},
		{"several resources", "daglig-leder", customer, resource.RightsTo("partly", "packaged"), "partly read, packaged read", ""},
		{"a role by its own name", "styreleder", customer, resource.RightsTo("chair"), "chair read", ""},
		{"the right role for another", "styreleder", customer, resource.RightsTo("open"), "open write", ""},
		{"who passes packages on without holding them", "hovedadministrator", customer, resource.RightsTo("packaged"), "", "AUTH-00068"},
		{"who only administers access", "tilgangsstyrer", customer, resource.RightsTo("open"), "", "AUTH-00016"},
		{"who represents another", "daglig-leder", other, resource.RightsTo("open"), "", "AUTH-00016"},
		{"a package that no role has", "daglig-leder", customer, resource.RightsTo("agents"), "", "AUTH-00068"},
		{"a policy for service owners only", "daglig-leder", customer, resource.RightsTo("owners"), "", "AUTH-00014"},
		{"a resource without a policy", "daglig-leder", customer, resource.RightsTo("bare"), "", "AUTH-00014"},
		{"the first that may not be passed on", "daglig-leder", customer, resource.RightsTo("open", "closed", "scope"), "", "AUTH-00070"},
		{"a resource that there is not", "daglig-leder", customer, resource.RightsTo("none"), "", "AUTH-00014"},
		{"a right to nothing", "daglig-leder", customer, []resource.Right{{}}, "", "AUTH-00014"},
		{"a resource that cannot be passed on", "daglig-leder", customer, resource.RightsTo("closed"), "", "AUTH-00070"},
		{"a scope", "daglig-leder", customer, resource.RightsTo("scope"), "", "AUTH-00071"},
		{"on the access list", "daglig-leder", customer, resource.RightsTo("listed"), "listed read", ""},
		{"on no access list", "daglig-leder", customer, resource.RightsTo("others"), "", "AUTH-00069"},
		{"an access list without members", "daglig-leder", customer, resource.RightsTo("empty"), "", "AUTH-00069"},
	} {
		t.Run(test.name, func(t *testing.T) {
			by := &party.Person{Party: party.Party{Name: "U1"}, Roles: []party.Role{{Role: test.role, Org: test.of}}}
			rights, err := check.Rights(t.Context(), by, customer, test.rights)
			if got := codeOf(t, err); got != test.want {
				t.Errorf("got %q (%v), want %q", got, err, test.want)
			}
			passed := ""
			for i, right := range rights {
				if i > 0 {
					passed += ", "
				}
				passed += right.ResourceID() + " " + right.Action
			}
			if passed != test.passed {
				t.Errorf("passed on: %s, want %s", passed, test.passed)
			}
		})
	}
}

func codeOf(t *testing.T, err error) problem.Code {
	t.Helper()
	if refusal, ok := errors.AsType[*problem.Problem](err); ok {
		return refusal.Code
	}
	if err != nil {
		t.Fatal(err)
	}
	return ""
}

func TestPackages(t *testing.T) {
	check := authorization.DelegationCheck{}
	for _, test := range []struct {
		name, role string
		packages   []string
		want       problem.Code
	}{
		{"none", "ansatt", nil, ""},
		{"who represents it", "daglig-leder", []string{jordbruk}, ""},
		{"who administers it", "hovedadministrator", []string{jordbruk}, ""},
		{"who only administers access", "tilgangsstyrer", []string{jordbruk}, "AUTH-00053"},
		{"one of two", "daglig-leder", []string{jordbruk, lonn}, "AUTH-00053"},
		{"one that there is not", "daglig-leder", []string{resource.PackagePrefix + "none"}, "AUTH-00053"},
		{"one that a role lacks", "komplementar", []string{resource.PackagePrefix + "hovedadministrator"}, "AUTH-00053"},
	} {
		by := &party.Person{Roles: []party.Role{{Role: test.role, Org: customer}}}
		if got := codeOf(t, check.Packages(t.Context(), by, customer, test.packages)); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

// Each right has its reasons, in Altinn's words.
func TestCheck(t *testing.T) {
	check := authorization.DelegationCheck{Resources: known()}
	by := &party.Person{Roles: []party.Role{{Role: "daglig-leder", Org: customer}}}
	for id, want := range map[string][]authorization.Reason{
		"open":   {authorization.RoleAccess, authorization.PackageAccess},
		"partly": {authorization.RoleAccess, authorization.MissingPackageAccess, authorization.MissingDelegationAccess},
		"chair":  {authorization.MissingRoleAccess, authorization.MissingDelegationAccess},
		"closed": {authorization.ResourceNotDelegable},
		"scope":  {authorization.ResourceIsMaskinporten},
		"empty":  {authorization.AccessListValidationFail},
	} {
		checked, err := check.Check(t.Context(), by, customer, id)
		if err != nil {
			t.Fatal(err)
		}
		var got []authorization.Reason
		for _, c := range checked {
			got = append(got, c.Reasons...)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", id, diff)
		}
	}
}

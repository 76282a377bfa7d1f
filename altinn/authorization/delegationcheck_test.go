package authorization_test

import (
	"errors"
	"testing"

	"mpe/altinn/authorization"
	"mpe/altinn/party"
	"mpe/altinn/problem"
	"mpe/altinn/resource"
	"mpe/oauth/org"
)

func TestDelegationCheck(t *testing.T) {
	const customer, other = org.Number("910493353"), org.Number("310000027")
	const lonn, jordbruk = resource.PackagePrefix + "regnskapsforer-lonn", resource.PackagePrefix + "jordbruk"
	check := authorization.DelegationCheck{Resources: resource.Registry{
		"open":   {ID: "open", Delegable: true},
		"closed": {ID: "closed"},
		"scope":  {ID: "scope", Type: resource.MaskinportenSchema, Delegable: true},
		"listed": {ID: "listed", Delegable: true, AccessList: []org.Number{customer}},
		"empty":  {ID: "empty", Delegable: true, AccessList: []org.Number{}},
		"others": {ID: "others", Delegable: true, AccessList: []org.Number{other}},
	}}
	for _, test := range []struct {
		name     string
		role     string
		of       org.Number
		rights   []resource.Right
		packages []string
		want     problem.Code // empty: may pass them on
	}{
		{"nothing", "ansatt", customer, nil, nil, ""},
		{"who represents it", "daglig-leder", customer, resource.RightsTo("open"), []string{jordbruk}, ""},
		{"who only administers access", "tilgangsstyrer", customer, resource.RightsTo("open"), nil, "AUTH-00016"},
		{"who represents another", "daglig-leder", other, resource.RightsTo("open"), nil, "AUTH-00016"},
		{"the first right that may not be passed on", "daglig-leder", customer, resource.RightsTo("open", "closed", "scope"), nil, "AUTH-00070"},
		{"a resource that there is not", "daglig-leder", customer, resource.RightsTo("none"), nil, "AUTH-00014"},
		{"a right to nothing", "daglig-leder", customer, []resource.Right{{}}, nil, "AUTH-00014"},
		{"a resource that cannot be passed on", "daglig-leder", customer, resource.RightsTo("closed"), nil, "AUTH-00070"},
		{"a scope", "daglig-leder", customer, resource.RightsTo("scope"), nil, "AUTH-00071"},
		{"on the access list", "daglig-leder", customer, resource.RightsTo("listed"), nil, ""},
		{"on no access list", "daglig-leder", customer, resource.RightsTo("others"), nil, "AUTH-00069"},
		{"an access list without members", "daglig-leder", customer, resource.RightsTo("empty"), nil, "AUTH-00069"},
		{"an access package, without representing it", "tilgangsstyrer", customer, nil, []string{jordbruk}, "AUTH-00053"},
		{"an access package for clients", "daglig-leder", customer, nil, []string{jordbruk, lonn}, "AUTH-00053"},
		{"an access package that there is not", "daglig-leder", customer, nil, []string{resource.PackagePrefix + "none"}, "AUTH-00053"},
		{"rights before access packages", "ansatt", customer, resource.RightsTo("open"), []string{jordbruk}, "AUTH-00016"},
	} {
		t.Run(test.name, func(t *testing.T) {
			by := &party.Person{Party: party.Party{Name: "U1"}, Roles: []party.Role{{Role: test.role, Org: test.of}}}
			err := check.MayDelegate(t.Context(), by, customer, test.rights, test.packages)
			got := problem.Code("")
			if refusal, ok := errors.AsType[*problem.Problem](err); ok {
				got = refusal.Code
			} else if err != nil {
				t.Fatal(err)
			}
			if got != test.want {
				t.Errorf("got %q (%v), want %q", got, err, test.want)
			}
		})
	}
}

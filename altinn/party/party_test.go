package party_test

import (
	"testing"

	"mpe/altinn/party"
	"mpe/oauth/org"
)

const customer = org.Number("310000027")

func TestRoles(t *testing.T) {
	type may struct{ access, clients, represents bool }
	for role, want := range map[string]may{
		"daglig-leder":        {true, true, true},
		"innehaver":           {true, true, true},
		"hovedadministrator":  {true, true, false},
		"tilgangsstyrer":      {true, false, false},
		"klientadministrator": {false, true, false},
		"ansatt":              {false, false, false},
	} {
		p := party.Person{Roles: []party.Role{{Role: role, Org: customer}}}
		got := may{p.ManagesAccess(customer), p.ManagesClients(customer), p.Represents(customer)}
		if got != want || !p.RelatedTo(customer) {
			t.Errorf("%s: got %+v, want %+v", role, got, want)
		}
		if other := org.Number("310000035"); p.ManagesAccess(other) || p.ManagesClients(other) || p.RelatedTo(other) {
			t.Errorf("%s of one organisation is something for another", role)
		}
	}
}

func TestRegister(t *testing.T) {
	named := &party.Party{ID: 500000, UUID: "u", Number: customer}
	unnamed := func(n org.Number) *party.Party { return &party.Party{ID: 31000003, Number: n} }
	open := party.NewRegister([]*party.Party{named}, nil, nil, unnamed)
	strict := party.NewRegister([]*party.Party{named}, nil, nil, nil)
	for name, c := range map[string]struct {
		register *party.Register
		number   org.Number
		want     bool
	}{
		"a named one":              {strict, customer, true},
		"an unnamed one":           {open, "310000035", true},
		"an unnamed one, strictly": {strict, "310000035", false},
		"a wrong check digit":      {open, "310000036", false},
		"a number that is none":    {open, "3100", false},
	} {
		if p, got := c.register.Organisation(c.number); got != c.want || got && p.Number != c.number {
			t.Errorf("%s: got %v, %t", name, p, got)
		}
	}
	if p, ok := open.Party(31000003); !ok || p.Number != "310000035" {
		t.Errorf("the party of an unnamed organisation is %v, %t", p, ok)
	}
	if p, ok := open.Party(500000); !ok || p != named {
		t.Errorf("the party of a named organisation is %v, %t", p, ok)
	}
	if _, ok := strict.Party(31000003); ok {
		t.Error("a party is known that the register does not name")
	}
	if p, ok := open.ByUUID("u"); !ok || p != named {
		t.Errorf("by UUID: %v, %t", p, ok)
	}
}

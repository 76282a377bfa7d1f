package seed_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpe/compose/seed"
)

func TestMerge(t *testing.T) {
	const first = `version: 1
name: first
description: kept
settings: { approvals: manual, strictness: { orgNumbers: warn, signatures: off } }
clock: { mode: offset, offset: +1d }
scopes:
  - { name: "mun:a", owner: "310000094", access: all }
  - { name: "mun:b", owner: "310000094" }
systems: [{ id: 310000019_a, vendor: "310000019", name: { nb: A } }]
systemUsers:
  - { id: 7c2e9a10-0000-4000-8000-000000000001, system: 310000019_a, owner: "310000027", title: by id }
  - { system: 310000019_a, owner: "310000035", externalRef: x, title: by reference }
`
	const second = `version: 1
name: second
settings: { strictness: { orgNumbers: enforce } }
clock: { mode: frozen }
scopes: [{ name: "mun:c", owner: "310000094" }, { name: "mun:a", owner: "310000019" }]
systemUsers:
  - { id: 7C2E9A10-0000-4000-8000-000000000001, system: 310000019_a, owner: "310000043", title: now by id }
  - { system: 310000019_a, owner: "310000035", externalRef: x, title: now by reference }
  - { system: 310000019_a, owner: "310000027", title: the old reference is free }
`
	w, err := seed.Read([]seed.Source{{Name: "1", Data: []byte(first)}, {Name: "2", Data: []byte(second)}},
		noEnv, seed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var scopes, titles []string
	for _, s := range w.Scopes {
		scopes = append(scopes, fmt.Sprintf("%s of %s, all: %t", s.Name, s.Owner, s.Access.All))
	}
	for _, u := range w.SystemUsers {
		titles = append(titles, u.Title)
	}
	got := []any{w.Name, w.Description, w.Settings, w.Clock, scopes, titles}
	want := []any{"second", "kept",
		seed.Settings{Approvals: "manual", Strictness: seed.Strictness{OrgNumbers: seed.Enforce, Signatures: seed.Off}},
		seed.Clock{Mode: "frozen"},
		[]string{"mun:a of 310000019, all: false", "mun:b of 310000094, all: false", "mun:c of 310000094, all: false"},
		[]string{"now by id", "now by reference", "the old reference is free"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("merged (-want +got):\n%s", diff)
	}
}

func TestMergeOfTwoIntoOne(t *testing.T) {
	const user = `version: 1
systemUsers: [{ id: 7c2e9a10-0000-4000-8000-00000000000%d, system: 310000019_a, owner: "3100000%s" }]
`
	const system = "systems: [{ id: 310000019_a, vendor: \"310000019\", name: { nb: A } }]\n"
	_, err := seed.Read([]seed.Source{
		{Name: "1", Data: []byte(fmt.Sprintf(user, 1, "27") + system)},
		{Name: "2", Data: []byte(fmt.Sprintf(user, 2, "35"))},
		{Name: "3", Data: []byte(fmt.Sprintf(user, 1, "35"))},
	}, noEnv, seed.Options{})
	want := `3:2:15  systemUsers[0]  system, owner and externalRef "310000019_a 310000035 310000035" ` +
		`is already declared on 2 line 2`
	if diff := cmp.Diff(want, problems(t, err)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestProblemsComeInTheOrderOfTheFiles(t *testing.T) {
	_, err := seed.Read([]seed.Source{
		{Name: "b.yaml", Data: []byte("version: 1\nclients: [{ clientId: a, org: \"310000018\" }]\n")},
		{Name: "a.yaml", Data: []byte("version: 2\n")},
	}, noEnv, seed.Options{})
	want := digit("2:31", "clients[0].org", "310000018", "9")[len("seed.yaml"):]
	if diff := cmp.Diff("b.yaml"+want+"\na.yaml:1:10  version  2 must be 1", problems(t, err)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

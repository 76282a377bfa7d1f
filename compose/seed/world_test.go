package seed_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mpe/compose/seed"
)

func TestDefaults(t *testing.T) {
	w, err := read(`version: 1
parties:
  organisations: [{ orgNo: "310000019", name: A }]
  persons: [{ pid: "01817010055", name: A }]
clients: [{ clientId: c, org: "310000019" }]
resources: [{ id: r }]
systems: [{ id: 310000019_a, vendor: "310000019", name: { nb: A } }]
systemUsers: [{ system: 310000019_a, owner: "310000027" }]
requests: [{ system: 310000019_a, party: "310000027" }]
faults: [{ then: { status: 500 } }]
`, seed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	// The ids are derived from the natural keys. They must never change: users have written them into their tests.
	want := &seed.World{
		Parties: seed.Parties{
			Organisations: []seed.Organisation{{Number: "310000019", Name: "A", PartyID: 31000001,
				PartyUUID: "57244b65-ba93-5d30-a8b2-201e638e574b"}},
			Persons: []seed.Person{{PID: "01817010055", Name: "A", Language: "nb", UserID: 18170100,
				PartyUUID: "99bf7753-9780-5690-97a7-7ae01d8648a4"}},
		},
		Clients:   []seed.Client{{ID: "c", Org: "310000019", IntegrationType: "maskinporten", Active: true}},
		Resources: []seed.Resource{{ID: "r", Delegable: true}},
		Systems: []seed.System{{ID: "310000019_a", Vendor: "310000019", Name: seed.Texts{"nb": "A"},
			Visible: true}},
		SystemUsers: []seed.SystemUser{{ID: "a20460a5-8679-536c-9136-d2b72c7abd90", System: "310000019_a", Owner: "310000027",
			Type: "standard"}},
		Requests: []seed.Request{{ID: "eacd88a0-b4df-58c3-a8e1-76ee07e6d258", Kind: "standard",
			System: "310000019_a", Party: "310000027", Status: "New"}},
		Faults: []seed.Fault{{ID: "916add33-fc13-527b-adc5-8001510f3014", Then: seed.FaultThen{Status: 500}, Probability: 1}},
	}
	if diff := cmp.Diff(want, w); diff != "" {
		t.Errorf("world (-want +got):\n%s", diff)
	}
}

func TestWhatIsSaidIsKept(t *testing.T) {
	w, err := read(`version: 1
settings: { tokenLifetime: 10m, strictness: { signatures: warn } }
scopes: [{ name: "mun:a", owner: "310000094", integrationTypes: [idporten], tokenLifetime: 1h, access: all }]
clients:
  - clientId: c
    org: "310000019"
    integrationType: krr
    tokenLifetime: 60s
    active: false
    keys: [{ kid: k, generate: RS384, expires: 2025-01-01T00:00:00Z }]
systems: [{ id: 310000019_a, vendor: "310000019", name: { nb: A }, visible: false }]
systemUsers: [{ system: 310000019_a, owner: "310000027", deleted: true }]
requests: [{ system: 310000019_a, party: "310000027", age: 181d, status: Denied, kind: change }]
clock: { mode: offset, offset: -2d }
`, seed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		member    string
		got, want any
	}{
		{"settings.tokenLifetime", time.Duration(w.Settings.TokenLifetime), 10 * time.Minute},
		{"settings.strictness.signatures", w.Settings.Strictness.Signatures, seed.Warn},
		{"scopes.integrationTypes", strings.Join(w.Scopes[0].IntegrationTypes, " "), "idporten"},
		{"scopes.tokenLifetime", time.Duration(w.Scopes[0].TokenLifetime), time.Hour},
		{"scopes.access", w.Scopes[0].Access.All, true},
		{"clients.integrationType", w.Clients[0].IntegrationType, "krr"},
		{"clients.tokenLifetime", time.Duration(w.Clients[0].TokenLifetime), time.Minute},
		{"clients.active", w.Clients[0].Active, false},
		{"clients.keys.generate", w.Clients[0].Keys[0].Generate, "RS384"},
		{"clients.keys.expires", w.Clients[0].Keys[0].Expires, time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)},
		{"systems.visible", w.Systems[0].Visible, false},
		{"systemUsers.deleted", w.SystemUsers[0].Deleted, true},
		{"requests.age", time.Duration(w.Requests[0].Age), 181 * 24 * time.Hour},
		{"requests.status", w.Requests[0].Status, "Denied"},
		{"requests.kind", w.Requests[0].Kind, "change"},
		{"clock.offset", time.Duration(w.Clock.Offset), -48 * time.Hour},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.member, diff)
		}
	}
}

func TestUnnamed(t *testing.T) {
	a, again, b := seed.Unnamed("310000019"), seed.Unnamed("310000019"), seed.Unnamed("310000027")
	if a != again {
		t.Errorf("the same number gives %+v and %+v", a, again)
	}
	if a.Name == "" || a.PartyUUID == b.PartyUUID || a.PartyID == b.PartyID {
		t.Errorf("got %+v and %+v, want a name and ids of their own", a, b)
	}
}

func TestDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0s": 0, "250ms": 250 * time.Millisecond, "90s": 90 * time.Second, "2m": 2 * time.Minute, "36h": 36 * time.Hour,
		"181d": 181 * 24 * time.Hour, "-10m": -10 * time.Minute,
	} {
		var d seed.Duration
		if err := d.UnmarshalText([]byte(text)); err != nil || time.Duration(d) != want {
			t.Errorf("%s is read as %v and %v, want %v", text, time.Duration(d), err, want)
		}
		if d.String() != text {
			t.Errorf("%s is written as %s", text, d)
		}
	}
	for _, text := range []string{"", "5", "s", "1w", "1.5h"} {
		if err := new(seed.Duration).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}

func TestAccessIsWrittenAsRead(t *testing.T) {
	for _, text := range []string{`"all"`, `["310000019","310000027"]`, `[]`} {
		var a seed.Access
		if err := json.Unmarshal([]byte(text), &a); err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(a)
		if err != nil || string(got) != text {
			t.Errorf("%s is written as %s and %v", text, got, err)
		}
	}
}

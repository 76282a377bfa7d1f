package seed_test

import (
	"os"
	"slices"
	"testing"
	"time"

	"mpe/compose/seed"
	"mpe/oauth/org"
)

func noEnv(string) (string, bool) { return "", false }

func demo(t *testing.T) *seed.World {
	t.Helper()
	data, err := os.ReadFile("../demo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	// Without a directory: the demo is part of the binary and names no files.
	w, err := seed.Read([]seed.Source{{Name: "demo.yaml", Data: data}}, noEnv, seed.Options{StrictParties: true})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

const (
	fakturapro = "5f0c1a52-6c1b-4f6e-9d38-1c0f7a4b9e01"
	now        = "2026-01-01T00:00:00Z"
)

// The demo has a case for each refusal that it promises to teach.
func TestDemoTeaches(t *testing.T) {
	w := demo(t)
	client := find(t, w.Clients, func(c seed.Client) bool { return c.ID == fakturapro })
	onSystem := func(id string) bool {
		return slices.ContainsFunc(w.Systems, func(s seed.System) bool { return slices.Contains(s.ClientIDs, id) })
	}
	scope := func(is func(seed.Scope) bool) func() bool {
		return func() bool {
			return slices.ContainsFunc(w.Scopes, func(s seed.Scope) bool {
				return is(s) && slices.Contains(client.Scopes, s.Name)
			})
		}
	}
	user := func(is func(seed.SystemUser) bool) func() bool {
		return func() bool { return slices.ContainsFunc(w.SystemUsers, is) }
	}
	request := func(is func(seed.Request) bool) func() bool {
		return func() bool { return slices.ContainsFunc(w.Requests, is) }
	}
	for name, shown := range map[string]func() bool{
		"nothing is more lenient than the real service": func() bool { return w.Settings.AcceptAudiences == nil },
		"a key that works": func() bool { return key(t, client, "fakturapro-2026").Expires.IsZero() },
		"an expired key": func() bool {
			at, _ := time.Parse(time.RFC3339, now)
			return key(t, client, "fakturapro-old").Expires.Before(at)
		},
		"no key has to be made at start": func() bool {
			return !slices.ContainsFunc(w.Clients, func(c seed.Client) bool {
				return slices.ContainsFunc(c.Keys, func(k seed.Key) bool { return k.WellKnown != "dev" })
			})
		},
		"a client with a certificate instead of keys": func() bool {
			return slices.ContainsFunc(w.Clients, func(c seed.Client) bool { return len(c.Keys) == 0 })
		},
		"a client without a system": func() bool {
			return slices.ContainsFunc(w.Clients, func(c seed.Client) bool { return !onSystem(c.ID) })
		},
		"a system without a client": func() bool {
			return slices.ContainsFunc(w.Systems, func(s seed.System) bool { return len(s.ClientIDs) == 0 })
		},
		"a scope without access": scope(func(s seed.Scope) bool { return !s.Access.All && len(s.Access.Organisations) == 0 }),
		"a scope not for maskinporten": scope(func(s seed.Scope) bool {
			return len(s.IntegrationTypes) > 0 && !slices.Contains(s.IntegrationTypes, "maskinporten")
		}),
		"a scope that is delegated": scope(func(s seed.Scope) bool {
			return s.DelegationSource == "altinn" && slices.Contains(w.Delegations,
				seed.Delegation{Scope: s.Name, Consumer: "310000027", Supplier: client.Org})
		}),
		"a system user": user(func(u seed.SystemUser) bool {
			return u.Owner == "310000027" && u.ExternalRef == "" && !u.Deleted
		}),
		"a system user with a reference": user(func(u seed.SystemUser) bool { return u.ExternalRef == "avdeling-oslo" }),
		"an agent with one of two clients": user(func(u seed.SystemUser) bool {
			return u.Type == "agent" && slices.Equal(u.Clients, []org.Number{"310000078"})
		}),
		"a deleted system user": user(func(u seed.SystemUser) bool { return u.Deleted }),
		"a request that waits":  request(func(r seed.Request) bool { return r.Status == "New" && r.Age == 0 }),
		"a request that was rejected": request(func(r seed.Request) bool {
			return r.Status == "Rejected"
		}),
		"a request that has timed out": request(func(r seed.Request) bool {
			return r.Status == "New" && time.Duration(r.Age) > 180*24*time.Hour
		}),
		"a resource with an access list": func() bool {
			return slices.ContainsFunc(w.Resources, func(r seed.Resource) bool { return len(r.AccessList) > 0 })
		},
		"who may only escalate":    func() bool { return role(w, "ansatt", "310000035") },
		"who lacks the power":      func() bool { return role(w, "tilgangsstyrer", "310000035") },
		"who may approve":          func() bool { return role(w, "daglig-leder", "310000035") },
		"who adds agents' clients": func() bool { return role(w, "klientadministrator", "310000043") },
	} {
		if !shown() {
			t.Errorf("the demo lacks a case: %s", name)
		}
	}
}

// A refusal can be met only where no other comes first: the party has no live system user on the same system.
func TestDemoRequestsAreNotHidden(t *testing.T) {
	w := demo(t)
	for _, r := range w.Requests {
		if r.ExternalRef != "" && r.Kind == "agent" {
			continue // for a second system user of its party
		}
		for _, u := range w.SystemUsers {
			if u.System == r.System && u.Owner == r.Party {
				t.Errorf("the system user %s hides the request %s", u.ID, r.ID)
			}
		}
	}
}

func role(w *seed.World, name string, n org.Number) bool {
	return slices.ContainsFunc(w.Persons, func(p seed.Person) bool {
		return slices.Contains(p.Roles, seed.Role{Role: name, Org: n})
	})
}

func key(t *testing.T, c seed.Client, kid string) seed.Key {
	t.Helper()
	return find(t, c.Keys, func(k seed.Key) bool { return k.KID == kid })
}

func find[T any](t *testing.T, all []T, is func(T) bool) T {
	t.Helper()
	i := slices.IndexFunc(all, is)
	if i < 0 {
		t.Fatalf("no such %T", *new(T))
	}
	return all[i]
}

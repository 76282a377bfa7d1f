package seed_test

import (
	"strings"
	"testing"
	"time"

	"mpe/compose/seed"
)

func TestAdvice(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	const good = `version: 1
scopes: [{ name: "mun:x", owner: "310000094", access: ["310000019"] }]
clients: [{ clientId: a, name: A, org: "310000019", scopes: ["mun:x"], keys: [{ kid: k, wellKnown: dev }] }]
systems: [{ id: 310000019_a, vendor: "310000019", name: { nb: A, nn: A, en: A }, clientIds: [a], allowedRedirectUrls: ["https://a.example/r"] }]
requests: [{ id: 9b1d0c00-0000-4000-8000-000000000001, system: 310000019_a, party: "310000035", redirectUrl: "https://a.example/r?x=1" }]
`
	for name, c := range map[string]struct{ old, replacement, want string }{
		"nothing":                            {"", "", ""},
		"a system without a client":          {"clientIds: [a]", "clientIds: []", "system 310000019_a has no client"},
		"a client without a system":          {"clientIds: [a]", "clientIds: []", "client a (A) is tied to no system"},
		"a client of no vendor":              {`org: "310000019"`, `org: "310000108"`, "310000108 has no access to (MP-250)"},
		"a scope that is not granted":        {`access: ["310000019"]`, "access: []", "scope mun:x, which 310000019 has no access to (MP-250)"},
		"a scope that everyone may use":      {`access: ["310000019"]`, "access: all", ""},
		"a scope of other clients":           {`access: [`, "integrationTypes: [idporten], access: [", "may not use (MP-201)"},
		"a built-in scope that is not":       {`scopes: ["mun:x"]`, `scopes: ["altinn:authorization/authorize"]`, "altinn:authorization/authorize, which its organisation has no access to"},
		"a key that has expired":             {"wellKnown: dev", "wellKnown: dev, expires: 2026-01-01T00:00:00Z", "key k, which has expired"},
		"a key that expires soon":            {"wellKnown: dev", "wellKnown: dev, expires: 2026-01-20T00:00:00Z", "key k, which expires on 2026-01-20"},
		"a key that lasts":                   {"wellKnown: dev", "wellKnown: dev, expires: 2026-03-01T00:00:00Z", ""},
		"a client that is not active":        {"name: A, org", "active: false, name: A, org", "is not active"},
		"a redirect URL that is not allowed": {"/r?x=1", "/other", "redirectUrl https://a.example/other, which 310000019_a does not allow"},
	} {
		world, err := seed.Read([]seed.Source{{Name: "seed.yaml", Data: []byte(strings.Replace(good, c.old, c.replacement, 1))}}, nil, seed.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, a := range world.Advise(now) {
			got = append(got, a.What)
		}
		if said := strings.Join(got, "\n"); c.want == "" && said != "" || !strings.Contains(said, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

package seed_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpe/compose/seed"
)

// read reads one seed file that is no file: its problems are those of "seed.yaml".
func read(text string, opts seed.Options) (*seed.World, error) {
	return seed.Read([]seed.Source{{Name: "seed.yaml", Data: []byte(text)}}, noEnv, opts)
}

// problems are the lines of the *seed.Error that reading must give.
func problems(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	e, ok := errors.AsType[*seed.Error](err)
	if !ok {
		t.Fatalf("got a %T, want a *seed.Error: %v", err, err)
	}
	return e.Error()
}

type refusal struct{ rule, text, want string }

func check(t *testing.T, cases []refusal) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			_, err := read(c.text, seed.Options{})
			if diff := cmp.Diff(c.want, problems(t, err)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMistakesOfForm(t *testing.T) {
	check(t, []refusal{
		{"a number in quotes only", `version: 1
parties:
  organisations:
    - orgNo: 310000019
      name: SINDIG KODEBEVER AS
`, `seed.yaml:4:14  parties.organisations[0].orgNo  310000019 is read as a number; write "310000019"`},
		{"a number with a leading zero is shown as written", `version: 1
parties: { persons: [{ name: Elg, pid: 01817010055 }] }
`, `seed.yaml:2:40  parties.persons[0].pid  01817010055 is read as a number; write "01817010055"`},
		{"a person number is synthetic", `version: 1
parties: { persons: [{ name: Elg, pid: "01017010055" }] }
`, `seed.yaml:2:40  parties.persons[0].pid  ` +
			`is not a synthetic person number: its month must be 81 to 92 (month + 80)`},
		{"a misspelt member", `version: 1
systems:
  - id: 310000019_a
    vendor: "310000019"
    name: { nb: A }
    clientsIds: [a]
`, `seed.yaml:6:5  systems[0].clientsIds  unknown member "clientsIds". Did you mean "clientIds"?`},
		{"a member of another case", `version: 1
parties: { organisations: [{ OrgNo: x, orgNo: "310000019", name: A }] }
`, `seed.yaml:2:30  parties.organisations[0].OrgNo  unknown member "OrgNo". Did you mean "orgNo"?`},
		{"a member of another case does not stand for the one that is missing", `version: 1
parties: { organisations: [{ OrgNo: x, name: A }] }
`, `seed.yaml:2:28  parties.organisations[0]  missing member "orgNo"` + "\n" +
			`seed.yaml:2:30  parties.organisations[0].OrgNo  unknown member "OrgNo". Did you mean "orgNo"?`},
		{"a key of the wrong type is told about once", `version: 1
clients: [{ clientId: a, org: "310000019", keys: [{ kid: k, jwk: 5 }] }]
`, `seed.yaml:2:66  clients[0].keys[0].jwk  5 is a number, want an object`},
		{"two key sources", `version: 1
clients:
  - clientId: a
    org: "310000019"
    keys: [{ kid: k, wellKnown: dev, generate: RS256 }]
`, `seed.yaml:5:12  clients[0].keys[0]  has wellKnown and generate, but takes only one of ` +
			`wellKnown, generate, jwk, jwksFile, pemFile, certificateFile`},
		{"no key source", `version: 1
clients: [{ clientId: a, org: "310000019", keys: [{ kid: k }] }]
`, `seed.yaml:2:51  clients[0].keys[0]  needs one of ` +
			`wellKnown, generate, jwk, jwksFile, pemFile, certificateFile`},
		{"a policy is rules or a file", `version: 1
resources: [{ id: r, policy: { minimumAuthenticationLevel: 3 } }]
`, `seed.yaml:2:30  resources[0].policy  needs one of file, rules`},
		{"a system id starts with a number", `version: 1
systems: [{ id: fakturapro, vendor: "310000019", name: { nb: A } }]
`, `seed.yaml:2:17  systems[0].id  got "fakturapro", ` +
			`want system id (the vendor's number, "_" and a name without spaces), as in "310000019_fakturapro"`},
		{"an approval mode", `version: 1
settings: { approvals: maybe }
`, `seed.yaml:2:24  settings.approvals  got "maybe", ` +
			`want approval mode (manual, auto, reject or auto-after:2s), as in "manual"`},
		{"a code of Maskinporten", `version: 1
faults: [{ then: { code: MP-33 } }]
`, `seed.yaml:2:26  faults[0].then.code  got "MP-33", ` +
			`want error code (MP-000, AUTH-00000, AUTH.VLD-00000 or server_error), as in "MP-303"`},
		{"a missing member", `version: 1
clients:
  - clientId: a
`, `seed.yaml:3:5  clients[0]  missing member "org"`},
		{"a member without a value is missing", `version: 1
clients:
  - clientId: a
    org:
`, `seed.yaml:3:5  clients[0]  missing member "org"`},
		{"the version", "name: a\n", `seed.yaml:1:1  missing member "version"`},
		{"another version", "version: 2\n", `seed.yaml:1:10  version  2 must be 1`},
		{"a wrong value", `version: 1
scopes: [{ name: "a:b", owner: "310000094", visibility: pubic }]
`, `seed.yaml:2:57  scopes[0].visibility  "pubic" is not one of public, private, internal. Did you mean "public"?`},
		{"an algorithm that Maskinporten refuses", `version: 1
clients: [{ clientId: a, org: "310000019", keys: [{ kid: k, generate: ES256 }] }]
`, `seed.yaml:2:71  clients[0].keys[0].generate  "ES256" is not one of RS256, RS384, RS512: ` +
			`Maskinporten takes no other algorithm. Did you mean "RS256"?`},
		{"the characters of a kid", `version: 1
clients: [{ clientId: a, org: "310000019", keys: [{ kid: "k/1", wellKnown: dev }] }]
`, `seed.yaml:2:58  clients[0].keys[0].kid  got "k/1", ` +
			`want key id (letters, digits, ".", "_" and "-"), as in "fakturapro-2026"`},
		{"access is all or a list", `version: 1
scopes: [{ name: "a:b", owner: "310000094", access: everyone }]
`, `seed.yaml:2:53  scopes[0].access  got "everyone", ` +
			`want access ("all" or a list of organisation numbers), as in "all"`},
		{"a number in a list of access", `version: 1
scopes: [{ name: "a:b", owner: "310000094", access: [310000019] }]
`, `seed.yaml:2:54  scopes[0].access[0]  310000019 is read as a number; write "310000019"`},
		{"a truth value as text", `version: 1
systems: [{ id: 310000019_a, vendor: "310000019", name: { nb: A }, visible: "yes" }]
`, `seed.yaml:2:77  systems[0].visible  "yes" is text, want true or false`},
		{"text as a truth value", "version: 1\nname: true\n",
			`seed.yaml:2:7  name  true is read as true or false; write "true"`},
		{"a list", "version: 1\nscopes: { name: a }\n", `seed.yaml:2:9  scopes  is an object, want a list`},
		{"an object", "version: 1\nsettings: 5\n", `seed.yaml:2:11  settings  5 is a number, want an object`},
		{"an empty place in a list", "version: 1\nclients: [~]\n",
			`seed.yaml:2:11  clients[0]  is empty, want an object`},
		{"no lifetime of nothing", "version: 1\nsettings: { tokenLifetime: 0s }\n",
			`seed.yaml:2:28  settings.tokenLifetime  got "0s", want lifetime in whole seconds, as in "120s"`},
		{"a duration", `version: 1
requests: [{ system: 310000019_a, party: "310000027", age: 181 days }]
systems: [{ id: 310000019_a, vendor: "310000019", name: { nb: A } }]
`, `seed.yaml:2:60  requests[0].age  got "181 days", want duration, as in "120s"`},
		{"a time", "version: 1\nclock: { mode: frozen, at: 2026-13-01T00:00:00Z }\n",
			`seed.yaml:2:28  clock.at  got "2026-13-01T00:00:00Z", want time (RFC 3339), as in "2026-01-01T00:00:00Z"`},
		{"a time that is a date only", "version: 1\nclock: { mode: frozen, at: 2026-01-01 }\n",
			`seed.yaml:2:28  clock.at  got "2026-01-01", want time (RFC 3339), as in "2026-01-01T00:00:00Z"`},
		{"an absolute URL", "version: 1\nsettings: { acceptAudiences: [test] }\n",
			`seed.yaml:2:31  settings.acceptAudiences[0]  got "test", want absolute URL`},
		{"the lower bound", "version: 1\nfaults: [{ then: { status: 99 } }]\n",
			`seed.yaml:2:28  faults[0].then.status  99 is below 200`},
		{"the upper bound", "version: 1\nfaults: [{ then: { status: 200 }, probability: 1.5 }]\n",
			`seed.yaml:2:48  faults[0].probability  1.5 is above 1`},
		{"a long text", `version: 1
systems: [{ id: 310000019_a, vendor: "310000019", name: { nb: A } }]
systemUsers: [{ system: 310000019_a, owner: "310000027", title: ` + strings.Repeat("æ", 256) + ` }]
`, `seed.yaml:3:65  systemUsers[0].title  has 256 characters, the limit is 255`},
		{"a text that may not be empty", `version: 1
resources: [{ id: r, policy: { file: "" } }]
`, `seed.yaml:2:38  resources[0].policy.file  is empty`},
		{"a long value is cut", "version: 1\nsettings: { approvals: " + strings.Repeat("æ", 61) + " }\n",
			`seed.yaml:2:24  settings.approvals  got "` + strings.Repeat("æ", 60) + `…", ` +
				`want approval mode (manual, auto, reject or auto-after:2s), as in "manual"`},
		{"a list where one value is wanted", "version: 1\nsettings: { approvals: [manual], issuer: [] }\n",
			"seed.yaml:2:24  settings.approvals  is a list, want text\n" +
				`seed.yaml:2:42  settings.issuer  got a list, want issuer ("auto" or an absolute URL), as in "auto"`},
		{"a fault does something", "version: 1\nfaults: [{ then: {} }]\n",
			`seed.yaml:2:18  faults[0].then  is empty`},
	})
}

func TestNotASeedAtAll(t *testing.T) {
	check(t, []refusal{
		{"nothing", "", `seed.yaml:1:1  the file is empty; it needs at least "version: 1"`},
		{"comments only", "# seed\n", `seed.yaml:1:1  the file is empty; it needs at least "version: 1"`},
		{"null", "null\n", `seed.yaml:1:1  the file is empty; it needs at least "version: 1"`},
		{"a list", "- version: 1\n", `seed.yaml:1:1  is a list, want an object`},
		{"broken YAML", "version: 1\nname: 'a\n",
			`seed.yaml:2:1  not valid YAML or JSON: found unexpected end of stream`},
		{"a second document that is broken", "version: 1\n---\nname: 'a\n",
			`seed.yaml:3:1  not valid YAML or JSON: found unexpected end of stream`},
		{"two documents", "version: 1\n---\nversion: 1\n",
			`seed.yaml:2:1  a seed file holds one document, this is the second`},
		{"a member twice", "version: 1\nname: a\nname: b\n",
			`seed.yaml:3:1  name  member "name" is written twice, first on line 2`},
		{"a name that is no text", "version: 1\n[a]: b\n", `seed.yaml:2:1  the name of a member must be text`},
		{"no number", "version: 1\nfaults: [{ then: { status: 200 }, probability: .nan }]\n",
			`seed.yaml:2:48  faults[0].probability  ".nan" is not a number that a seed can hold`},
	})
}

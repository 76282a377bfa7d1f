package seed_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpe/compose/seed"
)

func TestParties(t *testing.T) {
	check(t, []refusal{
		{"the check digit of an organisation number", `version: 1
scopes:
  - { name: "mun:a", owner: "310000094" }
  - { name: "mun:b", owner: "310000095" }
`, `seed.yaml:4:29  scopes[1].owner  "310000095" is not a valid organisation number ` +
			`(check digit should be 4). Did you mean "310000094"?`},
		{"a number that no check digit fits", `version: 1
parties: { organisations: [{ orgNo: "310000060", name: A }] }
`, `seed.yaml:2:37  parties.organisations[0].orgNo  ` +
			`"310000060" cannot be an organisation number: no check digit fits 31000006`},
		{"every place that an organisation number stands in", `version: 1
parties:
  persons: [{ pid: "01817010055", name: A, roles: [{ role: r, org: "310000010" }] }]
  relations: [{ from: "310000011", to: "310000012", role: revisor }]
scopes: [{ name: "a:b", owner: "310000013", access: ["310000014"] }]
clients: [{ clientId: a, org: "310000015" }]
delegations: [{ scope: "a:b", consumer: "310000016", supplier: "310000017" }]
resources: [{ id: r, owner: "310000018", accessList: ["310000020"] }]
systems: [{ id: 310000021_a, vendor: "310000021", name: { nb: A } }]
systemUsers: [{ system: 310000021_a, owner: "310000022", type: agent, clients: ["310000023"] }]
requests: [{ system: 310000021_a, party: "310000024" }]
faults: [{ when: { systemUserOrg: "310000025" }, then: { status: 500 } }]
`, digit("3:68", "parties.persons[0].roles[0].org", "310000010", "9") + "\n" +
			digit("4:23", "parties.relations[0].from", "310000011", "9") + "\n" +
			digit("4:40", "parties.relations[0].to", "310000012", "9") + "\n" +
			digit("5:32", "scopes[0].owner", "310000013", "9") + "\n" +
			digit("5:54", "scopes[0].access[0]", "310000014", "9") + "\n" +
			digit("6:31", "clients[0].org", "310000015", "9") + "\n" +
			digit("7:41", "delegations[0].consumer", "310000016", "9") + "\n" +
			digit("7:64", "delegations[0].supplier", "310000017", "9") + "\n" +
			digit("8:29", "resources[0].owner", "310000018", "9") + "\n" +
			digit("8:55", "resources[0].accessList[0]", "310000020", "7") + "\n" +
			digit("9:38", "systems[0].vendor", "310000021", "7") + "\n" +
			digit("10:45", "systemUsers[0].owner", "310000022", "7") + "\n" +
			digit("10:81", "systemUsers[0].clients[0]", "310000023", "7") + "\n" +
			digit("11:42", "requests[0].party", "310000024", "7") + "\n" +
			digit("12:35", "faults[0].when.systemUserOrg", "310000025", "7")},
		{"a fault does one thing", `version: 1
faults: [{ then: { code: MP-303, status: 500 } }]
`, `seed.yaml:2:18  faults[0].then  has code and status, but only one thing can happen, besides a delay`},
		{"a fault that the endpoint never has", `version: 1
faults: [{ when: { endpoint: pdp }, then: { code: MP-303 } }]
`, `seed.yaml:2:51  faults[0].then.code  is never answered by pdp, only by token`},
		{"a code that nobody has", `version: 1
faults: [{ then: { code: AUTH-00029 } }]
`, `seed.yaml:2:26  faults[0].then.code  unknown code "AUTH-00029". Did you mean "AUTH-00009"?`},
		{"the first control digit of a person number", person("01817010065"), `seed.yaml:2:29  parties.persons[0].pid  ` +
			`"01817010065" is not a valid person number (control digits should be 55). Did you mean "01817010055"?`},
		{"the second control digit of a person number", person("01817010054"), `seed.yaml:2:29  parties.persons[0].pid  ` +
			`"01817010054" is not a valid person number (control digits should be 55). Did you mean "01817010055"?`},
		{"a number that no control digits fit", person("01817010300"), `seed.yaml:2:29  parties.persons[0].pid  ` +
			`"01817010300" cannot be a person number: no control digits fit 018170103`},
		{"a month of 80", person("01807010065"), `seed.yaml:2:29  parties.persons[0].pid  ` +
			`is not a synthetic person number: its month must be 81 to 92 (month + 80)`},
		{"a month of 93", person("01937010083"), `seed.yaml:2:29  parties.persons[0].pid  ` +
			`is not a synthetic person number: its month must be 81 to 92 (month + 80)`},
		{"a D-number has a day 40 too high", person("41817010049"), ""},
		{"no day is 35", person("35817010055"), `seed.yaml:2:29  parties.persons[0].pid  ` +
			`"35817010055" is not a person number: no month has a day 35`},
		{"no D-number has a day 72", person("72817010055"), `seed.yaml:2:29  parties.persons[0].pid  ` +
			`"72817010055" is not a person number: no month has a day 72`},
		{"no organisation is its own client", `version: 1
parties: { relations: [{ from: "310000019", to: "310000019", role: revisor }] }
`, `seed.yaml:2:49  parties.relations[0].to  an organisation cannot be its own client`},
	})
}

func digit(position, path, number, right string) string {
	return "seed.yaml:" + position + "  " + path + `  "` + number + `" is not a valid organisation number ` +
		`(check digit should be ` + right + `). Did you mean "` + number[:8] + right + `"?`
}

func person(pid string) string {
	return "version: 1\nparties: { persons: [{ pid: \"" + pid + "\", name: A }] }\n"
}

func TestReferences(t *testing.T) {
	const system = "systems: [{ id: 310000019_fakturapro, vendor: \"310000019\", name: { nb: A } }]\n"
	check(t, []refusal{
		{"a client's scope is declared or built in", `version: 1
scopes: [{ name: "mun:faktura.read", owner: "310000094" }]
clients: [{ clientId: a, org: "310000019", scopes: ["altinn:x", "digdir:x", "idporten:x", "krr:x", "mun:fakturaread"] }]
`, `seed.yaml:3:100  clients[0].scopes[4]  unknown scope "mun:fakturaread". Did you mean "mun:faktura.read"?`},
		{"a delegated scope is declared", `version: 1
delegations: [{ scope: "mun:a", consumer: "310000027", supplier: "310000019" }]
`, `seed.yaml:2:24  delegations[0].scope  unknown scope "mun:a"`},
		{"a scope that is not built in has an owner", "version: 1\nscopes: [{ name: \"altinn:a\" }, { name: \"mun:a\" }]\n",
			`seed.yaml:2:32  scopes[1]  missing member "owner"`},
		{"a system's client is declared", `version: 1
clients: [{ clientId: fakturapro, org: "310000019" }]
systems: [{ id: 310000019_a, vendor: "310000019", name: { nb: A }, clientIds: [faktrapro] }]
`, `seed.yaml:3:80  systems[0].clientIds[0]  unknown client "faktrapro". Did you mean "fakturapro"?`},
		{"what is less like it is not suggested", `version: 1
clients: [{ clientId: fakturapro, org: "310000019" }]
systems: [{ id: 310000019_a, vendor: "310000019", name: { nb: A }, clientIds: [fakturap, faktpro] }]
`, `seed.yaml:3:80  systems[0].clientIds[0]  unknown client "fakturap". Did you mean "fakturapro"?` + "\n" +
			`seed.yaml:3:90  systems[0].clientIds[1]  unknown client "faktpro"`},
		{"a client belongs to one system", `version: 1
clients: [{ clientId: c, org: "310000019" }]
systems:
  - { id: 310000019_a, vendor: "310000019", name: { nb: A }, clientIds: [c] }
  - { id: 310000019_b, vendor: "310000019", name: { nb: B }, clientIds: [c] }
`, `seed.yaml:5:74  systems[1].clientIds[0]  client "c" already belongs to the system "310000019_a"`},
		{"a system's id starts with its vendor", `version: 1
systems: [{ id: 310000027_a, vendor: "310000019", name: { nb: A } }]
`, `seed.yaml:2:17  systems[0].id  "310000027_a" must start with the vendor's number and an underscore. ` +
			`Did you mean "310000019_a"?`},
		{"a system's right is a resource", `version: 1
systems: [{ id: 310000019_a, vendor: "310000019", name: { nb: A }, rights: [r] }]
`, `seed.yaml:2:77  systems[0].rights[0]  unknown resource "r"`},
		{"a system user's system is declared", "version: 1\n" + system +
			"systemUsers: [{ system: 310000019_fakturpro, owner: \"310000027\" }]\n",
			`seed.yaml:3:25  systemUsers[0].system  unknown system "310000019_fakturpro". ` +
				`Did you mean "310000019_fakturapro"?`},
		{"a system user's right is a resource", "version: 1\n" + system +
			"systemUsers: [{ system: 310000019_fakturapro, owner: \"310000027\", rights: [r] }]\n",
			`seed.yaml:3:76  systemUsers[0].rights[0]  unknown resource "r"`},
		{"only agents have clients", "version: 1\n" + system +
			"systemUsers: [{ system: 310000019_fakturapro, owner: \"310000043\", clients: [\"310000078\"] }]\n",
			`seed.yaml:3:76  systemUsers[0].clients  only a system user of type agent has clients`},
		{"a request's system is declared", "version: 1\nrequests: [{ system: 310000019_a, party: \"310000027\" }]\n",
			`seed.yaml:2:22  requests[0].system  unknown system "310000019_a"`},
		{"a request's right is a resource", "version: 1\n" + system +
			"requests: [{ system: 310000019_fakturapro, party: \"310000027\", rights: [r], unwantedRights: [s] }]\n",
			`seed.yaml:3:73  requests[0].rights[0]  unknown resource "r"` + "\n" +
				`seed.yaml:3:94  requests[0].unwantedRights[0]  unknown resource "s"`},
	})
}

func TestRedirectURLs(t *testing.T) {
	const text = "version: 1\nsystems: [{ id: 310000019_a, vendor: \"310000019\", name: { nb: A }, " +
		"allowedRedirectUrls: [URL] }]\n"
	for url, allowed := range map[string]bool{
		"https://fakturapro.example/a":     true,
		"http://localhost:3000/":           true,
		"http://app.localhost/":            true,
		"http://127.8.0.1/":                true,
		"http://[::1]:80/":                 true,
		"http://fakturapro.example/":       false,
		"http://localhost.example/":        false,
		"http://notlocalhost/":             false,
		"http://10.0.0.1/":                 false,
		"https:/kvittering":                false,
		"ftp://localhost/":                 false,
		"urn:altinn:kvittering:javascript": false,
	} {
		_, err := read(strings.ReplaceAll(text, "URL", `"`+url+`"`), seed.Options{})
		want := ""
		if !allowed {
			want = `seed.yaml:2:90  systems[0].allowedRedirectUrls[0]  "` + url +
				`" must be https, or http on a loopback host such as localhost`
		}
		if diff := cmp.Diff(want, problems(t, err)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", url, diff)
		}
	}
	check(t, []refusal{{"of a request", `version: 1
systems: [{ id: 310000019_a, vendor: "310000019", name: { nb: A } }]
requests: [{ system: 310000019_a, party: "310000027", redirectUrl: "http://a.example/" }]
`, `seed.yaml:3:68  requests[0].redirectUrl  "http://a.example/" must be https, ` +
		`or http on a loopback host such as localhost`}})
}

func TestStrictness(t *testing.T) {
	const text = `version: 1
settings: { strictness: { orgNumbers: LEVEL, syntheticPersons: LEVEL, redirectUrls: LEVEL } }
parties:
  organisations: [{ orgNo: "310000018", name: A }]
  persons: [{ pid: "01017010055", name: A }]
systems:
  - { id: 310000019_a, vendor: "310000019", name: { nb: A }, allowedRedirectUrls: ["http://a.example/"] }
`
	paths := []string{"parties.organisations[0].orgNo", "parties.persons[0].pid", "systems[0].allowedRedirectUrls[0]"}
	for level, want := range map[string]struct{ problems, warnings []string }{
		"off": {}, "warn": {warnings: paths}, "enforce": {problems: paths},
	} {
		t.Run(level, func(t *testing.T) {
			w, err := read(strings.ReplaceAll(text, "LEVEL", `"`+level+`"`), seed.Options{})
			var got struct{ problems, warnings []string }
			if e, ok := err.(*seed.Error); ok {
				got.problems = pathsOf(e.Problems)
			} else {
				got.warnings = pathsOf(w.Warnings)
			}
			if diff := cmp.Diff([2][]string{want.problems, want.warnings}, [2][]string{got.problems, got.warnings}); diff != "" {
				t.Errorf("problems and warnings (-want +got):\n%s", diff)
			}
		})
	}
}

func pathsOf(ps []seed.Problem) (paths []string) {
	for _, p := range ps {
		paths = append(paths, p.Path)
	}
	return paths
}

func TestStrictParties(t *testing.T) {
	const text = `version: 1
parties: { organisations: [{ orgNo: "310000019", name: A }] }
clients: [{ clientId: a, org: "310000019" }, { clientId: b, org: "310000027" }]
`
	if _, err := read(text, seed.Options{}); err != nil {
		t.Errorf("an organisation that is not named: %v", err)
	}
	_, err := read(text, seed.Options{StrictParties: true})
	want := `seed.yaml:3:66  clients[1].org  unknown organisation "310000027". Did you mean "310000019"?`
	if diff := cmp.Diff(want, problems(t, err)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestDuplicates(t *testing.T) {
	const system = "systems: [{ id: 310000019_a, vendor: \"310000019\", name: { nb: A } }]\n"
	check(t, []refusal{
		{"an organisation", `version: 1
parties:
  organisations:
    - { orgNo: "310000019", name: A }
    - { orgNo: "310000019", name: B }
`, `seed.yaml:5:16  parties.organisations[1].orgNo  orgNo "310000019" is already declared on line 4`},
		{"a client", `version: 1
clients:
  - { clientId: a, org: "310000019" }
  - { clientId: a, org: "310000027" }
`, `seed.yaml:4:17  clients[1].clientId  clientId "a" is already declared on line 3`},
		{"a delegation", `version: 1
scopes: [{ name: "mun:a", owner: "310000094" }]
delegations:
  - { scope: "mun:a", consumer: "310000027", supplier: "310000019" }
  - { scope: "mun:a", consumer: "310000027", supplier: "310000019" }
`, `seed.yaml:5:5  delegations[1]  scope, consumer and supplier "mun:a 310000027 310000019" ` +
			`is already declared on line 4`},
		{"a system user without a reference has the owner's number for one", "version: 1\n" + system + `systemUsers:
  - { system: 310000019_a, owner: "310000027", id: 7C2E9A10-0000-4000-8000-000000000001 }
  - { system: 310000019_a, owner: "310000027", externalRef: "310000027" }
`, `seed.yaml:5:5  systemUsers[1]  system, owner and externalRef "310000019_a 310000027 310000027" ` +
			`is already declared on line 4`},
		{"what has no natural key has no double", "version: 1\n" + system + `systemUsers:
  - { system: 310000019_a, owner: 5 }
  - { system: 310000019_a, owner: 5 }
`, `seed.yaml:4:35  systemUsers[0].owner  5 is read as a number; write "5"` + "\n" +
			`seed.yaml:5:35  systemUsers[1].owner  5 is read as a number; write "5"`},
		{"a UUID whatever its case", "version: 1\n" + system + `systemUsers:
  - { system: 310000019_a, owner: "310000027", id: 7C2E9A10-0000-4000-8000-000000000001 }
  - { system: 310000019_a, owner: "310000035", id: 7c2e9a10-0000-4000-8000-000000000001 }
`, `seed.yaml:5:52  systemUsers[1].id  id "7c2e9a10-0000-4000-8000-000000000001" is already declared on line 4`},
	})
}

func TestEveryProblemAtOnce(t *testing.T) {
	check(t, []refusal{{"of form and of meaning, in the order of the file", `version: 1
systems:
  - { id: 310000019_a, vendor: "310000019", name: { nb: A }, clientIds: [b] }
clients:
  - { clientId: a, org: 310000019 }
  - { clientId: a2, org: "310000018", scope: [] }
`, `seed.yaml:3:74  systems[0].clientIds[0]  unknown client "b". Did you mean "a"?
seed.yaml:5:25  clients[0].org  310000019 is read as a number; write "310000019"
seed.yaml:6:26  clients[1].org  "310000018" is not a valid organisation number ` +
		`(check digit should be 9). Did you mean "310000019"?
seed.yaml:6:39  clients[1].scope  unknown member "scope". Did you mean "scopes"?`}})
}

func TestAtMostFiftyProblems(t *testing.T) {
	_, err := read("version: 1\nclients:\n"+strings.Repeat("  - 1\n", 53), seed.Options{})
	e, ok := err.(*seed.Error)
	if !ok || len(e.Problems) != 50 || e.More != 3 {
		t.Fatalf("got %#v, want 50 problems and 3 more", err)
	}
	if !strings.HasSuffix(e.Error(), "\nand 3 more") {
		t.Errorf("the text does not tell how many more there are:\n%s", e)
	}
}

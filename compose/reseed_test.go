package compose_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"mpe/altinn/resource"
	"mpe/compose"
	"mpe/compose/seed"
	"mpe/oauth/oauthclient"
)

// bare is call with an answer that can be held to what is wanted.
func (e *emulator) bare(t *testing.T, method, path, body string) reply {
	t.Helper()
	status, text := e.call(t, method, path, body, nil)
	return reply{status: status, body: text}
}

func (e *emulator) export(t *testing.T) string {
	t.Helper()
	return e.bare(t, http.MethodGet, "seed/export", "").want(t, http.StatusOK).body
}

// small is a seed with one client, and the scopes that are named.
func small(scopes ...string) string {
	var b strings.Builder
	b.WriteString("version: 1\nscopes:\n")
	for _, name := range scopes {
		fmt.Fprintf(&b, "  - { name: %q, owner: \"310000094\", access: all }\n", name)
	}
	fmt.Fprintf(&b, `clients: [{ clientId: %s, org: "310000019", scopes: [%q], keys: [{ kid: %s, wellKnown: dev }] }]`, vendorClient, scopes[0], vendorKey)
	return b.String()
}

func TestSeedsTakeEachOthersPlace(t *testing.T) {
	e := start(t, altinnConfig())
	made := e.request(t, e.vendor(t)) // at runtime
	used := sign(t, e.grant(), vendorKey)
	issued := e.send(t, used)
	if issued.code() != "" {
		t.Fatal(issued.code())
	}
	const client = `clients: [{ clientId: ` + newClient + `, org: "310000019", scopes: [mun:faktura.read], keys: [{ kid: lonnpro-2026, wellKnown: dev }] }]`

	t.Run("by default what was made stays", func(t *testing.T) {
		e.bare(t, http.MethodPost, "seed", small("mun:faktura.read", "mun:ny")).
			want(t, http.StatusOK, `"scopes":["mun:ny"]`, `"systems":["310000019_fakturapro"`)
		if got := e.send(t, used); got.code() != "MP-012" {
			t.Errorf("a grant that was used before: got %q, want MP-012", got.code())
		}
		if got := e.send(t, sign(t, e.grant(), vendorKey)); got.code() != "" {
			t.Errorf("a new one: got %q", got.code())
		}
		e.bare(t, http.MethodGet, "requests/"+made, "").want(t, http.StatusOK, "310000019_lonnpro")
		e.bare(t, http.MethodGet, "requests/9b1d0c00-0000-4000-8000-000000000001", "").want(t, http.StatusNotFound)
		export := e.export(t)
		for part, want := range map[string]bool{"310000019_lonnpro": true, "310000019_fakturapro": false, "Byrå": false, "RASK": false} {
			if strings.Contains(export, part) != want {
				t.Errorf("the export has %q: %t, want %t in\n%s", part, !want, want, export)
			}
		}
	})
	t.Run("the same again changes nothing", func(t *testing.T) {
		before := e.export(t)
		e.bare(t, http.MethodPost, "seed", small("mun:faktura.read", "mun:ny")).
			want(t, http.StatusOK, `{"added":{},"changed":{},"removed":{}}`)
		if diff := cmp.Diff(withoutAges(before), withoutAges(e.export(t))); diff != "" {
			t.Errorf("(-before +after):\n%s", diff)
		}
	})
	t.Run("merged it is put over the seed in force", func(t *testing.T) {
		e.bare(t, http.MethodPost, "seed?mode=merge", "version: 1\n"+client).want(t, http.StatusOK, `"added":{"clients":["`+newClient+`"]}`)
		e.bare(t, http.MethodGet, "seed", "").want(t, http.StatusOK, "mun:ny", newClient)
		if got := e.send(t, sign(t, e.grant(), vendorKey)); got.code() != "" {
			t.Errorf("the client that was there before: got %q", got.code())
		}
	})
	t.Run("replaced nothing is left", func(t *testing.T) {
		e.bare(t, http.MethodPost, "seed?mode=replace", small("mun:faktura.read")).want(t, http.StatusOK, `"systems":["310000019_lonnpro"]`)
		if got := e.send(t, used); got.code() != "" {
			t.Errorf("a grant that was used before: got %q, want a token", got.code())
		}
		e.bare(t, http.MethodGet, "requests/"+made, "").want(t, http.StatusNotFound)
		e.bare(t, http.MethodGet, "seed/diff", "").want(t, http.StatusOK, `{"added":{},"changed":{},"removed":{}}`)
	})
	t.Run("a reset goes back to it", func(t *testing.T) {
		e.control(t, http.MethodPost, "reset", nil, nil)
		e.bare(t, http.MethodGet, "seed", "").want(t, http.StatusOK, "mun:faktura.read")
		e.bare(t, http.MethodGet, "seed/diff", "").want(t, http.StatusOK, `{"added":{},"changed":{},"removed":{}}`)
	})
	t.Run("another mode", func(t *testing.T) {
		e.bare(t, http.MethodPost, "seed?mode=add", small("mun:a")).want(t, 422, "mode", "merge")
	})
	t.Run("what is declared is reset", func(t *testing.T) {
		e := start(t, altinnConfig())
		manager := e.person(t, newManager)
		const request = "9b1d0c00-0000-4000-8000-000000000001"
		e.api(t, manager, http.MethodPost, altinnAPI+"systemuser/request/31000003/"+request+"/approve", "").want(t, 200)
		e.bare(t, http.MethodGet, "seed/diff", "").want(t, 200, `"added":{"systemUsers":["`+request+`"]}`, `"changed":{"requests":["`+request+`"]}`)
		e.bare(t, http.MethodPost, "seed", string(compose.Demo().Data)).want(t, 200, `"changed":{"requests":["`+request+`"]}`)
		e.bare(t, http.MethodGet, "requests/"+request, "").want(t, 200, `"status":"New"`)
		e.bare(t, http.MethodGet, "seed/diff", "").want(t, 200, `"changed":{}`)
	})
}

// withoutAges leaves out the lines that change with the time.
func withoutAges(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		if !strings.Contains(line, "age: ") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

func TestSeedsFromTheNetworkSeeNothingOfTheMachine(t *testing.T) {
	config := compose.Config{Getenv: func(string) (string, bool) { return "mun:secret", true }}
	e := start(t, config)
	for name, c := range map[string]struct{ seed, want string }{
		"a variable": {"version: 1\nname: ${HOME}", "variable HOME is not set"},
		"a file":     {"version: 1\nresources: [{ id: a, policy: { file: /etc/passwd } }]", "files cannot be named here"},
		"no seed":    {"", "empty"},
		"a key":      {"version: 1\nclients: [{ clientId: a, org: '310000019', keys: [{ kid: a, pemFile: /etc/passwd }] }]", "files cannot be named here"},
	} {
		t.Run(name, func(t *testing.T) {
			e.bare(t, http.MethodPost, "seed", c.seed).want(t, 422, c.want, `"problems":[{"file":"seed","line":`)
		})
	}
	if got := e.bare(t, http.MethodPost, "seed", "version: 1\n#"+strings.Repeat(" ", 8<<20)); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a seed that is too large: got %d", got.status)
	}
}

// activities are what can happen to an emulator; some are refused, depending on what has happened before.
func activities(t *testing.T, e *emulator) []func() {
	vendor, manager := e.vendor(t), e.person(t, newManager)
	owner := oauth2.NewClient(t.Context(), e.sourceOf(t, "5f0c1a52-6c1b-4f6e-9d38-1c0f7a4b9e03", "etat-1", nil, "altinn:resourceregistry/resource.write"))
	admin := e.person(t, "23908111028", "altinn:clientdelegations.write", "altinn:portal/enduser")
	request := func() string {
		var all struct {
			Requests []struct{ ID, Status string } `json:"requests"`
		}
		e.control(t, http.MethodGet, "requests", nil, &all)
		for _, r := range all.Requests {
			if r.Status == "New" {
				return r.ID
			}
		}
		return "9b1d0c00-0000-4000-8000-000000000001"
	}
	users := altinnAPI + "systemuser/" + newParty + "/"
	const published = `{"identifier":"mun-ny","title":{"nb":"Ny ${x}","nn":"Ny","en":"New"},"description":{"nb":"b","nn":"b","en":"b"},
		"rightDescription":{"nb":"b","nn":"b","en":"b"},"resourceType":"GenericAccessResource","status":"Active","delegable":true,"visible":false,
		"contactPoints":[{"category":"a","email":"b","telephone":"","contactPage":""}],
		"hasCompetentAuthority":{"organization":"310000094","orgcode":"mun","name":{"nb":"M","nn":"M","en":"M"}}}`
	policy := strings.Replace(
		string(resource.WritePolicy("mun-ny", 2, []resource.Grant{{Actions: []string{"read"}, Subjects: []string{"urn:altinn:rolecode:dagl"}}})),
		"<xacml:Target/>", "<xacml:Description>\tby hand\r\n ${x} </xacml:Description>\n  <xacml:Target/>", 1)
	return []func(){
		func() { e.api(t, vendor, http.MethodPost, altinnAPI+"systemregister/vendor", newSystem) },
		func() {
			e.api(t, vendor, http.MethodPost, altinnAPI+"systemregister/vendor", strings.NewReplacer("_lonnpro", "_fremmed", newClient, "not-in-maskinporten").Replace(newSystem))
		},
		func() { e.api(t, vendor, http.MethodPost, altinnAPI+"systemuser/request/vendor", newRequest) },
		func() {
			e.api(t, vendor, http.MethodPost, altinnAPI+"systemuser/request/vendor", strings.Replace(newRequest, `"rights"`, `"externalRef":"a b","integrationTitle":"Tittel","rights"`, 1))
		},
		func() { e.act(t, request(), "approve", "") },
		func() { e.act(t, request(), "reject", "") },
		func() { e.act(t, request(), "escalate", "") },
		func() { e.act(t, request(), "expire", "") },
		func() { e.api(t, vendor, http.MethodDelete, altinnAPI+"systemuser/request/vendor/"+request(), "") },
		func() { e.api(t, manager, http.MethodDelete, users+request(), "") },
		func() { e.api(t, manager, http.MethodDelete, users+"9b1d0c00-0000-4000-8000-000000000001", "") },
		func() { e.api(t, vendor, http.MethodDelete, altinnAPI+"systemregister/vendor/310000019_lonnpro", "") },
		func() {
			e.api(t, vendor, http.MethodPost, altinnAPI+"systemuser/changerequest/vendor?correlation-id=aaaaaaaa-0000-4000-8000-000000000001&system-user-id=7c2e9a10-0000-4000-8000-000000000001",
				`{"requiredAccessPackages": [{"urn": "urn:altinn:accesspackage:skattegrunnlag"}]}`)
		},
		func() { e.api(t, owner, http.MethodPost, "resourceregistry/api/v1/resource", published) },
		func() { e.api(t, owner, http.MethodPost, "resourceregistry/api/v1/resource/mun-ny/policy", policy) },
		func() { e.api(t, owner, http.MethodDelete, "resourceregistry/api/v1/resource/mun-fakturagrunnlag", "") },
		func() { e.api(t, admin, http.MethodGet, altinnAPI+"systemuser/31000004", "") },
		func() {
			e.control(t, http.MethodPatch, "settings", object{"approvals": "auto", "issuer": e.URL}, nil)
		},
		func() { e.control(t, http.MethodPost, "clock:advance", object{"by": "1500ms"}, nil) },
	}
}

// An export is a seed, and an emulator that starts with it is the same as the one that it is of; whatever has happened.
func TestAnExportComesToTheSame(t *testing.T) {
	for run := range uint64(6) {
		t.Run(fmt.Sprint(run), func(t *testing.T) {
			random := mathrand.New(mathrand.NewPCG(run, 1))
			e := start(t, altinnConfig())
			all := activities(t, e)
			if run > 0 { // the first is the demo alone
				for range 25 {
					all[random.IntN(len(all))]()
				}
			}
			wantSame(t, e)
		})
	}
}

func wantSame(t *testing.T, e *emulator) {
	t.Helper()
	e.control(t, http.MethodPost, "clock:freeze", nil, nil) // the ages of requests stand still
	text := e.export(t)
	if strings.Contains(text, "\n        d: ") {
		t.Errorf("a private key is in\n%s", text)
	}
	if _, err := seed.Read([]seed.Source{{Name: "export", Data: []byte(text)}}, func(string) (string, bool) { return "", false }, seed.Options{}); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	config := altinnConfig()
	config.Seeds = []seed.Source{{Name: "export", Data: []byte(text)}}
	other := start(t, config)
	if diff := cmp.Diff(text, other.export(t)); diff != "" {
		t.Errorf("exported again (-first +again):\n%s", diff)
	}
	want, err := e.Stored(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, err := other.Stored(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(canonical(t, want), canonical(t, got)); diff != "" {
		t.Errorf("what is stored (-of the export's origin +of its copy):\n%s", diff)
	}
}

// canonical has one way to write what is the same.
func canonical(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", " "); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Whatever is broken in a seed, it changes nothing.
func TestABadSeedChangesNothing(t *testing.T) {
	e := start(t, altinnConfig())
	e.request(t, e.vendor(t))
	e.control(t, http.MethodPost, "clock:freeze", nil, nil)
	before, declared := e.export(t), e.bare(t, http.MethodGet, "seed", "").body
	demo := strings.Split(string(compose.Demo().Data), "\n")
	random := mathrand.New(mathrand.NewPCG(1, 2))
	refused := 0
	for range 30 {
		broken := append([]string{}, demo...)
		for range 1 + random.IntN(3) {
			i := random.IntN(len(broken))
			switch random.IntN(3) {
			case 0:
				broken = append(broken[:i], broken[i+1:]...)
			case 1:
				broken[i] = strings.NewReplacer("310000", "310001", "mun", "mmn", ": ", ":").Replace(broken[i])
			case 2:
				broken[i] = "  " + broken[i] + " x"
			}
		}
		text := strings.Join(broken, "\n")
		_, err := seed.Read([]seed.Source{{Name: "seed", Data: []byte(text)}}, func(string) (string, bool) { return "", false }, seed.Options{})
		if err == nil {
			continue // it was not broken after all
		}
		bad, _ := errors.AsType[*seed.Error](err)
		refused++
		for _, mode := range []string{"", "?mode=replace"} {
			e.bare(t, http.MethodPost, "seed"+mode, text).want(t, 422, fmt.Sprintf(`"line":%d`, bad.Problems[0].Line))
		}
	}
	if refused < 15 {
		t.Fatalf("only %d were broken", refused)
	}
	if diff := cmp.Diff(before, e.export(t)); diff != "" {
		t.Errorf("the state (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(declared, e.bare(t, http.MethodGet, "seed", "").body); diff != "" {
		t.Errorf("the seed in force (-before +after):\n%s", diff)
	}
}

// A seed that one emulator is given, the others have when the call returns, and one that starts later has, too.
func TestReplicasFollowASeed(t *testing.T) {
	config := altinnConfig()
	config.Redis = "redis://" + miniredis.RunT(t).Addr()
	one, other := start(t, config), start(t, config)
	one.bare(t, http.MethodPost, "seed", small("mun:faktura.read")+"\nparties: { organisations: [{ orgNo: \"310000019\", name: NY AS }] }").want(t, 200)
	later := start(t, config)
	for name, e := range map[string]*emulator{"the one": one, "the other": other, "one that starts later": later} {
		e.bare(t, http.MethodGet, "seed", "").want(t, 200, "NY AS")
		e.bare(t, http.MethodGet, "seed/diff", "").want(t, 200, `{"added":{},"changed":{},"removed":{}}`)
		g := e.grant()
		if got := e.send(t, sign(t, g, vendorKey)); got.code() != "" {
			t.Errorf("%s: got %q", name, got.code())
		}
		g.Scope = "mun:register.read"
		if got := e.send(t, sign(t, g, vendorKey)); got.code() != "MP-200" {
			t.Errorf("%s, with a scope of the seed before: got %q, want MP-200", name, got.code())
		}
	}
}

func TestSeedFilesAreReadAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "seed.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(small("mun:faktura.read"))
	sources, err := seed.Files(file)
	if err != nil {
		t.Fatal(err)
	}
	config := altinnConfig()
	config.Seeds = sources
	config.ReadSeeds = func() ([]seed.Source, error) { return seed.Files(file) }
	config.Getenv = func(string) (string, bool) { return "mun:av-miljoet", true }
	e := start(t, config)
	write(small("mun:faktura.read", "${SCOPE}"))
	e.bare(t, http.MethodPost, "seed:reload", "").want(t, 200, `"added":{"scopes":["mun:av-miljoet"]}`)
	ready := func() (body string) {
		if status := e.get(t, "readyz", &body); status != http.StatusOK {
			t.Errorf("readyz: got %d", status)
		}
		return body
	}
	for name, broken := range map[string]func(){
		"a bad file": func() { write("version: 9") },
		"no file":    func() { _ = os.Remove(file) },
	} {
		before := e.export(t)
		broken()
		e.bare(t, http.MethodPost, "seed:reload", "").want(t, 422, "seed.yaml")
		if diff := cmp.Diff(before, e.export(t)); diff != "" {
			t.Errorf("%s (-before +after):\n%s", name, diff)
		}
		if body := ready(); !strings.Contains(body, `"degraded":true`) || !strings.Contains(body, "seed.yaml") {
			t.Errorf("%s: readyz says %s", name, body)
		}
	}
	write(small("mun:faktura.read"))
	if err := e.ReloadSeed(context.Background()); err != nil {
		t.Error(err)
	}
	if body := ready(); !strings.Contains(body, `"degraded":false`) {
		t.Errorf("when it is good again readyz says %s", body)
	}
	start(t, altinnConfig()).bare(t, http.MethodPost, "seed:reload", "").want(t, 409, "without seed files")
}

func TestTheSeedIsShown(t *testing.T) {
	e := start(t, compose.Config{})
	e.bare(t, http.MethodGet, "seed/schema", "").want(t, 200, `"$defs"`)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.URL+"_mpe/v1/seed", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var shown struct{ Name string }
	if err := json.NewDecoder(answer.Body).Decode(&shown); err != nil || shown.Name != "demo" {
		t.Errorf("got %+v %v, want the demo", shown, err)
	}
}

// Private keys that the seed has, or that were generated, stay here.
func TestPrivateKeysAreNotShown(t *testing.T) {
	key, err := json.Marshal(jose.JSONWebKey{Key: oauthclient.DevKey()})
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(small("mun:faktura.read"), "keys: [", "keys: [{ kid: ny, generate: RS384 }, { kid: egen, jwk: "+string(key)+" }, ", 1)
	e := start(t, compose.Config{Seeds: []seed.Source{{Name: "seed", Data: []byte(text)}}})
	for _, path := range []string{"seed", "seed/export"} {
		shown := e.bare(t, http.MethodGet, path, "").want(t, 200, "generate: RS384", "kid: egen", "wellKnown: dev").body
		for _, member := range []string{"d: ", "p: ", "q: ", "dp: ", "qi: "} {
			if strings.Contains(shown, " "+member) {
				t.Errorf("%s shows %q of a private key:\n%s", path, member, shown)
			}
		}
	}
	e.bare(t, http.MethodPost, "seed?mode=merge", "version: 1\nname: ny").want(t, 200)
	e.bare(t, http.MethodPost, "grants", `{"client":"`+vendorClient+`","kid":"egen"}`).want(t, 200, `"kid":"egen"`)
}

package compose_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"

	"mpe/compose"
)

func TestEntitiesAreMadeChangedAndDeleted(t *testing.T) {
	e := start(t, altinnConfig())
	for _, c := range []struct {
		path, entry, name, patch, member string
	}{
		{"clients", `{"clientId":"ny","name":"Ny","org":"310000019","scopes":["mun:faktura.read"],"keys":[{"kid":"k","wellKnown":"dev"}]}`,
			"ny", `{"name":"Endret","scopes":null}`, `"name":"Endret"`},
		{"scopes", `{"name":"mun:ny/del.read","owner":"310000094","access":"all","delegationSource":"altinn"}`,
			"mun:ny/del.read", `{"access":["310000019"]}`, `"access":["310000019"]`},
		{"systems", "id: 310000019_ny\nvendor: \"310000019\"\nname: { nb: Ny }\nclientIds: [" + newClient + "]\n",
			"310000019_ny", `{"name":{"en":"New"},"visible":false}`, `"name":{"en":"New","nb":"Ny"}`},
		{"systemusers", `{"id":"7c2e9a10-0000-4000-8000-00000000000a","system":"310000019_fakturapro","owner":"310000035","rights":["mun-fakturagrunnlag"]}`,
			"7c2e9a10-0000-4000-8000-00000000000a", `{"title":"T"}`, `"title":"T"`},
		{"resources", `{"id":"ny","owner":"310000094","policy":{"rules":[{"actions":["read"],"subjects":["urn:altinn:rolecode:dagl"]}]}}`,
			"ny", `{"accessList":[]}`, `"accessList":[]`},
		{"parties", `{"orgNo":"310000051","name":"NY AS"}`, "310000051", `{"name":"NYERE AS"}`, `"name":"NYERE AS"`},
		{"parties", `{"pid":"07835530013","name":"Havørn, To"}`, "", "", ""},
		{"parties", `{"from":"310000027","to":"310000043","role":"revisor"}`, "310000027,310000043,revisor", "", ""},
		{"delegations", `{"scope":"mun:register.read","consumer":"310000035","supplier":"310000019"}`,
			"mun:register.read,310000035,310000019", "", ""},
	} {
		t.Run(c.path+" "+c.name, func(t *testing.T) {
			before := e.export(t)
			if c.name == "" {
				e.bare(t, http.MethodPost, c.path, c.entry).want(t, http.StatusConflict, "already", "PATCH")
				return
			}
			made := e.bare(t, http.MethodPost, c.path, c.entry).want(t, http.StatusCreated)
			e.bare(t, http.MethodPost, c.path, c.entry).want(t, http.StatusConflict, "already")
			one := e.bare(t, http.MethodGet, c.path+"/"+c.name, "").want(t, http.StatusOK)
			if made.body != one.body {
				t.Errorf("made %s and got %s", made.body, one.body)
			}
			e.bare(t, http.MethodGet, c.path, "").want(t, http.StatusOK, one.body)
			if c.patch != "" {
				e.bare(t, http.MethodPatch, c.path+"/"+c.name, c.patch).want(t, http.StatusOK, c.member)
				e.bare(t, http.MethodGet, c.path+"/"+c.name, "").want(t, http.StatusOK, c.member)
			}
			e.bare(t, http.MethodDelete, c.path+"/"+c.name, "").want(t, http.StatusNoContent)
			e.bare(t, http.MethodGet, c.path+"/"+c.name, "").want(t, http.StatusNotFound, c.path)
			e.bare(t, http.MethodDelete, c.path+"/"+c.name, "").want(t, http.StatusNotFound)
			e.bare(t, http.MethodPatch, c.path+"/"+c.name, `{}`).want(t, http.StatusNotFound)
			if diff := cmp.Diff(withoutAges(before), withoutAges(e.export(t))); diff != "" {
				t.Errorf("something is left (-before +after):\n%s", diff)
			}
		})
	}
}

// What a test makes works at once: a client signs, and its system user is in the token.
func TestMadeEntitiesWork(t *testing.T) {
	config := altinnConfig()
	config.Redis = "redis://" + miniredis.RunT(t).Addr()
	e, replica := start(t, config), start(t, config)
	for path, entry := range map[string]string{
		"clients": `{"clientId":"ny","org":"310000019","scopes":["mun:faktura.read"],"keys":[{"kid":"k","generate":"RS256"}]}`,
		"parties": `{"pid":"01817010136","name":"Ny, Daglig","roles":[{"role":"daglig-leder","org":"310000035"}]}`,
	} {
		e.bare(t, http.MethodPost, path, entry).want(t, http.StatusCreated)
	}
	e.bare(t, http.MethodPost, "systems", `{"id":"310000019_ny","vendor":"310000019","name":{"nb":"Ny"},"clientIds":["ny"]}`).want(t, http.StatusCreated)
	e.bare(t, http.MethodPost, "systemusers", `{"system":"310000019_ny","owner":"310000035"}`).want(t, http.StatusCreated, `"id":"`)
	for name, at := range map[string]*emulator{"here": e, "at the replica": replica} {
		signed := at.bare(t, http.MethodPost, "grants", `{"client":"ny","systemUser":"310000035"}`).want(t, http.StatusOK)
		var grant struct{ Grant string }
		if err := json.Unmarshal([]byte(signed.body), &grant); err != nil {
			t.Fatal(err)
		}
		if got := at.send(t, grant.Grant); got.code() != "" {
			t.Errorf("%s: got %q %s", name, got.code(), got.Description)
		}
		at.bare(t, http.MethodPost, "tokens/enduser", `{"pid":"01817010136"}`).want(t, http.StatusOK)
	}
	e.bare(t, http.MethodPost, "seed", string(compose.Demo().Data)).want(t, http.StatusOK, `{"added":{},"changed":{},"removed":{}}`)
	e.bare(t, http.MethodPost, "grants", `{"client":"ny"}`).want(t, http.StatusOK) // it was not declared, and is still there
	e.control(t, http.MethodPost, "reset", nil, nil)
	e.bare(t, http.MethodGet, "clients/ny", "").want(t, http.StatusNotFound)
	replica.bare(t, http.MethodPost, "grants", `{"client":"ny"}`).want(t, http.StatusUnprocessableEntity)
	replica.bare(t, http.MethodGet, "parties/01817010136", "").want(t, http.StatusNotFound)
}

// What is wrong with an entry is told as of a seed, and changes nothing.
func TestBadEntitiesNameTheField(t *testing.T) {
	e := start(t, altinnConfig())
	e.control(t, http.MethodPost, "clock:freeze", nil, nil)
	before := e.export(t)
	const client = "clients/" + vendorClient
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		parts              []string
	}{
		"a check digit":             {"POST", "clients", `{"clientId":"ny","org":"310000018"}`, 422, []string{`"path":"org"`, `"instead":"310000019"`, `"line":1`}},
		"a member that is unknown":  {"POST", "clients", "{\"clientId\":\"ny\",\n\"org\":\"310000019\",\n\"nmae\":\"x\"}", 422, []string{`"path":"nmae"`, `"instead":"name"`, `"line":3`}},
		"a member that is missing":  {"POST", "systems", `{"id":"310000019_a","vendor":"310000019"}`, 422, []string{`missing member \"name\"`}},
		"a scope that there is not": {"POST", "clients", `{"clientId":"ny","org":"310000019","scopes":["mun:faktura.raed"]}`, 422, []string{`"path":"scopes[0]"`, `"instead":"mun:faktura.read"`}},
		"a client of another":       {"POST", "systems", `{"id":"310000019_a","vendor":"310000019","name":{"nb":"A"},"clientIds":["` + vendorClient + `"]}`, 422, []string{`"path":"clientIds[0]"`, "already belongs"}},
		"a file":                    {"POST", "resources", `{"id":"a","policy":{"file":"/etc/passwd"}}`, 422, []string{`"path":"policy.file"`}},
		"a person or what":          {"POST", "parties", `{"name":"a"}`, 422, []string{"orgNo, pid, from"}},
		"no object":                 {"POST", "clients", `[1]`, 400, []string{"object"}},
		"the place of another":      {"POST", "systemusers", `{"id":"7c2e9a10-0000-4000-8000-00000000000a","system":"310000019_fakturapro","owner":"310000027"}`, 409, []string{"already"}},
		"a patch":                   {"PATCH", client, `{"org":"310000018"}`, 422, []string{`"path":"org"`}},
		"a patch of the name":       {"PATCH", client, `{"clientId":"other"}`, 422, []string{"another name"}},
		"a client in use":           {"DELETE", client, "", 409, []string{"in use", "clientIds[0]"}},
		"a resource in use":         {"DELETE", "resources/mun-fakturagrunnlag", "", 409, []string{"in use", "rights[0]"}},
	} {
		t.Run(name, func(t *testing.T) { e.bare(t, c.method, c.path, c.body).want(t, c.status, c.parts...) })
	}
	if diff := cmp.Diff(before, e.export(t)); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

// What Altinn's own APIs have let in does not keep tests from making something else.
func TestEntitiesBesideWhatNoSeedWouldHave(t *testing.T) {
	e := start(t, altinnConfig())
	e.api(t, e.vendor(t), http.MethodPost, altinnAPI+"systemregister/vendor", strings.Replace(newSystem, newClient, "not-in-maskinporten", 1)).want(t, 200)
	e.bare(t, http.MethodPost, "clients", `{"clientId":"ny","org":"310000019"}`).want(t, http.StatusCreated)
	e.bare(t, http.MethodPost, "clients", `{"clientId":"ny2","org":"310000019","scopes":["mun:ukjent"]}`).want(t, 422, `"path":"scopes[0]"`)
	e.bare(t, http.MethodGet, "seed/export", "").want(t, http.StatusOK, "references: off")
	wantSame(t, e)
}

package altinnhttp_test

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"mpe/altinn/altinnhttp"
	"mpe/altinn/authorization"
	"mpe/altinn/party"
	"mpe/altinn/resource"
	"mpe/altinn/systemuser"
	"mpe/oauth/org"
)

// TestDecisions holds the policy decision point to Altinn's: the scenarios of testdata/pdp/scenarios.json, byte for byte,
// in the world of authorizers.
func TestDecisions(t *testing.T) {
	w := newDecisionWorld(t)
	data, err := os.ReadFile("testdata/pdp/scenarios.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Scenarios []struct {
			ID, Title             string
			Request, ExpectedBody json.RawMessage
			ExpectedStatus        int
		}
	}
	if err := json.Unmarshal(data, &file); err != nil || len(file.Scenarios) != 30 {
		t.Fatalf("%d scenarios, %v", len(file.Scenarios), err)
	}
	for _, s := range file.Scenarios {
		t.Run(s.ID+" "+s.Title, func(t *testing.T) {
			got := w.ask(t, "authorize", string(s.Request), "application/json", w.ownToken(t, "altinn:authorization/authorize"))
			if got.Code != s.ExpectedStatus {
				t.Fatalf("got %d %s, want %d", got.Code, got.Body, s.ExpectedStatus)
			}
			if string(s.ExpectedBody) == "null" {
				if !strings.Contains(got.Body.String(), `"$.Request.AccessSubject`) {
					t.Errorf("no field is named in %s", got.Body)
				}
				return
			}
			var want bytes.Buffer
			if err := json.Compact(&want, s.ExpectedBody); err != nil {
				t.Fatal(err)
			}
			if got.Body.String() != want.String() {
				t.Errorf("got\n%s\nwant\n%s", got.Body, &want)
			}
			permitted := bytes.Count(want.Bytes(), []byte(`"decision":`)) == bytes.Count(want.Bytes(), []byte(`"decision":"Permit"`))
			if hint := got.Header().Get("Mpe-Hint"); permitted != (hint == "") {
				t.Errorf("the hint is %q for %s", hint, &want)
			}
		})
	}
}

// Who may ask, and with what (§1.2, §1.8).
func TestDecisionCallers(t *testing.T) {
	w := newDecisionWorld(t)
	const body = `{"Request":{}}`
	const json = "application/json"
	authorize := "altinn:authorization/authorize"
	exchanged := w.ownToken(t, authorize)
	for _, c := range []struct {
		name, token, media, body string
		want                     int
	}{
		{"no token", "", json, body, 401},
		{"Maskinporten's own token", w.vendorToken(t, vendorA, []string{authorize}), json, body, 401},
		{"another scope", w.ownToken(t, "altinn:serviceowner"), json, body, 403},
		{"the scope", exchanged, json, body, 200},
		{"the administrator's scope", w.ownToken(t, "altinn:authorization/authorize.admin"), json, body, 200},
		{"the scope, once more", exchanged, json, body, 200},
		{"another media type", exchanged, "text/plain", body, 415},
		{"no body", exchanged, json, "", 400},
		{"no JSON", exchanged, json, "{", 400},
		{"a trailing comma", exchanged, json, `{"Request":{},}`, 400},
		{"null for a flag", exchanged, json, `{"Request":{"ReturnPolicyIdList":null}}`, 400},
		{"a body that is too long", exchanged, json, strings.Repeat(" ", 1<<20+1), 413},
	} {
		got := w.ask(t, "authorize", c.body, c.media, c.token)
		if got.Code != c.want {
			t.Errorf("%s: got %d %s, want %d", c.name, got.Code, got.Body, c.want)
		}
		if (c.want == 401 || c.want == 403) && got.Body.Len() > 0 {
			t.Errorf("%s: the body is %s, want none", c.name, got.Body)
		}
		if asked := got.Header().Get("WWW-Authenticate"); (asked == "Bearer") != (c.want == 401) {
			t.Errorf("%s: WWW-Authenticate is %q", c.name, asked)
		}
		if last := w.recorded[len(w.recorded)-1]; last.Fault != nil || last.Why == "" {
			t.Errorf("%s: recorded %q, %v", c.name, last.Why, last.Fault)
		}
	}
	w.now = w.now.Add(exchangedFor)
	if got := w.ask(t, "authorize", body, json, exchanged); got.Code != 401 {
		t.Errorf("an expired token that was believed before: got %d", got.Code)
	}
}

// Altinn's own apps need no token, and are told less of what is wrong.
func TestInternalDecisions(t *testing.T) {
	w := newDecisionWorld(t)
	const permitted = `{"Request":{"AccessSubject":[{"Attribute":[{"AttributeId":"urn:altinn:systemuser:uuid","Value":"` + su1 + `"}]}],
		"Action":[{"Attribute":[{"AttributeId":"urn:oasis:names:tc:xacml:1.0:action:action-id","Value":"read"}]}],
		"Resource":[{"Attribute":[{"AttributeId":"urn:altinn:resource","Value":"ttd-externalpdp-resource1"},
		{"AttributeId":"urn:altinn:organization:identifier-no","Value":"910459880"}]}]}}`
	for _, c := range []struct{ name, media, body, want string }{
		{"permitted", "application/json", permitted, `"decision":"Permit"`},
		{"an unknown resource", "application/json", strings.Replace(permitted, "resource1", "resource9", 1), "syntax-error"},
		{"a person", "application/json", strings.Replace(strings.Replace(permitted, "urn:altinn:systemuser:uuid", "urn:altinn:person:identifier-no", 1), su1, "01817010055", 1), "syntax-error"},
		{"no JSON", "application/json", "{", "syntax-error"},
		{"no XML", "application/xml", "<Request", "syntax-error"},
	} {
		got := w.ask(t, "decision", c.body, c.media, "")
		if got.Code != 200 || !strings.Contains(got.Body.String(), c.want) {
			t.Errorf("%s: got %d %s, want %s", c.name, got.Code, got.Body, c.want)
		}
	}
}

const exchangedFor = 1 << 41 // half an hour and more

// The system users of the scenarios (altinn-authorization 9.2).
const (
	su1 = "47caea5b-a80b-4343-b1d3-31eb523a4e28"
	su2 = "e2eba2c3-b369-4ff9-8418-99a810d6bb58"
	su3 = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
)

// newDecisionWorld is the world that the scenarios are about. It knows no other organisations than those.
func newDecisionWorld(t *testing.T) *world {
	t.Helper()
	parties := party.NewRegister([]*party.Party{
		{ID: 50005545, UUID: "00000000-0000-0000-0005-000000005545", Number: "910459880", Name: "ØRSTA OG HEGGEDAL REGNSKAP"},
		{ID: 50004222, UUID: "00000000-0000-0000-0005-000000004222", Number: "810418672", Name: "KARLSTAD OG ULØYBUKT REGNSKAP"},
		{ID: 51235100, UUID: "066148fe-7077-4484-b7ea-44b5ede0014e", Number: "314242726", Name: "ULASTELIG RETTFERDIG TIGER AS"},
		{ID: 51708660, UUID: "825d14bf-b3f3-4d68-ae33-0994febf8a43", Number: "314613155", Name: "ULASTELIG", Parent: "314242726"},
	}, nil, []party.Relation{{From: "810418672", To: "910459880", Role: "regnskapsforer"}}, nil)
	w := newWorld(t, func(e *altinnhttp.Endpoints) {
		e.Parties, e.Authorizer = parties, &authorization.Authorizer{Store: e.Authorizer.Store, Parties: parties}
	})
	const ansatt = "urn:altinn:accesspackage:ansettelsesforhold"
	roles := readAndWrite("urn:altinn:rolecode:REGNA", "urn:altinn:org:ttd")
	w.storePolicy(t, &resource.Resource{ID: "ttd-externalpdp-resource1", Delegable: true}, 2, roles)
	w.storePolicy(t, &resource.Resource{ID: "ttd-externalpdp-resource2", Delegable: true}, 2, roles)
	w.storePolicy(t, &resource.Resource{ID: "ttd-accesspackage-resource", Delegable: true}, 2, readAndWrite(ansatt))
	w.storePolicy(t, &resource.Resource{ID: "emu-lonn-resource", Delegable: true}, 0, readAndWrite("urn:altinn:accesspackage:regnskapsforer-lonn"))
	w.storePolicy(t, &resource.Resource{ID: "emu-accesslist-resource", Delegable: true, AccessListMode: resource.Enabled}, 2, readAndWrite(ansatt))
	read := func(id string) resource.Right {
		return resource.Right{Action: "read", Resource: resource.RightTo(id).Resource}
	}
	err := w.store.PutSystemUsers(t.Context(),
		&systemuser.SystemUser{ID: su1, Owner: "910459880", Type: systemuser.Standard,
			Delegated: []resource.Right{read("ttd-externalpdp-resource1"), read("ttd-externalpdp-resource2")}},
		&systemuser.SystemUser{ID: su2, Owner: "314242726", Type: systemuser.Standard,
			AccessPackages: []string{"urn:altinn:accesspackage:skatt-naering", ansatt, "urn:altinn:accesspackage:maskinporten-scopes"}},
		&systemuser.SystemUser{ID: su3, Owner: "910459880", Type: systemuser.Agent, Clients: []org.Number{"810418672"},
			AccessPackages: []string{"urn:altinn:accesspackage:regnskapsforer-lonn"}})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// readAndWrite lets the subjects do so.
func readAndWrite(subjects ...string) resource.Grant {
	return resource.Grant{Actions: []string{"read", "write"}, Subjects: subjects}
}

// storePolicy stores a resource and its policy.
func (w *world) storePolicy(t *testing.T, r *resource.Resource, level int, grants ...resource.Grant) {
	t.Helper()
	policy := resource.WritePolicy(r.ID, level, grants)
	err := w.store.ChangeResources(t.Context(), func(s resource.Writer) error {
		if err := s.PutResource(t.Context(), r); err != nil {
			return err
		}
		return s.PutPolicy(t.Context(), r.ID, policy)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// ownToken is one of Altinn's own, as Maskinporten's are exchanged for.
func (w *world) ownToken(t *testing.T, scopes ...string) string {
	t.Helper()
	return sign(t, w.altinn, w.vendorClaims(vendorA, scopes))
}

func (w *world) ask(t *testing.T, endpoint, body, media, token string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("POST", "/authorization/api/v1/"+endpoint, strings.NewReader(body))
	r.Header.Set("Content-Type", media)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	got := httptest.NewRecorder()
	w.handler.ServeHTTP(got, r)
	return got
}

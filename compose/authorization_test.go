package compose_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"mpe/altinn/pdp"
	"mpe/altinn/resource"
	"mpe/compose"
	"mpe/compose/control"
	"mpe/compose/journal"
	"mpe/compose/redistest"
)

// authorizationRequest asks whether the system user may do the action with the resource for the organisation.
func authorizationRequest(systemUser, action, resource, organisation string) string {
	return fmt.Sprintf(`{"Request": {
		"AccessSubject": [{"Attribute": [{"AttributeId": "urn:altinn:systemuser:uuid", "Value": %q}]}],
		"Action": [{"Attribute": [{"AttributeId": "urn:oasis:names:tc:xacml:1.0:action:action-id", "Value": %q}]}],
		"Resource": [{"Attribute": [{"AttributeId": "urn:altinn:resource", "Value": %q},
			{"AttributeId": "urn:altinn:organization:identifier-no", "Value": %q}]}]}}`, systemUser, action, resource, organisation)
}

// owner is the demo's service owner with Altinn's own token.
func (e *emulator) owner(t *testing.T, scopes ...string) *http.Client {
	t.Helper()
	const client, key = "5f0c1a52-6c1b-4f6e-9d38-1c0f7a4b9e03", "etat-1"
	raw := oauth2.NewClient(t.Context(), e.sourceOf(t, client, key, nil, scopes...))
	token := e.api(t, raw, http.MethodGet, altinnAPI+"exchange/maskinporten", "").want(t, 200)
	return oauth2.NewClient(t.Context(), oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token.body}))
}

const authorizeScope, publishScope = "altinn:authorization/authorize", "altinn:resourceregistry/resource.write"

func (e *emulator) decides(t *testing.T, client *http.Client, systemUser, action, resource, organisation string) reply {
	t.Helper()
	return e.api(t, client, http.MethodPost, "authorization/api/v1/authorize",
		authorizationRequest(systemUser, action, resource, organisation))
}

// upload sends a policy as the service owner's deployment does.
func (e *emulator) upload(t *testing.T, client *http.Client, id string, policy []byte) reply {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("policyFile", "policy.xml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(policy); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	answer, err := client.Post(e.URL+"resourceregistry/api/v1/resource/"+id+"/policy", form.FormDataContentType(), &body)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return reply{status: answer.StatusCode, header: answer.Header}
}

// From a resource that a service owner publishes to a decision, and back.
func TestFromAResourceToADecisionAndBack(t *testing.T) {
	e := start(t, altinnConfig())
	owner := e.owner(t, authorizeScope, publishScope)
	const id = "mun-lonn"
	grants := []resource.Grant{
		{Actions: []string{"read"}, Subjects: []string{"urn:altinn:rolecode:DAGL"}},
		{Actions: []string{"sign"}, Subjects: []string{"urn:altinn:accesspackage:regnskapsforer-lonn"}},
	}
	text := `{"nb": "Lønn", "nn": "Løn", "en": "Payroll"}`
	e.api(t, owner, http.MethodPost, "resourceregistry/api/v1/resource", `{"identifier": "`+id+`", "title": `+text+`,
		"description": `+text+`, "rightDescription": `+text+`, "resourceType": "GenericAccessResource",
		"contactPoints": [{"category": "support"}],
		"hasCompetentAuthority": {"organization": "310000094", "orgcode": "mun", "name": `+text+`}}`).want(t, 201)
	if got := e.upload(t, owner, id, resource.WritePolicy(id, 3, grants)); got.status != 201 {
		t.Fatalf("the policy: %d", got.status)
	}

	vendor := e.vendor(t)
	e.api(t, vendor, http.MethodPost, altinnAPI+"systemregister/vendor", strings.ReplaceAll(newSystem, "mun-fakturagrunnlag", id)).want(t, 200)
	asked := e.api(t, vendor, http.MethodPost, altinnAPI+"systemuser/request/vendor",
		strings.ReplaceAll(newRequest, "mun-fakturagrunnlag", id)).want(t, 201)
	var request struct{ ID string }
	if err := json.Unmarshal([]byte(asked.body), &request); err != nil {
		t.Fatal(err)
	}
	e.decides(t, owner, request.ID, "read", id, newCustomer).want(t, 200, `"NotApplicable"`)
	e.act(t, request.ID, "approve", newManager).want(t, 200)
	user, code, _ := e.systemUser(t)
	if user != request.ID {
		t.Fatalf("the token has the system user %q (%s), want %s", user, code, request.ID)
	}

	e.decides(t, owner, user, "read", id, newCustomer).want(t, 200, `"Permit"`, `"value":"3"`)
	refused := e.decides(t, owner, user, "sign", id, newCustomer).want(t, 200, `"NotApplicable"`)
	var entry journal.Entry
	e.get(t, "_mpe/v1/journal/"+refused.header.Get("Mpe-Trace-Id"), &entry)
	if len(entry.Decisions) != 1 || entry.Endpoint != "pdp" || entry.Code != "NotApplicable" || entry.Decisions[0].Nearest == nil ||
		refused.header.Get("Mpe-Hint") == "" || !strings.Contains(entry.Why, "sign") {
		t.Errorf("the journal has %+v, and the hint is %q", entry, refused.header.Get("Mpe-Hint"))
	}
	e.decides(t, owner, user, "read", id, "310000027").want(t, 200, `"NotApplicable"`)

	// A policy that changes counts at once; what was passed on before stays so.
	if got := e.upload(t, owner, id, resource.WritePolicy(id, 4, grants[:1])); got.status != 201 {
		t.Fatalf("the new policy: %d", got.status)
	}
	e.decides(t, owner, user, "read", id, newCustomer).want(t, 200, `"Permit"`, `"value":"4"`)

	e.api(t, e.person(t, newManager), http.MethodDelete, altinnAPI+"systemuser/"+newParty+"/"+user, "").want(t, 202)
	e.decides(t, owner, user, "read", id, newCustomer).want(t, 200, `"NotApplicable"`)
	e.api(t, owner, http.MethodDelete, "resourceregistry/api/v1/resource/"+id, "").want(t, 204)
	e.decides(t, owner, user, "read", id, newCustomer).want(t, 200, `"Indeterminate"`, "processing-error")
}

// What one emulator writes counts for the other's next decision: policies, and system users.
func TestReplicasDecideAlike(t *testing.T) {
	server := redistest.Required(t, "MPE_TEST_REDIS")
	one := start(t, compose.Config{Redis: server, MaxIssuedAge: altinnConfig().MaxIssuedAge})
	other := start(t, compose.Config{Redis: server, MaxIssuedAge: altinnConfig().MaxIssuedAge})
	const user, customer, id = "7c2e9a10-0000-4000-8000-000000000001", "310000027", "mun-fakturagrunnlag"
	ask, publish := other.owner(t, authorizeScope), one.owner(t, publishScope)
	other.decides(t, ask, user, "read", id, customer).want(t, 200, `"Permit"`, `"value":"3"`)
	if got := one.upload(t, publish, id, resource.WritePolicy(id, 2, []resource.Grant{
		{Actions: []string{"read"}, Subjects: []string{"urn:altinn:rolecode:DAGL"}},
	})); got.status != 201 {
		t.Fatalf("the policy: %d", got.status)
	}
	other.decides(t, ask, user, "read", id, customer).want(t, 200, `"Permit"`, `"value":"2"`)
	one.api(t, one.person(t, "01817010055"), http.MethodDelete, altinnAPI+"systemuser/31000002/"+user, "").want(t, 202)
	other.decides(t, ask, user, "read", id, customer).want(t, 200, `"NotApplicable"`)
}

// The control API explains, and imagines without changing anything.
func TestExplainADecision(t *testing.T) {
	e := start(t, compose.Config{})
	explain := func(question string, status int) (d control.Decided) {
		t.Helper()
		got := e.api(t, http.DefaultClient, http.MethodPost, "_mpe/v1/pdp/explain", question).want(t, status)
		if status == 200 {
			if err := json.Unmarshal([]byte(got.body), &d); err != nil {
				t.Fatal(err)
			}
		}
		return d
	}
	const about = `"systemUser": "7c2e9a10-0000-4000-8000-000000000002", "resource": "mun-lukket-register", "action": "read"`
	d := explain(`{`+about+`, "party": "310000027", "whatIf": {"rights": [{"resource": "mun-lukket-register", "action": "read"}]}}`, 200)
	if d.Decisions[0].Decision != pdp.NotApplicable || d.WhatIf.Decisions[0].Decision != pdp.DecisionPermit {
		t.Errorf("got %s, and %s", d.Decisions[0].Why, d.WhatIf.Decisions[0].Why)
	}
	again := explain(`{`+about+`, "party": "310000027"}`, 200)
	if again.Decisions[0].Decision != pdp.NotApplicable {
		t.Errorf("what was imagined stays: %s", again.Decisions[0].Why)
	}
	written := explain(`{"request": `+authorizationRequest("7c2e9a10-0000-4000-8000-000000000002", "write", "mun-fakturagrunnlag", "310000027")+`,
		"whatIf": {"party": "310000035"}}`, 200)
	if written.Decisions[0].Decision != pdp.DecisionPermit || written.WhatIf.Decisions[0].Decision != pdp.NotApplicable {
		t.Errorf("got %s, and %s", written.Decisions[0].Why, written.WhatIf.Decisions[0].Why)
	}
	if help := strings.Join(written.WhatIf.Decisions[0].Help, " "); !strings.Contains(help, "310000027") {
		t.Errorf("the help is %q, and does not name the owner", help)
	}
	explain(`{"systemUser": "7c2e9a10-0000-4000-8000-000000000002"}`, 400)
	explain(`{"request": {"Request": {"Action": 5}}}`, 400)
}

// D8 to D10, by the consumer itself: a scope is delegated, the supplier's next token is on its behalf, and once it is taken
// back the next is refused.
func TestAConsumerDelegatesAScope(t *testing.T) {
	e := start(t, compose.Config{})
	const consumer, supplier = "310000035", "310000019"
	var party struct{ PartyUUID string }
	found := e.api(t, http.DefaultClient, http.MethodPost, "register/api/v1/parties/lookup", `{"OrgNo":"`+consumer+`"}`).want(t, 200)
	if err := json.Unmarshal([]byte(found.body), &party); err != nil {
		t.Fatal(err)
	}
	token := func(status int, code string) {
		t.Helper()
		grant := e.grant()
		grant.Scope, grant.ConsumerOrg = "mun:register.read", consumer
		if got := e.send(t, sign(t, grant, vendorKey)); got.Status != status || got.code() != code {
			t.Errorf("got %d %s, want %d %s", got.Status, got.code(), status, code)
		}
	}
	manager := e.person(t, newManager)
	query := "?party=" + party.PartyUUID + "&supplier=" + supplier
	const suppliers = "accessmanagement/api/v1/enduser/maskinportensuppliers"

	token(403, "MP-251")
	e.api(t, manager, http.MethodPost, suppliers+query, "").want(t, 200)
	e.api(t, manager, http.MethodPost, suppliers+"/resources"+query+"&resource=mun-register-read", "").want(t, 200, "true")
	token(200, "")
	e.api(t, manager, http.MethodDelete, suppliers+query, "").want(t, 400, "AM.VLD-00031")
	e.api(t, manager, http.MethodDelete, suppliers+query+"&cascade=true", "").want(t, 204)
	token(403, "MP-251")
}

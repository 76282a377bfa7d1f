package compose_test

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/jwt"

	"mpe/compose"
	"mpe/compose/journal"
	"mpe/compose/redistest"
	"mpe/oauth/oauthclient"
)

const (
	newClient   = "5f0c1a52-6c1b-4f6e-9d38-1c0f7a4b9e06" // Lønnpro of the demo, which has no system
	newKey      = "lonnpro-2026"
	newCustomer = "310000035"
	newParty    = "31000003"
	newManager  = "07835530013" // who represents the customer
	altinnAPI   = "authentication/api/v1/"
)

// as is a client of golang.org/x/oauth2: it signs the grants, fetches the tokens and sends them along.
func (e *emulator) as(t *testing.T, scopes ...string) *http.Client {
	t.Helper()
	return oauth2.NewClient(t.Context(), e.source(t, nil, scopes...))
}

func (e *emulator) source(t *testing.T, claims map[string]any, scopes ...string) oauth2.TokenSource {
	t.Helper()
	return e.sourceOf(t, newClient, newKey, claims, scopes...)
}

// sourceOf is that of the client with the id, by its key.
func (e *emulator) sourceOf(t *testing.T, client, key string, claims map[string]any, scopes ...string) oauth2.TokenSource {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(oauthclient.DevKey())
	if err != nil {
		t.Fatal(err)
	}
	if claims == nil {
		claims = map[string]any{}
	}
	claims["jti"] = rand.Text() // the library sets none, and two of its grants in a second are the same
	config := jwt.Config{
		Email: client, PrivateKey: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), PrivateKeyID: key,
		Scopes: scopes, TokenURL: e.URL + "token", Audience: e.Issuer(e.URL), Expires: time.Minute, PrivateClaims: claims,
	}
	return config.TokenSource(t.Context())
}

// altinnConfig is for golang.org/x/oauth2, which dates its grants ten seconds back.
func altinnConfig() compose.Config { return compose.Config{MaxIssuedAge: time.Minute} }

// reply is what an API answers.
type reply struct {
	status int
	header http.Header
	body   string
}

func (e *emulator) api(t *testing.T, client *http.Client, method, path, body string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, e.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{answer.StatusCode, answer.Header, string(data)}
}

// want fails the test unless the answer has that status and holds the parts.
func (r reply) want(t *testing.T, status int, parts ...string) reply {
	t.Helper()
	missing := func(part string) bool { return !strings.Contains(r.body, part) }
	if r.status != status || slices.ContainsFunc(parts, missing) {
		t.Fatalf("got %d %s, want %d with %q", r.status, r.body, status, parts)
	}
	return r
}

const newSystem = `{"id": "310000019_lonnpro", "vendor": {"ID": "0192:310000019"},
	"name": {"nb": "Lønnpro", "nn": "Lønnpro", "en": "Lønnpro"}, "description": {"nb": "", "nn": "", "en": ""},
	"rights": [{"resource": [{"id": "urn:altinn:resource", "value": "mun-fakturagrunnlag"}]}],
	"allowedRedirectUrls": ["http://localhost:3000/done"], "clientId": ["` + newClient + `"]}`

const newRequest = `{"systemId": "310000019_lonnpro", "partyOrgNo": "` + newCustomer + `",
	"rights": [{"resource": [{"id": "urn:altinn:resource", "value": "mun-fakturagrunnlag"}]}]}`

const (
	registerScope     = "altinn:authentication/systemregister.write"
	requestWriteScope = "altinn:authentication/systemuser.request.write"
	requestReadScope  = "altinn:authentication/systemuser.request.read"
)

func (e *emulator) vendor(t *testing.T) *http.Client {
	return e.as(t, registerScope, requestWriteScope, requestReadScope)
}

// register leaves a system and a request, whose id it gives.
func (e *emulator) request(t *testing.T, vendor *http.Client) string {
	t.Helper()
	e.api(t, vendor, http.MethodPost, altinnAPI+"systemregister/vendor", newSystem).want(t, 200)
	return e.ask(t, vendor)
}

func (e *emulator) ask(t *testing.T, vendor *http.Client) string {
	t.Helper()
	made := e.api(t, vendor, http.MethodPost, altinnAPI+"systemuser/request/vendor", newRequest).want(t, 201, `"status":"New"`)
	var request struct{ ID string }
	if err := json.Unmarshal([]byte(made.body), &request); err != nil {
		t.Fatal(err)
	}
	return request.ID
}

// systemUser is what a token for the customer's system user says; the code of the refusal without one.
func (e *emulator) systemUser(t *testing.T) (id, code, reason string) {
	t.Helper()
	details := []any{map[string]any{"type": "urn:altinn:systemuser", "systemuser_org": map[string]string{
		"authority": "iso6523-actorid-upis", "ID": "0192:" + newCustomer,
	}}}
	token, err := e.source(t, map[string]any{"authorization_details": details}, "mun:faktura.read").Token()
	if err != nil {
		var entry journal.Entry
		e.get(t, "_mpe/v1/journal/last", &entry)
		return "", entry.Code, string(entry.Reason)
	}
	var claims struct {
		Details []struct {
			SystemUserID []string `json:"systemuser_id"`
			SystemID     string   `json:"system_id"`
		} `json:"authorization_details"`
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token.AccessToken, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	if claims.Details[0].SystemID != "310000019_lonnpro" {
		t.Errorf("system_id is %q", claims.Details[0].SystemID)
	}
	return claims.Details[0].SystemUserID[0], "", ""
}

// S22 and S34: from a system to a token, and back, with a client nobody here wrote.
func TestFromASystemToATokenAndBack(t *testing.T) {
	e := start(t, altinnConfig())
	vendor := e.vendor(t)

	if _, code, reason := e.systemUser(t); code != "MP-303" || reason != "client-not-on-system" {
		t.Errorf("before the system is registered: %s %s", code, reason)
	}
	id := e.request(t, vendor)
	if _, code, reason := e.systemUser(t); code != "MP-303" || reason != "request-pending" {
		t.Errorf("before the approval: %s %s", code, reason)
	}
	e.act(t, id, "approve", "").want(t, 200, `"status":"Accepted"`)
	if user, code, _ := e.systemUser(t); user != id {
		t.Errorf("after the approval: system user %q (%s), want the request's id %s", user, code, id)
	}
	e.api(t, vendor, http.MethodGet, altinnAPI+"systemuser/vendor/bysystem/310000019_lonnpro", "").want(t, 200, id)

	e.act(t, id, "reject", "").want(t, 409, "AUTH-00013")

	const packages = `[{"urn": "urn:altinn:accesspackage:skattegrunnlag"}]`
	e.api(t, vendor, http.MethodPut, altinnAPI+"systemregister/vendor/310000019_lonnpro/accesspackages", packages).want(t, 200)
	change := "aaaaaaaa-0000-4000-8000-000000000001"
	e.api(t, vendor, http.MethodPost, altinnAPI+"systemuser/changerequest/vendor?correlation-id="+change+"&system-user-id="+id,
		`{"requiredAccessPackages": `+packages+`}`).want(t, 201, `"status":"New"`)
	manager := e.person(t, newManager)
	users := altinnAPI + "systemuser/" + newParty + "/" + id
	e.api(t, manager, http.MethodGet, users, "").want(t, 200, `"accessPackages":[]`)
	e.api(t, manager, http.MethodPost, altinnAPI+"systemuser/changerequest/"+newParty+"/"+change+"/approve", "").want(t, 200, "true")
	e.api(t, manager, http.MethodGet, users, "").want(t, 200, "urn:altinn:accesspackage:skattegrunnlag")

	e.api(t, e.person(t, "01817010055"), http.MethodDelete, users, "").want(t, 403) // of another organisation
	e.api(t, manager, http.MethodDelete, users, "").want(t, 202, "1")
	if _, code, reason := e.systemUser(t); code != "MP-303" || reason != "systemuser-deleted" {
		t.Errorf("after the deletion: %s %s", code, reason)
	}
	if second := e.ask(t, vendor); second == id {
		t.Error("a new request has the id of the deleted system user")
	} else {
		e.act(t, second, "approve", newManager).want(t, 200, `"status":"Accepted"`)
		if user, _, _ := e.systemUser(t); user != second {
			t.Errorf("the token has the system user %q, want the new one %s", user, second)
		}
	}
	e.api(t, vendor, http.MethodDelete, altinnAPI+"systemregister/vendor/310000019_lonnpro", "").want(t, 200, `{"succeeded":true}`)
	if _, code, reason := e.systemUser(t); code != "MP-303" || reason != "system-deleted" {
		t.Errorf("after the system is deleted: %s %s", code, reason)
	}
}

func (e *emulator) act(t *testing.T, id, action, as string) reply {
	t.Helper()
	body, err := json.Marshal(map[string]string{"as": as})
	if err != nil {
		t.Fatal(err)
	}
	return e.api(t, http.DefaultClient, http.MethodPost, "_mpe/v1/requests/"+id+":"+action, string(body))
}

// person is a client with the token of a person.
func (e *emulator) person(t *testing.T, pid string, scopes ...string) *http.Client {
	t.Helper()
	body, err := json.Marshal(map[string]any{"pid": pid, "scopes": scopes})
	if err != nil {
		t.Fatal(err)
	}
	made := e.api(t, http.DefaultClient, http.MethodPost, "_mpe/v1/tokens/enduser", string(body)).want(t, 200)
	var token oauth2.Token
	if err := json.Unmarshal([]byte(made.body), &token); err != nil {
		t.Fatal(err)
	}
	return oauth2.NewClient(t.Context(), oauth2.StaticTokenSource(&token))
}

// The end-user API, with a person's token: approve, see it, delete it, and the token endpoint says why there is none.
func TestAPersonApprovesAndDeletes(t *testing.T) {
	e := start(t, altinnConfig())
	manager := e.person(t, "07835530013")
	const request = "9b1d0c00-0000-4000-8000-000000000001" // of the demo, to 310000035
	users := altinnAPI + "systemuser/31000003"
	e.api(t, e.person(t, "15826420070"), http.MethodPost, altinnAPI+"systemuser/request/31000003/"+request+"/approve", "").want(t, 403)
	e.api(t, manager, http.MethodPost, altinnAPI+"systemuser/request/31000003/"+request+"/approve", "").want(t, 200, "true")
	e.api(t, manager, http.MethodGet, users, "").want(t, 200, `"id":"`+request+`"`, `"partyId":"31000003"`)

	grant := e.grant()
	grant.SystemUserOrg, grant.ExternalRef = "310000035", "havorn-1"
	if got := e.send(t, sign(t, grant, vendorKey)); got.Status != 200 {
		t.Fatalf("after the approval: %d %s", got.Status, got.Description)
	}
	e.api(t, manager, http.MethodDelete, users+"/"+request, "").want(t, 202, "1")
	refused := e.send(t, sign(t, grant, vendorKey))
	if refused.code() != "MP-303" || refused.Header.Get("Mpe-Reason") != "systemuser-deleted" {
		t.Errorf("after the deletion: %s %s", refused.code(), refused.Header.Get("Mpe-Reason"))
	}
}

// A refusal of Altinn's is in the journal with its reason, and the reason is beside the answer.
func TestAltinnsRefusalsAreExplained(t *testing.T) {
	e := start(t, altinnConfig())
	refused := e.api(t, e.vendor(t), http.MethodPost, altinnAPI+"systemuser/request/vendor",
		strings.ReplaceAll(newRequest, "310000019_lonnpro", "310000019_fakturaprof")).want(t, 404, "AUTH-00011")
	if hint := refused.header.Get("Mpe-Hint"); !strings.Contains(hint, "310000019_fakturaprof") {
		t.Errorf("Mpe-Hint is %q", hint)
	}
	var entry journal.Entry
	e.get(t, "_mpe/v1/journal/"+refused.header.Get("Mpe-Trace-Id"), &entry)
	if entry.Code != "AUTH-00011" || entry.Verdict != journal.Refused || entry.Why == "" || entry.Client != newClient {
		t.Errorf("the journal says %+v", entry)
	}
	e.api(t, e.as(t, "mun:faktura.read"), http.MethodGet, altinnAPI+"systemregister/vendor", "").want(t, 403)
	e.get(t, "_mpe/v1/journal/last", &entry)
	if !strings.Contains(entry.Why, registerScope) || !strings.Contains(entry.Why, "mun:faktura.read") {
		t.Errorf("the journal says %q of a missing scope", entry.Why)
	}
}

func TestApprovals(t *testing.T) {
	for mode, want := range map[string]string{"manual": "New", "auto": "Accepted", "reject": "Rejected", "auto-after:1ms": "Accepted"} {
		t.Run(mode, func(t *testing.T) {
			config := altinnConfig()
			config.Approvals = mode
			e := start(t, config)
			vendor := e.vendor(t)
			path := altinnAPI + "systemuser/request/vendor/" + e.request(t, vendor)
			wait, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			for {
				got := e.api(t, vendor, http.MethodGet, path, "").want(t, 200)
				if strings.Contains(got.body, `"status":"`+want+`"`) {
					return
				}
				if mode != "auto-after:1ms" || wait.Err() != nil {
					t.Fatalf("got %s, want %s", got.body, want)
				}
			}
		})
	}
}

// Of two emulators on one Redis, one approves, and the other sees it at once.
func TestTwoEmulatorsApproveOnce(t *testing.T) {
	config := altinnConfig()
	config.Redis = redistest.Required(t, "MPE_TEST_REDIS")
	emulators := []*emulator{start(t, config), start(t, config)}
	vendor := emulators[0].vendor(t)
	made := emulators[0].api(t, vendor, http.MethodPost, altinnAPI+"systemregister/vendor", newSystem)
	if made.status != 200 && !strings.Contains(made.body, "AUTH.VLD-00002") { // an earlier run has left it there
		t.Fatal(made)
	}
	body := strings.Replace(newRequest, `"partyOrgNo"`, `"externalRef": "`+time.Now().Format(time.RFC3339Nano)+`", "partyOrgNo"`, 1)
	var request struct{ ID string }
	asked := emulators[0].api(t, vendor, http.MethodPost, altinnAPI+"systemuser/request/vendor", body).want(t, 201)
	if err := json.Unmarshal([]byte(asked.body), &request); err != nil {
		t.Fatal(err)
	}
	var approved atomic.Int32
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			answer, err := http.Post(emulators[i%2].URL+"_mpe/v1/requests/"+request.ID+":approve", "application/json", nil)
			if err != nil {
				t.Error(err)
				return
			}
			defer answer.Body.Close()
			switch answer.StatusCode {
			case http.StatusOK:
				approved.Add(1)
			case http.StatusConflict:
			default:
				t.Errorf("got %s", answer.Status)
			}
		})
	}
	all.Wait()
	if approved.Load() != 1 {
		t.Errorf("%d approvals, want 1", approved.Load())
	}
	for _, e := range emulators {
		e.api(t, e.vendor(t), http.MethodGet, altinnAPI+"systemuser/request/vendor/"+request.ID, "").want(t, 200, `"status":"Accepted"`)
	}
}

// A Sentinel says where the server is; what is stored there is seen by whoever asks the server itself.
func TestSentinel(t *testing.T) {
	direct, watched := altinnConfig(), altinnConfig()
	direct.Redis = redistest.Required(t, "MPE_TEST_REDIS")
	watched.Redis = redistest.Required(t, "MPE_TEST_REDIS_SENTINEL")
	direct.Issuer, watched.Issuer = "https://mpe.test/", "https://mpe.test/"
	e := start(t, watched)
	compact := sign(t, e.grant(), vendorKey)
	if got := e.send(t, compact); got.Status != http.StatusOK {
		t.Fatalf("got %d %s", got.Status, got.Description)
	}
	if got := start(t, direct).send(t, compact); got.code() != "MP-012" {
		t.Errorf("the same grant again: %s, want MP-012", got.code())
	}
}

// The shapes of Altinn's test token generator.
func TestTestTokens(t *testing.T) {
	e := start(t, altinnConfig())
	token := func(path string) *http.Client {
		got := e.api(t, http.DefaultClient, http.MethodGet, path, "").want(t, 200)
		return oauth2.NewClient(t.Context(), oauth2.StaticTokenSource(&oauth2.Token{AccessToken: got.body}))
	}
	enterprise := token("api/GetEnterpriseToken?env=tt02&orgNo=310000019&ttl=60&scopes=" + url.QueryEscape(registerScope))
	e.api(t, enterprise, http.MethodGet, altinnAPI+"systemregister/vendor", "").want(t, 200, "310000019_fakturapro")
	personal := token("api/GetPersonalToken?env=tt02&pid=01817010055&scopes=altinn:portal/enduser")
	e.api(t, personal, http.MethodGet, altinnAPI+"systemregister", "").want(t, 200, "310000019_fakturapro")
	platform := token("api/GetPlatformAccessToken?env=tt02&app=register")
	e.api(t, platform, http.MethodGet, altinnAPI+"systemuser/internal/systemusers/stream", "").want(t, 200, `"sequenceMax":`)
	e.api(t, http.DefaultClient, http.MethodGet, "api/GetEnterpriseToken?orgNo=310000018", "").want(t, 400, "orgNo")
	e.api(t, http.DefaultClient, http.MethodGet, "api/GetPersonalToken?pid=00000000000", "").want(t, 400)
}

// Where the control API is guarded, tokens cannot be had around it.
func TestTestTokensAreGuarded(t *testing.T) {
	config := altinnConfig()
	config.AdminToken = "secret"
	e := start(t, config)
	for _, path := range []string{"api/GetPersonalToken", "api/GetEnterpriseToken?orgNo=310000019", "api/GetPlatformAccessToken"} {
		e.api(t, http.DefaultClient, http.MethodGet, path, "").want(t, http.StatusNotFound)
	}
}

// Maskinporten's token becomes Altinn's, which another library believes by what Altinn publishes.
func TestExchangedTokensAreBelieved(t *testing.T) {
	e := start(t, altinnConfig())
	got := e.api(t, e.vendor(t), http.MethodGet, altinnAPI+"exchange/maskinporten", "").want(t, 200, "ey")
	provider, err := oidc.NewProvider(t.Context(), e.URL+altinnAPI+"openid/")
	if err != nil {
		t.Fatal(err)
	}
	verified, err := provider.VerifierContext(t.Context(), &oidc.Config{SkipClientIDCheck: true}).Verify(t.Context(), got.body)
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := verified.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"urn:altinn:orgNumber": "310000019", "urn:altinn:authenticatemethod": "maskinporten", "urn:altinn:authlevel": 3.0,
		"client_id": newClient, "aud": nil,
	} {
		if claims[name] != want {
			t.Errorf("%s is %v, want %v", name, claims[name], want)
		}
	}
	altinn := oauth2.NewClient(t.Context(), oauth2.StaticTokenSource(&oauth2.Token{AccessToken: got.body}))
	e.api(t, altinn, http.MethodGet, altinnAPI+"systemregister/vendor", "").want(t, 200, "310000019_fakturapro")
}

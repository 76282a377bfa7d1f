package mpetest_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"mpe/compose/mpetest"
)

// In a test, t is its *testing.T.
func Example_vendor() {
	t := &example{}
	defer t.end()

	srv := mpetest.New(t)
	c := srv.Client("fakturapro")
	app := &application{clientID: c.ID, kid: c.Kid, key: c.Key, issuer: c.Issuer, tokenEndpoint: c.TokenEndpoint}

	err := app.authenticate("mun:faktura.read", "310000027")
	fmt.Println("The application has a token:", err == nil && app.token != "")

	srv.Journal.RequireToken(t, mpetest.Scope("mun:faktura.read"), mpetest.SystemUserOrg("310000027"))
	// Output:
	// The application has a token: true
}

// A token without an application: the grant is signed, sent, and checked as any other.
func ExampleServer_Token() {
	t := &example{}
	defer t.end()

	srv := mpetest.New(t)
	token := srv.Token(t, "fakturapro", mpetest.Scope("mun:faktura.read"), mpetest.SystemUserOrg("310000027"))
	fmt.Println(strings.Count(token, "."), "dots")
	// Output:
	// 2 dots
}

// The owner of an API mints tokens, and holds the API to what it should make of them.
func Example_serviceOwner() {
	t := &example{}
	defer t.end()

	srv := mpetest.New(t)
	api := invoices{issuer: srv.Issuer, jwksURI: srv.JWKSURI, scope: "mun:faktura.read"}

	good := srv.MintSystemUserToken(t, "fakturapro", "310000027", mpetest.Scope("mun:faktura.read"))
	fmt.Println("A good token:", api.check(good, "310000027"))
	all := srv.BadTokens(t, "fakturapro", mpetest.SystemUserOrg("310000027"))
	for _, bad := range all { // in a test: t.Run(bad.Name, …)
		if got := api.check(bad.Token, "310000027"); got != bad.Expect {
			fmt.Printf("%s: got %s, want %s: %s\n", bad.Name, got, bad.Expect, bad.Why)
		}
	}
	fmt.Println("Tokens with a defect:", len(all))
	// Output:
	// A good token: accept
	// Tokens with a defect: 17
}

// Customers answer at once, later by the emulator's clock, or when the test says so.
func Example_approvals() {
	t := &example{}
	defer t.end()

	srv := mpetest.New(t)
	vendor := srv.Token(t, "fakturapro", mpetest.Scope(
		"altinn:authentication/systemuser.request.write", "altinn:authentication/systemuser.request.read"))

	id := askFor(srv, vendor, "310000051", "first")
	fmt.Println("waits:", status(srv, vendor, id))
	srv.Requests.Approve(t, id)
	fmt.Println("approved:", status(srv, vendor, id))

	srv.Approvals.Auto(t)
	fmt.Println("at once:", status(srv, vendor, askFor(srv, vendor, "310000051", "second")))

	srv.Approvals.After(t, 10*time.Second)
	id = askFor(srv, vendor, "310000051", "third")
	fmt.Println("after 0 s:", status(srv, vendor, id))
	srv.Clock.Advance(10 * time.Second)
	fmt.Println("after 10 s:", status(srv, vendor, id))
	// Output:
	// waits: New
	// approved: Accepted
	// at once: Accepted
	// after 0 s: New
	// after 10 s: Accepted
}

// A grant that has expired is refused, without the test waiting for that.
func Example_clock() {
	t := &example{}
	defer t.end()

	srv := mpetest.New(t)
	grant := srv.Grant(t, "fakturapro")
	srv.Clock.Advance(2 * time.Minute)
	fmt.Println(send(srv.TokenEndpoint, grant))
	// Output:
	// 400 invalid_grant
}

// The next token is refused as if the customer had not been given access; the one after it is issued.
func Example_faults() {
	t := &example{}
	defer t.end()

	srv := mpetest.New(t)
	srv.Faults.Next(t, mpetest.Code("MP-250"))
	fmt.Println(send(srv.TokenEndpoint, srv.Grant(t, "fakturapro")))
	fmt.Println(send(srv.TokenEndpoint, srv.Grant(t, "fakturapro")))
	// Output:
	// 403 forbidden
	// 200
}

// An application that keeps its token asks for one, whatever it is used for.
func Example_journal() {
	t := &example{}
	defer t.end()

	srv := mpetest.New(t)
	c := srv.Client("fakturapro")
	app := &application{clientID: c.ID, kid: c.Kid, key: c.Key, issuer: c.Issuer, tokenEndpoint: c.TokenEndpoint}
	go func() { _ = app.authenticate("mun:faktura.read", "310000027") }()

	entry := srv.Journal.Await(t, time.Minute, mpetest.ClientID(c.ID))
	fmt.Println(entry.Scope, "for", entry.SystemUserOrg)
	srv.Journal.RequireTokens(t, 1)
	srv.Journal.Require(t, map[string]any{"endpoint": "token", "token.consumer.ID": "0192:310000019"})
	// Output:
	// mun:faktura.read for 310000027
}

// A sandbox for each test, on one server.
func ExampleServer_Sandbox() {
	t := &example{}
	defer t.end()

	srv := mpetest.New(t)
	one, other := srv.Sandbox(t), srv.Sandbox(t)
	one.Clock.Advance(24 * time.Hour)
	one.Token(t, "fakturapro")
	other.Journal.RequireTokens(t, 0)
	fmt.Println("The clocks are apart:", one.Clock.Now().Sub(other.Clock.Now()) > 23*time.Hour)
	// Output:
	// The clocks are apart: true
}

// A world of one's own.
func ExampleSeed() {
	t := &example{}
	defer t.end()

	srv := mpetest.New(t, mpetest.Seed(`
version: 1
scopes:
  - { name: "mun:bill.read", owner: "310000094", access: ["310000019"] }
clients:
  - { clientId: billing, org: "310000019", scopes: ["mun:bill.read"], keys: [{ kid: one, wellKnown: dev }] }
`))
	for _, variable := range srv.Client("billing").Env() {
		if strings.HasPrefix(variable, "MASKINPORTEN_SCOPES=") {
			fmt.Println(variable)
		}
	}
	// Output:
	// MASKINPORTEN_SCOPES=mun:bill.read
}

// example stands in for a *testing.T, which examples do not have.
type example struct{ cleanup []func() }

func (*example) Helper()                           {}
func (*example) Logf(string, ...any)               {}
func (*example) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }
func (*example) Fatalf(format string, args ...any) { log.Panicf(format, args...) }
func (e *example) Cleanup(do func())               { e.cleanup = append(e.cleanup, do) }

func (e *example) end() {
	for i := len(e.cleanup) - 1; i >= 0; i-- {
		e.cleanup[i]()
	}
}

// application is what a vendor would test: it signs its grants itself.
type application struct {
	clientID, kid, issuer, tokenEndpoint string

	key   any
	token string
}

func (a *application) authenticate(scope, customer string) error {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: a.key, KeyID: a.kid}}, nil)
	if err != nil {
		return err
	}
	now := time.Now()
	grant, err := jwt.Signed(signer).Claims(map[string]any{
		"aud": a.issuer, "iss": a.clientID, "scope": scope, "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "jti": rand.Text(),
		"authorization_details": []any{map[string]any{
			"type":           "urn:altinn:systemuser",
			"systemuser_org": map[string]any{"authority": "iso6523-actorid-upis", "ID": "0192:" + customer},
		}},
	}).Serialize()
	if err != nil {
		return err
	}
	r, err := http.PostForm(a.tokenEndpoint, form(grant))
	if err != nil {
		return err
	}
	defer r.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	err = json.NewDecoder(r.Body).Decode(&answer)
	a.token = answer.AccessToken
	return err
}

func form(grant string) url.Values {
	return url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {grant}}
}

// send is what the token endpoint says to a grant.
func send(tokenEndpoint, grant string) string {
	r, err := http.PostForm(tokenEndpoint, form(grant))
	if err != nil {
		return err.Error()
	}
	defer r.Body.Close()
	var answer struct{ Error string }
	_ = json.NewDecoder(r.Body).Decode(&answer)
	return strings.TrimSpace(fmt.Sprint(r.StatusCode, " ", answer.Error))
}

// invoices is an API that a service owner would test.
type invoices struct{ issuer, jwksURI, scope string }

// accessToken is what the API reads of a token.
type accessToken struct {
	jwt.Claims
	Scope    string
	Consumer identifier
	Details  []struct {
		Type string
		Org  identifier `json:"systemuser_org"` // encoding/json takes "id" for "ID"
		IDs  []string   `json:"systemuser_id"`
	} `json:"authorization_details"`
}

type identifier struct{ Authority, ID string }

// check is "accept" for a token that may see the customer's invoices, otherwise "reject".
func (i invoices) check(compact, customer string) string {
	var keys jose.JSONWebKeySet
	r, err := http.Get(i.jwksURI)
	if err != nil {
		return err.Error()
	}
	defer r.Body.Close()
	if err := json.NewDecoder(r.Body).Decode(&keys); err != nil {
		return err.Error()
	}
	signed, err := jose.ParseSigned(compact, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return "reject"
	}
	payload, err := signed.Verify(keys)
	if err != nil {
		return "reject"
	}
	var t accessToken
	if json.Unmarshal(payload, &t) != nil || t.Validate(jwt.Expected{Issuer: i.issuer, Time: time.Now()}) != nil {
		return "reject"
	}
	const authority = "iso6523-actorid-upis"
	switch {
	case len(t.Audience) > 0, // meant for another API
		!slices.Contains(strings.Fields(t.Scope), i.scope),
		t.Consumer.Authority != authority,
		len(t.Details) != 1,
		len(t.Details[0].IDs) != 1,
		t.Details[0].Org != identifier{authority, "0192:" + customer}:
		return "reject"
	}
	return "accept"
}

// askFor has the vendor ask a customer for a system user, and gives the id of the request.
func askFor(srv *mpetest.Server, token, customer, ref string) string {
	body := fmt.Sprintf(`{"systemId":"310000019_fakturapro","partyOrgNo":%q,"externalRef":%q,
		"rights":[{"resource":[{"id":"urn:altinn:resource","value":"mun-fakturagrunnlag"}]}]}`, customer, ref)
	return altinn(srv, token, http.MethodPost, "", body).ID
}

func status(srv *mpetest.Server, token, id string) string {
	return altinn(srv, token, http.MethodGet, "/"+id, "").Status
}

type request struct{ ID, Status string }

func altinn(srv *mpetest.Server, token, method, path, body string) (answer request) {
	const requests = "authentication/api/v1/systemuser/request/vendor"
	r, err := http.NewRequest(method, srv.URL+requests+path, strings.NewReader(body))
	if err != nil {
		log.Panic(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		log.Panic(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || json.NewDecoder(bytes.NewReader(text)).Decode(&answer) != nil {
		log.Panicf("%s: %s", response.Status, text)
	}
	return answer
}

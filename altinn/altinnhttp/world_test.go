package altinnhttp_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"

	"mpe/altinn/altinnhttp"
	"mpe/altinn/altinnredis"
	"mpe/altinn/authorization"
	"mpe/altinn/party"
	"mpe/altinn/problem"
	"mpe/altinn/resource"
	"mpe/altinn/system"
	"mpe/altinn/systemuser"
	"mpe/compose/redistest"
	"mpe/keys"
	"mpe/oauth/org"
)

// world is Altinn with the parties and resources of the scenarios.
type world struct {
	handler    http.Handler
	endpoints  *altinnhttp.Endpoints
	store      *altinnredis.Store
	now        time.Time
	delegation string // the code that the delegation check gives; empty or none: what the roles give
	recorded   []altinnhttp.Exchange

	maskinporten, altinn *keys.Set
	foreign              *keys.Set // another issuer's
	tokens               *altinnhttp.Tokens
	parties              *party.Register
}

// The parties of the scenarios. 500001 is U1's own, and no organisation; customer2 is one that U1 manages too.
const (
	vendorA   = org.Number("991825827")
	vendorB   = org.Number("974761076")
	customer  = org.Number("910493353")
	customer2 = org.Number("310000027")
	client1   = org.Number("310000078") // its accountant is customer
	client2   = org.Number("310000086") // its auditor is customer
	stranger  = org.Number("310000108")
)

func organisations() []*party.Party {
	var all []*party.Party
	for _, o := range []struct {
		n    org.Number
		id   int
		name string
	}{
		{vendorA, 500101, "SMARTSKY AS"}, {vendorB, 500102, "FREMMED LEVERANDØR AS"}, {customer, 500000, "LEPSØY OG TONSTAD"},
		{customer2, 500002, "RASK GRØNN ELG AS"}, {client1, 500003, "LUN BAKERIMUS AS"}, {client2, 500004, "VÅKEN FJELLREV ENK"},
		{stranger, 500005, "STILLE BLÅ HAVØRN AS"}, {"810414782", 500006, "FLOTT FRISK ELG AS"}, {"910049356", 500007, "VENNLIG VARM OTER AS"},
		{"910459880", 500008, "TROFAST ROLIG GAUPE AS"},
	} {
		all = append(all, &party.Party{ID: o.id, UUID: fmt.Sprintf("00000000-0000-4000-8000-%012d", o.id), Number: o.n, Name: o.name})
	}
	return append(all, &party.Party{
		ID: 500009, UUID: "00000000-0000-4000-8000-000000500009", Number: "310000159", Name: "LEPSØY AVD SØR", UnitType: "BEDR", Parent: customer,
	})
}

// persons are U1, who manages the customer, U2, who is related to it, U3, who is not, U4, who manages its clients, and U5,
// who gives access and has none.
func persons() []*party.Person {
	person := func(userID, partyID int, pid, name string, roles ...party.Role) *party.Person {
		return &party.Person{
			Party: party.Party{ID: partyID, UUID: fmt.Sprintf("00000000-0000-4000-9000-%012d", partyID), Name: name},
			PID:   pid, UserID: userID, Roles: roles,
		}
	}
	return []*party.Person{
		person(1337, 500001, "01817010055", "U1", party.Role{Role: "daglig-leder", Org: customer}, party.Role{Role: "daglig-leder", Org: customer2}),
		person(1338, 500011, "07835530013", "U2", party.Role{Role: "ansatt", Org: customer}),
		person(1339, 500012, "30878812065", "U3", party.Role{Role: "daglig-leder", Org: stranger}),
		person(1340, 500013, "23908111028", "U4", party.Role{Role: "klientadministrator", Org: customer}),
		person(1341, 500014, "12869214025", "U5", party.Role{Role: "tilgangsstyrer", Org: customer}),
	}
}

// storeResources stores the resources that systems have rights to. Who represents an organisation may use them all.
func storeResources(t *testing.T, s *altinnredis.Store) {
	t.Helper()
	err := s.ChangeResources(t.Context(), func(w resource.Writer) error {
		for id, kind := range map[string]string{
			"ske-krav-og-betalinger": "GenericAccessResource", "ske-krav-og-betalinger-2": "GenericAccessResource",
			"app_ttd_endring-av-navn-v2": "AltinnApp", "ttd-am-k6": resource.MaskinportenSchema,
		} {
			policy := resource.WritePolicy(id, 0, []resource.Grant{
				{Actions: []string{"read", "write"}, Subjects: []string{"urn:altinn:rolecode:DAGL"}},
			})
			if err := w.PutResource(t.Context(), &resource.Resource{ID: id, Type: kind, Delegable: true}); err != nil {
				return err
			}
			if err := w.PutPolicy(t.Context(), id, policy); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// testKeys are made once: a key takes a tenth of a second.
var testKeys = sync.OnceValue(func() (sets [3]*keys.Set) {
	for i, newSet := range [...]func(*keys.Key) (*keys.Set, error){
		func(k *keys.Key) (*keys.Set, error) { return keys.NewSet(k) }, keys.NewThumbprintSet,
		func(k *keys.Key) (*keys.Set, error) { return keys.NewSet(k) },
	} {
		key, err := keys.Generate(rand.Reader, 2048, time.Now())
		if err == nil {
			sets[i], err = newSet(key)
		}
		if err != nil {
			panic(err)
		}
	}
	return sets
})

func newWorld(t *testing.T, change ...func(*altinnhttp.Endpoints)) *world {
	t.Helper()
	w := &world{now: time.Date(2026, 8, 21, 10, 11, 12, 131415000, time.UTC)}
	sets := testKeys()
	w.maskinporten, w.altinn, w.foreign = sets[0], sets[1], sets[2]
	clock := func() time.Time { return w.now }
	w.tokens = &altinnhttp.Tokens{Maskinporten: w.maskinporten, Altinn: published{w.altinn}, Now: clock}
	w.parties = party.NewRegister(organisations(), persons(), []party.Relation{
		{From: client1, To: customer, Role: "regnskapsforer"}, {From: client2, To: customer, Role: "revisor"},
	}, nil)
	store := altinnredis.New(redistest.Embedded(t), redistest.Prefix())
	storeResources(t, store)
	e := &altinnhttp.Endpoints{
		Systems: &system.Register{Store: store, Now: clock, NewID: uuid.NewString},
		Users: &systemuser.Registry{
			Store: store, Parties: w.parties, PageSize: 2, Now: clock, NewID: uuid.NewString,
			Delegations: check{w, &authorization.DelegationCheck{Resources: store}},
		},
		Finder:           &systemuser.Finder{Systems: store, Users: store, Requests: store},
		Parties:          w.parties,
		Authorizer:       &authorization.Authorizer{Store: store, Parties: w.parties},
		Suppliers:        &authorization.Suppliers{Store: store, Parties: w.parties, Now: clock, NewID: uuid.NewString},
		ScopeDelegations: &authorization.ScopeDelegations{Store: store, Parties: w.parties},
		Resources:        &resource.Registry{Store: store},
		Tokens:           w.tokens,
		ServiceOwners:    altinnhttp.ServiceOwners{vendorA: "smart", vendorB: "digdir"},
		Base:             base,
		Recorder:         w,
		Now:              clock,
		TraceID:          func() string { return strings.ReplaceAll(uuid.NewString(), "-", "") },
	}
	for _, c := range change {
		c(e)
	}
	w.endpoints, w.store = e, store
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	e.Mount(engine)
	w.handler = w.described(t, engine)
	return w
}

// base believes in proxies, as compose does of those that it is told to trust.
func base(r *http.Request) string {
	scheme, host := "http", r.Host
	for header, value := range map[string]*string{"X-Forwarded-Proto": &scheme, "X-Forwarded-Host": &host} {
		list := strings.Split(r.Header.Get(header), ",")
		if last := strings.TrimSpace(list[len(list)-1]); last != "" {
			*value = last
		}
	}
	return scheme + "://" + host + "/"
}

func (w *world) RecordCall(x altinnhttp.Exchange) { w.recorded = append(w.recorded, x) }

type published struct{ *keys.Set }

func (p published) JWKS() ([]byte, error) { return p.Set.JWKS(), nil }

// check is the delegation check, or a code instead of it.
type check struct {
	w     *world
	roles *authorization.DelegationCheck
}

func (c check) Rights(
	ctx context.Context, by *party.Person, from org.Number, rights []resource.Right,
) ([]resource.Right, error) {
	if c.w.delegation == "" || c.w.delegation == "none" {
		return c.roles.Rights(ctx, by, from, rights)
	}
	return nil, problem.New(problem.Code(c.w.delegation), "The scenario says so.")
}

func (c check) Packages(ctx context.Context, by *party.Person, from org.Number, packages []string) error {
	if c.w.delegation == "" || c.w.delegation == "none" {
		return c.roles.Packages(ctx, by, from, packages)
	}
	return problem.New(problem.Code(c.w.delegation), "The scenario says so.")
}

// shortScopes are the scopes by the names that scenarios have for them.
var shortScopes = map[string]string{
	"sr.w": "altinn:authentication/systemregister.write", "sr.admin": "altinn:authentication/systemregister.admin",
	"rq.w": "altinn:authentication/systemuser.request.write", "rq.r": "altinn:authentication/systemuser.request.read",
	"mp": "altinn:maskinporten/systemuser.read", "in": "altinn:authentication/systemuser.admin",
	"portal": "altinn:portal/enduser", "cd.r": "altinn:clientdelegations.read", "cd.w": "altinn:clientdelegations.write",
	"md": "altinn:maskinporten/delegations", "md.admin": "altinn:maskinporten/delegations.admin",
	"rr.w": "altinn:resourceregistry/resource.write", "rr.admin": "altinn:resourceregistry/resource.admin",
	"so": "altinn:serviceowner/instances.read",
}

// token is the caller's; empty: it sends none.
func (s *scenario) token(t *testing.T, caller string) string {
	t.Helper()
	name, list, _ := strings.Cut(strings.TrimSuffix(caller, "]"), "[")
	var scopes []string
	for _, short := range strings.Fields(list) {
		scope, ok := shortScopes[short]
		if !ok {
			scope = short
		}
		scopes = append(scopes, scope)
	}
	switch name {
	case "none":
		return ""
	case "bad":
		return "not.a.token"
	case "VA":
		return s.vendorToken(t, vendorA, scopes)
	case "VB":
		return s.vendorToken(t, vendorB, scopes)
	case "NC":
		return s.vendorToken(t, "", scopes)
	case "RA":
		return s.exchangedToken(t, vendorA, scopes, "test")
	case "RB":
		return s.exchangedToken(t, vendorB, scopes, []string{"krt", "test"})
	case "MP":
		return s.vendorToken(t, vendorB, []string{shortScopes["mp"]})
	case "IN":
		return s.vendorToken(t, vendorB, []string{shortScopes["in"]})
	case "SU":
		claims := s.vendorClaims(vendorA, scopes)
		claims["authorization_details"] = []any{map[string]any{
			"type": "urn:altinn:systemuser", "systemuser_id": []string{s.captured["<id>"]},
			"systemuser_org": customer.Identifier(), "system_id": "991825827_the_matrix",
		}}
		return sign(t, s.maskinporten, claims)
	case "expired":
		claims := s.vendorClaims(vendorA, scopes)
		claims["exp"] = s.now.Unix() - 10
		return sign(t, s.maskinporten, claims)
	case "foreign":
		return sign(t, s.foreign, s.vendorClaims(vendorA, scopes))
	case "held":
		return s.captured["<token>"]
	}
	all := persons()
	i := slices.IndexFunc(all, func(p *party.Person) bool { return p.Name == name })
	if i < 0 {
		t.Fatalf("who is %q?", caller)
	}
	if list == "" && !strings.Contains(caller, "[") {
		scopes = []string{shortScopes["portal"]}
	}
	token, err := s.tokens.SignEndUser(all[i], altinnhttp.EndUser{
		Issuer: "http://localhost:6730/authentication/api/v1/openid/", Scopes: scopes, Level: 3, Lifetime: time.Hour, ID: uuid.NewString(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// vendorToken is one of Maskinporten's.
func (w *world) vendorToken(t *testing.T, consumer org.Number, scopes []string) string {
	t.Helper()
	return sign(t, w.maskinporten, w.vendorClaims(consumer, scopes))
}

// exchangedToken is Altinn's for one of Maskinporten's. The prefix is a text, or several.
func (w *world) exchangedToken(t *testing.T, consumer org.Number, scopes []string, prefix any) string {
	t.Helper()
	claims := w.vendorClaims(consumer, scopes)
	claims["iss"] = "http://localhost:6730/authentication/api/v1/openid/"
	claims["consumer_prefix"] = prefix
	claims["urn:altinn:authenticatemethod"] = "maskinporten"
	return sign(t, w.altinn, claims)
}

func (w *world) vendorClaims(consumer org.Number, scopes []string) map[string]any {
	claims := map[string]any{
		"iss": "http://localhost:6730/", "client_id": "32ef65ac-6e62-498d-880f-76c85c2052ae", "scope": strings.Join(scopes, " "),
		"iat": w.now.Unix(), "exp": w.now.Add(2 * time.Minute).Unix(), "jti": uuid.NewString(), "aud": "unlimited",
		"client_amr": "private_key_jwt", "token_type": "Bearer",
	}
	if consumer != "" {
		claims["consumer"] = consumer.Identifier()
	}
	return claims
}

func sign(t *testing.T, by *keys.Set, claims map[string]any) string {
	t.Helper()
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	token, err := by.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// claims are those of a token of Altinn's, in the order of their names. It is verified as a service owner does, with the
// published keys.
func (w *world) claims(t *testing.T, token string) string {
	t.Helper()
	got := httptest.NewRecorder()
	w.handler.ServeHTTP(got, httptest.NewRequest(
		http.MethodGet, "/authentication/api/v1/openid/.well-known/openid-configuration/jwks", nil))
	var published jose.JSONWebKeySet
	if err := json.Unmarshal(got.Body.Bytes(), &published); err != nil {
		t.Fatalf("the key set %s: %v", got.Body, err)
	}
	signed, err := jose.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatalf("the token %s: %v", token, err)
	}
	payload, err := signed.Verify(&published)
	if err != nil {
		t.Fatalf("the token %s by the keys %s: %v", token, got.Body, err)
	}
	var claims map[string]json.RawMessage
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatalf("the claims %s: %v", payload, err)
	}
	sorted, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	return string(sorted)
}

// storeUsers stores system users of the customer's, as nobody could ask for them one by one.
func (w *world) storeUsers(t *testing.T, n int, systemID string) {
	t.Helper()
	users := make([]*systemuser.SystemUser, n)
	for i := range users {
		users[i] = &systemuser.SystemUser{
			ID: fmt.Sprintf("00000000-0000-4000-a000-%012d", i+1), System: systemID, Owner: customer, Type: systemuser.Standard,
			ExternalRef: fmt.Sprint(i + 1), Title: fmt.Sprint("User ", i+1), Created: w.now, Changed: w.now,
		}
	}
	err := w.store.ChangeSystemUsers(t.Context(), func(s systemuser.Writer) error {
		return s.PutSystemUsers(t.Context(), users...)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// storeDelegation stores that the consumer has delegated the resource's scopes to the supplier.
func (w *world) storeDelegation(t *testing.T, id string, consumer, supplier org.Number) {
	t.Helper()
	err := w.store.PutScopeDelegations(t.Context(), &authorization.ScopeDelegation{
		Resource: id, Consumer: consumer, Supplier: supplier, Created: time.Date(2024, 1, 15, 12, 0, 0, 0, time.UTC),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// storeGrants stores a resource of the kind, with a rule for each grant.
func (w *world) storeGrants(t *testing.T, id, kind string, grants []string) {
	t.Helper()
	r := &resource.Resource{ID: id, Type: "GenericAccessResource", Delegable: kind != "closed"}
	switch kind {
	case "open", "closed":
	case "schema":
		r.Type = resource.MaskinportenSchema
	case "listed":
		r.AccessListMode = resource.Enabled
	default:
		t.Fatalf("what is a resource that is %q?", kind)
	}
	var rules []resource.Grant
	for _, grant := range grants {
		action, subject, _ := strings.Cut(grant, "=")
		rules = append(rules, resource.Grant{Actions: []string{action}, Subjects: []string{subject}})
	}
	w.storePolicy(t, r, 0, rules...)
}

// decides asks the policy decision point, and wants that decision.
func (w *world) decides(t *testing.T, systemUser, action, id, organisation, want string) {
	t.Helper()
	got := w.ask(t, "authorize", fmt.Sprintf(`{"Request":{
		"AccessSubject":[{"Attribute":[{"AttributeId":"urn:altinn:systemuser:uuid","Value":%q}]}],
		"Action":[{"Attribute":[{"AttributeId":"urn:oasis:names:tc:xacml:1.0:action:action-id","Value":%q}]}],
		"Resource":[{"Attribute":[{"AttributeId":"urn:altinn:resource","Value":%q},
		{"AttributeId":"urn:altinn:organization:identifier-no","Value":%q}]}]}}`, systemUser, action, id, organisation),
		"application/json", w.ownToken(t, "altinn:authorization/authorize"))
	if !strings.Contains(got.Body.String(), `"decision":"`+want+`"`) {
		t.Errorf("%s on %s for %s: got %s (%s), want %s", action, id, organisation, got.Body, got.Header().Get("Mpe-Hint"), want)
	}
}

// storeStatus gives a request a status, such as those that only records of old have.
func (w *world) storeStatus(t *testing.T, id string, status systemuser.RequestStatus) {
	t.Helper()
	err := w.store.ChangeSystemUsers(t.Context(), func(s systemuser.Writer) error {
		r, err := s.Request(t.Context(), id)
		if err != nil {
			return err
		}
		r.Status = status
		return s.PutRequests(t.Context(), r)
	})
	if err != nil {
		t.Fatal(err)
	}
}

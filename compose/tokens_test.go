package compose_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"

	"mpe/compose"
	"mpe/compose/control"
)

const (
	certifiedClient = "5f0c1a52-6c1b-4f6e-9d38-1c0f7a4b9e04" // has no keys
	ownersClient    = "5f0c1a52-6c1b-4f6e-9d38-1c0f7a4b9e03" // is on no system
)

func (e *emulator) mint(t *testing.T, body string) control.Minted {
	t.Helper()
	status, answer := e.call(t, "POST", "tokens", body, nil)
	var minted control.Minted
	if err := json.Unmarshal([]byte(answer), &minted); err != nil || status != http.StatusOK {
		t.Fatalf("got %d %s (%v)", status, answer, err)
	}
	return minted
}

// part is the header (0) or the payload (1) of a token, as it is.
func part(t *testing.T, token string, i int) string {
	t.Helper()
	decoded, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[i])
	if err != nil {
		t.Fatal(err)
	}
	return string(decoded)
}

// But for its jti, a token that is minted is the one that a grant gets, to the byte.
func TestAMintedTokenIsTheOneThatAGrantGets(t *testing.T) {
	clock := newClock()
	e := start(t, compose.Config{Now: clock.now})
	for name, body := range map[string]string{
		"nothing but the client":  `{"client": "` + vendorClient + `"}`,
		"part of a client's name": `{"client": "fakturapro"}`,
		"no client":               `{}`,
		"a scope":                 `{"scope": "mun:faktura.write"}`,
		"two scopes, one twice":   `{"scope": "mun:faktura.write mun:faktura.read mun:faktura.write"}`,
		"a system user":           `{"scope": "mun:faktura.read", "systemUser": "310000027", "externalRef": "avdeling-oslo"}`,
		"another organisation":    `{"scope": "mun:register.read", "consumerOrg": "310000027"}`,
		"a resource":              `{"resource": ["https://api.example/"]}`,
		"two resources and a pid": `{"resource": ["https://a.example/", "https://b.example/"], "pid": "01817010055"}`,
		"a client with no key":    `{"client": "` + certifiedClient + `", "scope": "mun:register.read"}`,
		"all of it, 14 claims":    `{"scope": "mun:register.read", "systemUser": "310000027", "consumerOrg": "310000027", "resource": ["a"], "pid": "01817010055"}`,
		"overrides of nothing":    `{"overrides": {}}`,
	} {
		t.Run(name, func(t *testing.T) {
			request := strings.Replace(body, `"overrides": {}`, "", 1)
			_, answer := e.call(t, "POST", "grants", request, nil)
			var signed control.Signed
			if err := json.Unmarshal([]byte(answer), &signed); err != nil {
				t.Fatal(err)
			}
			granted := e.send(t, signed.Grant)
			if granted.Status != http.StatusOK {
				t.Fatalf("the grant: got %d %s", granted.Status, granted.Description)
			}
			minted := e.mint(t, body)
			jti := func(token string) string { return claimsOf(t, token)["jti"].(string) }
			want := strings.Replace(part(t, granted.AccessToken, 1), jti(granted.AccessToken), jti(minted.AccessToken), 1)
			if diff := cmp.Diff(want, part(t, minted.AccessToken, 1)); diff != "" {
				t.Errorf("the payload (-granted +minted):\n%s", diff)
			}
			if diff := cmp.Diff(part(t, granted.AccessToken, 0), part(t, minted.AccessToken, 0)); diff != "" {
				t.Errorf("the header (-granted +minted):\n%s", diff)
			}
			claims := claimsOf(t, minted.AccessToken)
			lifetime := int64(claims["exp"].(float64) - claims["iat"].(float64))
			if minted.TokenType != "Bearer" || minted.ExpiresIn != lifetime-1 || minted.Scope != claims["scope"] {
				t.Errorf("got %+v beside the token, want %d seconds and its scope", minted, lifetime-1)
			}
			if len(jti(minted.AccessToken)) != 43 {
				t.Errorf("the jti is %s", jti(minted.AccessToken))
			}
			if got := e.exchanges(t, minted.AccessToken); got != http.StatusOK {
				t.Errorf("Altinn's exchange answers it with %d", got)
			}
		})
	}
}

// What a grant is refused, a minted token has.
func TestAMintedTokenIsHeldToNoRule(t *testing.T) {
	e := start(t, compose.Config{})
	const unknown = "11111111-2222-4333-8444-555555555555"
	detail := func(owner, id, system string) string {
		return `[{"type":"urn:altinn:systemuser","systemuser_org":{"authority":"iso6523-actorid-upis","ID":"0192:` + owner +
			`"},"systemuser_id":["` + id + `"],"system_id":"` + system + `"}]`
	}
	for name, c := range map[string]struct {
		body string
		want map[string]string // claims, as JSON; empty: it has none
	}{
		"a scope that nobody has registered": {`{"scope": "some:thing"}`, map[string]string{"scope": `"some:thing"`}},
		"a scope that nobody has access to":  {`{"scope": "mun:arkiv.read"}`, map[string]string{"scope": `"mun:arkiv.read"`}},
		"an organisation that has delegated nothing": {
			`{"scope": "mun:arkiv.read", "consumerOrg": "310000086"}`,
			map[string]string{
				"consumer":          `{"authority":"iso6523-actorid-upis","ID":"0192:310000086"}`,
				"supplier":          `{"authority":"iso6523-actorid-upis","ID":"0192:310000019"}`,
				"delegation_source": `"https://tt02.altinn.no/"`,
			},
		},
		"an organisation, with a scope that is not registered": {
			`{"scope": "some:thing", "consumerOrg": "310000086"}`,
			map[string]string{"supplier": `{"authority":"iso6523-actorid-upis","ID":"0192:310000019"}`, "delegation_source": `"https://tt02.altinn.no/"`},
		},
		"a system user that there is not": {
			`{"systemUser": "310000086", "systemUserId": "` + unknown + `"}`,
			map[string]string{"authorization_details": detail("310000086", unknown, "310000019_fakturapro")},
		},
		"a system user that there is not, of a client without a system": {
			`{"client": "` + ownersClient + `", "systemUser": "310000086", "systemUserId": "` + strings.ToUpper(unknown) + `"}`,
			map[string]string{"authorization_details": strings.Replace(detail("310000086", unknown, ""), `,"system_id":""`, "", 1)},
		},
		"overrides": {
			`{"overrides": {"iss": "https://other.example/", "jti": null, "exp": 1, "<&>\"": {"b": [1, "<"]}, "nothing": null}}`,
			map[string]string{"iss": `"https://other.example/"`, "jti": "", "exp": "1", `<&>"`: `{"b":[1,"<"]}`, "nothing": ""},
		},
		"an override of what is spoiled": {
			`{"defect": "missing-scope", "overrides": {"scope": "a"}}`, map[string]string{"scope": `"a"`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			minted := e.mint(t, c.body)
			var claims map[string]json.RawMessage
			if err := json.Unmarshal([]byte(part(t, minted.AccessToken, 1)), &claims); err != nil {
				t.Fatal(err)
			}
			for name, want := range c.want {
				if diff := cmp.Diff(want, string(claims[name])); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
			if _, err := oidc.NewRemoteKeySet(t.Context(), e.URL+"jwk").VerifySignature(t.Context(), minted.AccessToken); err != nil {
				t.Errorf("its signature: %v", err)
			}
		})
	}
}

// A system user is named by its id alone when there is one.
func TestASystemUserIsMintedByItsID(t *testing.T) {
	e := start(t, compose.Config{})
	found := claimsOf(t, e.mint(t, `{"systemUser": "310000027", "externalRef": "avdeling-oslo"}`).AccessToken)["authorization_details"]
	id := found.([]any)[0].(map[string]any)["systemuser_id"].([]any)[0].(string)
	named := claimsOf(t, e.mint(t, `{"systemUserId": "`+id+`"}`).AccessToken)["authorization_details"]
	if diff := cmp.Diff(found, named); diff != "" {
		t.Errorf("(-found +named):\n%s", diff)
	}
}

func TestAltinnsTokenIsMintedAsItIsExchanged(t *testing.T) {
	clock := newClock()
	e := start(t, compose.Config{Now: clock.now})
	const order = `"scope": "mun:faktura.read altinn:serviceowner", "client": "` + ownersClient + `"`
	minted := e.mint(t, `{`+order+`, "altinn": true}`)
	client := e.bearing(e.mint(t, `{`+order+`}`).AccessToken)
	exchanged := e.api(t, client, http.MethodGet, altinnAPI+"exchange/maskinporten", "").want(t, 200).body
	got, want := claimsOf(t, minted.AccessToken), claimsOf(t, exchanged)
	for _, random := range []string{"jti", "sid"} {
		if got[random] == nil || want[random] == nil {
			t.Errorf("%s: got %v, and %v by the exchange", random, got[random], want[random])
		}
		delete(got, random)
		delete(want, random)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-exchanged +minted):\n%s", diff)
	}
	if got["urn:altinn:org"] != "mun" || minted.ExpiresIn != 1800 {
		t.Errorf("got the service owner %v, and %d seconds; want mun, and 1800", got["urn:altinn:org"], minted.ExpiresIn)
	}
	keys := oidc.NewRemoteKeySet(t.Context(), e.URL+altinnAPI+"openid/.well-known/openid-configuration/jwks")
	if _, err := keys.VerifySignature(t.Context(), minted.AccessToken); err != nil {
		t.Errorf("Altinn's keys: %v", err)
	}
	overridden := claimsOf(t, e.mint(t, `{"altinn": true, "overrides": {"exp": 1, "sid": null, "urn:altinn:org": "nav"}}`).AccessToken)
	if _, sid := overridden["sid"]; sid || overridden["exp"] != 1.0 || overridden["urn:altinn:org"] != "nav" {
		t.Errorf("with overrides: got %v", overridden)
	}
}

// bearing is a client that sends the token with each request.
func (e *emulator) bearing(token string) *http.Client {
	return &http.Client{Transport: bearer(token)}
}

type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

func TestWhatCannotBeMintedIsRefusedByItsField(t *testing.T) {
	e := start(t, seeded(`clients: [{ clientId: bare, org: "310000019", name: Uten alt, keys: [{ kid: bare, wellKnown: dev }] }]`))
	for name, c := range map[string]struct {
		body   string
		status int
		want   string
	}{
		"an unknown client":                  {`{"client": "nobody"}`, 422, `client: no client of the seed has the id \"nobody\"`},
		"a client that could be several":     {`{"client": "a"}`, 422, "client: several clients"},
		"a client without scopes":            {`{"client": "bare"}`, 422, "scope: client bare has no scope"},
		"a consumer with a wrong digit":      {`{"consumerOrg": "310000028"}`, 422, "consumerOrg: "},
		"a consumer with a prefix":           {`{"consumerOrg": "0192:310000027"}`, 422, "consumerOrg: "},
		"an organisation with a wrong digit": {`{"systemUser": "310000028"}`, 422, "systemUser: "},
		"no such system user":                {`{"systemUser": "310000086"}`, 422, "systemUser: "},
		"another externalRef":                {`{"systemUser": "310000027", "externalRef": "oslo"}`, 422, "avdeling-oslo"},
		"a client on no system":              {`{"client": "` + ownersClient + `", "systemUser": "310000027"}`, 422, "systemUserId"},
		"an externalRef of nobody":           {`{"externalRef": "avdeling-oslo"}`, 422, "externalRef: "},
		"an id that is no UUID":              {`{"systemUser": "310000027", "systemUserId": "1"}`, 422, "systemUserId: "},
		"an id of nobody":                    {`{"systemUserId": "11111111-2222-4333-8444-555555555555"}`, 422, "give systemUser"},
		"a pid that is too short":            {`{"pid": "0181701005"}`, 422, "pid: "},
		"a pid with letters":                 {`{"pid": "0181701005x"}`, 422, "pid: "},
		"a defect that there is not":         {`{"defect": "expird"}`, 422, `defect: no defect of a token is called \"expird\": want one of expired`},
		"a defect of details without any":    {`{"defect": "org-mismatch"}`, 422, "defect: org-mismatch"},
		"a defect of Altinn's":               {`{"defect": "expired", "altinn": true}`, 422, "defect: "},
		"a member that is not known":         {`{"system_user": "310000027"}`, 400, "system_user"},
		"overrides that are no object":       {`{"overrides": []}`, 400, "overrides"},
		"no JSON":                            {`{`, 400, "not the JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			status, body := e.call(t, "POST", "tokens", c.body, nil)
			if status != c.status || !strings.Contains(body, c.want) || c.status != 200 && strings.Contains(body, "access_token") {
				t.Errorf("got %d %s, want %d and %q", status, body, c.status, c.want)
			}
		})
	}
	for query, want := range map[string]string{
		"client=nobody":        "client: ",
		"client=bare":          "scope: ",
		"systemUser=1":         "systemUser: ",
		"systemUser=310000086": "systemUser: ",
		"externalRef=oslo":     "externalRef: ",
		"clinet=fakturapro":    "clinet: the bad suite is asked for with client, scope",
		"client=fakturapro&client=" + vendorClient:    "client: given 2 times",
		"client=fakturapro&systemUser=310000027&a[]=": "a[]: ",
	} {
		if status, body := e.call(t, "GET", "tokens/bad-suite?"+query, "", nil); status != 422 || !strings.Contains(body, want) {
			t.Errorf("the bad suite of %s: got %d %s, want 422 and %q", query, status, body, want)
		}
	}
}

func (e *emulator) badTokens(t *testing.T, query url.Values) control.BadTokens {
	t.Helper()
	var suite control.BadTokens
	if status := e.get(t, "_mpe/v1/tokens/bad-suite?"+query.Encode(), &suite); status != http.StatusOK {
		t.Fatalf("got %d", status)
	}
	return suite
}

// api is an API that wants a token of Rask Grønn Elg's system user, and looks at everything. It believes libraries alone.
type api struct {
	issuer   string
	keys     jwk.Set
	verifier *oidc.IDTokenVerifier
	now      time.Time
}

func (e *emulator) newAPI(t *testing.T, now time.Time) *api {
	at := func() time.Time { return now }
	return &api{
		issuer: e.URL, keys: published(t.Context(), t, e), now: now,
		verifier: oidc.NewVerifier(e.URL, oidc.NewRemoteKeySet(t.Context(), e.URL+"jwk"),
			&oidc.Config{SkipClientIDCheck: true, Now: at}),
	}
}

// apiClaims are what the API reads.
type apiClaims struct {
	jwt.RegisteredClaims
	Scope    string
	Consumer struct{ Authority, ID string }
	Details  []struct {
		Type string
		Org  struct{ Authority, ID string } `json:"systemuser_org"` // encoding/json takes both spellings
		ID   []string                       `json:"systemuser_id"`
	} `json:"authorization_details"`
}

// objections are all that the API has against the token, by what it looks at.
func (a *api) objections(t *testing.T, token string) []string {
	t.Helper()
	var found []string
	object := func(what string, when bool) {
		if when {
			found = append(found, what)
		}
	}
	_, err := jws.Verify([]byte(token), jws.WithKeySet(a.keys))
	object("signature", err != nil)
	var c apiClaims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &c); err != nil {
		t.Fatal(err)
	}
	at := func() time.Time { return a.now }
	err = jwt.NewValidator(jwt.WithTimeFunc(at), jwt.WithIssuedAt(), jwt.WithExpirationRequired()).Validate(c)
	object("time", err != nil)
	object("issuer", c.Issuer != a.issuer)
	object("audience", len(c.Audience) > 0 && !slices.Contains(c.Audience, "https://this-api.example/"))
	object("scope", !slices.Contains(strings.Fields(c.Scope), "mun:faktura.read"))
	object("consumer", c.Consumer.Authority != "iso6523-actorid-upis" || c.Consumer.ID != "0192:310000019")
	object("details", len(c.Details) != 1 || c.Details[0].Type != "urn:altinn:systemuser")
	for _, d := range c.Details {
		object("system user", len(d.ID) != 1)
		object("customer", d.Org.Authority != "iso6523-actorid-upis" || d.Org.ID != "0192:310000027")
	}
	return found
}

// Each of the bad tokens is the good one's twin but for one thing, an API that looks at everything objects to that and
// nothing else, and libraries that nobody here wrote see it as well.
func TestBadTokensAreWhatTheySay(t *testing.T) {
	clock := newClock()
	e := start(t, compose.Config{Now: clock.now})
	suite := e.badTokens(t, url.Values{"client": {"fakturapro"}, "scope": {"mun:faktura.read"}})
	api := e.newAPI(t, clock.now())
	if found := api.objections(t, suite.Good); len(found) != 0 {
		t.Fatalf("the API objects to the good token's %v", found)
	}
	if _, err := api.verifier.Verify(t.Context(), suite.Good); err != nil {
		t.Fatalf("go-oidc objects to the good token: %v", err)
	}
	good := claimsOf(t, suite.Good)
	now := float64(clock.now().Unix())
	goodDetail := good["authorization_details"].([]any)[0].(map[string]any)
	detail := func(name string, value any) []any {
		changed := map[string]any{}
		for name, value := range goodDetail {
			changed[name] = value
		}
		changed[name] = value
		return []any{changed}
	}
	const authority, absent = "iso6523-actorid-upis", "absent"
	type claims = map[string]any
	wants := []struct {
		name      string
		header    string // how it differs: alg or kid
		claims    claims // that differ
		objection string // none: the token is to be accepted
		oidc      bool   // go-oidc objects too
	}{
		{"expired", "", claims{"exp": now - 3600, "iat": now - 3720}, "time", true},
		{"not-yet-valid", "", claims{"exp": now + 3720, "iat": now + 3600, "nbf": now + 3600}, "time", true},
		{"wrong-signature", "", nil, "signature", true},
		{"alg-none", "alg", nil, "signature", true},
		{"hs256-with-public-key", "alg", nil, "signature", true},
		{"unknown-kid", "kid", nil, "signature", true},
		{"wrong-issuer", "", claims{"iss": "https://issuer.example/"}, "issuer", true},
		{"prod-issuer", "", claims{"iss": "https://maskinporten.no/"}, "issuer", true},
		{"missing-scope", "", claims{"scope": absent}, "scope", false},
		{"scope-superstring", "", claims{"scope": "mun:faktura.read.more"}, "scope", false},
		{"missing-consumer", "", claims{"consumer": absent}, "consumer", false},
		{"consumer-wrong-authority", "", claims{"consumer": claims{"authority": "iso6523-actorid-other", "ID": "0192:310000019"}}, "consumer", false},
		{"no-authorization-details", "", claims{"authorization_details": absent}, "details", false},
		{"systemuser-id-empty", "", claims{"authorization_details": detail("systemuser_id", []any{})}, "system user", false},
		{"org-mismatch", "", claims{"authorization_details": detail("systemuser_org", claims{"authority": authority, "ID": "0192:310000035"})}, "customer", false},
		{"id-lowercase", "", claims{"authorization_details": detail("systemuser_org", claims{"authority": authority, "id": "0192:310000027"})}, "", false},
		{"extra-audience", "", claims{"aud": "https://another-api.example/"}, "audience", false},
	}
	if len(suite.Cases) != len(wants) {
		t.Fatalf("got %d cases, want %d", len(suite.Cases), len(wants))
	}
	for i, want := range wants {
		got := suite.Cases[i]
		t.Run(want.name, func(t *testing.T) {
			wantClaims := claims{}
			for name, value := range good {
				wantClaims[name] = value
			}
			for name, value := range want.claims {
				if wantClaims[name] = value; value == absent {
					delete(wantClaims, name)
				}
			}
			if diff := cmp.Diff(wantClaims, claimsOf(t, got.Token)); diff != "" {
				t.Errorf("the claims (-want +got):\n%s", diff)
			}
			if want.claims == nil && part(t, suite.Good, 1) != part(t, got.Token, 1) {
				t.Error("the payload is not the good one's to the byte")
			}
			if changed := headerDiff(t, suite.Good, got.Token); changed != want.header {
				t.Errorf("the headers differ in %q, want %q", changed, want.header)
			}
			expect, objections := "reject", []string{want.objection}
			if want.objection == "" {
				expect, objections = "accept", nil
			}
			if got.Name != want.name || got.Expect != expect || got.Why == "" {
				t.Errorf("got %s, %s (%s), want %s, %s and why", got.Name, got.Expect, got.Why, want.name, expect)
			}
			if found := api.objections(t, got.Token); !slices.Equal(found, objections) {
				t.Errorf("the API objects to %v, want %v", found, objections)
			}
			if _, err := api.verifier.Verify(t.Context(), got.Token); (err != nil) != want.oidc {
				t.Errorf("go-oidc says %v", err)
			}
			alone := e.mint(t, fmt.Sprintf(`{"scope": "mun:faktura.read", "systemUserId": %q, "defect": %q}`,
				goodDetail["systemuser_id"].([]any)[0], want.name)).AccessToken
			spoiled := claimsOf(t, alone)
			spoiled["jti"] = good["jti"]
			if diff := cmp.Diff(wantClaims, spoiled); diff != "" {
				t.Errorf("the claims of one minted alone (-want +got):\n%s", diff)
			}
			if found := api.objections(t, alone); !slices.Equal(found, objections) {
				t.Errorf("the API objects to %v in one minted alone, want %v", found, objections)
			}
		})
	}
	t.Run("signatures", func(t *testing.T) { holdForgeries(t, api, suite) })
}

func headerDiff(t *testing.T, one, other string) string {
	t.Helper()
	var a, b map[string]string
	if err := errors.Join(json.Unmarshal([]byte(part(t, one, 0)), &a), json.Unmarshal([]byte(part(t, other, 0)), &b)); err != nil {
		t.Fatal(err)
	}
	var differ []string
	for _, name := range []string{"alg", "kid"} {
		if a[name] != b[name] {
			differ = append(differ, name)
		}
	}
	if len(a) != len(b) {
		differ = append(differ, "members")
	}
	return strings.Join(differ, " ")
}

// holdForgeries shows that who makes the mistake that a signature counts on believes it.
func holdForgeries(t *testing.T, api *api, suite control.BadTokens) {
	first, _ := api.keys.Key(0)
	var public rsa.PublicKey
	if err := jwk.Export(first, &public); err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&public)
	if err != nil {
		t.Fatal(err)
	}
	encoded := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	for name, key := range map[string]any{
		"alg-none":              jwt.UnsafeAllowNoneSignatureType,
		"hs256-with-public-key": encoded,
		"unknown-kid":           &public, // of the good one
	} {
		i := slices.IndexFunc(suite.Cases, func(c control.BadToken) bool { return c.Name == name })
		_, err := jwt.NewParser(jwt.WithoutClaimsValidation()).Parse(suite.Cases[i].Token, func(*jwt.Token) (any, error) { return key, nil })
		if err != nil {
			t.Errorf("%s: golang-jwt does not believe it with what it counts on: %v", name, err)
		}
	}
	i := slices.IndexFunc(suite.Cases, func(c control.BadToken) bool { return c.Name == "wrong-signature" })
	_, err = jwt.NewParser().Parse(suite.Cases[i].Token, func(*jwt.Token) (any, error) { return &public, nil })
	if !errors.Is(err, jwt.ErrTokenSignatureInvalid) {
		t.Errorf("wrong-signature: got %v, want %v", err, jwt.ErrTokenSignatureInvalid)
	}
}

// Cases about system users are left out where there is none, and a long lifetime makes no bad token good.
func TestTheBadSuiteFitsItsClient(t *testing.T) {
	clock := newClock()
	config := seeded(`scopes: [{ name: "mun:lenge", owner: "310000094", access: all, tokenLifetime: 7200s }]`)
	config.Now, config.Issuer = clock.now, "https://maskinporten.no/"
	e := start(t, config)
	suite := e.badTokens(t, url.Values{"client": {ownersClient}, "scope": {"mun:lenge"}})
	var names []string
	for _, c := range suite.Cases {
		names = append(names, c.Name)
		if c.Name == "expired" && claimsOf(t, c.Token)["exp"].(float64) >= float64(clock.now().Unix()) {
			t.Error("the expired token has not expired")
		}
	}
	want := []string{
		"expired", "not-yet-valid", "wrong-signature", "alg-none", "hs256-with-public-key", "unknown-kid", "wrong-issuer",
		"missing-scope", "scope-superstring", "missing-consumer", "consumer-wrong-authority", "extra-audience",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("without a system user, by the issuer of production (-want +got):\n%s", diff)
	}
	named := e.badTokens(t, url.Values{"client": {"fakturapro"}, "systemUser": {"310000027"}, "externalRef": {"avdeling-oslo"}})
	detail := claimsOf(t, named.Good)["authorization_details"].([]any)[0].(map[string]any)
	if detail["externalRef"] != "avdeling-oslo" {
		t.Errorf("got the system user %v, want that of avdeling-oslo", detail)
	}
}

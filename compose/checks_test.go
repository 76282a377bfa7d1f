package compose_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"mpe/compose"
	"mpe/compose/control"
	"mpe/compose/explain"
	"mpe/oauth"
	"mpe/oauth/oauthclient"
)

// provoked is a request that one check refuses.
type provoked struct {
	check  oauth.CheckID
	reason oauth.Reason
	status int
	code   string
	form   url.Values               // nil: a grant in the usual form
	grant  func(*oauthclient.Grant) // changes the good one
	broken []string
	kid    string
}

// elsewhere are the checks that take more to provoke than one grant of one client: see the tests below. token.issue
// cannot refuse.
var elsewhere = []oauth.CheckID{oauth.JWTID, oauth.SystemUserSystem, oauth.TokenIssue}

// Each check refuses something once, with its answer, its reason and its explanation.
func TestEachCheckIsProvokedAndExplained(t *testing.T) {
	e := start(t, compose.Config{})
	cases := checks()
	for _, id := range oauth.CheckOrder {
		if !slices.Contains(elsewhere, id) && !slices.ContainsFunc(cases, func(c provoked) bool { return c.check == id }) {
			t.Errorf("nothing provokes %s", id)
		}
	}
	for _, c := range cases {
		t.Run(string(c.check)+" "+string(c.reason), func(t *testing.T) { e.holdProvoked(t, c) })
	}
}

func checks() []provoked {
	systemUser := func(owner, ref string) func(*oauthclient.Grant) {
		return func(g *oauthclient.Grant) { g.SystemUserOrg, g.ExternalRef = owner, ref }
	}
	const mp303 = "MP-303"
	return []provoked{
		{check: oauth.HTTPForm, reason: oauth.ReasonAssertionMissing, status: 400, code: "invalid_request",
			form: url.Values{"grant_type": {oauth.JWTBearer}}},
		{check: oauth.GrantType, reason: oauth.ReasonGrantTypeUnsupported, status: 400, code: "unsupported_grant_type",
			form: url.Values{"grant_type": {"client_credentials"}}},
		{check: oauth.JWTParse, reason: oauth.ReasonClaimUnknown, status: 400, code: "MP-011", broken: []string{"claim"}},
		{check: oauth.JWTParse, reason: oauth.ReasonNotJWT, status: 400, code: "MP-011", broken: []string{"garble"}},
		{check: oauth.JWTParse, reason: oauth.ReasonLineBreak, status: 400, code: "MP-011", broken: []string{"linebreak"}},
		{check: oauth.JWTParse, reason: oauth.ReasonDetailsObject, status: 400, code: "MP-011", broken: []string{"rar-object"}},
		{check: oauth.JWTParse, reason: oauth.ReasonHeaderCritical, status: 400, code: "MP-011", broken: []string{"crit"}},
		{check: oauth.JWTAlg, reason: oauth.ReasonAlgUnsupported, status: 400, code: "MP-124", broken: []string{"alg"}},
		{check: oauth.JWTAlg, reason: oauth.ReasonAlgUnsupported, status: 400, code: "MP-124", broken: []string{"alg-none"}},
		{check: oauth.JWTAlg, reason: oauth.ReasonAlgUnsupported, status: 400, code: "MP-124", broken: []string{"alg-hs256"}},
		{check: oauth.ClientKnown, reason: oauth.ReasonClientUnknown, status: 400, code: "MP-100", broken: []string{"iss"}},
		{check: oauth.JWTKeyRef, reason: oauth.ReasonKeyRefMissing, status: 400, code: "invalid_grant", broken: []string{"no-kid"}},
		{check: oauth.JWTKeyRef, reason: oauth.ReasonKidRequired, status: 400, code: "invalid_grant", broken: []string{"x5c-org"}},
		{check: oauth.ClientKeyCheck, reason: oauth.ReasonKidUnknown, status: 400, code: "invalid_grant", broken: []string{"kid"}},
		{check: oauth.ClientKeyCheck, reason: oauth.ReasonKeyExpired, status: 400, code: "MP-121", kid: "fakturapro-old"},
		{check: oauth.JWTX5C, reason: oauth.ReasonX5CNotArray, status: 400, code: "MP-123", broken: []string{"x5c-string"}},
		{check: oauth.JWTSignature, reason: oauth.ReasonSignature, status: 400, code: "MP-124", broken: []string{"sig"}},
		{check: oauth.JWTSignature, reason: oauth.ReasonSignature, status: 400, code: "MP-124", broken: []string{"key"}},
		{check: oauth.JWTAudience, reason: oauth.ReasonAudEnvironment, status: 400, code: "MP-110", broken: []string{"aud"}},
		{check: oauth.JWTAudience, reason: oauth.ReasonAudSlash, status: 400, code: "MP-110", broken: []string{"aud-slash"}},
		{check: oauth.JWTAudience, reason: oauth.ReasonAudTokenEndpoint, status: 400, code: "MP-110", broken: []string{"aud-token"}},
		{check: oauth.JWTAudience, reason: oauth.ReasonAudSeveral, status: 400, code: "MP-110", broken: []string{"aud-two"}},
		{check: oauth.JWTIssuedAt, reason: oauth.ReasonIssuedInFuture, status: 400, code: "invalid_grant", broken: []string{"iat"}},
		{check: oauth.JWTIssuedAt, reason: oauth.ReasonIssuedLongAgo, status: 400, code: "invalid_grant", broken: []string{"iat-old"}},
		{check: oauth.JWTIssuedAt, reason: oauth.ReasonMilliseconds, status: 400, code: "invalid_grant", broken: []string{"iat-ms"}},
		{check: oauth.JWTExpiry, reason: oauth.ReasonExpired, status: 400, code: "MP-130", broken: []string{"exp"}},
		{check: oauth.JWTLifetime, reason: oauth.ReasonLifetime, status: 400, code: "invalid_grant", broken: []string{"lifetime"}},
		{check: oauth.ScopeClient, reason: oauth.ReasonScopeNotOnClient, status: 400, code: "MP-200", broken: []string{"scope"}},
		{check: oauth.ScopeType, reason: oauth.ReasonScopeIntegration, status: 400, code: "MP-201",
			grant: func(g *oauthclient.Grant) { g.Scope = "mun:innlogging.read" }},
		{check: oauth.ScopeAccessCheck, reason: oauth.ReasonConsumerNoAccess, status: 403, code: "MP-250",
			grant: func(g *oauthclient.Grant) { g.Scope = "mun:arkiv.read" }},
		{check: oauth.ScopeDelegation, reason: oauth.ReasonNotDelegated, status: 403, code: "MP-251",
			grant: func(g *oauthclient.Grant) { g.Scope, g.ConsumerOrg = "mun:register.read", "310000108" }},
		{check: oauth.DetailsType, reason: oauth.ReasonDetailsType, status: 400, code: "MP-301", broken: []string{"rar-type"}},
		{check: oauth.DetailsFields, reason: oauth.ReasonDetailsField, status: 400, code: "MP-302", broken: []string{"rar-field"}},
		{check: oauth.DetailsFields, reason: oauth.ReasonDetailsLowerCaseID, status: 400, code: "MP-302", broken: []string{"rar-id"}},
		{check: oauth.DetailsValues, reason: oauth.ReasonOrgFormat, status: 400, code: mp303, broken: []string{"rar-value"}},
		{check: oauth.SystemUserMatch, reason: oauth.ReasonExternalRefMissing, status: 400, code: mp303, grant: systemUser("310000043", "")},
		{check: oauth.SystemUserMatch, reason: oauth.ReasonExternalRefMismatch, status: 400, code: mp303, grant: systemUser("310000027", "oslo")},
		{check: oauth.SystemUserMatch, reason: oauth.ReasonSystemUserDeleted, status: 400, code: mp303, grant: systemUser("310000108", "")},
		{check: oauth.SystemUserMatch, reason: oauth.ReasonRequestPending, status: 400, code: mp303, grant: systemUser("310000035", "havorn-1")},
		{check: oauth.SystemUserMatch, reason: oauth.ReasonRequestRejected, status: 400, code: mp303, grant: systemUser("310000086", "")},
		{check: oauth.SystemUserMatch, reason: oauth.ReasonRequestTimedOut, status: 400, code: mp303, grant: systemUser("310000078", "")},
	}
}

func (e *emulator) holdProvoked(t *testing.T, c provoked) {
	form := c.form
	if form == nil {
		g := e.grant()
		if c.grant != nil {
			c.grant(&g)
		}
		kid := c.kid
		if kid == "" {
			kid = vendorKey
		}
		form = url.Values{"grant_type": {oauth.JWTBearer}, "assertion": {sign(t, g, kid, c.broken...)}}
	}
	e.wantRefusal(t, e.post(t, form), c)
}

// wantRefusal holds an answer to what was provoked, on the wire and in the journal.
func (e *emulator) wantRefusal(t *testing.T, got answer, c provoked) {
	t.Helper()
	if got.Status != c.status || got.code() != c.code || got.Header.Get("Mpe-Reason") != string(c.reason) {
		t.Errorf("got %d %s %q (%s), want %d %s %q", got.Status, got.code(), got.Header.Get("Mpe-Reason"),
			got.Description, c.status, c.code, c.reason)
	}
	var entry control.Explained
	e.get(t, "_mpe/v1/journal/"+got.Header.Get("Mpe-Trace-Id"), &entry)
	if failure, _ := entry.Trace.Failure(); failure.ID != c.check {
		t.Errorf("%s failed, want %s", failure.ID, c.check)
	}
	nb, en := entry.Explanation[explain.NB].Text, entry.Explanation[explain.EN].Text
	if nb == nil || en == nil || nb.What == "" || nb.Why == "" || nb.Do == "" || en.Why == "" || en.Do == "" || *nb == *en {
		t.Errorf("explained as %+v and %+v", nb, en)
	}
}

// An accountant's agent acts for itself; its clients are chosen elsewhere.
func TestAskingForAnAgentsClientIsExplained(t *testing.T) {
	const accountants = "5f0c1a52-6c1b-4f6e-9d38-1c0f7a4b9e05"
	var signed control.Signed
	e := start(t, compose.Config{})
	_, body := e.call(t, "POST", "grants", `{"client": "`+accountants+`", "systemUser": "310000078"}`, nil)
	if err := json.Unmarshal([]byte(body), &signed); err != nil {
		t.Fatal(err)
	}
	e.wantRefusal(t, e.send(t, signed.Grant),
		provoked{check: oauth.SystemUserMatch, reason: oauth.ReasonOrgIsClientOfAgent, status: 400, code: "MP-303"})
}

func TestAClientWithoutASystemIsExplained(t *testing.T) {
	const other = "5f0c1a52-6c1b-4f6e-9d38-1c0f7a4b9eff"
	e := start(t, seeded(`clients:
  - clientId: `+other+`
    org: "310000019"
    scopes: ["mun:faktura.read"]
    keys: [{ kid: k, wellKnown: dev }]
`))
	g := e.grant()
	g.ClientID, g.SystemUserOrg = other, "310000027"
	e.wantRefusal(t, e.send(t, sign(t, g, "k")),
		provoked{check: oauth.SystemUserSystem, reason: oauth.ReasonClientNotOnSystem, status: 400, code: "MP-303"})
}

func TestReplayIsExplained(t *testing.T) {
	e := start(t, compose.Config{})
	compact := sign(t, e.grant(), vendorKey)
	if first := e.send(t, compact); first.Status != 200 {
		t.Fatalf("got %d %s", first.Status, first.Description)
	}
	e.wantRefusal(t, e.send(t, compact), provoked{check: oauth.JWTID, reason: oauth.ReasonGrantUsed, status: 400, code: "MP-012"})
}

// A refusal tells the checks that would have failed too, and the token that would have been.
func TestARefusalForeseesTheRest(t *testing.T) {
	e := start(t, compose.Config{})
	g := e.grant()
	g.SystemUserOrg, g.ExternalRef = "310000027", "oslo"
	got := e.send(t, sign(t, g, vendorKey, "aud", "lifetime"))
	var entry control.Explained
	e.get(t, "_mpe/v1/journal/"+got.Header.Get("Mpe-Trace-Id"), &entry)
	outcomes := map[oauth.CheckID]oauth.Outcome{}
	for _, check := range entry.Trace.Checks {
		outcomes[check.ID] = check.Outcome
	}
	for id, want := range map[oauth.CheckID]oauth.Outcome{
		oauth.JWTSignature: oauth.Passed, oauth.JWTAudience: oauth.Failed, oauth.JWTLifetime: oauth.WouldFail,
		oauth.ScopeClient: oauth.WouldPass, oauth.SystemUserMatch: oauth.WouldFail,
	} {
		if outcomes[id] != want {
			t.Errorf("%s is %s, want %s", id, outcomes[id], want)
		}
	}
	if len(entry.Explanation[explain.EN].Also) != 2 {
		t.Errorf("explained %d more mistakes, want 2", len(entry.Explanation[explain.EN].Also))
	}
	var token map[string]any
	if err := json.Unmarshal(entry.Trace.Token, &token); err != nil || token["scope"] != "mun:faktura.read" || entry.Trace.Issued {
		t.Errorf("the token that would have been is %s (%v)", entry.Trace.Token, err)
	}
}

// Neither a grant nor a token can be taken from the journal.
func TestTheJournalHoldsNothingToUse(t *testing.T) {
	e := start(t, compose.Config{})
	compact := sign(t, e.grant(), vendorKey)
	got := e.send(t, compact)
	var entry string
	e.get(t, "_mpe/v1/journal/last", &entry)
	for what, secret := range map[string]string{"grant": compact, "token": got.AccessToken} {
		signature := secret[len(secret)-40:]
		if strings.Contains(entry, signature) || strings.Contains(entry, secret[:60]) {
			t.Errorf("the journal holds the %s", what)
		}
	}
}

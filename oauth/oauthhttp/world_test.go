package oauthhttp_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-jose/go-jose/v4"

	"mpe/compose/redistest"
	"mpe/keys"
	"mpe/oauth"
	"mpe/oauth/oauthhttp"
	"mpe/oauth/oauthredis"
	"mpe/oauth/org"
)

// now is the time of every test here.
var now = time.Unix(1767225600, 0)

const (
	issuer = "https://test.maskinporten.no/"
	client = "11111111-2222-3333-4444-555555555555" // has registered keys
	sealed = "99999999-2222-3333-4444-555555555555" // has none, and uses its enterprise certificate
	vendor = org.Number("991825827")
)

// testKeys are generated once: they take longer than all that is tested with them.
var testKeys = sync.OnceValue(func() map[string]*rsa.PrivateKey {
	made := map[string]*rsa.PrivateKey{}
	for _, name := range []string{"k1", "k2", "stranger", "certificate"} {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		made[name] = key
	}
	return made
})

var signingKey = sync.OnceValue(func() *keys.Key {
	key, err := keys.Generate(rand.Reader, 3072, now)
	if err != nil {
		panic(err)
	}
	return key
})

// world is an issuer with a few clients, and what it recorded.
type world struct {
	handler  http.Handler
	set      *keys.Set
	recorded []oauthhttp.Exchange
}

func (w *world) RecordToken(x oauthhttp.Exchange) { w.recorded = append(w.recorded, x) }

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldWith(t, func(*oauthhttp.Endpoints) {})
}

// newWorldWith is a world in which something is different.
func newWorldWith(t *testing.T, change func(*oauthhttp.Endpoints)) *world {
	t.Helper()
	set, err := keys.NewSet(signingKey())
	if err != nil {
		t.Fatal(err)
	}
	store := oauthredis.New(redistest.Embedded(t), redistest.Prefix())
	fill(t, store)
	w := &world{set: set}
	fixed := func(*http.Request) string { return issuer }
	gin.SetMode(gin.TestMode)
	engine := gin.New()
	endpoints := &oauthhttp.Endpoints{
		Issuer: &oauth.Issuer{
			Registry: store, Grants: store, Delegations: altinn{}, SystemUsers: altinn{},
			Signer: set, Trust: keys.NewTrust(keys.TestAuthority().Certificate),
			Now: func() time.Time { return now }, Rand: zeros{},
		},
		JWKS: set.JWKS, Name: fixed, Base: fixed, Recorder: w,
		Now: func() time.Time { return now }, TraceID: traceIDs(),
	}
	change(endpoints)
	endpoints.Mount(engine)
	w.handler = described(t, engine)
	return w
}

// zeros is randomness that makes every token's jti AAA….
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func traceIDs() func() string {
	var n int
	return func() string {
		n++
		id := strconv.Itoa(n)
		return strings.Repeat("0", 32-len(id)) + id
	}
}

func fill(t *testing.T, store *oauthredis.Store) {
	t.Helper()
	old, current, second := public("old", "stranger"), public("k1", "k1"), public("k2", "k2")
	old.Expires = now.Add(-time.Hour)
	clients := []*oauth.Client{
		{ID: client, Org: vendor, Keys: []oauth.ClientKey{current, second, old}, Scopes: clientScopes},
		{ID: sealed, Org: vendor, Scopes: clientScopes},
		{ID: "inactive", Org: vendor, Keys: []oauth.ClientKey{current}, Scopes: clientScopes, Inactive: true},
	}
	if err := store.PutClients(t.Context(), clients...); err != nil {
		t.Fatal(err)
	}
	if err := store.PutScopes(t.Context(), scopes()...); err != nil {
		t.Fatal(err)
	}
}

func public(kid, key string) oauth.ClientKey {
	return oauth.ClientKey{JWK: jose.JSONWebKey{
		Key: testKeys()[key].Public(), KeyID: kid, Algorithm: "RS256", Use: "sig",
	}}
}

var clientScopes = strings.Fields(`test:read test:write test:deleg test:idp test:open test:closed test:denied test:hour
	test:tenmin test:gone altinn:broker.read altinn:broker.write altinn:serviceowner altinn:serviceowner/instances.read
	altinn:serviceowner/instances.write altinn:correspondence.read altinn:correspondence.write test:s00 test:s01 test:s02
	test:s03 test:s04 test:s05 test:s06 test:s07 test:s08 test:s09 test:s10 test:s11 test:s12`)

// scopes are all that the client has, but for one that was withdrawn.
func scopes() []*oauth.Scope {
	var all []*oauth.Scope
	for _, name := range clientScopes {
		s := &oauth.Scope{Name: name, AccessibleForAll: true}
		switch name {
		case "test:gone":
			continue
		case "test:deleg":
			s.DelegationSource = "https://tt02.altinn.no/"
		case "test:idp":
			s.IntegrationTypes = []string{"idporten"}
		case "test:closed":
			s.AccessibleForAll = false
		case "test:denied":
			s.AccessibleForAll = false
			s.Access = map[org.Number]oauth.ScopeAccess{vendor: {State: "DENIED"}}
		case "test:read":
			s.AccessibleForAll = false
			s.Access = map[org.Number]oauth.ScopeAccess{vendor: {State: oauth.Approved}}
		case "test:hour":
			s.MaxAge = time.Hour
		case "test:tenmin":
			s.MaxAge = 10 * time.Minute
		}
		all = append(all, s)
	}
	return all
}

// altinn is the few system users and delegations that the cases need.
type altinn struct{}

func (altinn) Delegated(_ context.Context, scope string, consumer, supplier org.Number) (bool, error) {
	return scope == "test:deleg" && consumer == "910753614" && supplier == vendor, nil
}

func (altinn) FindSystemUser(_ context.Context, q oauth.SystemUserQuery) (oauth.SystemUser, error) {
	const ref = "ed1c38f4-f528-4ef1-8652-b1aeb8563dfe"
	switch {
	case q.Client != client || q.Vendor != vendor:
		return oauth.SystemUser{}, &oauth.NoSystemUser{Check: oauth.SystemUserSystem, Reason: oauth.ReasonClientNotOnSystem}
	case q.Owner == "310702641" && (q.ExternalRef == "" || q.ExternalRef == ref):
		return oauth.SystemUser{ID: "f950ddae-06c3-4b57-b940-702417a90df0", System: "991825827_smartcloud"}, nil
	default:
		return oauth.SystemUser{}, &oauth.NoSystemUser{Check: oauth.SystemUserMatch, Reason: oauth.ReasonExternalRefMissing}
	}
}

func (w *world) post(form, contentType string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/token", strings.NewReader(form))
	r.Header.Set("Content-Type", contentType)
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, r)
	return answer
}

func (w *world) published(t *testing.T) jose.JSONWebKey {
	t.Helper()
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(w.set.JWKS(), &set); err != nil || len(set.Keys) != 1 {
		t.Fatalf("published %d keys: %v", len(set.Keys), err)
	}
	return set.Keys[0]
}

func (w *world) kid() string {
	var set struct{ Keys []struct{ KID string } }
	_ = json.Unmarshal(w.set.JWKS(), &set)
	return set.Keys[0].KID
}

func (w *world) verify(t *testing.T, signed string, signature []byte) {
	t.Helper()
	digest := sha256.Sum256([]byte(signed))
	key := w.published(t).Key.(*rsa.PublicKey)
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature); err != nil {
		t.Errorf("the token's signature: %v", err)
	}
}

// key is who signs a grant.
func (w *world) key(t *testing.T, name string) *rsa.PrivateKey {
	t.Helper()
	if key, found := testKeys()[name]; found {
		return key
	}
	return testKeys()["certificate"]
}

// sign makes a compact JWS whose header is exactly the given one. An alg that no RSA key fits gets a signature that
// nobody looks at.
func sign(t *testing.T, key *rsa.PrivateKey, header, claims string) string {
	t.Helper()
	var h struct{ Alg string }
	if err := json.Unmarshal([]byte(header), &h); err != nil {
		t.Fatal(err)
	}
	hash := map[string]crypto.Hash{"RS384": crypto.SHA384, "RS512": crypto.SHA512}[h.Alg]
	if hash == 0 {
		hash = crypto.SHA256
	}
	signed := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." +
		base64.RawURLEncoding.EncodeToString([]byte(claims))
	digest := hash.New()
	digest.Write([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, key, hash, digest.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

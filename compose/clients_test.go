package compose_test

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	jwxt "github.com/lestrrat-go/jwx/v3/jwt"

	"mpe/compose"
	"mpe/oauth/oauthclient"
)

// Clients that nobody here wrote sign a grant, take a token and validate it with the published keys.
func TestOtherClientsGetAndValidateTokens(t *testing.T) {
	e := start(t, compose.Config{})
	for name, c := range map[string]struct {
		sign     func(*testing.T, *emulator) string
		validate func(*testing.T, *emulator, string) (consumer string)
	}{
		"golang-jwt signs, go-oidc validates": {signWithGolangJWT, validateWithOIDC},
		"jwx signs and validates":             {signWithJWX, validateWithJWX},
		"jwx signs, golang-jwt validates":     {signWithJWX, validateWithGolangJWT},
	} {
		t.Run(name, func(t *testing.T) {
			got := e.send(t, c.sign(t, e))
			if got.Status != http.StatusOK {
				t.Fatalf("got %d %s", got.Status, got.Description)
			}
			if consumer := c.validate(t, e, got.AccessToken); consumer != "0192:310000019" {
				t.Errorf("the token's consumer is %q, want 0192:310000019", consumer)
			}
		})
	}
}

func signWithGolangJWT(t *testing.T, e *emulator) string {
	t.Helper()
	now := time.Now()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"aud": e.URL, "iss": vendorClient, "scope": "mun:faktura.read", "jti": uuid.NewString(),
		"iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	})
	token.Header["kid"] = vendorKey
	compact, err := token.SignedString(oauthclient.DevKey())
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

func signWithJWX(t *testing.T, e *emulator) string {
	t.Helper()
	now := time.Now()
	token, err := jwxt.NewBuilder().Audience([]string{e.URL}).Issuer(vendorClient).JwtID(uuid.NewString()).
		IssuedAt(now).Expiration(now.Add(time.Minute)).Claim("scope", "mun:faktura.read").
		Claim("authorization_details", []any{map[string]any{
			"type":           "urn:altinn:systemuser",
			"systemuser_org": map[string]string{"authority": "iso6523-actorid-upis", "ID": "0192:310000027"},
		}}).Build()
	if err != nil {
		t.Fatal(err)
	}
	headers := jws.NewHeaders()
	if err := headers.Set(jws.KeyIDKey, vendorKey); err != nil {
		t.Fatal(err)
	}
	signed, err := jwxt.Sign(token, jwxt.WithKey(jwa.RS256(), oauthclient.DevKey(), jws.WithProtectedHeaders(headers)))
	if err != nil {
		t.Fatal(err)
	}
	return string(signed)
}

func validateWithOIDC(t *testing.T, e *emulator, token string) string {
	t.Helper()
	keys := oidc.NewRemoteKeySet(t.Context(), e.URL+"jwk")
	payload, err := keys.VerifySignature(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Consumer struct{ ID string }
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return claims.Consumer.ID
}

func published(ctx context.Context, t *testing.T, e *emulator) jwk.Set {
	t.Helper()
	set, err := jwk.Fetch(ctx, e.URL+"jwk")
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func validateWithJWX(t *testing.T, e *emulator, token string) string {
	t.Helper()
	parsed, err := jwxt.Parse([]byte(token), jwxt.WithKeySet(published(t.Context(), t, e)), jwxt.WithIssuer(e.URL))
	if err != nil {
		t.Fatal(err)
	}
	var consumer map[string]any
	if err := parsed.Get("consumer", &consumer); err != nil {
		t.Fatal(err)
	}
	id, _ := consumer["ID"].(string)
	return id
}

func validateWithGolangJWT(t *testing.T, e *emulator, token string) string {
	t.Helper()
	var claims struct {
		jwt.RegisteredClaims
		Consumer struct{ ID string }
		Details  []struct {
			SystemUserID []string `json:"systemuser_id"`
		} `json:"authorization_details"`
	}
	_, err := jwt.ParseWithClaims(token, &claims, func(parsed *jwt.Token) (any, error) {
		kid, _ := parsed.Header["kid"].(string)
		key, _ := published(t.Context(), t, e).LookupKeyID(kid)
		var public rsa.PublicKey
		return &public, jwk.Export(key, &public)
	}, jwt.WithIssuer(e.URL), jwt.WithValidMethods([]string{"RS256"}))
	if err != nil {
		t.Fatal(err)
	}
	if len(claims.Details) != 1 || len(claims.Details[0].SystemUserID) != 1 {
		t.Errorf("the token's authorization_details are %+v, want one system user", claims.Details)
	}
	return claims.Consumer.ID
}

package console_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"mpe/oauth/oauthclient"
)

// A request by API is approved in the browser, and a client that nobody here wrote gets the token; deleted in the
// browser, the system user is not found, and the reason says who deleted it.
func TestFromARequestToATokenAndBack(t *testing.T) {
	w := newWorld(t)
	var asked struct{ ID, ConfirmURL string }
	w.vendor(http.MethodPost, "systemuser/request/vendor", `{"systemId": "310000019_fakturapro", "partyOrgNo": "310000035",
		"externalRef": "butikk", "rights": [{"resource": [{"id": "urn:altinn:resource", "value": "mun-fakturagrunnlag"}]}],
		"redirectUrl": "`+w.site+`"}`, &asked)
	if _, err := w.token("butikk"); err == nil || !strings.Contains(err.Error(), "invalid_altinn_customer_configuration") {
		t.Errorf("before the approval: got %v, want MP-303", err)
	}
	b := browse(t, w.url, visit{lang: "nb"})
	b.logIn(strings.TrimPrefix(asked.ConfirmURL, w.url), hawkManager)
	b.follow("button", b.name("approve"))
	b.backAt(w.site)
	token, err := w.token("butikk")
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		jwt.RegisteredClaims
		Details []struct {
			ID []string `json:"systemuser_id"`
		} `json:"authorization_details"`
	}
	if _, _, err := jwt.NewParser().ParseUnverified(token, &claims); err != nil || len(claims.Details) != 1 || claims.Details[0].ID[0] != asked.ID {
		t.Errorf("the token says %+v (%v), want the system user %s", claims, err, asked.ID)
	}
	b.logIn(userPages+asked.ID, hawkManager) // answering has logged the person out
	b.click("button", b.name("delete"))
	b.followTo(b.inDialog("button", b.name("delete")))
	if _, err := w.token("butikk"); err == nil || !strings.Contains(err.Error(), "invalid_altinn_customer_configuration") {
		t.Errorf("after it was deleted: got %v, want MP-303", err)
	}
	var journal struct {
		Entries []struct{ Reason string }
	}
	if err := json.Unmarshal([]byte(w.control(http.MethodGet, "journal?endpoint=token&limit=1", "")), &journal); err != nil {
		t.Fatal(err)
	}
	if len(journal.Entries) != 1 || journal.Entries[0].Reason != "systemuser-deleted" {
		t.Errorf("the journal says %+v, want systemuser-deleted", journal)
	}
}

// vendor calls Altinn's API in the vendor's name.
func (w *world) vendor(method, path, body string, into any) {
	w.t.Helper()
	var minted struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(w.control(http.MethodPost, "tokens", `{"scope": "altinn:authentication/systemuser.request.write"}`)), &minted); err != nil {
		w.t.Fatal(err)
	}
	r, err := http.NewRequest(method, w.url+"authentication/api/v1/"+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+minted.Token)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil || answer.StatusCode >= 300 {
		w.t.Fatalf("%s %s: %s, %v", method, path, answer.Status, err)
	}
}

// token is one for the system user, fetched by golang.org/x/oauth2 with a grant that golang-jwt has signed.
func (w *world) token(externalRef string) (string, error) {
	w.t.Helper()
	grant := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"aud": w.url, "iss": "5f0c1a52-6c1b-4f6e-9d38-1c0f7a4b9e01", "scope": "mun:faktura.read", "jti": rand.Text(),
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
		"authorization_details": []any{map[string]any{
			"type":           "urn:altinn:systemuser",
			"systemuser_org": map[string]any{"authority": "iso6523-actorid-upis", "ID": "0192:310000035"},
			"externalRef":    externalRef,
		}},
	})
	grant.Header["kid"] = "fakturapro-2026"
	assertion, err := grant.SignedString(oauthclient.DevKey())
	if err != nil {
		w.t.Fatal(err)
	}
	client := clientcredentials.Config{
		TokenURL: w.url + "token", AuthStyle: oauth2.AuthStyleInParams,
		EndpointParams: map[string][]string{
			"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion},
		},
	}
	token, err := client.Token(context.Background())
	if err != nil {
		return "", err
	}
	return token.AccessToken, nil
}

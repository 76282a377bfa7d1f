package compose_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"mpe/oauth"
	"mpe/oauth/oauthclient"
)

// BenchmarkAltinn measures Altinn's APIs as BenchmarkToken does the token endpoint: calls a second of the binary on one
// core, over 16 connections.
func BenchmarkAltinn(b *testing.B) {
	binary := os.Getenv("MPE_BENCH_BINARY")
	if binary == "" {
		b.Skip("MPE_BENCH_BINARY does not name the binary to measure: use make bench")
	}
	for _, users := range []int{10, 100_000} {
		b.Run(fmt.Sprintf("%d-system-users", users), func(b *testing.B) {
			s := startServer(b, binary, benchSeed(b, 10, users, 1000), "")
			token := benchToken(b, s)
			api := s.Issuer + altinnAPI
			for _, c := range []struct {
				name string
				path func(i int) string
				body func(i int) string // nil: a GET
			}{
				{"register-read", func(int) string { return "systemregister/vendor/" + benchVendor + "_bench" }, nil},
				{"byExternalId", func(i int) string {
					return "systemuser/byExternalId?" + url.Values{
						"clientId": {clientID(0)}, "systemProviderOrgNo": {benchVendor}, "systemUserOwnerOrgNo": {orgNumber(i * 7919 % users)},
					}.Encode()
				}, nil},
				{"list-page", func(int) string { return "systemuser/vendor/bysystem/" + benchVendor + "_bench" }, nil},
				{"request-creation", func(int) string { return "systemuser/request/vendor" }, func(i int) string {
					return fmt.Sprintf(`{"systemId": "%s_bench", "partyOrgNo": "%s", "externalRef": "%d-%s",
						"accessPackages": [{"urn": "urn:altinn:accesspackage:skattegrunnlag"}]}`, benchVendor, orgNumber(i%1000), i, rand.Text())
				}},
			} {
				b.Run(c.name, func(b *testing.B) {
					for b.Loop() {
						b.ReportMetric(benchCalls(b, token, func(i int) (string, string) {
							if c.body == nil {
								return api + c.path(i), ""
							}
							return api + c.path(i), c.body(i)
						}), "calls/s")
					}
				})
			}
		})
	}
}

// BenchmarkDecision measures the policy decision point in the same way, for system users with an access package and with
// a single right, among a thousand resources.
func BenchmarkDecision(b *testing.B) {
	binary := os.Getenv("MPE_BENCH_BINARY")
	if binary == "" {
		b.Skip("MPE_BENCH_BINARY does not name the binary to measure: use make bench")
	}
	for _, users := range []int{10, 100_000} {
		b.Run(fmt.Sprintf("%d-system-users", users), func(b *testing.B) {
			s := startServer(b, binary, benchSeed(b, 10, users, 1000), "")
			token := exchange(b, s, benchToken(b, s))
			for kind, name := range []string{"package", "single-right"} {
				b.Run(name, func(b *testing.B) {
					ask := func(i int) (string, string) {
						user := (2*i + kind) % users
						return s.Issuer + "authorization/api/v1/authorize", authorizationRequest(benchUser(user), "write", "bench-7", orgNumber(user))
					}
					b.ReportMetric(benchCalls(b, token, ask), "first/s") // in the large world each is about another system user
					for b.Loop() {
						b.ReportMetric(benchCalls(b, token, ask), "decisions/s")
					}
				})
			}
		})
	}
}

// exchange is the token of Altinn's for one of Maskinporten's.
func exchange(b *testing.B, s server, token string) string {
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, s.Issuer+altinnAPI+"exchange/maskinporten", nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		b.Fatal(answer.Status, string(body), err)
	}
	return string(body)
}

// benchToken is one with all the scopes that the calls need.
func benchToken(b *testing.B, s server) string {
	grant, err := oauthclient.Grant{
		ClientID: clientID(0), Audience: s.Issuer, Scope: benchScopes, IssuedAt: time.Now(),
	}.Sign(rand.Reader, oauthclient.Key{ID: "dev", Alg: "RS256", Signer: oauthclient.DevKey()})
	if err != nil {
		b.Fatal(err)
	}
	answer, err := http.PostForm(s.TokenEndpoint, url.Values{"grant_type": {oauth.JWTBearer}, "assertion": {grant}})
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Body.Close()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&token); err != nil || token.AccessToken == "" {
		b.Fatal("no token: ", answer.Status, err)
	}
	return token.AccessToken
}

// benchCalls is how many calls a second are answered.
func benchCalls(b *testing.B, token string, call func(i int) (address, body string)) float64 {
	client := wakefulClient()
	defer client.CloseIdleConnections()
	const calls = 4000
	next := make(chan int)
	var workers sync.WaitGroup
	start := time.Now()
	for range connections {
		workers.Go(func() {
			for i := range next {
				address, body := call(i)
				if err := benchCall(client, token, address, body); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for i := range calls {
		next <- i
	}
	close(next)
	workers.Wait()
	return calls / time.Since(start).Seconds()
}

func benchCall(client *http.Client, token, address, body string) error {
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	r, err := http.NewRequest(method, address, bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s %s", method, address, answer.Status, read)
	}
	return err
}

package compose_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mpe/compose"
	"mpe/oauth"
	"mpe/oauth/oauthclient"
)

// BenchmarkReset measures a reset to the demo after as many requests for system users as are named, over HTTP.
func BenchmarkReset(b *testing.B) {
	for _, requests := range []int{0, 10_000} {
		b.Run(fmt.Sprintf("%d-requests", requests), func(b *testing.B) {
			e, url := benchEmulator(b)
			for b.Loop() {
				b.StopTimer()
				if err := e.AddRequests(b.Context(), requests); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				callControl(b, http.MethodPost, url+"/_mpe/v1/reset", "", http.StatusNoContent)
			}
		})
	}
}

// BenchmarkSandbox measures how long it takes to make a sandbox with the demo as its seed, over HTTP.
func BenchmarkSandbox(b *testing.B) {
	_, url := benchEmulator(b)
	i := 0
	for b.Loop() {
		i++
		callControl(b, http.MethodPost, url+"/_mpe/v1/sandboxes", fmt.Sprintf(`{"id":"box%d"}`, i), http.StatusCreated)
		b.StopTimer()
		callControl(b, http.MethodDelete, fmt.Sprintf("%s/_mpe/v1/sandboxes/box%d", url, i), "", http.StatusNoContent)
		b.StartTimer()
	}
}

func benchEmulator(b *testing.B) (*compose.Emulator, string) {
	b.Helper()
	e, err := compose.New(b.Context(), compose.Config{MaxIssuedAge: 2 * time.Minute}) // grants are signed before the clock starts
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(e.Handler())
	b.Cleanup(func() { server.Close(); _ = e.Close(b.Context()) })
	return e, server.URL
}

func callControl(b *testing.B, method, url, body string, want int) {
	b.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != want {
		b.Fatalf("%s %s: got %s", method, url, answer.Status)
	}
}

// BenchmarkRestore measures going back to a snapshot of the demo, over HTTP.
func BenchmarkRestore(b *testing.B) {
	e, url := benchEmulator(b)
	taken, err := e.TakeSnapshot(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		callControl(b, http.MethodPost, url+"/_mpe/v1/snapshots/"+taken+":restore", "", http.StatusNoContent)
	}
}

// BenchmarkSeed measures taking the demo's seed when all is as it says already, over HTTP.
func BenchmarkSeed(b *testing.B) {
	_, url := benchEmulator(b)
	for b.Loop() {
		callControl(b, http.MethodPost, url+"/_mpe/v1/seed", string(compose.Demo().Data), http.StatusOK)
	}
}

// BenchmarkEntity measures a change of one client, over HTTP.
func BenchmarkEntity(b *testing.B) {
	_, url := benchEmulator(b)
	i := 0
	for b.Loop() {
		i++
		callControl(b, http.MethodPatch, url+"/_mpe/v1/clients/"+vendorClient, fmt.Sprintf(`{"name":"%d"}`, i), http.StatusOK)
	}
}

// BenchmarkManySandboxes measures tokens for system users in 200 sandboxes at once, 20 in each one after the other, with
// client and emulator in one process.
func BenchmarkManySandboxes(b *testing.B) {
	const many, each = 200, 20
	_, address := benchEmulator(b)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: many}}
	key := oauthclient.Key{ID: vendorKey, Signer: oauthclient.DevKey()}
	var latencies []time.Duration
	for b.Loop() {
		b.StopTimer()
		var forms [many][each]string
		for i := range many {
			callControl(b, http.MethodPost, address+"/_mpe/v1/sandboxes", fmt.Sprintf(`{"id":"box%d"}`, i), http.StatusCreated)
			for n := range each {
				grant := oauthclient.Grant{
					ClientID: vendorClient, Audience: fmt.Sprintf("%s/s/box%d/", address, i), Scope: "mun:faktura.read",
					IssuedAt: time.Now(), Lifetime: 120 * time.Second, SystemUserOrg: "310000027",
				}
				compact, err := grant.Sign(rand.Reader, key)
				if err != nil {
					b.Fatal(err)
				}
				forms[i][n] = "grant_type=" + url.QueryEscape(oauth.JWTBearer) + "&assertion=" + compact
			}
		}
		took := make([]time.Duration, many*each)
		var group sync.WaitGroup
		b.StartTimer()
		for i := range many {
			group.Go(func() {
				for n, form := range forms[i] {
					began := time.Now()
					if err := post(client, fmt.Sprintf("%s/s/box%d/token", address, i), form); err != nil {
						b.Error(err)
					}
					took[i*each+n] = time.Since(began)
				}
			})
		}
		group.Wait()
		b.StopTimer()
		latencies = append(latencies, took...)
		for i := range many {
			callControl(b, http.MethodDelete, fmt.Sprintf("%s/_mpe/v1/sandboxes/box%d", address, i), "", http.StatusNoContent)
		}
		b.StartTimer()
	}
	slices.Sort(latencies)
	b.ReportMetric(float64(many*each*b.N)/b.Elapsed().Seconds(), "tokens/s")
	b.ReportMetric(float64(latencies[len(latencies)/2].Milliseconds()), "p50-ms")
	b.ReportMetric(float64(latencies[len(latencies)*99/100].Milliseconds()), "p99-ms")
}

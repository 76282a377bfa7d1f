package compose_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mpe/compose"
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
	e, err := compose.New(b.Context(), compose.Config{})
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

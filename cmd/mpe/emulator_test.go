package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
)

// A refusal of the control API ends the command with the code that says whose turn it is.
func TestExitAfterARefusal(t *testing.T) {
	for status, want := range map[int]int{
		http.StatusBadRequest:          exitUsage,
		http.StatusNotFound:            exitUsage,
		http.StatusConflict:            exitRefused,
		http.StatusUnprocessableEntity: exitUsage,
		http.StatusTooManyRequests:     exitNotReady,
		http.StatusInternalServerError: exitUnexpected,
		http.StatusServiceUnavailable:  exitNotReady,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(`{"title":"No","detail":"Why."}`))
		}))
		err := patient(nil).emulator(server.URL).control(t.Context(), http.MethodPost, "reset", nil, nil)
		f, ok := errors.AsType[*failure](err)
		if !ok || f.code != want || f.what != "no" || f.why != "Why." {
			t.Errorf("after %d: got %+v, want exit code %d", status, err, want)
		}
		server.Close()
	}
}

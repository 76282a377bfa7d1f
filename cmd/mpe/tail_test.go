package main

import (
	"testing"
	"time"

	"mpe/compose/journal"
)

func TestNothingThatWasSentSteersTheTerminal(t *testing.T) {
	got := entryLine(journal.Entry{
		ID: "0af7651916cd43dd8448eb211c80319c", Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Verdict: journal.Refused,
		Method: "GET", Path: "/\x1b[2J", Status: 400, Micros: 1234, Error: "invalid_request", Scope: "a\nb\u202e", Client: "ø",
	})
	want := "03:04:05  refused   400  GET /\ufffd[2J  invalid_request  client=ø  scope=a\ufffdb\ufffd  1.234ms  0af7651916cd43dd8448eb211c80319c"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

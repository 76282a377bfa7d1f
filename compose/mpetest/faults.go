package mpetest

import (
	"crypto/rand"
	"strings"
	"time"

	"mpe/compose/seed"
)

// Faults spoil answers on purpose.
type Faults struct{ api *api }

// Effect is a part of a fault.
type Effect func(*seed.Fault)

// Code refuses with that code: MP-250 at the token endpoint, AUTH-00001 and others At an endpoint of Altinn's.
func Code(code string) Effect { return func(f *seed.Fault) { f.Then.Code = code } }

// Status answers with that status, and a page that is no JSON.
func Status(status int) Effect { return func(f *seed.Fault) { f.Then.Status = status } }

// Delay answers so much later, by the machine's clock.
func Delay(d time.Duration) Effect { return func(f *seed.Fault) { f.Then.Delay = seed.Duration(d) } }

// Connection breaks it: reset, empty, truncate or timeout.
func Connection(how string) Effect { return func(f *seed.Fault) { f.Then.Connection = how } }

// Defect issues a token with that defect, such as expired.
func Defect(name string) Effect { return func(f *seed.Fault) { f.Then.Token = name } }

// At spoils another endpoint than token: jwks, metadata, exchange, systemregister, request, systemuser, pdp or any.
func At(endpoint string) Effect { return func(f *seed.Fault) { f.When.Endpoint = endpoint } }

// Times spoils so many answers in place of one.
func Times(n int) Effect { return func(f *seed.Fault) { f.Times = n } }

// Next spoils the next answer of the token endpoint. Faults that were there before come first.
func (f Faults) Next(t T, effects ...Effect) {
	t.Helper()
	fault := seed.Fault{
		ID: "next-" + strings.ToLower(rand.Text()[:8]), When: seed.FaultWhen{Endpoint: "token"}, Probability: 1, Times: 1,
	}
	for _, effect := range effects {
		effect(&fault)
	}
	f.Add(t, fault)
}

// Add adds any rule. Its zero Probability is never: 1 is always.
func (f Faults) Add(t T, rule seed.Fault) {
	t.Helper()
	f.api.must(t, "POST", "faults", rule, nil)
}

// Clear takes all of them away.
func (f Faults) Clear(t T) {
	t.Helper()
	f.api.must(t, "DELETE", "faults", nil, nil)
}

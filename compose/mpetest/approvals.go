package mpetest

import (
	"net/url"
	"time"

	"mpe/compose/control"
)

// Approvals is who answers requests for system users that are made from now on: nobody, unless the seed says so.
type Approvals struct{ api *api }

// Auto has customers approve at once.
func (a Approvals) Auto(t T) { t.Helper(); a.set(t, "auto") }

// After has customers approve when so much time has passed by the emulator's clock.
func (a Approvals) After(t T, d time.Duration) { t.Helper(); a.set(t, "auto-after:"+d.String()) }

// Reject has customers say no at once.
func (a Approvals) Reject(t T) { t.Helper(); a.set(t, "reject") }

// Manual leaves requests to Requests.
func (a Approvals) Manual(t T) { t.Helper(); a.set(t, "manual") }

func (a Approvals) set(t T, mode string) {
	t.Helper()
	a.api.must(t, "PATCH", "settings", control.Settings{Approvals: mode}, nil)
}

// Requests are those for system users, and for changes of them.
type Requests struct{ api *api }

// All are the requests that are not deleted, the newest first.
func (r Requests) All(t T) []control.Request {
	t.Helper()
	var listed struct{ Requests []control.Request }
	r.api.must(t, "GET", "requests", nil, &listed)
	return listed.Requests
}

// Approve says yes to the request in the customer's place.
func (r Requests) Approve(t T, id string) control.Request { t.Helper(); return r.act(t, id, "approve") }

// Reject says no.
func (r Requests) Reject(t T, id string) control.Request { t.Helper(); return r.act(t, id, "reject") }

func (r Requests) act(t T, id, action string) (answered control.Request) {
	t.Helper()
	r.api.must(t, "POST", "requests/"+url.PathEscape(id)+":"+action, nil, &answered)
	return answered
}

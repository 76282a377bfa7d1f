package mpetest

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"mpe/compose/control"
	"mpe/compose/journal"
)

// Journal is what the server was asked and has answered, its newest 5000 exchanges.
type Journal struct{ api *api }

// RequireToken ends the test unless a token was issued, at least one, for a grant with all of these. What it says then is
// which grant came nearest, and in what it differed.
func (j Journal) RequireToken(t T, claims ...Claim) {
	t.Helper()
	j.verify(t, issued(claims), journal.Count{}, 0)
}

// RequireTokens ends the test unless exactly so many tokens were issued for such grants: 1 for an application that keeps its
// token, 0 for one that should not have asked.
func (j Journal) RequireTokens(t T, n int, claims ...Claim) {
	t.Helper()
	j.verify(t, issued(claims), journal.Count{Eq: &n}, 0)
}

// Await is RequireToken that waits for such a token, if need be, for so long by the machine's clock and 5 minutes at most.
// It returns the newest.
func (j Journal) Await(t T, patience time.Duration, claims ...Claim) journal.Entry {
	t.Helper()
	found := j.verify(t, issued(claims), journal.Count{}, patience)
	return j.entry(t, found.Matched[len(found.Matched)-1])
}

// Require ends the test unless there is an exchange with all of these, or with a count that many. A path is a member of
// journal.Entry, as "endpoint", "code" and "status", or leads into the grant or the token, as "grant.scope".
func (j Journal) Require(t T, match map[string]any, count ...int) {
	t.Helper()
	var wanted journal.Count
	if len(count) > 0 {
		wanted.Eq = &count[0]
	}
	j.verify(t, match, wanted, 0)
}

// Last is the newest exchange.
func (j Journal) Last(t T) journal.Entry { t.Helper(); return j.entry(t, "last") }

func (j Journal) entry(t T, id string) (found journal.Entry) {
	t.Helper()
	j.api.must(t, "GET", "journal/"+id, nil, &found)
	return found
}

// issued are the conditions for a token with the claims.
func issued(claims []Claim) map[string]any {
	match := map[string]any{"endpoint": "token", "verdict": journal.Issued}
	for _, c := range claims {
		match[c.path] = c.want
	}
	return match
}

func (j Journal) verify(t T, match map[string]any, count journal.Count, patience time.Duration) (result control.Verified) {
	t.Helper()
	body := map[string]any{"match": match, "count": count, "wait": patience.String()}
	status, answer, err := j.api.send("POST", "journal/verify", body)
	if err != nil {
		t.Fatalf("mpetest: %v", err)
	}
	if err := json.Unmarshal(answer, &result); err != nil || result.Message == "" {
		t.Fatalf("mpetest: POST journal/verify: %d: %s", status, detail(answer))
	}
	if !result.OK {
		t.Fatalf("mpetest: %s%s", result.Message, differences(result.Nearest))
	}
	return result
}

// differences are those of the nearest.
func differences(nearest []journal.NearMiss) string {
	if len(nearest) == 0 {
		return ""
	}
	var all []string
	for _, d := range nearest[0].Diff {
		all = append(all, fmt.Sprintf("%s is %s, want %s", d.Path, d.Got, d.Want))
	}
	return " (" + strings.Join(all, "; ") + ")"
}

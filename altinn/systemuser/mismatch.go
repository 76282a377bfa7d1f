package systemuser

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"mpe/altinn/system"
)

// Mismatch is the nearest explanation of why no system user matches. Altinn and Maskinporten keep it to themselves.
type Mismatch struct {
	Reason Reason
	Facts  map[string]string // by the names that stand behind each Reason; what is not known is left out
}

// Reason says what kept a system user from matching. The names are part of mpe's API; behind each stand its facts.
type Reason string

// The reasons, in the order in which they are looked for.
const (
	SystemDeleted       Reason = "system-deleted"         // system
	ClientNotOnSystem   Reason = "client-not-on-system"   // client, vendor, systems
	ExternalRefMissing  Reason = "externalref-missing"    // owner, system, nearest, refs
	ExternalRefMismatch Reason = "externalref-mismatch"   // owner, system, got, nearest, refs
	SystemUserDeleted   Reason = "systemuser-deleted"     // owner, system, systemuser, by, at
	RequestPending      Reason = "request-pending"        // owner, system, request
	RequestRejected     Reason = "request-rejected"       // owner, system, request, by, at
	RequestDenied       Reason = "request-denied"         // owner, system, request, by, at
	RequestTimedOut     Reason = "request-timedout"       // owner, system, request, created
	OrgIsClientOfAgent  Reason = "org-is-client-of-agent" // org, owner, system
	OtherVendor         Reason = "other-vendor"           // owner, system, vendor
	NoSystemUser        Reason = "no-systemuser"          // owner, system, ref
)

// String is the reason with its facts, in the order of their names.
func (m Mismatch) String() string {
	facts := make([]string, 0, len(m.Facts))
	for _, name := range slices.Sorted(maps.Keys(m.Facts)) {
		facts = append(facts, name+" "+m.Facts[name])
	}
	return string(m.Reason) + ": " + strings.Join(facts, ", ")
}

// OfSystem tells whether the system is to blame: it cannot be reached with the client, whoever the owner is.
func (m Mismatch) OfSystem() bool { return m.Reason == ClientNotOnSystem || m.Reason == SystemDeleted }

// mismatch leaves out the facts that are not known.
func mismatch(reason Reason, facts map[string]string) Mismatch {
	maps.DeleteFunc(facts, func(_, fact string) bool { return fact == "" })
	return Mismatch{Reason: reason, Facts: facts}
}

// WhyNot explains at now a query that ByExternalID found nothing for.
func (f *Finder) WhyNot(ctx context.Context, q Query, now time.Time) (Mismatch, error) {
	systems, err := f.Systems.SystemsOfClient(ctx, q.Vendor, q.ClientID)
	if err != nil {
		return Mismatch{}, fmt.Errorf("systems of client %q: %w", q.ClientID, err)
	}
	if len(systems) == 0 {
		return f.whyNoSystem(ctx, q)
	}
	near, err := f.near(ctx, q, systems)
	if err != nil {
		return Mismatch{}, err
	}
	near.now = now
	return near.explain(), nil
}

// whyNoSystem explains a client that reaches no system of its vendor.
func (f *Finder) whyNoSystem(ctx context.Context, q Query) (Mismatch, error) {
	systems, err := f.Systems.SystemsOfVendor(ctx, q.Vendor)
	if err != nil {
		return Mismatch{}, fmt.Errorf("systems of %s: %w", q.Vendor, err)
	}
	formerly := filter(systems, func(s *system.System) bool { return s.HasClient(q.ClientID) && !s.Deleted.IsZero() })
	if len(formerly) > 0 {
		return mismatch(SystemDeleted, map[string]string{"system": list(ids(formerly))}), nil
	}
	live := filter(systems, func(s *system.System) bool { return s.Deleted.IsZero() })
	return mismatch(ClientNotOnSystem, map[string]string{
		"client":  q.ClientID,
		"vendor":  string(q.Vendor),
		"systems": list(ids(live)),
	}), nil
}

func ids(systems []*system.System) []string {
	all := make([]string, len(systems))
	for i, s := range systems {
		all[i] = s.ID
	}
	return all
}

// list writes the distinct names in order.
func list(names []string) string { return strings.Join(sorted(names), ", ") }

// sorted are the distinct names in order.
func sorted(names []string) []string { return slices.Compact(slices.Sorted(slices.Values(names))) }

// instant is a time as facts have it; empty when there was none.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

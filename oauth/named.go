package oauth

import (
	"slices"
	"strings"
)

// named are the refusals that people know by name, each with the check that gives it. Of several with one number it is
// the one that is met most.
var named = []namedRefusal{
	{invalidParameter, JWTParse},
	{grantUsed, JWTID},
	{clientNotFound, ClientKnown},
	{invalidAudience, JWTAudience},
	{invalidCert, JWTX5C},
	{expiredKey, ClientKeyCheck},
	{otherOrg, JWTX5C},
	{invalidX5C, JWTX5C},
	{invalidSignature, JWTSignature},
	{expiredGrant, JWTExpiry},
	{scopeNotOnClient, ScopeClient},
	{scopeNotAllowed, ScopeType},
	{noAccess, ScopeAccessCheck},
	{notDelegated, ScopeDelegation},
	{unknownDetails, DetailsType},
	{unknownField, DetailsFields},
	{noSystemUser, SystemUserMatch},
	{malfunction, TokenIssue},
}

type namedRefusal struct {
	refusal
	check CheckID
}

func (r refusal) name() string {
	if r.reason != "" {
		return r.reason
	}
	return r.code
}

// Names are the names that Refuse knows: Maskinporten's numbers, and server_error.
func Names() []string {
	names := make([]string, len(named))
	for i, n := range named {
		names[i] = n.name()
	}
	return names
}

// Subject is what some of the refusals name.
type Subject struct {
	Scopes             []string
	Consumer, Supplier string
}

// Refuse is the refusal of that name, as Maskinporten tells it of the subject, and the check that it comes from; false:
// there is none. It is for those who spoil answers on purpose.
func Refuse(name string, about Subject) (*Error, CheckID, bool) {
	i := slices.IndexFunc(named, func(r namedRefusal) bool { return r.name() == name })
	if i < 0 {
		return nil, "", false
	}
	return named[i].with(about.named(name)...), named[i].check, true
}

// named are the words that the refusal's text has room for.
func (s Subject) named(refusal string) []any {
	scope := ""
	if len(s.Scopes) > 0 {
		scope = s.Scopes[0]
	}
	switch refusal {
	case scopeNotOnClient.reason:
		return []any{strings.Join(s.Scopes, " ")}
	case noAccess.reason:
		return []any{scope}
	case notDelegated.reason:
		return []any{s.Consumer, scope, s.Supplier}
	default:
		return nil
	}
}

// Injected is the trace of a request that was refused on purpose, as though the check had failed. None was made.
func Injected(id CheckID, refusal *Error, by string) Trace {
	var t Trace
	for _, check := range CheckOrder {
		if check == id {
			t.record(id, Failed, fail(refusal, ReasonInjected, Facts{"rule": by, "code": refusal.Name()}))
			continue
		}
		t.record(check, Skipped, finding{})
	}
	return t
}

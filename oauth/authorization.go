package oauth

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"mpe/oauth/org"
)

// Authorization is what a believed grant entitles its client to.
type Authorization struct {
	Grant            *Grant
	Scopes           []string // in the order that the token has them
	Consumer         org.Number
	Supplier         org.Number // the client's owner, when Consumer has delegated to it; else empty
	DelegationSource string     // set together with Supplier
	Details          []AuthorizationDetail
	Lifetime         time.Duration
}

// DefaultTokenLifetime is the lifetime of a token where neither its client nor its scopes say.
const DefaultTokenLifetime = 120 * time.Second

// entitlement is what a grant must pass after its client has been authenticated.
var entitlement = []rule{
	{ScopeClient, registeredScopes},
	{ScopeType, scopesForMaskinporten},
	{ScopeAccessCheck, accessibleScopes},
	{ScopeDelegation, delegatedScopes},
	{DetailsType, knownDetails},
	{DetailsFields, knownFields},
	{DetailsValues, validDetails},
	{SystemUserSystem, clientOnSystem},
	{SystemUserMatch, matchingSystemUser},
}

func registeredScopes(ctx context.Context, e *examination) (finding, error) {
	if e.Client == nil || !e.readable {
		return skip, nil
	}
	var missing []string
	for _, name := range e.Scopes {
		if !slices.Contains(e.Client.Scopes, name) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return e.refuseScopes(ReasonScopeNotOnClient, missing), nil
	}
	return e.readScopes(ctx)
}

// readScopes looks the scopes up. One that is on the client but in no register has been withdrawn by its owner.
func (e *examination) readScopes(ctx context.Context) (finding, error) {
	var unknown []string
	e.scopes = make([]*Scope, 0, len(e.Scopes))
	for _, name := range e.Scopes {
		scope, err := e.issuer.Registry.Scope(ctx, name)
		switch {
		case errors.Is(err, ErrNotFound) || err == nil && scope.Inactive:
			unknown = append(unknown, name)
		case err != nil:
			return finding{}, err
		default:
			e.scopes = append(e.scopes, scope)
		}
	}
	if len(unknown) > 0 {
		e.scopes = nil
		return e.refuseScopes(ReasonScopeUnknown, unknown), nil
	}
	return finding{}, nil
}

// refuseScopes lists the scopes as they were asked for; what stands between several is a guess.
func (e *examination) refuseScopes(reason Reason, scopes []string) finding {
	list := strings.Join(scopes, " ")
	return fail(scopeNotOnClient.with(list), reason, Facts{
		"scopes": list, "client": e.ClientID, "nearest": Nearest(scopes[0], e.Client.Scopes),
	})
}

func scopesForMaskinporten(_ context.Context, e *examination) (finding, error) {
	if e.scopes == nil {
		return skip, nil
	}
	for _, s := range e.scopes {
		if !s.Accepts(DefaultIntegrationType) {
			return fail(scopeNotAllowed.with(), ReasonScopeIntegration, Facts{
				"scope": s.Name, "got": strings.Join(s.IntegrationTypes, ", "), "want": DefaultIntegrationType,
			}), nil
		}
	}
	return finding{}, nil
}

// consumer is whose access the token uses: the organisation acted for, or the client's owner.
func (e *examination) consumer() org.Number {
	if e.ConsumerOrg != "" {
		return e.ConsumerOrg
	}
	return e.Client.Org
}

func accessibleScopes(_ context.Context, e *examination) (finding, error) {
	if e.scopes == nil || e.ConsumerOrg == e.Client.Org { // the latter is left to scope.delegation, which refuses it first
		return skip, nil
	}
	for _, s := range e.scopes {
		if !s.Open(e.consumer()) {
			return fail(noAccess.with(s.Name), ReasonConsumerNoAccess, Facts{
				"scope": s.Name, "consumer": string(e.consumer()), "owner": string(s.Owner),
			}), nil
		}
	}
	return finding{}, nil
}

func delegatedScopes(ctx context.Context, e *examination) (finding, error) {
	switch {
	case e.scopes == nil || e.ConsumerOrg == "":
		return skip, nil
	case e.ConsumerOrg == e.Client.Org:
		return fail(consumerIsSelf.with(), ReasonConsumerIsSelf, Facts{"consumer": string(e.ConsumerOrg)}), nil
	}
	for _, s := range e.scopes {
		reason := ReasonNotDelegated
		if s.DelegationSource == "" {
			reason = ReasonScopeNotDelegable
		}
		delegated, err := e.issuer.Delegations.Delegated(ctx, s.Name, e.ConsumerOrg, e.Client.Org)
		if err != nil {
			return finding{}, err
		}
		if !delegated || s.DelegationSource == "" {
			return fail(notDelegated.with(e.ConsumerOrg, s.Name, e.Client.Org), reason, Facts{
				"scope": s.Name, "consumer": string(e.ConsumerOrg), "supplier": string(e.Client.Org),
			}), nil
		}
	}
	return finding{}, nil
}

// authorize says what the grant entitles to. After a refusal it says what it would have been, as far as is known.
func (e *examination) authorize() *Authorization {
	a := &Authorization{
		Grant:    e.Grant,
		Scopes:   hashOrder(e.Scopes, itself),
		Consumer: e.consumer(),
		Details:  e.enriched(),
		Lifetime: lifetime(e.Client, e.scopes, e.issuer.Rules.DefaultLifetime),
	}
	if e.ConsumerOrg != "" && len(e.scopes) > 0 {
		a.Supplier, a.DelegationSource = e.Client.Org, e.scopes[0].DelegationSource
	}
	return a
}

// lifetime is the client's wish or the default, but never more than any scope allows. Without a wish, a scope's limit
// is also what the token gets.
func lifetime(client *Client, scopes []*Scope, unset time.Duration) time.Duration {
	var limit time.Duration
	for _, s := range scopes {
		if s.MaxAge > 0 && (limit == 0 || s.MaxAge < limit) {
			limit = s.MaxAge
		}
	}
	switch wish := client.TokenLifetime; {
	case wish > 0 && limit > 0:
		return min(wish, limit)
	case wish > 0:
		return wish
	case limit > 0:
		return limit
	case unset > 0:
		return unset
	default:
		return DefaultTokenLifetime
	}
}

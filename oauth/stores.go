package oauth

import (
	"context"
	"errors"
	"time"

	"mpe/oauth/org"
)

// What stores and finders answer besides what was asked for. Any other error is a fault.
var (
	ErrNotFound  = errors.New("not found")
	ErrGrantUsed = errors.New("the grant has been used before")
	ErrStale     = errors.New("the registry has changed since it was read")
)

// Registry is what the token endpoint reads of Maskinporten's self-service: the clients and the scopes.
//
// It may answer from memory. Generation names the state that it answers from, without asking the store; a state that
// anyone has changed since, on any replica, has another name. What was decided from memory is settled only when the
// generation has been confirmed, by Current or by GrantStore.UseGrant.
type Registry interface {
	// Client gives ErrNotFound for an id that is not registered. The caller must not change what it gets.
	Client(ctx context.Context, id string) (*Client, error)

	// Scope gives ErrNotFound for a name that is not registered. The caller must not change what it gets.
	Scope(ctx context.Context, name string) (*Scope, error)

	Generation() string

	// Current asks the store whether generation still names its state. When it does not, what was remembered is
	// dropped, and the next reads go to the store.
	Current(ctx context.Context, generation string) (bool, error)
}

// GrantStore remembers which grants have been used.
type GrantStore interface {
	// UseGrant marks the grant as used, in one atomic step that also confirms the registry's generation. The error is
	// ErrGrantUsed when a request other than u.Request has used it and that use is still remembered at now, and
	// ErrStale when u.Generation is no longer the registry's (the grant is marked all the same, and the same request
	// may call again).
	UseGrant(ctx context.Context, u GrantUse, now time.Time) error

	// GrantUsed tells whether UseGrant would give ErrGrantUsed to a new request. It changes nothing.
	GrantUsed(ctx context.Context, client, id string, now time.Time) (bool, error)
}

// GrantUse is the use of a grant by a request.
type GrantUse struct {
	Client     string    // who issued the grant
	ID         string    // the grant's jti, or a digest of the whole grant where it has none
	Request    string    // the request that uses it, so that the store's own retry is not taken for a replay
	Until      time.Time // when the use may be forgotten
	Generation string    // the Registry's, as the grant was judged by
}

// DelegationFinder knows which consumers have delegated a scope to which suppliers. In reality that is Altinn.
type DelegationFinder interface {
	// Delegated tells whether consumer has delegated scope to supplier.
	Delegated(ctx context.Context, scope string, consumer, supplier org.Number) (bool, error)
}

// SystemUserFinder knows the system users. In reality that is Altinn's byExternalId.
type SystemUserFinder interface {
	// FindSystemUser gives a *NoSystemUser error when none matches.
	FindSystemUser(ctx context.Context, q SystemUserQuery) (SystemUser, error)
}

// SystemUserQuery is what Maskinporten asks Altinn: Client, owned by Vendor, acts for Owner, which knows the system
// user by ExternalRef. An empty ExternalRef stands for the owner's organisation number.
type SystemUserQuery struct {
	Client      string
	Vendor      org.Number
	Owner       org.Number
	ExternalRef string
}

// SystemUser is what Maskinporten is told about a system user.
type SystemUser struct {
	ID     string // a UUID
	System string // the system's id, "<vendor>_<name>"
}

// NoSystemUser is the refusal that no system user matches, with the nearest reason that the finder knows.
type NoSystemUser struct {
	Check  CheckID // SystemUserSystem or SystemUserMatch
	Reason Reason
	Facts  Facts
}

func (e *NoSystemUser) Error() string { return "no system user: " + string(e.Reason) }

package oauth

import (
	"slices"
	"time"

	"mpe/oauth/org"
)

// Scope is an API access that an organisation offers through Maskinporten, named "prefix:subscope".
type Scope struct {
	Name        string     `json:"name"`
	Owner       org.Number `json:"owner_orgno,omitempty"`
	Description string     `json:"description,omitempty"`
	Visibility  string     `json:"visibility,omitempty"` // PUBLIC, PRIVATE or INTERNAL

	// IntegrationTypes are the types of clients that may use the scope; empty means any.
	IntegrationTypes []string `json:"allowed_integration_types,omitempty"`

	// DelegationSource is where a consumer delegates the scope to a supplier, and ends in a slash, as in
	// "https://tt02.altinn.no/". Empty: the scope cannot be delegated.
	DelegationSource string `json:"delegation_source,omitempty"`

	// MaxAge is the longest lifetime of a token with this scope (at_max_age), in whole seconds; 0 sets no limit.
	MaxAge time.Duration `json:"at_max_age,omitempty"`

	AccessibleForAll bool                       `json:"accessible_for_all,omitempty"`
	Access           map[org.Number]ScopeAccess `json:"access,omitempty"`
	Inactive         bool                       `json:"inactive,omitempty"`
}

// ScopeAccess says that an organisation has been given (or refused) a scope by its owner.
type ScopeAccess struct {
	State       string    `json:"state"` // APPROVED, REQUESTED or DENIED
	Created     time.Time `json:"created,omitzero"`
	LastUpdated time.Time `json:"last_updated,omitzero"`
}

// Approved is the state of an access that is in force.
const Approved = "APPROVED"

// Open tells whether the organisation may use the scope.
func (s *Scope) Open(consumer org.Number) bool {
	return s.AccessibleForAll || s.Access[consumer].State == Approved
}

// Accepts tells whether clients of that integration type may use the scope.
func (s *Scope) Accepts(integrationType string) bool {
	return len(s.IntegrationTypes) == 0 || slices.Contains(s.IntegrationTypes, integrationType)
}

package seed

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/go-jose/go-jose/v4"

	"mpe/oauth/org"
)

// World is what the sources say together, checked and with the defaults filled in.
type World struct {
	Name        string
	Description string
	Settings    Settings

	Organisations []Organisation
	Persons       []Person
	Relations     []Relation

	Scopes      []Scope
	Clients     []Client
	Delegations []Delegation

	Resources   []Resource
	Systems     []System
	SystemUsers []SystemUser
	Requests    []Request

	Faults []Fault
	Clock  Clock

	Warnings []Problem // what the settings' strictness lets through; at most 50
}

// Settings are the emulator's own. What the seed does not set is zero.
type Settings struct {
	Issuer          string     `json:"issuer,omitempty"` // "auto" or a URL
	TokenLifetime   Duration   `json:"tokenLifetime,omitempty"`
	AcceptAudiences []string   `json:"acceptAudiences,omitempty"`
	Approvals       string     `json:"approvals,omitempty"` // manual, auto, reject or auto-after:<duration>
	Strictness      Strictness `json:"strictness,omitzero"`
}

// Strictness says which rules are held how hard.
type Strictness struct {
	OrgNumbers       Level `json:"orgNumbers,omitempty"`
	SyntheticPersons Level `json:"syntheticPersons,omitempty"`
	RedirectURLs     Level `json:"redirectUrls,omitempty"`
	Signatures       Level `json:"signatures,omitempty"`
}

// Level is how hard a rule is held; the zero value is Enforce.
type Level string

// The levels.
const (
	Off     Level = "off"
	Warn    Level = "warn"
	Enforce Level = "enforce"
)

// Scope is a scope and who may use it.
type Scope struct {
	Name             string     `json:"name"`
	Owner            org.Number `json:"owner,omitempty"` // empty for some that are built in
	Description      string     `json:"description,omitempty"`
	Visibility       string     `json:"visibility,omitempty"`       // public, private or internal
	DelegationSource string     `json:"delegationSource,omitempty"` // "altinn", or empty: cannot be delegated
	IntegrationTypes []string   `json:"integrationTypes,omitempty"` // empty: any
	TokenLifetime    Duration   `json:"tokenLifetime,omitempty"`    // at_max_age; 0 sets no limit
	Access           Access     `json:"access,omitzero"`
}

// Access is who may use a scope: everyone, or these organisations.
type Access struct {
	All           bool
	Organisations []org.Number
}

const accessAll = "all"

// UnmarshalJSON reads "all" or a list.
func (a *Access) UnmarshalJSON(data []byte) error {
	if bytes.Equal(data, []byte(`"`+accessAll+`"`)) {
		*a = Access{All: true}
		return nil
	}
	return json.Unmarshal(data, &a.Organisations)
}

// MarshalJSON writes what UnmarshalJSON reads.
func (a Access) MarshalJSON() ([]byte, error) {
	if a.All {
		return json.Marshal(accessAll)
	}
	return json.Marshal(a.Organisations)
}

// Client is a client in Maskinporten.
type Client struct {
	ID              string     `json:"clientId"`
	Name            string     `json:"name,omitempty"`
	Org             org.Number `json:"org"`
	IntegrationType string     `json:"integrationType,omitempty"`
	Scopes          []string   `json:"scopes,omitempty"`
	Keys            []Key      `json:"-"`
	TokenLifetime   Duration   `json:"tokenLifetime,omitempty"` // 0: not set
	Active          bool       `json:"active"`
}

// Key is a key of a client. It comes from exactly one of WellKnown, Generate and JWK.
type Key struct {
	KID       string
	WellKnown string           // "dev": the public development key
	Generate  string           // RS256, RS384 or RS512: a new RSA key pair for that algorithm
	JWK       *jose.JSONWebKey // an RSA key of 2048 bits or more under KID; it may hold the private key
	Expires   time.Time        // zero: not set
}

// Delegation is a scope that a consumer has delegated to a supplier.
type Delegation struct {
	Scope    string     `json:"scope"`
	Consumer org.Number `json:"consumer"`
	Supplier org.Number `json:"supplier"`
}

// Fault is a rule that spoils answers on purpose.
type Fault struct {
	ID          string    `json:"id,omitempty"`
	When        FaultWhen `json:"when,omitzero"`
	Then        FaultThen `json:"then"`
	Probability float64   `json:"probability"`     // 0 to 1
	Every       int       `json:"every,omitempty"` // only each Nth request; 0: each
	Times       int       `json:"times,omitempty"` // 0: no limit
	Skip        int       `json:"skip,omitempty"`
}

// FaultWhen selects requests; the zero value selects all.
type FaultWhen struct {
	Endpoint      string     `json:"endpoint,omitempty"`
	ClientID      string     `json:"clientId,omitempty"`
	Scope         string     `json:"scope,omitempty"`
	SystemUserOrg org.Number `json:"systemUserOrg,omitempty"`
	SystemUser    bool       `json:"systemUser,omitempty"` // only requests with a system user
}

// FaultThen is what happens to the answer: one thing, or a delay, or both.
type FaultThen struct {
	Code       string   `json:"code,omitempty"`
	Status     int      `json:"status,omitempty"`
	Delay      Duration `json:"delay,omitempty"`
	Jitter     Duration `json:"jitter,omitempty"`     // waits up to so much longer
	Connection string   `json:"connection,omitempty"` // reset, empty, truncate or timeout
	Token      string   `json:"token,omitempty"`      // a defect, one of the schema's
	JWKS       string   `json:"jwks,omitempty"`       // without-key
}

// Clock is the emulator's clock; the zero value is the real one.
type Clock struct {
	Mode   string    `json:"mode,omitempty"` // real, offset or frozen
	At     time.Time `json:"at,omitzero"`    // of a frozen clock
	Offset Duration  `json:"offset,omitempty"`
}

// Advanced is the clock that shows so much more: a frozen one stays frozen, the others run on.
func (c Clock) Advanced(by time.Duration) Clock {
	if c.Mode == "frozen" {
		c.At = c.At.Add(by)
		return c
	}
	c.Offset += Duration(by)
	c.Mode = "offset"
	return c
}

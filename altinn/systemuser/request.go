package systemuser

import (
	"cmp"
	"time"

	"mpe/oauth/org"
)

// Request is a vendor's request that a customer lets a system act for it, or changes what the system may do.
type Request struct {
	ID     string     `json:"id"` // a UUID
	Kind   Kind       `json:"kind,omitempty"`
	System string     `json:"system"` // the system's id
	Party  org.Number `json:"party"`  // the customer

	ExternalRef string `json:"externalRef,omitempty"` // empty stands for the party's number; see Ref

	Rights         []string `json:"rights,omitempty"`         // resource ids
	AccessPackages []string `json:"accessPackages,omitempty"` // URNs

	// Unwanted are what a change takes away.
	UnwantedRights         []string `json:"unwantedRights,omitempty"`
	UnwantedAccessPackages []string `json:"unwantedAccessPackages,omitempty"`

	RedirectURL string        `json:"redirectUrl,omitempty"` // where the customer is sent afterwards
	Status      RequestStatus `json:"status"`

	Created   time.Time `json:"created,omitzero"`
	Changed   time.Time `json:"changed,omitzero"`    // zero: nobody has answered
	ChangedBy string    `json:"changedBy,omitempty"` // who answered
}

// Kind is what a request asks for.
type Kind string

// The kinds.
const (
	StandardRequest Kind = "standard" // a system user; what an empty Kind means
	AgentRequest    Kind = "agent"    // a system user of type Agent
	ChangeRequest   Kind = "change"   // other rights for a system user that exists
)

// RequestStatus is how far a request has come.
type RequestStatus string

// The statuses, as Altinn's API writes them. Its documentation shows Denied and Timedout, and records of old have them;
// today a request that has timed out is still New.
const (
	New      RequestStatus = "New"
	Accepted RequestStatus = "Accepted"
	Rejected RequestStatus = "Rejected"
	Denied   RequestStatus = "Denied"
	Timedout RequestStatus = "Timedout"
)

// Timeout is how long a customer has to answer a request, by Altinn's documentation.
const Timeout = 180 * 24 * time.Hour

// TimedOut tells whether nobody answered in time.
func (r *Request) TimedOut(now time.Time) bool {
	return r.Status == New && now.Sub(r.Created) > Timeout
}

// Ref is that of the system user that the request is about.
func (r *Request) Ref() string { return cmp.Or(r.ExternalRef, string(r.Party)) }

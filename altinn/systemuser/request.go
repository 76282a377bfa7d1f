package systemuser

import (
	"cmp"
	"time"

	"mpe/altinn/resource"
	"mpe/oauth/org"
)

// Request is a vendor's request that a customer lets a system act for it, or changes what the system may do.
type Request struct {
	ID     string     `json:"id"` // a UUID; of a change the vendor's correlation id
	Kind   Kind       `json:"kind,omitempty"`
	System string     `json:"system"` // the system's id
	Party  org.Number `json:"party"`  // the customer

	ExternalRef string `json:"externalRef,omitempty"` // empty stands for the party's number; see Ref

	Title string `json:"title,omitempty"` // integrationTitle: what the system user shall be called

	// Rights and AccessPackages (URNs) are what the system user shall have.
	Rights         []resource.Right `json:"rights,omitempty"`
	AccessPackages []string         `json:"accessPackages,omitempty"`

	// SystemUser is the id of the one that a change is about, the Unwanted are what a change takes away from it.
	SystemUser             string           `json:"systemUser,omitempty"`
	UnwantedRights         []resource.Right `json:"unwantedRights,omitempty"`
	UnwantedAccessPackages []string         `json:"unwantedAccessPackages,omitempty"`

	RedirectURL string        `json:"redirectUrl,omitempty"` // where the customer is sent afterwards
	Status      RequestStatus `json:"status"`

	// Escalated is that somebody who may not answer has passed the request on to those who may.
	Escalated bool `json:"escalated,omitempty"`

	Created   time.Time `json:"created,omitzero"`
	Changed   time.Time `json:"changed,omitzero"`    // zero: nobody has answered
	ChangedBy string    `json:"changedBy,omitempty"` // who answered
	Deleted   time.Time `json:"deleted,omitzero"`    // zero: not deleted
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

// Live tells whether the request has not been deleted.
func (r *Request) Live() bool { return r.Deleted.IsZero() }

// Ref is that of the system user that the request is about.
func (r *Request) Ref() string { return cmp.Or(r.ExternalRef, string(r.Party)) }

// Package systemuser lets end-user systems act for organisations: system users (systembrukere), and the requests that
// they come from.
package systemuser

import (
	"cmp"
	"slices"
	"time"

	"mpe/altinn/resource"
	"mpe/oauth/org"
)

// SystemUser is what a system acts as on behalf of its owner.
type SystemUser struct {
	ID     string     `json:"id"`     // a UUID; that of the request, where it comes from one
	System string     `json:"system"` // the system's id
	Owner  org.Number `json:"owner"`  // whom the system acts for (reportee)

	ExternalRef string `json:"externalRef,omitempty"` // empty stands for the owner's number; see Ref
	Title       string `json:"title,omitempty"`       // integrationTitle
	Type        Type   `json:"type,omitempty"`

	// Rights and AccessPackages (URNs) are what the owner has given it.
	Rights         []resource.Right `json:"rights,omitempty"`
	AccessPackages []string         `json:"accessPackages,omitempty"`

	// Delegated is what the rights came to when they were given: one for each action that could be passed on.
	Delegated []resource.Right `json:"delegated,omitempty"`

	// Clients are the organisations that an agent acts for. They are the owner's clients, and never own the system user.
	Clients []org.Number `json:"clients,omitempty"`

	// ActsForOwner is that an agent acts for its owner as well.
	ActsForOwner bool `json:"actsForOwner,omitempty"`

	// Sequence orders the system users by when they were last stored. The store counts it, from 1.
	Sequence int64 `json:"sequence,omitempty"`

	Created   time.Time `json:"created,omitzero"`
	Changed   time.Time `json:"changed,omitzero"`
	Deleted   time.Time `json:"deleted,omitzero"` // zero: not deleted
	DeletedBy string    `json:"deletedBy,omitempty"`
}

// Type says for whom a system user acts.
type Type string

// The types, as Altinn's userType writes them.
const (
	Standard Type = "standard" // acts for its owner; what an empty Type means
	Agent    Type = "agent"    // acts for clients of its owner: an accountant, an auditor or a business manager
)

// Ref is how the owner's system user is told from others that the owner has with the same system.
func (u *SystemUser) Ref() string { return cmp.Or(u.ExternalRef, string(u.Owner)) }

// Live tells whether the system user has not been deleted.
func (u *SystemUser) Live() bool { return u.Deleted.IsZero() }

// ActsFor tells whether the system user is an agent that the organisation has been added to as a client.
func (u *SystemUser) ActsFor(client org.Number) bool {
	return u.Type == Agent && slices.Contains(u.Clients, client)
}

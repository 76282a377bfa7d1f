// Package system is Altinn's system register (systemregisteret): the end-user systems that vendors offer.
package system

import (
	"slices"
	"strings"
	"time"

	"mpe/altinn/resource"
	"mpe/oauth/org"
)

// System is an end-user system (sluttbrukersystem), which Altinn's API calls a RegisteredSystem.
type System struct {
	ID         string     `json:"id"`                   // "<vendor>_<name>"; never given to another system, even when this one is deleted
	InternalID string     `json:"internalId,omitempty"` // a UUID of the register's
	Vendor     org.Number `json:"vendor"`

	// Name and Description are by language: nb, nn and en.
	Name        map[string]string `json:"name,omitempty"`
	Description map[string]string `json:"description,omitempty"`

	// ClientIDs are the vendor's clients in Maskinporten. They are opaque here: nobody asks whether they exist.
	ClientIDs []string `json:"clientIds,omitempty"`

	// Rights and AccessPackages (URNs) are the most that a system user may be given.
	Rights         []resource.Right `json:"rights,omitempty"`
	AccessPackages []string         `json:"accessPackages,omitempty"`

	AllowedRedirectURLs []string `json:"allowedRedirectUrls,omitempty"`

	// Visible systems are offered in Altinn's portal, where customers make system users on their own.
	Visible bool `json:"visible,omitempty"`

	Created time.Time `json:"created,omitzero"`
	Deleted time.Time `json:"deleted,omitzero"` // zero: not deleted
}

// HasClient tells whether the client is listed, as it still is when the system is deleted.
func (s *System) HasClient(id string) bool { return slices.Contains(s.ClientIDs, id) }

// ActiveClients are the clients that reach the system's users: none once it is deleted. Altinn then releases them for
// other systems, and goes on listing them.
func (s *System) ActiveClients() []string {
	if !s.Deleted.IsZero() {
		return nil
	}
	return s.ClientIDs
}

// Vendor is the vendor that the id of a system names.
func Vendor(id string) org.Number {
	vendor, _, _ := strings.Cut(id, "_")
	return org.Number(vendor)
}

package system

import (
	"time"

	"mpe/altinn/resource"
	"mpe/oauth/org"
)

// Change is an entry of a system's change log.
type Change struct {
	Type     ChangeType `json:"type"`
	By       org.Number `json:"by"`
	ClientID string     `json:"clientId,omitempty"` // whose token it was
	At       time.Time  `json:"at"`

	System         *System          `json:"system,omitempty"`         // as Created and Updated left it
	Rights         []resource.Right `json:"rights,omitempty"`         // as RightsUpdated left them
	AccessPackages []string         `json:"accessPackages,omitempty"` // as AccessPackagesUpdated left them
}

// ChangeType is what was changed, as Altinn's API writes it.
type ChangeType string

// The types of changes.
const (
	Created               ChangeType = "create"
	Updated               ChangeType = "update"
	RightsUpdated         ChangeType = "rightsupdate"
	AccessPackagesUpdated ChangeType = "accesspackageupdate"
	Deleted               ChangeType = "delete"
)

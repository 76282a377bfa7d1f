// Package resource is Altinn's resource registry (ressursregisteret): what can be asked access to, one by one or by
// access package.
package resource

import (
	"slices"

	"mpe/oauth/org"
)

// Resource is something that a service owner guards.
type Resource struct {
	ID    string
	Owner org.Number
	Type  string

	// Title is by language: nb, nn and en.
	Title map[string]string

	// Delegable resources can be passed on to somebody else.
	Delegable bool

	// AccessList are the only organisations that may use the resource; nil: it has no such list.
	AccessList []org.Number
}

// MaskinportenSchema is the type of the resources that stand for scopes. System users cannot have them.
const MaskinportenSchema = "MaskinportenSchema"

// forSystems are the types that a system may have rights to.
var forSystems = [...]string{
	"AltinnApp", "Systemresource", "Default", "CorrespondenceService", "BrokerService", "GenericAccessResource", "MigratedApp",
}

// ForSystems tells whether a system may have rights to the resource.
func (r *Resource) ForSystems() bool { return slices.Contains(forSystems[:], r.Type) }

// Registry is the resources, by id.
type Registry map[string]*Resource

// Resource is the one with the id; false when there is none.
func (r Registry) Resource(id string) (*Resource, bool) {
	found, ok := r[id]
	return found, ok
}

// Package resource is Altinn's resource registry (ressursregisteret): what can be asked access to, one by one or by
// access package, and the policies that say who may do what with it.
package resource

import (
	"context"
	"errors"
	"slices"
	"strings"

	"mpe/oauth/org"
)

// Resource is something that a service owner guards, as the registry writes it (ServiceResource). Empty lists are kept
// apart from those that are not there.
type Resource struct {
	ID               string         `json:"identifier"`
	Version          string         `json:"version,omitempty"`
	Title            Texts          `json:"title,omitzero"`
	Description      Texts          `json:"description,omitzero"`
	RightDescription Texts          `json:"rightDescription,omitzero"`
	Homepage         string         `json:"homepage,omitempty"`
	Status           string         `json:"status,omitempty"`
	Spatial          []string       `json:"spatial,omitzero"`
	ContactPoints    []ContactPoint `json:"contactPoints,omitzero"`
	Produces         []string       `json:"produces,omitzero"`
	IsPartOf         string         `json:"isPartOf,omitempty"`
	ThematicAreas    []string       `json:"thematicAreas,omitzero"`
	References       []Reference    `json:"resourceReferences,omitzero"`
	Delegable        bool           `json:"delegable"` // can be passed on to somebody else
	Visible          bool           `json:"visible"`
	Authority        *Authority     `json:"hasCompetentAuthority,omitempty"` // the owner
	Keywords         []Keyword      `json:"keywords,omitzero"`
	AccessListMode   Mode           `json:"accessListMode,omitempty"`
	SelfIdentified   bool           `json:"selfIdentifiedUserEnabled"`
	EnterpriseUser   bool           `json:"enterpriseUserEnabled"`
	Type             string         `json:"resourceType,omitempty"`
	AvailableFor     []string       `json:"availableForType,omitzero"`
	VersionID        int            `json:"versionId,omitempty"` // grows with every change

	// AccessLists are who may use the resource when AccessListMode says so. They have an API of their own in Altinn.
	AccessLists []AccessList `json:"accessLists,omitempty"`
}

// Texts are a text by language: nb, nn and en.
type Texts map[string]string

// ContactPoint is where the owner can be reached.
type ContactPoint struct {
	Category    string `json:"category"`
	Email       string `json:"email"`
	Telephone   string `json:"telephone"`
	ContactPage string `json:"contactPage"`
}

// Reference is the resource's name somewhere else, such as a scope of Maskinporten's.
type Reference struct {
	Source    string `json:"referenceSource,omitempty"`
	Reference string `json:"reference,omitempty"`
	Type      string `json:"referenceType,omitempty"`
}

// Authority is a service owner.
type Authority struct {
	Organization org.Number `json:"organization,omitempty"`
	Code         string     `json:"orgcode,omitempty"`
	Name         Texts      `json:"name,omitempty"`
}

// Keyword is a word that the resource can be found by.
type Keyword struct {
	Word     string `json:"word,omitempty"`
	Language string `json:"language,omitempty"`
}

// Mode says whether access lists count.
type Mode string

// The modes; an empty one is Disabled.
const (
	Disabled Mode = "Disabled"
	Enabled  Mode = "Enabled"
)

// AccessList (tilgangsliste, Resource Rights Registry) is organisations that may use a resource.
type AccessList struct {
	ID      string       `json:"identifier"`
	Members []org.Number `json:"members,omitempty"`
	Actions []string     `json:"actionFilters,omitempty"` // nil: all
}

// Owner is the organisation that the resource belongs to; empty when it is not said.
func (r *Resource) Owner() org.Number {
	if r.Authority == nil {
		return ""
	}
	return r.Authority.Organization
}

// Lists tells whether the resource may be used by the organisation as far as its access lists go: some list has it, and
// lets it do the action. An empty action asks for any.
func (r *Resource) Lists(n org.Number, action string) bool {
	if r.AccessListMode != Enabled {
		return true
	}
	return slices.ContainsFunc(r.AccessLists, func(l AccessList) bool {
		return slices.Contains(l.Members, n) &&
			(l.Actions == nil || action == "" || slices.Contains(l.Actions, action))
	})
}

// MaskinportenSchema is the type of the resources that stand for scopes. System users cannot have them.
const MaskinportenSchema = "MaskinportenSchema"

// The types of apps.
const (
	app         = "AltinnApp"
	migratedApp = "MigratedApp"
)

// The kinds of references that delegations of scopes go by.
const (
	MaskinportenScope  = "MaskinportenScope"
	DelegationSchemeID = "DelegationSchemeId"
)

// Scopes are those of Maskinporten's that the resource stands for.
func (r *Resource) Scopes() []string {
	var all []string
	for _, reference := range r.References {
		if reference.Type == MaskinportenScope {
			all = append(all, reference.Reference)
		}
	}
	return all
}

// SchemeID is the delegation scheme that the resource was in Altinn 2; empty: none.
func (r *Resource) SchemeID() string {
	for _, reference := range r.References {
		if reference.Type == DelegationSchemeID {
			return reference.Reference
		}
	}
	return ""
}

// forSystems are the types that a system may have rights to.
var forSystems = [...]string{
	app, "Systemresource", "Default", "CorrespondenceService", "BrokerService", "GenericAccessResource", migratedApp,
}

// ForSystems tells whether a system may have rights to the resource.
func (r *Resource) ForSystems() bool { return slices.Contains(forSystems[:], r.Type) }

// appPrefix starts the ids of apps; the owner's code, another underscore and the app's name follow.
const appPrefix = "app_"

// AuthorizationReference is what policies and requests for decisions name the resource by: its id, or an app's owner and
// name.
func AuthorizationReference(id string) []Attribute {
	rest, isApp := strings.CutPrefix(id, appPrefix)
	if owner, name, split := strings.Cut(rest, "_"); isApp && split {
		return []Attribute{{ID: AttributeOrg, Value: owner}, {ID: AttributeApp, Value: name}}
	}
	return []Attribute{{ID: AttributeID, Value: id}}
}

// AppID is the id of an app as a resource.
func AppID(org, app string) string { return appPrefix + org + "_" + app }

// Reader is what can be read of the registry.
type Reader interface {
	// Resource gives ErrNotFound when there is none with the id.
	Resource(ctx context.Context, id string) (*Resource, error)

	// Resources are all, in the order of their ids.
	Resources(ctx context.Context) ([]*Resource, error)

	// Policy is the resource's, as it was uploaded. It gives ErrNotFound when the resource has none.
	Policy(ctx context.Context, id string) ([]byte, error)
}

// Writer stores resources and policies, each in place of the one with the same id.
type Writer interface {
	Reader
	PutResource(ctx context.Context, r *Resource) error
	PutPolicy(ctx context.Context, id string, xml []byte) error
	DeleteResource(ctx context.Context, id string) error // with its policy; one that is not there is no error
}

// Store is where the resources are.
type Store interface {
	Reader

	// ChangeResources runs change on one state of the store, and stores what it puts, all or nothing. It can run more
	// than once.
	ChangeResources(ctx context.Context, change func(Writer) error) error
}

// ErrNotFound is that there is no such resource, or no policy.
var ErrNotFound = errors.New("no such resource")

package resource

import (
	"slices"
	"strings"
)

// Right is a right to a resource, as systems register and ask for it.
type Right struct {
	Action   string      `json:"action,omitempty"` // hardly used: who is given a right may do all that can be done
	Resource []Attribute `json:"resource"`
}

// Attribute is a part of a resource's name.
type Attribute struct {
	ID    string `json:"id"` // AttributeID is the only one that systems may register
	Value string `json:"value"`
}

// URN is the attribute in one word.
func (a Attribute) URN() string { return a.ID + ":" + a.Value }

// AttributeID says that the value is a resource's id.
const AttributeID = "urn:altinn:resource"

// RightTo is the right to the resource.
func RightTo(id string) Right { return Right{Resource: []Attribute{{ID: AttributeID, Value: id}}} }

// RightsTo are the rights to the resources.
func RightsTo(ids ...string) []Right {
	var rights []Right
	for _, id := range ids {
		rights = append(rights, RightTo(id))
	}
	return rights
}

// Key is the same for two rights that are written alike.
func (r Right) Key() string {
	var b strings.Builder
	b.WriteString(r.Action + ":")
	for _, a := range r.Resource {
		b.WriteString(a.ID + ":" + a.Value + ",")
	}
	return b.String()
}

// Matches tells whether both are about the same resource, named by the same attributes in any order. Actions do not
// count. A right to nothing matches nothing.
func (r Right) Matches(other Right) bool {
	if len(r.Resource) == 0 || len(r.Resource) != len(other.Resource) {
		return false
	}
	return !slices.ContainsFunc(r.Resource, func(a Attribute) bool { return !slices.Contains(other.Resource, a) })
}

// same tells whether both are to do the same with the same resource.
func (r Right) same(other Right) bool { return r.Action == other.Action && r.Matches(other) }

// The attributes that name an app, by the code of its owner and by its name.
const (
	AttributeOrg = "urn:altinn:org"
	AttributeApp = "urn:altinn:app"
)

// ResourceID is the id of the resource that the right is to; empty when it is to none.
func (r Right) ResourceID() string {
	named := map[string]string{}
	for _, a := range r.Resource {
		named[a.ID] = a.Value
	}
	if named[AttributeOrg] != "" && named[AttributeApp] != "" {
		return AppID(named[AttributeOrg], named[AttributeApp])
	}
	return named[AttributeID]
}

package pdp

import (
	"strings"
	"time"
)

// Request is what is asked: may this subject do this to that.
type Request struct {
	Categories []Category

	// ReturnPolicyIDs asks for the names of the policies in the result.
	ReturnPolicyIDs bool
}

// Category is the attributes of one subject, action, resource or the like.
type Category struct {
	ID         string // a URI, such as AccessSubject
	Attributes []Attribute
}

// The categories that policies are about.
const (
	AccessSubject = "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject"
	Action        = "urn:oasis:names:tc:xacml:3.0:attribute-category:action"
	Resource      = "urn:oasis:names:tc:xacml:3.0:attribute-category:resource"
	Environment   = "urn:oasis:names:tc:xacml:3.0:attribute-category:environment"
)

// ActionID is the attribute that names an action.
const ActionID = "urn:oasis:names:tc:xacml:1.0:action:action-id"

// Attribute is a named value, or several of one data type.
type Attribute struct {
	ID       string
	DataType string // a URI, such as String
	Issuer   string // empty: not said
	Values   []string
	Include  bool // in the result
}

// Category is the first one with the id; nil when there is none.
func (r *Request) Category(id string) *Category {
	for i := range r.Categories {
		if r.Categories[i].ID == id {
			return &r.Categories[i]
		}
	}
	return nil
}

// Attribute is the first one with the id; nil when there is none, and for a nil category.
func (c *Category) Attribute(id string) *Attribute {
	if c == nil {
		return nil
	}
	for i := range c.Attributes {
		if c.Attributes[i].ID == id {
			return &c.Attributes[i]
		}
	}
	return nil
}

// Value is the first value of the attribute with the id; empty when there is none.
func (c *Category) Value(id string) string {
	if a := c.Attribute(id); a != nil && len(a.Values) > 0 {
		return a.Values[0]
	}
	return ""
}

// Add adds values to the category, which are no part of the result.
func (c *Category) Add(id string, values ...string) {
	if len(values) > 0 {
		c.Attributes = append(c.Attributes, Attribute{ID: id, DataType: String, Values: values})
	}
}

// absolute tells whether the text is an absolute URI, as names of attributes have to be.
func absolute(s string) bool {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || scheme == "" || rest == "" || strings.ContainsAny(s, " \t\r\n<>") {
		return false
	}
	for i, c := range scheme {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", c)) {
			return false
		}
	}
	return true
}

// At adds the time to the environment, under the names that XACML has for it and where the request does not say it.
func (r *Request) At(now time.Time) {
	c := r.Category(Environment)
	if c == nil {
		r.Categories = append(r.Categories, Category{ID: Environment})
		c = &r.Categories[len(r.Categories)-1]
	}
	for _, name := range [...]struct{ kind, layout string }{
		{"time", "15:04:05Z07:00"}, {"date", "2006-01-02Z07:00"}, {"dateTime", time.RFC3339},
	} {
		if id := "urn:oasis:names:tc:xacml:1.0:environment:current-" + name.kind; c.Attribute(id) == nil {
			c.Attributes = append(c.Attributes, Attribute{ID: id, DataType: xsd + name.kind, Values: []string{now.Format(name.layout)}})
		}
	}
}

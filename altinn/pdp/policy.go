// Package pdp decides by XACML 3.0 (OASIS, 2013): by a policy, whether somebody may do something. It knows requests,
// policies and results, and nothing of who asks or of where policies are from.
package pdp

import "slices"

// Policy is rules, and how they add up. It does not change once it has been read, and is safe for concurrent use.
type Policy struct {
	ID          string
	Version     string
	Combining   string // the algorithm's URN
	Description string

	Target      Target
	Rules       []*Rule
	Obligations []Expression
	Advice      []Expression

	wants map[name][]string
}

// Rule permits or denies what its target is about, when its condition holds.
type Rule struct {
	ID          string
	Effect      Effect
	Description string

	Target      Target // nil: whatever the policy is about
	Condition   *Apply // nil: always
	Obligations []Expression
	Advice      []Expression

	resource, action, subject []AllOf // what the target wants of each category, as Altinn takes it apart
}

// compile takes the target apart.
func (r *Rule) compile() {
	for _, anyOf := range r.Target {
		for _, allOf := range anyOf {
			for _, part := range [...]struct {
				category string
				of       *[]AllOf
			}{{Resource, &r.resource}, {Action, &r.action}, {AccessSubject, &r.subject}} {
				var matches AllOf
				for _, m := range allOf {
					if m.Designator.Category == part.category {
						matches = append(matches, m)
					}
				}
				if matches != nil {
					*part.of = append(*part.of, matches)
				}
			}
		}
	}
}

// Effect is what a rule comes to when it applies.
type Effect string

// The effects.
const (
	Permit Effect = "Permit"
	Deny   Effect = "Deny"
)

// Target says what a policy or a rule is about: all of these. One without any is about everything.
type Target []AnyOf

// AnyOf is met when one of its alternatives is.
type AnyOf []AllOf

// AllOf is met when all of its matches are.
type AllOf []Match

// Match compares a value with those of an attribute; one of them has to fit.
type Match struct {
	Function   string // URN
	Value      Value
	Designator Designator
}

// Value is a value of a data type, as it is written.
type Value struct{ DataType, Text string }

// Designator names an attribute of the request.
type Designator struct {
	Category, AttributeID, DataType string
	Issuer                          string // empty: whoever's
	MustBePresent                   bool
}

// Apply is an expression: a function of arguments, an attribute's values, or a value.
type Apply struct {
	Function   string // URN; empty: one of the others
	Arguments  []*Apply
	Designator *Designator
	Value      *Value
}

// Expression is an obligation or a piece of advice that goes with a decision.
type Expression struct {
	ID          string
	FulfillOn   Effect
	Assignments []Assignment
}

// Assignment is a value that goes with an obligation.
type Assignment struct {
	AttributeID, Category, Issuer string
	Of                            *Apply
}

// Matches are those of the rule's target that are about the category.
func (r *Rule) Matches(category string) []Match {
	var all []Match
	for _, anyOf := range r.Target {
		for _, allOf := range anyOf {
			for _, m := range allOf {
				if m.Designator.Category == category {
					all = append(all, m)
				}
			}
		}
	}
	return all
}

// name is an attribute of a category.
type name struct{ category, attributeID string }

// Wants are the values that the rules' targets compare the attribute with; none: they do not ask for it.
func (p *Policy) Wants(category, attributeID string) []string {
	return p.wants[name{category, attributeID}]
}

// compile collects what the rules want.
func (p *Policy) compile() {
	p.wants = map[name][]string{}
	for _, rule := range p.Rules {
		for _, anyOf := range rule.Target {
			for _, allOf := range anyOf {
				for _, m := range allOf {
					n := name{m.Designator.Category, m.Designator.AttributeID}
					if !slices.Contains(p.wants[n], m.Value.Text) {
						p.wants[n] = append(p.wants[n], m.Value.Text)
					}
				}
			}
		}
	}
}

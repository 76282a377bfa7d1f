// Package pdp decides by XACML 3.0 (OASIS, 2013): by a policy, whether somebody may do something. It knows requests,
// policies and results, and nothing of who asks or of where policies are from.
package pdp

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

// Uses tells whether a rule asks for that attribute of the category.
func (p *Policy) Uses(category, attributeID string) bool {
	for _, rule := range p.Rules {
		for _, any := range rule.Target {
			for _, all := range any {
				for _, m := range all {
					if m.Designator.Category == category && m.Designator.AttributeID == attributeID {
						return true
					}
				}
			}
		}
	}
	return false
}

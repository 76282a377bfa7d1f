package resource

import (
	"fmt"
	"slices"

	"mpe/altinn/pdp"
)

// FlatRule is one of the ways that a rule spells out: who may do what to what. Rules are spelt out into one for each
// action, with its alternatives for the others.
type FlatRule struct {
	Effect pdp.Effect

	// Subjects are alternatives, each of which is attributes that a subject must have together.
	Subjects [][]Attribute
	Action   string
	Resource []Attribute
}

// Flatten spells out the policy's rules, in their order: the actions of a rule one by one, and for each the resources.
// It gives an error for a policy that cannot be spelt out, because a rule says nothing of one of the three.
func Flatten(p *pdp.Policy) ([]FlatRule, error) {
	var flat []FlatRule
	for _, rule := range p.Rules {
		subjects := alternatives(rule, pdp.AccessSubject)
		actions := alternatives(rule, pdp.Action)
		resources := alternatives(rule, pdp.Resource)
		if subjects == nil || actions == nil || resources == nil {
			return nil, fmt.Errorf("rule %s does not say which subject, action and resource it is about", rule.ID)
		}
		for _, action := range actions {
			if len(action) != 1 {
				return nil, fmt.Errorf("rule %s has an AllOf with %d actions, and not one", rule.ID, len(action))
			}
			for _, to := range resources {
				flat = append(flat, FlatRule{Effect: rule.Effect, Subjects: subjects, Action: action[0].Value, Resource: to})
			}
		}
	}
	return flat, nil
}

// alternatives are what a rule's target wants of a category, one for each AllOf.
func alternatives(rule *pdp.Rule, category string) [][]Attribute {
	var found [][]Attribute
	for _, anyOf := range rule.Target {
		for _, allOf := range anyOf {
			var together []Attribute
			for _, m := range allOf {
				if m.Designator.Category == category {
					together = append(together, Attribute{ID: m.Designator.AttributeID, Value: m.Value.Text})
				}
			}
			if together != nil {
				found = append(found, together)
			}
		}
	}
	return found
}

// delegableSubjects are the kinds of subjects whose rights can be passed on.
var delegableSubjects = [...]string{
	"urn:altinn:rolecode", "urn:altinn:external-role:ccr", "urn:altinn:external-role:cra", PackageAttribute,
}

// Delegable are the rights that can be passed on, one for each action on a resource: those that a rule gives a role or an
// access package, in the order in which they first appear.
func Delegable(rules []FlatRule) []Right { return distinct(rules, FlatRule.delegable) }

// distinct are the rights that the rules give, of those that count, in the order in which they first appear.
func distinct(rules []FlatRule, counts func(FlatRule) bool) []Right {
	var rights []Right
	for _, rule := range rules {
		if rule.Effect == pdp.Permit && counts(rule) && !slices.ContainsFunc(rights, rule.right().same) {
			rights = append(rights, rule.right())
		}
	}
	return rights
}

func (r FlatRule) right() Right { return Right{Action: r.Action, Resource: r.Resource} }

func (r FlatRule) delegable() bool {
	return slices.ContainsFunc(r.Subjects, func(together []Attribute) bool {
		return len(together) == 1 && slices.Contains(delegableSubjects[:], together[0].ID)
	})
}

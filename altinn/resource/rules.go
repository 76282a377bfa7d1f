package resource

import (
	"context"

	"mpe/altinn/pdp"
)

// Rule is a rule of a policy with one of its subjects, one of its actions and one of its resources.
type Rule struct {
	Subject  []Attribute // that somebody must have together
	Action   string
	Resource []Attribute
}

// Rules are those of the resource's policy, with all their subjects, actions and resources in turn.
func (r *Registry) Rules(ctx context.Context, id string) ([]Rule, error) {
	p, err := r.read(ctx, id)
	if err != nil {
		return nil, err
	}
	var rules []Rule
	for _, rule := range p.Rules {
		flat, err := Flatten(&pdp.Policy{Rules: []*pdp.Rule{rule}})
		if err != nil {
			return nil, unclear(id, err)
		}
		for _, subject := range flat[0].Subjects { // the same in all
			for _, f := range flat {
				rules = append(rules, Rule{Subject: subject, Action: f.Action, Resource: f.Resource})
			}
		}
	}
	return rules, nil
}

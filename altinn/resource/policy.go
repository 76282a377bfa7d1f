package resource

import (
	"context"
	"errors"
	"fmt"

	"mpe/altinn/pdp"
	"mpe/altinn/problem"
)

// PutPolicy stores the policy of the resource with the id, in place of the one before. It has to be about that resource
// alone.
func (r *Registry) PutPolicy(ctx context.Context, caller Caller, id string, xml []byte) error {
	return r.Store.ChangeResources(ctx, func(w Writer) error {
		guarded, err := w.Resource(ctx, id)
		if errors.Is(err, ErrNotFound) {
			return &problem.Plain{Kind: problem.BadRequest, Text: "Unknown resource",
				Why: fmt.Sprintf("There is no resource %q; it has to be published before its policy.", id)}
		}
		if err != nil {
			return err
		}
		if err := caller.owns(guarded); err != nil {
			return err
		}
		policy, err := pdp.ParsePolicy(xml)
		if err != nil {
			return failed(fmt.Sprintf("The policy cannot be read: %v", err))
		}
		if err := guards(policy, id); err != nil {
			return err
		}
		return w.PutPolicy(ctx, id, xml)
	})
}

// guards wants every rule to be about the resource, and about no other.
func guards(p *pdp.Policy, id string) error {
	for _, rule := range p.Rules {
		named := false
		for _, together := range alternatives(rule, pdp.Resource) {
			for _, a := range together {
				if a.ID != AttributeID {
					continue
				}
				if named = true; a.Value != id {
					return refusedPolicy("Contains rules for a different registry resource", fmt.Sprintf(
						"The rule %s is about the resource %q, and the policy is that of %q.", rule.ID, a.Value, id))
				}
			}
		}
		if !named {
			return refusedPolicy("Contains rule without reference to registry resource id", fmt.Sprintf(
				"The rule %s does not match the attribute %s with %q.", rule.ID, AttributeID, id))
		}
	}
	return nil
}

func refusedPolicy(text, why string) error {
	return &problem.Plain{Kind: problem.BadRequest, Text: "Policy not accepted: " + text, Why: why}
}

// Policy is the resource's, as it was uploaded.
func (r *Registry) Policy(ctx context.Context, id string) ([]byte, error) {
	xml, err := r.Store.Policy(ctx, id)
	if !errors.Is(err, ErrNotFound) {
		return xml, err
	}
	switch _, err := r.Store.Resource(ctx, id); {
	case errors.Is(err, ErrNotFound):
		return nil, &problem.Plain{Kind: problem.NotFound, Text: "Unable to find resource",
			Why: fmt.Sprintf("There is no resource %q.", id)}
	case err != nil:
		return nil, err
	}
	return nil, &problem.Plain{Kind: problem.NotFound, Text: "Unable to find requested policy",
		Why: fmt.Sprintf("The resource %q has no policy.", id)}
}

// read is the resource's policy, for the views of it. They have no texts for what is not there.
func (r *Registry) read(ctx context.Context, id string) (*pdp.Policy, error) {
	xml, err := r.Policy(ctx, id)
	if refused, is := errors.AsType[*problem.Plain](err); is {
		return nil, absent(refused.Why)
	}
	if err != nil {
		return nil, err
	}
	return parsed(id, xml)
}

// parsed is a policy that is stored, and should be one therefore.
func parsed(id string, xml []byte) (*pdp.Policy, error) {
	p, err := pdp.ParsePolicy(xml)
	if err != nil {
		return nil, fmt.Errorf("reading the policy of %s: %w", id, err)
	}
	return p, nil
}

// flat is the resource's policy, spelt out.
func (r *Registry) flat(ctx context.Context, id string) ([]FlatRule, error) {
	p, err := r.read(ctx, id)
	if err != nil {
		return nil, err
	}
	rules, err := Flatten(p)
	if err != nil {
		return nil, unclear(id, err)
	}
	return rules, nil
}

// unclear is how the registry fails with a policy that it has taken and cannot spell out.
func unclear(id string, err error) error {
	return failed(fmt.Sprintf("The policy of %q cannot be shown by rules or rights: %v. Each rule needs a subject, an action"+
		" and a resource, each in an AnyOf of its own, with one action in an AllOf.", id, err))
}

// failed is how the registry fails, of which it says nothing.
func failed(why string) error {
	return &problem.Plain{Kind: problem.Failed, Empty: true, Why: why}
}

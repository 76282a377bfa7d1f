package pdp

import (
	"strings"
)

// ParsePolicy reads a policy in XML. The error is a *SyntaxError, which names the line and the element.
func ParsePolicy(data []byte) (*Policy, error) {
	root, err := parse(data)
	if err != nil {
		return nil, err
	}
	return readPolicy(root)
}

func readPolicy(e *element) (*Policy, error) {
	if e.name != "Policy" {
		return nil, e.wrong("a Policy is wanted")
	}
	values, err := e.required("PolicyId", "RuleCombiningAlgId")
	if err != nil {
		return nil, err
	}
	if !absolute(values[0]) {
		return nil, e.wrong("PolicyId %q is no URI", values[0])
	}
	err = e.holds(part{"Description", 0, 1}, part{"PolicyIssuer", 0, 1}, part{"PolicyDefaults", 0, 1}, part{"Target", 1, 1},
		part{"CombinerParameters RuleCombinerParameters VariableDefinition Rule", 0, 0},
		part{"ObligationExpressions", 0, 1}, part{"AdviceExpressions", 0, 1})
	if err != nil {
		return nil, err
	}
	p := &Policy{ID: values[0], Combining: values[1], Version: e.attribute("Version"), Description: e.description()}
	if p.Target, err = readTarget(e.child("Target")); err != nil {
		return nil, err
	}
	if p.Rules, err = each(e, "Rule", readRule); err != nil {
		return nil, err
	}
	p.compile()
	if p.Obligations, p.Advice, err = readExpressions(e); err != nil {
		return nil, err
	}
	return p, nil
}

func (e *element) description() string {
	if d := e.child("Description"); d != nil {
		return strings.TrimSpace(d.text)
	}
	return ""
}

func readRule(e *element) (*Rule, error) {
	values, err := e.required("RuleId", "Effect")
	if err != nil {
		return nil, err
	}
	r := &Rule{ID: values[0], Description: e.description()}
	if r.Effect, err = e.effect(values[1]); err != nil {
		return nil, err
	}
	err = e.holds(part{"Description", 0, 1}, part{"Target", 0, 1}, part{"Condition", 0, 1},
		part{"ObligationExpressions", 0, 1}, part{"AdviceExpressions", 0, 1})
	if err != nil {
		return nil, err
	}
	if target := e.child("Target"); target != nil {
		if r.Target, err = readTarget(target); err != nil {
			return nil, err
		}
	}
	if condition := e.child("Condition"); condition != nil {
		if r.Condition, err = readOnly(condition); err != nil {
			return nil, err
		}
	}
	if r.Obligations, r.Advice, err = readExpressions(e); err != nil {
		return nil, err
	}
	r.compile()
	return r, nil
}

func (e *element) effect(s string) (Effect, error) {
	for _, effect := range [...]Effect{Permit, Deny} {
		if strings.EqualFold(s, string(effect)) {
			return effect, nil
		}
	}
	return "", e.wrong("%q is neither Permit nor Deny", s)
}

func readTarget(e *element) (Target, error) {
	if err := e.holds(part{"AnyOf", 0, 0}); err != nil {
		return nil, err
	}
	return each(e, "AnyOf", func(e *element) (AnyOf, error) {
		if err := e.holds(part{"AllOf", 1, 0}); err != nil {
			return nil, err
		}
		return each(e, "AllOf", func(e *element) (AllOf, error) {
			if err := e.holds(part{"Match", 1, 0}); err != nil {
				return nil, err
			}
			return each(e, "Match", readMatch)
		})
	})
}

func readMatch(e *element) (Match, error) {
	values, err := e.required("MatchId")
	if err != nil {
		return Match{}, err
	}
	if selector := e.child("AttributeSelector"); selector != nil {
		return Match{}, selector.wrong("selectors are not supported: name the attribute by an AttributeDesignator")
	}
	if err := e.holds(part{"AttributeValue", 1, 1}, part{"AttributeDesignator", 1, 1}); err != nil {
		return Match{}, err
	}
	m := Match{Function: values[0]}
	if m.Value, err = readValue(e.child("AttributeValue")); err != nil {
		return Match{}, err
	}
	m.Designator, err = readDesignator(e.child("AttributeDesignator"))
	return m, err
}

func readValue(e *element) (Value, error) {
	values, err := e.required("DataType")
	if err != nil {
		return Value{}, err
	}
	if err := e.holds(); err != nil {
		return Value{}, err
	}
	v := Value{DataType: values[0], Text: e.text}
	if v.DataType != String {
		v.Text = strings.TrimSpace(v.Text)
	}
	if err := v.check(); err != nil {
		return Value{}, e.wrong("%v", err)
	}
	return v, nil
}

func readDesignator(e *element) (Designator, error) {
	values, err := e.required("AttributeId", "Category", "DataType", "MustBePresent")
	if err != nil {
		return Designator{}, err
	}
	must, err := parseBoolean(strings.ToLower(values[3]))
	if err != nil {
		return Designator{}, e.wrong("MustBePresent: %v", err)
	}
	return Designator{
		AttributeID: values[0], Category: values[1], DataType: values[2], Issuer: e.attribute("Issuer"), MustBePresent: must,
	}, nil
}

// readOnly reads the expression that is all the element holds.
func readOnly(e *element) (*Apply, error) {
	if err := e.holds(part{expressions, 1, 1}); err != nil {
		return nil, err
	}
	return readExpression(e.children[0])
}

const expressions = "Apply AttributeDesignator AttributeValue"

func readExpression(e *element) (*Apply, error) {
	switch e.name {
	case "AttributeValue":
		v, err := readValue(e)
		return &Apply{Value: &v}, err
	case "AttributeDesignator":
		d, err := readDesignator(e)
		return &Apply{Designator: &d}, err
	case "Apply":
		values, err := e.required("FunctionId")
		if err != nil {
			return nil, err
		}
		if err := e.holds(part{"Description", 0, 1}, part{expressions, 0, 0}); err != nil {
			return nil, err
		}
		a := &Apply{Function: values[0]}
		for _, c := range e.children {
			if c.name == "Description" {
				continue
			}
			argument, err := readExpression(c)
			if err != nil {
				return nil, err
			}
			a.Arguments = append(a.Arguments, argument)
		}
		return a, nil
	default:
		return nil, e.wrong("one of %s is wanted", expressions)
	}
}

func readExpressions(e *element) (obligations, advice []Expression, err error) {
	obligations, err = each(e.child("ObligationExpressions"), "ObligationExpression", func(e *element) (Expression, error) {
		return readObligation(e, "ObligationId", "FulfillOn")
	})
	if err != nil {
		return nil, nil, err
	}
	advice, err = each(e.child("AdviceExpressions"), "AdviceExpression", func(e *element) (Expression, error) {
		return readObligation(e, "AdviceId", "AppliesTo")
	})
	return obligations, advice, err
}

func readObligation(e *element, id, on string) (Expression, error) {
	values, err := e.required(id, on)
	if err != nil {
		return Expression{}, err
	}
	x := Expression{ID: values[0]}
	if x.FulfillOn, err = e.effect(values[1]); err != nil {
		return Expression{}, err
	}
	if err := e.holds(part{"AttributeAssignmentExpression", 0, 0}); err != nil {
		return Expression{}, err
	}
	x.Assignments, err = each(e, "AttributeAssignmentExpression", func(e *element) (Assignment, error) {
		values, err := e.required("AttributeId")
		if err != nil {
			return Assignment{}, err
		}
		a := Assignment{AttributeID: values[0], Category: e.attribute("Category"), Issuer: e.attribute("Issuer")}
		a.Of, err = readOnly(e)
		return a, err
	})
	return x, err
}

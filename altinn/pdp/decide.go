package pdp

import (
	"fmt"
	"slices"
)

// Options is whose way of reading policies is followed.
type Options struct {
	// Altinn decides as Altinn does, which differs from the standard. The policy's own target is ignored. A rule's target
	// is taken apart by category, resource first, then action, then subject: in each, one AllOf anywhere is enough. An
	// attribute that must be present ends the evaluation when it is one of a resource or an action. Only the policy's
	// obligations go out, and only with Permit. Source: Altinn.Authorization.ABAC.
	Altinn bool
}

// Decide holds a request to the policy.
func (p *Policy) Decide(r *Request, o Options) *Result {
	e := evaluation{request: r, options: o, policy: p, result: &Result{Rules: make([]RuleResult, len(p.Rules))}}
	if r.ReturnPolicyIDs {
		e.result.PolicyIDs = []string{p.ID}
	}
	e.decide()
	return e.result
}

// evaluation is one decision under way.
type evaluation struct {
	request *Request
	options Options
	policy  *Policy
	result  *Result
	failure *Error // the first, or the one that ends it; nil: none
	latest  *Error
}

func (e *evaluation) decide() {
	combine, known := algorithm(e.policy.Combining)
	if !known {
		e.result.Decision = Indeterminate
		e.result.Status = Error{Code: StatusOK, Message: fmt.Sprintf("there is no combining algorithm %q", e.policy.Combining)}
		return
	}
	outcomes := make([]outcome, len(e.policy.Rules))
	about := Met
	if !e.options.Altinn {
		if about = e.target(e.policy.Target); about == Unmet {
			e.conclude(notApplicable)
			return
		}
	}
	for i, rule := range e.policy.Rules {
		e.result.Rules[i].Rule = rule
		if e.options.Altinn {
			outcomes[i] = e.altinnRule(rule, &e.result.Rules[i])
		} else {
			outcomes[i] = e.rule(rule)
		}
		e.result.Rules[i].outcome = outcomes[i]
		if e.failure != nil && e.failure.ends {
			e.conclude(indeterminateDP)
			return
		}
	}
	combined := combine(outcomes)
	if about == Unclear { // XACML 3.0, table 7
		switch combined {
		case permits:
			combined = indeterminateP
		case denies:
			combined = indeterminateD
		}
	}
	e.conclude(combined)
}

// conclude writes down the decision with what goes with it.
func (e *evaluation) conclude(o outcome) {
	e.result.Status = Error{Code: StatusOK}
	switch o {
	case permits:
		e.result.Decision = DecisionPermit
		e.obligations(Permit)
	case denies:
		e.result.Decision = DecisionDeny
		e.obligations(Deny)
	case notApplicable:
		e.result.Decision = NotApplicable
	default:
		e.result.Decision = Indeterminate
		if e.failure != nil && (e.failure.ends || !e.options.Altinn) {
			e.result.Status = *e.failure
		}
	}
	if e.result.Decision == Indeterminate || e.options.Altinn && !e.result.Applicable() {
		return
	}
	e.result.Categories = included(e.request)
}

// fail notes what went wrong: the first, unless a later one ends the evaluation.
func (e *evaluation) fail(err *Error) State {
	e.latest = err
	if e.failure == nil || err.ends && !e.failure.ends {
		e.failure = err
	}
	return Unclear
}

// rule evaluates as the standard has it.
func (e *evaluation) rule(r *Rule) outcome {
	about := e.target(r.Target)
	if about == Met && r.Condition != nil {
		about = e.condition(r.Condition)
	}
	return r.comesTo(about)
}

func (r *Rule) comesTo(s State) outcome {
	switch {
	case s == Unmet:
		return notApplicable
	case s == Met && r.Effect == Permit:
		return permits
	case s == Met:
		return denies
	case r.Effect == Permit:
		return indeterminateP
	default:
		return indeterminateD
	}
}

// altinnRule evaluates as Altinn does, category by category.
func (e *evaluation) altinnRule(r *Rule, trace *RuleResult) outcome {
	for _, step := range [...]struct {
		all  []AllOf
		came *State
		ends bool
	}{
		{r.resource, &trace.Resource, true}, {r.action, &trace.Action, true}, {r.subject, &trace.Subject, false},
	} {
		*step.came = e.category(step.all, step.ends)
		if *step.came != Met {
			return r.comesTo(*step.came)
		}
	}
	if r.Condition == nil {
		return r.comesTo(Met)
	}
	trace.Condition = e.condition(r.Condition)
	return r.comesTo(trace.Condition)
}

// category tells whether one of the alternatives is met; without any, it is. What fails here ends the evaluation when
// ends is set.
func (e *evaluation) category(all []AllOf, ends bool) State {
	if len(all) == 0 {
		return Met
	}
	came := Unmet
	for _, allOf := range all {
		switch e.allOf(allOf) {
		case Met:
			return Met
		case Unclear:
			came = Unclear
		}
	}
	if came == Unclear && ends {
		e.latest.ends = true
		e.fail(e.latest)
	}
	return came
}

// target is met when all of it is; an element that cannot be told counts only when no other is unmet (XACML 3.0, tables
// 1 to 3).
func (e *evaluation) target(t Target) State {
	came := Met
	for _, anyOf := range t {
		switch e.anyOf(anyOf) {
		case Unmet:
			return Unmet
		case Unclear:
			came = Unclear
		}
	}
	return came
}

func (e *evaluation) anyOf(all AnyOf) State {
	came := Unmet
	for _, allOf := range all {
		switch e.allOf(allOf) {
		case Met:
			return Met
		case Unclear:
			came = Unclear
		}
	}
	return came
}

func (e *evaluation) allOf(all AllOf) State {
	came := Met
	for i := range all {
		switch e.match(&all[i]) {
		case Unmet:
			return Unmet
		case Unclear:
			came = Unclear
		}
	}
	return came
}

// match is met when one value of the attribute goes with that of the policy.
func (e *evaluation) match(m *Match) State {
	found, came := false, Unmet
	for i := range e.request.Categories {
		c := &e.request.Categories[i]
		if c.ID != m.Designator.Category {
			continue
		}
		for j := range c.Attributes {
			a := &c.Attributes[j]
			if !m.Designator.names(a, e.options) {
				continue
			}
			found = true
			compare, err := e.options.comparison(m.Function)
			if err != nil {
				return e.fail(&Error{Code: err.Code, Message: err.Message, ends: e.options.Altinn})
			}
			for _, value := range a.Values {
				fits, err := compare(m.Value.Text, value)
				if fits && err == nil {
					return Met
				}
				if err != nil {
					came = e.fail(&Error{Code: SyntaxErrorStatus, Message: err.Error(), ends: e.options.Altinn})
				}
			}
		}
	}
	if !found && m.Designator.MustBePresent {
		return e.fail(m.Designator.missing())
	}
	return came
}

// names tells whether the designator is of that attribute. Altinn does not ask for the issuer.
func (d *Designator) names(a *Attribute, o Options) bool {
	return a.ID == d.AttributeID && a.DataType == d.DataType && (d.Issuer == "" || o.Altinn || d.Issuer == a.Issuer)
}

func (d *Designator) missing() *Error {
	return &Error{Code: MissingAttribute, Message: fmt.Sprintf("the request has no %s of type %s in the category %s",
		d.AttributeID, d.DataType, d.Category)}
}

func (e *evaluation) condition(a *Apply) State {
	came, err := e.expression(a)
	switch {
	case err != nil:
		err.ends = e.options.Altinn && err.Code == ProcessingError
		return e.fail(err)
	case came.many || len(came.values) != 1:
		return e.fail(&Error{Code: SyntaxErrorStatus, Message: "a condition has to come to one boolean"})
	case came.values[0] == "true":
		return Met
	default:
		return Unmet
	}
}

func (e *evaluation) expression(a *Apply) (bag, *Error) {
	switch {
	case a.Value != nil:
		return one(a.Value.Text), nil
	case a.Designator != nil:
		return e.values(a.Designator)
	}
	arguments := make([]bag, len(a.Arguments))
	for i, argument := range a.Arguments {
		var err *Error
		if arguments[i], err = e.expression(argument); err != nil {
			return bag{}, err
		}
	}
	came, err := e.options.apply(a.Function, arguments)
	if err != nil {
		return bag{}, err
	}
	return came, nil
}

// values are all of the attribute.
func (e *evaluation) values(d *Designator) (bag, *Error) {
	all := bag{many: true}
	for i := range e.request.Categories {
		c := &e.request.Categories[i]
		if c.ID != d.Category {
			continue
		}
		for j := range c.Attributes {
			if d.names(&c.Attributes[j], e.options) {
				all.values = append(all.values, c.Attributes[j].Values...)
			}
		}
	}
	if len(all.values) == 0 && d.MustBePresent {
		return bag{}, d.missing()
	}
	return all, nil
}

// obligations collects what goes with the decision. In the standard that is the policy's and that of the rules that
// came to it.
func (e *evaluation) obligations(effect Effect) {
	if e.options.Altinn {
		if effect == Permit {
			e.result.Obligations = e.assign(e.policy.Obligations, effect)
		}
		return
	}
	obligations, advice := e.assign(e.policy.Obligations, effect), e.assign(e.policy.Advice, effect)
	for i, rule := range e.policy.Rules {
		if rule.Effect == effect && e.result.Rules[i].outcome == rule.comesTo(Met) {
			obligations = slices.Concat(obligations, e.assign(rule.Obligations, effect))
			advice = slices.Concat(advice, e.assign(rule.Advice, effect))
		}
	}
	e.result.Obligations, e.result.Advice = obligations, advice
}

func (e *evaluation) assign(expressions []Expression, effect Effect) []Obligation {
	var all []Obligation
	for _, x := range expressions {
		if x.FulfillOn != effect {
			continue
		}
		o := Obligation{ID: x.ID}
		for _, a := range x.Assignments {
			values, err := e.expression(a.Of)
			if err != nil {
				continue
			}
			for _, value := range values.values {
				o.Assignments = append(o.Assignments, AssignedValue{
					AttributeID: a.AttributeID, Category: a.Category, Issuer: a.Issuer, Value: Value{a.Of.dataType(), value},
				})
			}
		}
		all = append(all, o)
	}
	return all
}

// dataType is that of the expression's values.
func (a *Apply) dataType() string {
	switch {
	case a.Value != nil:
		return a.Value.DataType
	case a.Designator != nil:
		return a.Designator.DataType
	default:
		return String
	}
}

// included are the attributes that the request wants back.
func included(r *Request) []Category {
	var all []Category
	for _, c := range r.Categories {
		wanted := Category{ID: c.ID}
		for _, a := range c.Attributes {
			if a.Include {
				wanted.Attributes = append(wanted.Attributes, a)
			}
		}
		if wanted.Attributes != nil {
			all = append(all, wanted)
		}
	}
	return all
}

// Granted is the result when the policy's rules do not apply, and the request is permitted all the same: by a right that
// has been delegated. The policy's obligations count.
func (p *Policy) Granted(r *Request, o Options) *Result {
	e := evaluation{request: r, options: o, policy: p, result: &Result{Decision: DecisionPermit, Status: Error{Code: StatusOK}}}
	e.obligations(Permit)
	e.result.Categories = included(r)
	return e.result
}

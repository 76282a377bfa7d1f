package authorization

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mpe/altinn/party"
	"mpe/altinn/pdp"
	"mpe/altinn/problem"
	"mpe/altinn/resource"
	"mpe/altinn/systemuser"
)

// Report puts the explanation into words.
func (x *Explanation) Report() *Report {
	r := &Report{
		Decision: x.Result.Decision, Status: x.Result.Status.Code[strings.LastIndexByte(x.Result.Status.Code, ':')+1:],
		Stage: x.Stage, Subject: x.subject(), Resource: x.ResourceID,
	}
	if x.Request != nil {
		r.Action = x.Request.Category(pdp.Action).Value(pdp.ActionID)
	}
	if x.Party != nil {
		r.Party = named(x.Party)
	}
	if x.Result.Decision != pdp.DecisionPermit {
		r.Nearest = x.nearest()
		r.Help = x.help(r)
	}
	r.Stages = x.steps(r)
	r.Why = x.why(r)
	return r
}

func named(p *party.Party) string {
	if p.Number == "" {
		return p.Name
	}
	return p.Name + " (" + string(p.Number) + ")"
}

func (x *Explanation) subject() string {
	switch {
	case x.SystemUser != nil:
		return fmt.Sprintf("system user %s of %s", cmp.Or(x.SystemUser.Title, x.SystemUser.ID), x.SystemUser.Owner)
	case x.SystemUserID != "":
		return "system user " + x.SystemUserID
	case x.Person != nil:
		return x.Person.Name
	case x.As != nil:
		return named(x.As)
	case x.Request != nil:
		if c := x.Request.Category(pdp.AccessSubject); c != nil && len(c.Attributes) > 0 {
			return c.Attributes[0].ID + " " + strings.Join(c.Attributes[0].Values, ", ")
		}
	}
	return ""
}

// steps are the stages in the order in which they are shown.
func (x *Explanation) steps(r *Report) []Step {
	failed := x.Result.Decision == pdp.Indeterminate && x.RulesResult == nil
	found := map[Stage]string{
		StageSubject: r.Subject, StageParty: r.Party, StagePolicy: x.policyFound(), StageEnriched: x.enriched(),
		StageRules: x.rulesFound(), StageDelegations: x.delegationsFound(), StageAccessList: x.accessListFound(),
		StageObligations: x.obligationsFound(),
	}
	var steps []Step
	passed := func(s Stage) bool {
		switch s {
		case StageRequest:
			return x.Request != nil
		case StageRules:
			return x.RulesResult != nil && x.RulesResult.Decision == pdp.DecisionPermit
		case StageDelegations:
			return x.Delegated != nil
		case StageAccessList:
			return x.Result.Decision == pdp.DecisionPermit && found[s] != ""
		case StageObligations:
			return x.Result.Decision == pdp.DecisionPermit && len(x.Result.Obligations) > 0
		default:
			return found[s] != ""
		}
	}
	for _, stage := range [...]Stage{
		StageRequest, StageSubject, StageParty, StagePolicy, StageEnriched, StageRules, StageDelegations, StageAccessList,
		StageObligations,
	} {
		step := Step{Stage: stage, Outcome: Skipped, Found: found[stage]}
		switch {
		case failed && stage == x.Stage:
			step.Outcome, step.Found = Stopped, x.Result.Status.Message
		case passed(stage):
			step.Outcome = Passed
		case !failed && x.Result.Decision != pdp.DecisionPermit && (stage == StageRules && x.RulesResult != nil || stage == StageAccessList && x.Denied ||
			stage == StageDelegations && x.Result.Decision == pdp.NotApplicable):
			step.Outcome = Stopped
		}
		steps = append(steps, step)
	}
	return steps
}

func (x *Explanation) policyFound() string {
	if x.Policy == nil {
		return ""
	}
	return fmt.Sprintf("%s (%d rules)", x.ResourceID, len(x.Policy.Rules))
}

func (x *Explanation) enriched() string {
	return strings.Join(slices.Concat(x.Roles, x.Packages), ", ")
}

func (x *Explanation) rulesFound() string {
	if x.RulesResult == nil {
		return ""
	}
	if message := x.RulesResult.Status.Message; message != "" {
		return message
	}
	for _, rule := range x.RulesResult.Rules {
		if rule.Permits() && x.RulesResult.Decision == pdp.DecisionPermit || rule.Denies() && x.RulesResult.Decision == pdp.DecisionDeny {
			return "rule " + rule.Rule.ID + " comes to " + string(x.RulesResult.Decision)
		}
	}
	return string(x.RulesResult.Decision)
}

func (x *Explanation) delegationsFound() string {
	if x.RulesResult == nil || x.RulesResult.Decision != pdp.NotApplicable || x.SystemUser == nil {
		return ""
	}
	if x.Delegated != nil {
		return x.Delegated.Action + " on " + x.ResourceID
	}
	if actions := x.delegatedActions(); actions != nil {
		return "covers " + strings.Join(actions, ", ") + " only"
	}
	return "none to " + x.ResourceID
}

// delegatedActions are those that the system user has been given on the resource.
func (x *Explanation) delegatedActions() []string {
	if x.SystemUser == nil {
		return nil
	}
	var actions []string
	for _, right := range x.SystemUser.Delegated {
		if right.ResourceID() == x.ResourceID {
			actions = append(actions, right.Action)
		}
	}
	return actions
}

func (x *Explanation) accessListFound() string {
	switch {
	case x.Resource == nil || x.Resource.AccessListMode != resource.Enabled:
		return ""
	case x.Denied:
		return "the party is on no list that lets it do this"
	case x.Result.Decision == pdp.DecisionPermit:
		return "the party is on a list"
	default:
		return ""
	}
}

func (x *Explanation) obligationsFound() string {
	for _, o := range x.Result.Obligations {
		for _, a := range o.Assignments {
			if a.Category == "urn:altinn:minimum-authenticationlevel" {
				return "level " + a.Value.Text
			}
		}
	}
	return ""
}

// nearest is the rule of which most is met: first its resource, then its action.
func (x *Explanation) nearest() *Nearest {
	if x.RulesResult == nil {
		return nil
	}
	best, score := (*pdp.RuleResult)(nil), -1
	for i := range x.RulesResult.Rules {
		rule := &x.RulesResult.Rules[i]
		points := 0
		if rule.Resource == pdp.Met {
			points += 2
		}
		if rule.Action == pdp.Met {
			points++
		}
		if rule.Rule != nil && points > score {
			best, score = rule, points
		}
	}
	if best == nil {
		return nil
	}
	n := &Nearest{
		Rule: best.Rule.ID, Resource: outcome(best.Resource), Action: outcome(best.Action), Subject: outcome(best.Subject),
	}
	for _, m := range best.Rule.Matches(pdp.Action) {
		n.Actions = append(n.Actions, m.Value.Text)
	}
	for _, m := range best.Rule.Matches(pdp.AccessSubject) {
		n.Subjects = append(n.Subjects, Subject{m.Designator.AttributeID, m.Value.Text})
	}
	return n
}

func outcome(s pdp.State) Outcome {
	switch s {
	case pdp.Met:
		return Passed
	case pdp.Unasked:
		return Skipped
	default:
		return Stopped
	}
}

func (x *Explanation) why(r *Report) string {
	switch {
	case x.Result.Status.Message != "":
		return x.Result.Status.Message
	case x.Denied:
		return fmt.Sprintf("%s is on no access list of %s that allows %s.", cmp.Or(r.Party, "The party"), r.Resource, r.Action)
	case x.Delegated != nil:
		return fmt.Sprintf("%s has been given the single right %s on %s.", upper(r.Subject), r.Action, r.Resource)
	case r.Decision == pdp.NotApplicable && x.SystemUserID != "" && x.SystemUser == nil:
		return fmt.Sprintf("There is no system user %s.", x.SystemUserID)
	case r.Decision == pdp.NotApplicable && x.SystemUser != nil && !x.SystemUser.Live():
		return fmt.Sprintf("The %s has been deleted.", r.Subject)
	case r.Decision == pdp.NotApplicable && !x.Result.Applicable():
		return fmt.Sprintf("No rule of %s is about the action %s.", r.Resource, strconv.Quote(r.Action))
	case r.Decision == pdp.NotApplicable:
		return fmt.Sprintf("No rule of %s and no single right lets the %s do %s for %s.",
			r.Resource, r.Subject, r.Action, cmp.Or(r.Party, "a party that is not known"))
	default:
		return fmt.Sprintf("%s: %s.", r.Resource, x.rulesFound())
	}
}

func upper(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// help is what would have led to a Permit, the nearest first.
func (x *Explanation) help(r *Report) []string {
	var all []string
	add := func(format string, values ...any) { all = append(all, fmt.Sprintf(format, values...)) }
	if x.Denied {
		add("Add %s to an access list of %s.", r.Party, r.Resource)
		return all
	}
	if x.Result.Decision != pdp.NotApplicable {
		return nil
	}
	if u := x.SystemUser; u != nil {
		x.helpSystemUser(u, add)
	}
	if n := r.Nearest; n != nil && n.Action != Passed {
		for _, action := range x.Policy.Wants(pdp.Action, pdp.ActionID) {
			if strings.EqualFold(action, r.Action) {
				add("Ask for %q: the case of an action counts.", action)
				return all
			}
		}
		add("Ask for one of the actions that the policy knows: %s.",
			strings.Join(x.Policy.Wants(pdp.Action, pdp.ActionID), ", "))
		return all
	}
	if actions := x.delegatedActions(); actions != nil && x.serves() {
		add("Ask for an action that has been given as a single right: %s.", strings.Join(actions, ", "))
	}
	if n := r.Nearest; n != nil {
		for _, s := range n.Subjects {
			if s.Attribute == resource.PackageAttribute && x.serves() && !slices.Contains(x.Packages, s.Value) {
				add("Give the system user the access package %s, by a change request: rule %s is for it.", s.Value, n.Rule)
			}
		}
	}
	return all
}

// serves tells whether the system user acts for the party that is asked about.
func (x *Explanation) serves() bool {
	if x.SystemUser == nil || x.Party == nil {
		return false
	}
	d := decision{Explanation: x}
	if x.SystemUser.Type == systemuser.Agent {
		return slices.ContainsFunc(x.SystemUser.Clients, d.covers)
	}
	return d.covers(x.SystemUser.Owner)
}

func (x *Explanation) helpSystemUser(u *systemuser.SystemUser, add func(string, ...any)) {
	switch {
	case !u.Live():
		add("Ask for a new system user: one that was deleted does not come back.")
	case x.SystemUserID != u.ID && len(u.Delegated) > 0:
		add("Send the id in lower case, %s: single rights are found by the text of it.", u.ID)
	case x.serves():
	case u.Type == systemuser.Agent && x.Party != nil && x.Party.Number == u.Owner:
		add("Name one of its clients as the party: an agent does not act for its owner.")
	case u.Type == systemuser.Agent && len(u.Clients) == 0:
		add("Add a client to the agent: it has none.")
	case u.Type == systemuser.Agent:
		clients := make([]string, len(u.Clients))
		for i, n := range u.Clients {
			clients[i] = string(n)
		}
		add("Name one of its clients as the party, %s, or add the party as a client.", strings.Join(clients, ", "))
	default:
		add("Name its owner %s as the party, or a subunit of it: the system user acts for no other.", u.Owner)
	}
}

// similar names resources whose ids are like the one that has no policy.
func (d *decision) similar(ctx context.Context) string {
	all, err := d.view.Resources(ctx)
	if err != nil {
		return ""
	}
	ids := make([]string, len(all))
	for i, r := range all {
		ids[i] = r.ID
	}
	if len(ids) == 0 {
		return ""
	}
	best := problem.Nearest(d.ResourceID, ids)
	if best == d.ResourceID {
		return " The resource is registered, and has no policy: upload one."
	}
	return fmt.Sprintf(" Did you mean %q?", best)
}

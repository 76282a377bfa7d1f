package authorization

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"mpe/altinn/party"
	"mpe/altinn/pdp"
	"mpe/altinn/resource"
	"mpe/altinn/systemuser"
	"mpe/oauth/org"
)

// Authorizer is Altinn's policy decision point: it decides requests by the policies of resources, and by what has been
// given to those who ask.
type Authorizer struct {
	Store   Viewer
	Parties Parties
}

// Viewer is where the data are.
type Viewer interface {
	// View is the data as they are now. What it gives must not be changed.
	View(ctx context.Context) (View, error)
}

// View is what decisions are made from.
type View interface {
	Resources

	// Resources are all, in the order of their ids.
	Resources(ctx context.Context) ([]*resource.Resource, error)

	// SystemUser gives systemuser.ErrNotFound for an id that there never was. Deleted ones are found.
	SystemUser(ctx context.Context, id string) (*systemuser.SystemUser, error)
}

// Parties is the party register. False: there is no such party.
type Parties interface {
	Organisation(n org.Number) (*party.Party, bool)
	Party(id int) (*party.Party, bool)
	ByUUID(uuid string) (*party.Party, bool)
	Person(wanted func(*party.Person) bool) (*party.Person, bool)
	Clients(of org.Number) []party.Relation
	Subunits(of org.Number) []*party.Party
}

// Endpoint is which of Altinn's addresses is asked. They differ in what they take.
type Endpoint int

// The endpoints.
const (
	External Endpoint = iota // POST authorize, for service owners
	Internal                 // POST decision, for Altinn's own apps
)

// Authorize decides the requests. What is wrong with one of several makes one answer of them all, as in Altinn. The
// error is a fault.
func (a *Authorizer) Authorize(ctx context.Context, requests []*pdp.Request, at Endpoint) ([]*Explanation, error) {
	view, err := a.Store.View(ctx)
	if err != nil {
		return nil, err
	}
	return a.authorize(ctx, view, requests, at)
}

func (a *Authorizer) authorize(
	ctx context.Context, view View, requests []*pdp.Request, at Endpoint,
) ([]*Explanation, error) {
	all := make([]*Explanation, len(requests))
	for i, request := range requests {
		x := &Explanation{Request: request}
		d := decision{Explanation: x, view: view, parties: a.Parties, endpoint: at}
		if err := d.decide(ctx); err != nil {
			refused, ok := errors.AsType[*pdp.Error](err)
			if !ok {
				return nil, err
			}
			x.fail(refused, at)
			return []*Explanation{x}, nil
		}
		all[i] = x
	}
	return all, nil
}

// Unreadable explains a document that could not be read as requests.
func Unreadable(err *pdp.Error, at Endpoint) *Explanation {
	x := &Explanation{Stage: StageRequest}
	x.fail(err, at)
	return x
}

// fail is what is answered when a request cannot be decided. Internally every such answer has the same status.
func (x *Explanation) fail(err *pdp.Error, at Endpoint) {
	if at == Internal {
		err = &pdp.Error{Code: pdp.SyntaxErrorStatus, Message: err.Message}
	}
	x.Result = pdp.Undecided(err)
}

// decision is one under way.
type decision struct {
	*Explanation
	view     View
	parties  Parties
	endpoint Endpoint

	subject, to *pdp.Category
}

// decide goes through Altinn's stages. The error is a *pdp.Error when the request cannot be decided.
func (d *decision) decide(ctx context.Context) error {
	for _, stage := range [...]struct {
		stage Stage
		do    func(context.Context) error
	}{
		{StageParty, d.findParty}, {StageSubject, d.findSubject}, {StagePolicy, d.findPolicy}, {StageEnriched, d.enrich},
		{StageRules, d.rules}, {StageDelegations, d.delegations}, {StageAccessList, d.accessList},
	} {
		d.Stage = stage.stage
		if err := stage.do(ctx); err != nil {
			return err
		}
	}
	d.Stage = d.decidedBy()
	return nil
}

func processing(format string, values ...any) error {
	return &pdp.Error{Code: pdp.ProcessingError, Message: fmt.Sprintf(format, values...)}
}

func syntax(format string, values ...any) error {
	return &pdp.Error{Code: pdp.SyntaxErrorStatus, Message: fmt.Sprintf(format, values...)}
}

// findPolicy finds the resource that is asked about, and its policy. An app is named by its owner and itself.
func (d *decision) findPolicy(ctx context.Context) error {
	owner, app := d.to.Value(resource.AttributeOrg), d.to.Value(resource.AttributeApp)
	d.ResourceID = d.to.Value(resource.AttributeID)
	switch {
	case owner != "" && app != "":
		d.ResourceID = resource.AppID(owner, app)
	case d.ResourceID == "":
		return processing("The request names no resource: send %s, or %s and %s.",
			resource.AttributeID, resource.AttributeOrg, resource.AttributeApp)
	default:
		for _, a := range resource.AuthorizationReference(d.ResourceID) {
			if !has(d.to, a.ID, a.Value) {
				d.to.Add(a.ID, a.Value)
			}
		}
	}
	policy, err := d.view.CompiledPolicy(ctx, d.ResourceID)
	if errors.Is(err, resource.ErrNotFound) {
		return processing("Policy not found for resource %q.%s", d.ResourceID, d.similar(ctx))
	}
	if err != nil {
		return err
	}
	d.Policy = policy
	d.Resource, err = d.view.Resource(ctx, d.ResourceID)
	if errors.Is(err, resource.ErrNotFound) {
		return nil
	}
	return err
}

// rules evaluates the resource's policy.
func (d *decision) rules(context.Context) error {
	d.RulesResult = d.Policy.Decide(d.Request, pdp.Options{Altinn: true})
	d.Result = d.RulesResult
	return nil
}

// delegations looks at single rights when the policy does not apply. An upper-case id finds none: the policies that
// Altinn writes for them compare texts.
func (d *decision) delegations(context.Context) error {
	if d.Result.Decision != pdp.NotApplicable || d.SystemUser == nil {
		return nil
	}
	u := d.SystemUser
	if u.Type == systemuser.Agent || !u.Live() || !d.covers(u.Owner) || d.subject.Value(attributeSystemUser) != u.ID {
		return nil
	}
	for i := range u.Delegated {
		if d.asks(&u.Delegated[i]) {
			d.Delegated = &u.Delegated[i]
			d.Result = d.Policy.Granted(d.Request, pdp.Options{Altinn: true})
			return nil
		}
	}
	return nil
}

// asks tells whether the request is for that right.
func (d *decision) asks(right *resource.Right) bool {
	if !has(d.Request.Category(pdp.Action), pdp.ActionID, right.Action) {
		return false
	}
	return !slices.ContainsFunc(right.Resource, func(a resource.Attribute) bool { return !has(d.to, a.ID, a.Value) })
}

func has(c *pdp.Category, id, value string) bool {
	a := c.Attribute(id)
	return a != nil && slices.Contains(a.Values, value)
}

// covers tells whether what is held for the organisation counts for the party that is asked about: itself, or as its
// subunit.
func (d *decision) covers(n org.Number) bool {
	return n != "" && d.Party != nil && (d.Party.Number == n || d.Party.Parent == n)
}

// accessList turns a Permit into a Deny when the resource has access lists, and the party is on none of them.
func (d *decision) accessList(context.Context) error {
	if d.Result.Decision != pdp.DecisionPermit || d.Resource == nil || d.Resource.AccessListMode != resource.Enabled {
		return nil
	}
	if d.Party != nil && d.Party.Number != "" &&
		d.Resource.Lists(d.Party.Number, d.Request.Category(pdp.Action).Value(pdp.ActionID)) {
		return nil
	}
	d.Denied = true
	d.Result = &pdp.Result{Decision: pdp.DecisionDeny, Status: pdp.Error{Code: pdp.StatusOK}}
	return nil
}

// decidedBy is the stage that made the decision what it is.
func (d *decision) decidedBy() Stage {
	switch {
	case d.Denied:
		return StageAccessList
	case d.Delegated != nil, d.Result.Decision == pdp.NotApplicable:
		return StageDelegations
	default:
		return StageRules
	}
}

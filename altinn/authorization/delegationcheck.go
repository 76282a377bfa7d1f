package authorization

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mpe/altinn/party"
	"mpe/altinn/pdp"
	"mpe/altinn/problem"
	"mpe/altinn/resource"
	"mpe/altinn/systemuser"
	"mpe/oauth/org"
)

// DelegationCheck tells what a person may pass on to a system user on behalf of an organisation. It goes by the
// person's roles: what a policy gives a role, its holder may pass on.
type DelegationCheck struct{ Resources Resources }

// Resources is the resource registry. Both give resource.ErrNotFound.
type Resources interface {
	Resource(ctx context.Context, id string) (*resource.Resource, error)
	CompiledPolicy(ctx context.Context, resourceID string) (*pdp.Policy, error)
}

// Reason is why a right may be passed on, or not, in the words of Altinn's access management.
type Reason string

// The reasons. The first three are for a right that may be passed on.
const (
	RoleAccess               Reason = "RoleAccess"
	PackageAccess            Reason = "PackageAccess"
	DelegationAccess         Reason = "DelegationAccess"
	MissingRoleAccess        Reason = "MissingRoleAccess"
	MissingPackageAccess     Reason = "MissingPackageAccess"
	MissingDelegationAccess  Reason = "MissingDelegationAccess"
	AccessListValidationFail Reason = "AccessListValidationFail"
	ResourceNotDelegable     Reason = "ResourceNotDelegable"
	ResourceIsMaskinporten   Reason = "ResourceIsMaskinPortenSchema"
)

// Checked is what the check came to for one right of a resource.
type Checked struct {
	Right     resource.Right
	Delegable bool
	Reasons   []Reason
}

// Rights are what the person may pass on of the rights: one for each action. Of each resource that has to be something;
// the first of which it is nothing decides.
func (d *DelegationCheck) Rights(
	ctx context.Context, by *party.Person, from org.Number, rights []resource.Right,
) ([]resource.Right, error) {
	var delegable []resource.Right
	for _, right := range rights {
		checked, err := d.Check(ctx, by, from, right.ResourceID())
		if err != nil {
			return nil, err
		}
		passed := delegable
		for _, c := range checked {
			if c.Delegable {
				passed = append(passed, c.Right)
			}
		}
		if len(passed) == len(delegable) {
			return nil, refused(by, from, right.ResourceID(), checked)
		}
		delegable = passed
	}
	return delegable, nil
}

// codes are what the caller is told for the first reason.
var codes = map[Reason]problem.Code{
	MissingRoleAccess: "AUTH-00016", MissingDelegationAccess: "AUTH-00018", MissingPackageAccess: "AUTH-00068",
	AccessListValidationFail: "AUTH-00069", ResourceNotDelegable: "AUTH-00070", ResourceIsMaskinporten: "AUTH-00071",
}

func refused(by *party.Person, from org.Number, id string, checked []Checked) error {
	if len(checked) == 0 {
		return problem.New("AUTH-00014", fmt.Sprintf(
			"The resource registry has no resource %q with a policy that gives roles or access packages a right.", id))
	}
	reason := checked[0].Reasons[0]
	return problem.New(codes[reason], fmt.Sprintf(whyNot[reason], id, by.Name, from))
}

// whyNot are sentences about a resource, a person and an organisation.
var whyNot = map[Reason]string{
	MissingRoleAccess:        "No rule of the resource %[1]q is for a role or access package that %[2]s has for %[3]s.",
	MissingPackageAccess:     "The rules of the resource %[1]q are for access packages, none of which %[2]s has for %[3]s.",
	MissingDelegationAccess:  "Nobody has delegated the resource %[1]q to %[2]s for %[3]s.",
	AccessListValidationFail: "%[3]s is not on an access list of the resource %[1]q, whatever the rights of %[2]s.",
	ResourceNotDelegable:     "The resource %[1]q is not delegable: %[2]s cannot pass it on for %[3]s.",
	ResourceIsMaskinporten:   "The resource %[1]q stands for scopes of Maskinporten's: %[2]s cannot give it to a system user of %[3]s.",
}

// Check is what the person may pass on of the resource: one for each action that its policy gives a role or an access
// package. None: there is no such resource, or its policy says nothing of the kind.
func (d *DelegationCheck) Check(ctx context.Context, by *party.Person, from org.Number, id string) ([]Checked, error) {
	r, err := d.Resources.Resource(ctx, id)
	if errors.Is(err, resource.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	policy, err := d.Resources.CompiledPolicy(ctx, id)
	if errors.Is(err, resource.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rules, err := resource.Flatten(policy)
	if err != nil {
		return nil, nil //nolint:nilerr // Altinn's access management finds no rights in such a policy either
	}
	var all []Checked
	for _, right := range resource.Delegable(rules) {
		ok, reasons := reasons(r, rules, right, by, from)
		all = append(all, Checked{right, ok, reasons})
	}
	return all, nil
}

// reasons are why the right may be passed on, or not.
func reasons(
	r *resource.Resource, rules []resource.FlatRule, right resource.Right, by *party.Person, from org.Number,
) (bool, []Reason) {
	switch {
	case !r.Delegable:
		return false, []Reason{ResourceNotDelegable}
	case r.Type == resource.MaskinportenSchema:
		return false, []Reason{ResourceIsMaskinporten}
	case !r.Lists(from, ""):
		return false, []Reason{AccessListValidationFail}
	}
	missing := MissingPackageAccess
	packaged := false
	for _, rule := range rules {
		if rule.Action != right.Action || !right.Matches(resource.Right{Resource: rule.Resource}) {
			continue
		}
		for _, subject := range rule.Subjects {
			if len(subject) != 1 {
				continue
			}
			switch who := subject[0]; {
			case holdsRole(by, from, who):
				return true, []Reason{RoleAccess}
			case who.ID == resource.PackageAttribute:
				packaged = packaged || holdsPackage(by, from, who.Value)
			default:
				missing = MissingRoleAccess
			}
		}
	}
	if packaged {
		return true, []Reason{PackageAccess}
	}
	return false, []Reason{missing, MissingDelegationAccess}
}

// Packages gives AUTH-00053 when the person may not pass on one of the access packages.
func (d *DelegationCheck) Packages(_ context.Context, by *party.Person, from org.Number, packages []string) error {
	closed := slices.DeleteFunc(slices.Clone(packages), func(urn string) bool { return passesPackage(by, from, urn) })
	if len(closed) > 0 {
		return problem.New("AUTH-00053", fmt.Sprintf("%s may not pass on %s on behalf of %s: that takes a role such as daglig-leder.",
			by.Name, strings.Join(closed, ", "), from))
	}
	return nil
}

// Lacking are all those of the rights and the access packages that the person may not pass on.
func (d *DelegationCheck) Lacking(
	ctx context.Context, by *party.Person, from org.Number, rights []resource.Right, packages []string,
) ([]systemuser.Lacking, error) {
	var all []systemuser.Lacking
	for _, right := range rights {
		checked, err := d.Check(ctx, by, from, right.ResourceID())
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(checked, func(c Checked) bool { return c.Delegable }) {
			continue
		}
		lacking := systemuser.Lacking{ID: right.ResourceID(), Reasons: []string{"Unknown"}}
		if len(checked) > 0 {
			lacking.Reasons = nil
			for _, reason := range checked[0].Reasons {
				lacking.Reasons = append(lacking.Reasons, string(reason))
			}
		}
		all = append(all, lacking)
	}
	for _, urn := range packages {
		if !passesPackage(by, from, urn) {
			all = append(all, systemuser.Lacking{ID: urn, Package: true, Reasons: []string{string(MissingPackageAccess)}})
		}
	}
	return all, nil
}

package authorization

import (
	"context"
	"fmt"
	"slices"

	"mpe/altinn/party"
	"mpe/altinn/problem"
	"mpe/altinn/resource"
	"mpe/oauth/org"
)

// DelegationCheck tells what a person may pass on to a system user on behalf of an organisation. It goes by the
// person's roles: who represents the organisation may pass on all that can be passed on, and who only administers
// access may pass on nothing that the organisation has not given them.
type DelegationCheck struct{ Resources Resources }

// Resources tells which resources there are; false: there is none with the id.
type Resources interface {
	Resource(id string) (*resource.Resource, bool)
}

// MayDelegate gives the problem of the first right that may not be passed on, and AUTH-00053 for access packages.
func (d *DelegationCheck) MayDelegate(
	_ context.Context, by *party.Person, from org.Number, rights []resource.Right, packages []string,
) error {
	for _, right := range rights {
		if err := d.right(by, from, right.ResourceID()); err != nil {
			return err
		}
	}
	closed := slices.DeleteFunc(slices.Clone(packages), func(urn string) bool { return mayPass(by, from, urn) })
	if len(closed) > 0 {
		return problem.New("AUTH-00053", fmt.Sprintf("%s may not pass on %s on behalf of %s: that takes a role such as daglig-leder.",
			by.Name, closed[0], from))
	}
	return nil
}

func (d *DelegationCheck) right(by *party.Person, from org.Number, id string) error {
	r, known := d.Resources.Resource(id)
	switch {
	case !known:
		return problem.New("AUTH-00014", fmt.Sprintf("The resource registry does not know %q.", id))
	case r.Type == resource.MaskinportenSchema:
		return problem.New("AUTH-00071", fmt.Sprintf("The resource %q stands for a scope of Maskinporten's.", id))
	case !r.Delegable:
		return problem.New("AUTH-00070", fmt.Sprintf("The resource %q is not delegable.", id))
	case r.AccessList != nil && !slices.Contains(r.AccessList, from):
		return problem.New("AUTH-00069", fmt.Sprintf("%s is not on the access list of the resource %q.", from, id))
	case !by.Represents(from):
		return problem.New("AUTH-00016", fmt.Sprintf("%s has no role for %s that gives the right to %q; daglig-leder does.",
			by.Name, from, id))
	default:
		return nil
	}
}

func mayPass(by *party.Person, from org.Number, urn string) bool {
	p, known := resource.Package(urn)
	return known && p.Assignable && by.Represents(from)
}

package console

import (
	"context"
	"errors"
	"html/template"
	"slices"

	"mpe/altinn/resource"
	"mpe/altinn/system"
	"mpe/altinn/systemuser"
	"mpe/oauth/org"
)

// Records are what the pages look up.
type Records interface {
	// System gives system.ErrNotFound, Request systemuser.ErrNotFound, Resource resource.ErrNotFound.
	System(ctx context.Context, id string) (*system.System, error)
	Request(ctx context.Context, id string) (*systemuser.Request, error)
	Resource(ctx context.Context, id string) (*resource.Resource, error)
}

// Packages tell which resources an access package is for, by URN.
type Packages interface {
	BySubjects(ctx context.Context, urns []string) ([]resource.Guarded, error)
}

// power is a right to a resource (a single service), or an access package, as a customer sees it.
type power struct {
	ID          string // of the resource, or the URN of the access package
	Name        string
	Owner       string // of the resource
	Description string
	Package     bool
	Assignable  bool    // of an access package
	Services    []power // what an access package opens

	Dialog string // the id of the element that tells more; empty: not on this page
}

// powers is a list of them under a heading.
type powers struct {
	frame
	Heading template.HTML // empty: none
	Items   []power
}

// Count says how many there are.
func (v powers) Count(key string) (template.HTML, error) { return v.count(key, len(v.Items)) }

// Numbers says how many services are in the package.
func (v powers) Numbers(one power) (template.HTML, error) {
	return v.count("power.services", len(one.Services))
}

// count is the text for one, or for several.
func (f frame) count(key string, n int) (template.HTML, error) {
	if n == 1 {
		return f.T(key + ".one")
	}
	return f.T(key+".many", "number", n)
}

// rights are those of a system user, or asked for, by name.
func (p *Pages) rights(ctx context.Context, in language, rights []resource.Right) ([]power, error) {
	var all []power
	for _, right := range rights {
		one, err := p.service(ctx, in, right.ResourceID())
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// service is what is said of a resource; of one that is not there, its id.
func (p *Pages) service(ctx context.Context, in language, id string) (power, error) {
	r, err := p.Records.Resource(ctx, id)
	switch {
	case errors.Is(err, resource.ErrNotFound):
		return power{ID: id, Name: id}, nil
	case err != nil:
		return power{}, err
	}
	return power{
		ID: id, Name: spoken(r.Title, in, id), Description: spoken(r.Description, in, ""), Owner: p.nameOf(r.Owner()),
	}, nil
}

// spoken is the text in the language, or in the first that there is.
func spoken(texts map[string]string, in language, otherwise string) string {
	for _, l := range []language{in, nb, nn, en} {
		if texts[string(l)] != "" {
			return texts[string(l)]
		}
	}
	return otherwise
}

// nameOf is the name of the organisation; its number when it has none.
func (p *Pages) nameOf(n org.Number) string {
	if o, ok := p.Parties.Organisation(n); ok {
		return o.Name
	}
	return string(n)
}

// packages are the access packages, by name, with the services that they open.
func (p *Pages) packages(ctx context.Context, in language, urns []string) ([]power, error) {
	if len(urns) == 0 {
		return nil, nil
	}
	guarded, err := p.Packages.BySubjects(ctx, urns)
	if err != nil {
		return nil, err
	}
	var all []power
	for _, urn := range urns {
		known, _ := resource.Package(urn)
		one := power{ID: urn, Name: known.Name, Package: true, Assignable: known.Assignable}
		if one.Name == "" {
			one.Name = urn
		}
		at := slices.IndexFunc(guarded, func(g resource.Guarded) bool { return g.Subject.URN() == urn })
		if at >= 0 {
			for _, id := range guarded[at].Resources {
				service, err := p.service(ctx, in, id)
				if err != nil {
					return nil, err
				}
				one.Services = append(one.Services, service)
			}
		}
		all = append(all, one)
	}
	return all, nil
}

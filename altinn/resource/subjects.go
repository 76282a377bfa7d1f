package resource

import (
	"context"
	"errors"
	"slices"
	"strings"

	"mpe/altinn/pdp"
)

// Subjects are those that the resource's policy has rules for, each once and in lower case.
func (r *Registry) Subjects(ctx context.Context, id string) ([]Attribute, error) {
	p, err := r.read(ctx, id)
	if err != nil {
		return nil, err
	}
	return subjects(p), nil
}

func subjects(p *pdp.Policy) []Attribute {
	var all []Attribute
	for _, rule := range p.Rules {
		for _, together := range alternatives(rule, pdp.AccessSubject) {
			for _, a := range together {
				a.Value = strings.ToLower(a.Value)
				if !slices.Contains(all, a) {
					all = append(all, a)
				}
			}
		}
	}
	return all
}

// Guarded is a subject, and the resources whose policies have rules for it.
type Guarded struct {
	Subject   Attribute
	Resources []string // ids, in their order
}

// BySubjects looks the other way: at the resources for each of the subjects, which are named by URN. A subject that no
// policy has a rule for is left out.
func (r *Registry) BySubjects(ctx context.Context, urns []string) ([]Guarded, error) {
	all, err := r.Store.Resources(ctx)
	if err != nil {
		return nil, err
	}
	resources := map[Attribute][]string{}
	for _, one := range all {
		xml, err := r.Store.Policy(ctx, one.ID)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		p, err := parsed(one.ID, xml)
		if err != nil {
			return nil, err
		}
		for _, subject := range subjects(p) {
			resources[subject] = append(resources[subject], one.ID)
		}
	}
	var found []Guarded
	for _, urn := range urns {
		at := strings.LastIndexByte(urn, ':')
		subject := Attribute{ID: urn[:max(at, 0)], Value: strings.ToLower(urn[at+1:])}
		if ids := resources[subject]; ids != nil {
			found = append(found, Guarded{Subject: subject, Resources: ids})
			delete(resources, subject) // who asks twice is told once
		}
	}
	return found, nil
}

package resource

import (
	"context"
	"slices"
	"strings"
)

// Filter is what a search wants, each of it a part of the resource's text in letters of any case. Empty wants nothing.
type Filter struct {
	ID, Description, Type, Keyword string
	Reference                      string // such as a scope
	OwnerCode, Owner               string
}

// Search is the resources that the filter fits. Apps are never among them.
func (r *Registry) Search(ctx context.Context, f Filter) ([]*Resource, error) {
	all, err := r.List(ctx, false, false)
	return slices.DeleteFunc(all, func(r *Resource) bool { return !f.fits(r) }), err
}

func (f Filter) fits(r *Resource) bool {
	var descriptions, keywords, references []string
	for _, text := range r.Description {
		descriptions = append(descriptions, text)
	}
	for _, k := range r.Keywords {
		keywords = append(keywords, k.Word)
	}
	for _, reference := range r.References {
		references = append(references, reference.Reference)
	}
	var authority Authority
	if r.Authority != nil {
		authority = *r.Authority
	}
	return within(f.ID, r.ID) && within(f.Description, descriptions...) && within(f.Type, r.Type) &&
		within(f.Keyword, keywords...) && within(f.Reference, references...) &&
		within(f.OwnerCode, authority.Code) && within(f.Owner, string(authority.Organization))
}

// within tells whether one of the texts has the part in it.
func within(part string, texts ...string) bool {
	return part == "" || slices.ContainsFunc(texts, func(text string) bool {
		return strings.Contains(strings.ToLower(text), strings.ToLower(part))
	})
}

package altinnhttp

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"

	"golang.org/x/text/language"

	"mpe/altinn/pdp"
	"mpe/altinn/problem"
	"mpe/altinn/resource"
)

func (e *Endpoints) resourceRoutes() router {
	const (
		registry  = "resourceregistry/api/"
		resources = registry + "v1/resource"
	)
	return router{
		{http.MethodGet, resources + "/resourcelist", nil, e.resources},
		{http.MethodGet, resources + "/search", nil, e.searchResources},
		{http.MethodPost, resources + "/bysubjects", nil, e.resourcesBySubjects},
		{http.MethodPost, resources, resourceWrite, e.createResource},
		{http.MethodGet, resources + "/{id}", nil, e.resource},
		{http.MethodPut, resources + "/{id}", resourceWrite, e.updateResource},
		{http.MethodDelete, resources + "/{id}", resourceWrite, e.deleteResource},
		{http.MethodGet, resources + "/{id}/policy", nil, e.resourcePolicy},
		{http.MethodPost, resources + "/{id}/policy", resourceWrite, e.putPolicy},
		{http.MethodPut, resources + "/{id}/policy", resourceWrite, e.putPolicy},
		{http.MethodGet, resources + "/{id}/policy/subjects", nil, e.policySubjects},
		{http.MethodGet, resources + "/{id}/policy/rules", nil, e.policyRules},
		{http.MethodGet, resources + "/{id}/policy/rights", nil, e.policyRights},
		{http.MethodGet, registry + "v2/resource/{id}/policy/rights", nil, e.namedRights},
	}
}

// publisher is who writes to the registry.
func (c *call) publisher() resource.Caller {
	return resource.Caller{
		Org: c.claims.Consumer, Prefixes: c.claims.Prefixes, Admin: c.claims.has(scopeResourceAdmin),
	}
}

// serviceResource is a resource as the registry writes it.
type serviceResource struct {
	resource.Resource
	AccessLists            json.RawMessage `json:"accessLists,omitempty"` // never: they have an API of their own
	AuthorizationReference []attribute     `json:"authorizationReference"`
	VersionID              int             `json:"versionId,omitempty"`
}

func newServiceResource(r *resource.Resource) serviceResource {
	s := serviceResource{Resource: *r, VersionID: r.VersionID}
	s.AccessListMode = cmp.Or(r.AccessListMode, resource.Disabled)
	for _, a := range resource.AuthorizationReference(r.ID) {
		s.AuthorizationReference = append(s.AuthorizationReference, attribute{a.ID, a.Value})
	}
	return s
}

// attribute is an attribute where the registry calls its name an id.
type attribute struct {
	ID    string `json:"id"`
	Value string `json:"value"`
}

// serviceResource reads a resource. What it does not say of being passed on, and of being seen, is yes.
func (c *call) serviceResource() (*resource.Resource, error) {
	r := serviceResource{Resource: resource.Resource{Delegable: true, Visible: true}}
	err := c.read(&r, "serviceResource", "Altinn.ResourceRegistry.Core.Models.ServiceResource")
	return &r.Resource, err
}

func (e *Endpoints) createResource(c *call) (answer, error) {
	r, err := c.serviceResource()
	if err != nil {
		return answer{}, err
	}
	err = e.Resources.Create(c.Context(), c.publisher(), r)
	return answer{
		status: http.StatusCreated, headers: map[string]string{"Location": "/resourceregistry/api/v1/resource/" + r.ID},
	}, err
}

func (e *Endpoints) updateResource(c *call) (answer, error) {
	r, err := c.serviceResource()
	if err != nil {
		return answer{}, err
	}
	return answer{}, e.Resources.Update(c.Context(), c.publisher(), c.parameters["id"], r)
}

func (e *Endpoints) deleteResource(c *call) (answer, error) {
	return answer{status: http.StatusNoContent}, e.Resources.Delete(c.Context(), c.publisher(), c.parameters["id"])
}

func (e *Endpoints) resource(c *call) (answer, error) {
	version, err := c.number("versionId", 0)
	if err != nil {
		return answer{}, err
	}
	r, err := e.Resources.Resource(c.Context(), c.parameters["id"], version)
	if err != nil {
		return answer{}, err
	}
	return indented(newServiceResource(r))
}

func (e *Endpoints) resources(c *call) (answer, error) {
	apps, err := c.flag("includeApps", true)
	if err != nil {
		return answer{}, err
	}
	migrated, err := c.flag("includeMigratedApps", false)
	if err != nil {
		return answer{}, err
	}
	return serviceResources(e.Resources.List(c.Context(), apps, migrated))
}

func (e *Endpoints) searchResources(c *call) (answer, error) {
	return serviceResources(e.Resources.Search(c.Context(), resource.Filter{
		ID: c.query("Id"), Description: c.query("Description"), Type: c.query("ResourceType"),
		Keyword: c.query("Keyword"), Reference: c.query("Reference"), OwnerCode: c.query("OrgCode"), Owner: c.query("OrganizationId"),
	}))
}

func serviceResources(all []*resource.Resource, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return indented(mapped(all, newServiceResource))
}

func (e *Endpoints) resourcePolicy(c *call) (answer, error) {
	xml, err := e.Resources.Policy(c.Context(), c.parameters["id"])
	return answer{text: string(xml), media: "text/xml", headers: map[string]string{
		"Content-Disposition": "attachment; filename=policy.xml; filename*=UTF-8''policy.xml",
	}}, err
}

func (e *Endpoints) putPolicy(c *call) (answer, error) {
	xml, err := c.file("policyFile", "The policy file can not be null")
	if err != nil {
		return answer{}, err
	}
	id := c.parameters["id"]
	return answer{status: http.StatusCreated, headers: map[string]string{"Location": id + "/policy"}},
		e.Resources.PutPolicy(c.Context(), c.publisher(), id, xml)
}

// file is what a form has uploaded in the field. The text is the answer to a form without it, and to what is no form.
func (c *call) file(field, missing string) ([]byte, error) {
	c.Body = http.MaxBytesReader(nil, c.Body, maxBody)
	refused := func(why string) ([]byte, error) {
		return nil, &problem.Plain{Kind: problem.BadRequest, Text: missing, Why: why}
	}
	form, err := c.MultipartReader()
	if err != nil {
		return refused("The body has to be a form, multipart/form-data, with the file in the field " + field + ".")
	}
	var others []string
	for {
		part, err := form.NextPart()
		switch {
		case err == io.EOF: // itself: wrapped, it is a form that breaks off
			return refused(fmt.Sprintf("The form has no file in the field %s; its fields are: %s.",
				field, cmp.Or(strings.Join(others, ", "), "none")))
		case err != nil:
			return unreadForm(err)
		case strings.EqualFold(part.FormName(), field) && part.FileName() != "":
			return readPart(part)
		}
		others = append(others, part.FormName())
	}
}

func readPart(part *multipart.Part) ([]byte, error) {
	data, err := io.ReadAll(part)
	if err != nil {
		return unreadForm(err)
	}
	return data, nil
}

func unreadForm(err error) ([]byte, error) {
	if _, long := errors.AsType[*http.MaxBytesError](err); long {
		return nil, errTooLong
	}
	return nil, problem.Unreadable("", fmt.Sprintf("Failed to read the request form. %v", err))
}

// typed is an attribute where the registry calls its name a type.
type typed struct {
	Type  string `json:"type"`
	Value string `json:"value"`
	URN   string `json:"urn,omitempty"`
}

func newTyped(a resource.Attribute) typed { return typed{Type: a.ID, Value: a.Value} }

func newTypedURN(a resource.Attribute) typed { return typed{Type: a.ID, Value: a.Value, URN: a.URN()} }

func action(id string) typed { return typed{Type: pdp.ActionID, Value: id} }

func mapped[A, B any](all []A, to func(A) B) []B {
	list := make([]B, len(all))
	for i, one := range all {
		list[i] = to(one)
	}
	return list
}

func (e *Endpoints) policySubjects(c *call) (answer, error) {
	subjects, err := e.Resources.Subjects(c.Context(), c.parameters["id"])
	if err != nil {
		return answer{}, err
	}
	return indented(page{Data: mapped(subjects, newTypedURN)})
}

// bySubject is a subject and the resources for it.
type bySubject struct {
	Subject   typed   `json:"subject"`
	Resources []typed `json:"resources"`
}

func (e *Endpoints) resourcesBySubjects(c *call) (answer, error) {
	var urns []string
	if err := c.read(&urns, "subjects", "System.Collections.Generic.List`1[System.String]"); err != nil {
		return answer{}, err
	}
	found, err := e.Resources.BySubjects(c.Context(), urns)
	if err != nil {
		return answer{}, err
	}
	return indented(page{Data: mapped(found, func(g resource.Guarded) bySubject {
		return bySubject{newTypedURN(g.Subject), mapped(g.Resources, func(id string) typed {
			return newTypedURN(resource.Attribute{ID: resource.AttributeID, Value: id})
		})}
	})})
}

// policyRule is PolicyRule.
type policyRule struct {
	Subject  []typed `json:"subject"`
	Action   typed   `json:"action"`
	Resource []typed `json:"resource"`
}

func (e *Endpoints) policyRules(c *call) (answer, error) {
	rules, err := e.Resources.Rules(c.Context(), c.parameters["id"])
	if err != nil {
		return answer{}, err
	}
	return indented(mapped(rules, func(r resource.Rule) policyRule {
		return policyRule{mapped(r.Subject, newTyped), action(r.Action), mapped(r.Resource, newTyped)}
	}))
}

// policyRight is PolicyRight, of the first version.
type policyRight struct {
	Action       typed               `json:"action"`
	Resource     []typed             `json:"resource"`
	Subjects     []subjectAttributes `json:"subjects"`
	RightKey     string              `json:"rightKey"`
	SubjectTypes []string            `json:"subjectTypes"`
}

type subjectAttributes struct {
	SubjectAttributes []typed `json:"subjectAttributes"`
}

func (e *Endpoints) policyRights(c *call) (answer, error) {
	rights, err := e.Resources.PolicyRights(c.Context(), c.parameters["id"])
	if err != nil {
		return answer{}, err
	}
	return indented(mapped(rights, func(r resource.PolicyRight) policyRight {
		return policyRight{
			Action: action(r.Action), Resource: mapped(r.Resource, newTyped),
			RightKey: r.RightKey(), SubjectTypes: r.SubjectTypes(),
			Subjects: mapped(r.Subjects, func(together []resource.Attribute) subjectAttributes {
				return subjectAttributes{mapped(together, newTyped)}
			}),
		}
	}))
}

// namedRight is a right of the second version.
type namedRight struct {
	Key      string  `json:"key"`
	Name     string  `json:"name"`
	Resource []typed `json:"resource"`
	Action   typed   `json:"action"`
}

func (e *Endpoints) namedRights(c *call) (answer, error) {
	owners, err := c.flag("includeServiceOwnerRights", false)
	if err != nil {
		return answer{}, err
	}
	apps, err := c.flag("includeAppRights", false)
	if err != nil {
		return answer{}, err
	}
	rights, err := e.Resources.NamedRights(c.Context(), c.parameters["id"], owners, apps)
	if err != nil {
		return answer{}, err
	}
	in := c.language()
	return indented(mapped(rights, func(r resource.Right) namedRight {
		return namedRight{r.HashKey(), r.Name(in), mapped(r.Resource, newTyped), action(r.Action)}
	}))
}

// languages match what callers accept, in the order of resource.Language.
var languages = language.NewMatcher([]language.Tag{
	language.MustParse("nb"), language.MustParse("nn"), language.English,
})

// language is what the caller understands best.
func (c *call) language() resource.Language {
	accepted, _, err := language.ParseAcceptLanguage(c.Header.Get("Accept-Language"))
	if err != nil {
		return resource.Bokmal
	}
	_, i, _ := languages.Match(accepted...)
	return resource.Language(i)
}

// flag is a value of the query that is true or false.
func (c *call) flag(name string, without bool) (bool, error) {
	value := c.query(name)
	switch strings.ToLower(value) {
	case "":
		return without, nil
	case "true", "false":
		return strings.EqualFold(value, "true"), nil
	}
	return false, problem.Unreadable(name, fmt.Sprintf("The value '%s' is not valid.", value))
}

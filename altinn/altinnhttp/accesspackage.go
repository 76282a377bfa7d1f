package altinnhttp

import (
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"mpe/altinn/problem"
	"mpe/altinn/resource"
)

func (e *Endpoints) packageRoutes() router {
	const base = accessPrefix + "meta/info/accesspackages/"
	return router{
		{http.MethodGet, base + "export", nil, e.exportPackages},
		{http.MethodGet, base + "search", nil, e.searchPackages},
		{http.MethodGet, base + "group", nil, e.groups},
		{http.MethodGet, base + "group/{id}", nil, e.group},
		{http.MethodGet, base + "group/{id}/areas", nil, e.areasOfGroup},
		{http.MethodGet, base + "area/{id}", nil, e.area},
		{http.MethodGet, base + "area/{id}/packages", nil, e.packagesOfArea},
		{http.MethodGet, base + "package/{id}", nil, e.accessPackage},
		{http.MethodGet, base + "package/urn/{urn}", nil, e.accessPackageByURN},
		{http.MethodGet, base + "package/{id}/resources", nil, e.resourcesOfPackage},
	}
}

// areaGroup, area and accessPackage are as Altinn's metadata writes them. Descriptions and icons are not known here.
type areaGroup struct {
	ID          string  `json:"id"`
	Name        string  `json:"name"`
	URN         *string `json:"urn"`
	Description string  `json:"description"`
	Type        string  `json:"type"`
	Areas       []area  `json:"areas"`
}

type area struct {
	ID          string          `json:"id"`
	Name        string          `json:"name"`
	URN         string          `json:"urn"`
	Description string          `json:"description"`
	IconURL     *string         `json:"iconUrl"`
	Group       *areaGroup      `json:"group"`
	Packages    []accessPackage `json:"packages"`
}

type accessPackage struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	URN         string            `json:"urn"`
	Description string            `json:"description"`
	Delegable   bool              `json:"isDelegable"`
	Assignable  bool              `json:"isAssignable"`
	InPolicies  bool              `json:"isResourcePolicyAvailable"`
	Area        *area             `json:"area"`
	Type        entityType        `json:"type"`
	Resources   []packageResource `json:"resources"`
}

// entityType is whom a package is for.
type entityType struct {
	ID         string  `json:"id"`
	ProviderID string  `json:"providerId"`
	Name       string  `json:"name"`
	Provider   *string `json:"provider"`
}

// organisations is the type of organisations, by Altinn 3.
var organisations = entityType{
	ID: "8c216e2f-afdd-4234-9ba2-691c727bb33d", ProviderID: "0195ea92-2080-758b-89db-7735c4f68320", Name: "Organisasjon",
}

func newAreaGroup(g resource.Group) areaGroup { return areaGroup{ID: g.ID, Name: g.Name, Type: g.Type} }

func newArea(a resource.Area) area { return area{ID: a.ID, Name: a.Name, URN: a.URN} }

func newAccessPackage(p resource.AccessPackage) accessPackage {
	return accessPackage{
		ID: p.ID, Name: p.Name, URN: p.URN(), Delegable: p.Delegable, Assignable: p.Assignable, InPolicies: p.InPolicies,
		Type: organisations,
	}
}

func groupAreas(g resource.Group) []area {
	return mapped(filtered(resource.Areas(), func(a resource.Area) bool { return a.Group == g.Name }), newArea)
}

func areaPackages(a resource.Area) []accessPackage {
	in := func(p resource.AccessPackage) bool { return p.Area == a.Name }
	return mapped(filtered(resource.Packages(), in), newAccessPackage)
}

func filtered[T any](all []T, wanted func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(all), func(one T) bool { return !wanted(one) })
}

// exportPackages is everything: groups, their areas, and the packages of those.
func (e *Endpoints) exportPackages(*call) (answer, error) {
	return answer{body: mapped(resource.Groups(), func(g resource.Group) areaGroup {
		written := newAreaGroup(g)
		written.Areas = mapped(filtered(resource.Areas(), func(a resource.Area) bool { return a.Group == g.Name }), func(a resource.Area) area {
			written := newArea(a)
			written.Packages = areaPackages(a)
			return written
		})
		return written
	})}, nil
}

// foundPackage is a package that a search has found.
type foundPackage struct {
	Object accessPackage `json:"object"`
	Score  int           `json:"score"` // in how many fields the term was found
	Fields []foundField  `json:"fields"`
}

type foundField struct {
	Field string `json:"field"`
	Value string `json:"value"`
	Score int    `json:"score"`
}

// searchPackages finds packages whose name, URN or area holds the term.
func (e *Endpoints) searchPackages(c *call) (answer, error) {
	term := strings.ToLower(c.query("term"))
	var found []foundPackage
	for _, p := range resource.Packages() {
		f := foundPackage{Object: newAccessPackage(p)}
		for _, field := range [...]foundField{{"name", p.Name, 1}, {"urn", p.URN(), 1}, {"area", p.Area, 1}} {
			if strings.Contains(strings.ToLower(field.Value), term) {
				f.Fields, f.Score = append(f.Fields, field), f.Score+field.Score
			}
		}
		if f.Fields != nil && (c.query("typeName") == "" || strings.EqualFold(c.query("typeName"), organisations.Name)) {
			found = append(found, f)
		}
	}
	if found == nil {
		return answer{status: http.StatusNoContent}, nil
	}
	slices.SortStableFunc(found, func(a, b foundPackage) int { return b.Score - a.Score })
	return answer{body: found}, nil
}

func (e *Endpoints) groups(*call) (answer, error) {
	return answer{body: mapped(resource.Groups(), newAreaGroup)}, nil
}

func (e *Endpoints) group(c *call) (answer, error) {
	g, err := one(c, "group", resource.Groups(), func(g resource.Group) string { return g.ID })
	return answer{body: newAreaGroup(g)}, err
}

func (e *Endpoints) areasOfGroup(c *call) (answer, error) {
	g, err := one(c, "group", resource.Groups(), func(g resource.Group) string { return g.ID })
	return answer{body: groupAreas(g)}, err
}

func (e *Endpoints) area(c *call) (answer, error) {
	a, err := one(c, "area", resource.Areas(), func(a resource.Area) string { return a.ID })
	return answer{body: newArea(a)}, err
}

func (e *Endpoints) packagesOfArea(c *call) (answer, error) {
	a, err := one(c, "area", resource.Areas(), func(a resource.Area) string { return a.ID })
	return answer{body: areaPackages(a)}, err
}

func (e *Endpoints) accessPackage(c *call) (answer, error) {
	p, err := onePackage(c)
	return answer{body: newAccessPackage(p)}, err
}

func onePackage(c *call) (resource.AccessPackage, error) {
	return one(c, "access package", resource.Packages(), func(p resource.AccessPackage) string { return p.ID })
}

// one is the one whose id is in the address.
func one[T any](c *call, what string, all []T, idOf func(T) string) (found T, err error) {
	id, err := c.id("id")
	if err != nil {
		return found, err
	}
	i := slices.IndexFunc(all, func(one T) bool { return idOf(one) == id })
	if i < 0 {
		return found, &problem.Plain{Kind: problem.NotFound, Empty: true, Why: "There is no " + what + " " + id + "."}
	}
	return all[i], nil
}

// accessPackageByURN finds a package by the end of its URN.
func (e *Endpoints) accessPackageByURN(c *call) (answer, error) {
	urn := c.parameters["urn"]
	p, known := resource.Package(urn)
	if !known {
		p, known = resource.Package(resource.PackagePrefix + strings.TrimPrefix(urn, ":"))
	}
	if !known {
		codes := mapped(resource.Packages(), func(p resource.AccessPackage) string { return p.Code })
		return answer{}, &problem.Plain{Kind: problem.NotFound, Empty: true,
			Why: "There is no access package " + urn + ". The nearest is " + problem.Nearest(urn, codes) + "."}
	}
	return answer{body: newAccessPackage(p)}, nil
}

// packageResource is a resource that a package gives rights to.
type packageResource struct {
	ID          string           `json:"id"`
	ProviderID  string           `json:"providerId"`
	TypeID      string           `json:"typeId"`
	Name        string           `json:"name"`
	Description string           `json:"description"`
	RefID       string           `json:"refId"` // in the resource registry
	Provider    resourceProvider `json:"provider"`
	Type        resourceType     `json:"type"`
}

type resourceProvider struct {
	ID      string  `json:"id"`
	Name    string  `json:"name"`
	RefID   string  `json:"refId"`
	LogoURL *string `json:"logoUrl"`
	Code    string  `json:"code"`
	TypeID  string  `json:"typeId"`
	Type    *string `json:"type"`
}

type resourceType struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// resourcesOfPackage are those whose policies name the package.
func (e *Endpoints) resourcesOfPackage(c *call) (answer, error) {
	p, err := onePackage(c)
	if err != nil {
		return answer{}, err
	}
	found, err := e.Resources.BySubjects(c.Context(), []string{p.URN()})
	if err != nil {
		return answer{}, err
	}
	var all []packageResource
	for _, subject := range found {
		for _, id := range subject.Resources {
			r, err := e.Resources.Resource(c.Context(), id, 0)
			if err != nil {
				return answer{}, err
			}
			all = append(all, newPackageResource(r))
		}
	}
	if all == nil {
		return answer{status: http.StatusNoContent}, nil
	}
	return answer{body: all}, nil
}

func newPackageResource(r *resource.Resource) packageResource {
	authority := resource.Authority{}
	if r.Authority != nil {
		authority = *r.Authority
	}
	provider := entityID("provider", string(authority.Organization))
	return packageResource{
		ID: entityID("resource", r.ID), ProviderID: provider, TypeID: entityID("resourcetype", r.Type), RefID: r.ID,
		Name: r.Title["nb"], Description: r.Description["nb"],
		Provider: resourceProvider{
			ID: provider, Name: authority.Name["nb"], RefID: string(authority.Organization), Code: authority.Code,
			TypeID: entityID("providertype", "serviceowner"),
		},
		Type: resourceType{ID: entityID("resourcetype", r.Type), Name: r.Type},
	}
}

// entityID is an id that is always the same for the same thing; Altinn gives each its own.
func entityID(kind, name string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("urn:mpe:"+kind+":"+name)).String()
}

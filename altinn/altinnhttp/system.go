package altinnhttp

import (
	"net/http"
	"strings"
	"time"

	"mpe/altinn/problem"
	"mpe/altinn/resource"
	"mpe/altinn/system"
)

func (e *Endpoints) systemRoutes() router {
	const register = prefix + "systemregister"
	return router{
		{http.MethodPost, register + "/vendor", registerWrite, e.createSystem},
		{http.MethodGet, register + "/vendor", registerWrite, e.systemsOfVendor},
		{http.MethodGet, register + "/vendor/{systemId}", registerWrite, e.system},
		{http.MethodPut, register + "/vendor/{systemId}", registerWrite, e.updateSystem},
		{http.MethodPut, register + "/vendor/{systemId}/rights", registerWrite, e.updateRights},
		{http.MethodPut, register + "/vendor/{systemId}/accesspackages", registerWrite, e.updatePackages},
		{http.MethodDelete, register + "/vendor/{systemId}", registerWrite, e.deleteSystem},
		{http.MethodGet, register + "/vendor/{systemId}/changelog", registerWrite, e.systemChanges},
		{http.MethodGet, register, portal, e.visibleSystems},
		{http.MethodGet, register + "/{systemId}", portal, e.shownSystem},
		{http.MethodGet, register + "/{systemId}/rights", portal, e.systemRights},
		{http.MethodGet, register + "/{systemId}/accesspackages", portal, e.systemPackages},
	}
}

// registration is RegisterSystemRequest.
type registration struct {
	ID     string `json:"id"`
	Vendor *struct {
		ID string `json:"ID"`
	} `json:"vendor"`
	Name                texts            `json:"name"`
	Description         texts            `json:"description"`
	Rights              []resource.Right `json:"rights"`
	AccessPackages      []packageURN     `json:"accessPackages"`
	ClientID            []string         `json:"clientId"`
	IsVisible           *bool            `json:"isVisible"`
	AllowedRedirectURLs []string         `json:"allowedRedirectUrls"`
}

// packageURN is an access package, as bodies have it.
type packageURN struct {
	URN string `json:"urn"`
}

// urns keeps a list that is not there from an empty one.
func urns(packages []packageURN) []string {
	if packages == nil {
		return nil
	}
	all := make([]string, len(packages))
	for i, p := range packages {
		all[i] = p.URN
	}
	return all
}

func packageURNs(urns []string) []packageURN {
	all := make([]packageURN, len(urns))
	for i, urn := range urns {
		all[i].URN = urn
	}
	return all
}

// texts are by language; they are written in the order of the languages' codes, as Go does with maps.
type texts map[string]string

// written is a list that is never null.
func written[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func (c *call) registration() (vendorID string, s *system.System, err error) {
	var r registration
	if err := c.read(&r, "registerNewSystem", "Altinn.Platform.Authentication.Core.Models.RegisterSystemRequest",
		"id", "vendor", "name", "description"); err != nil {
		return "", nil, err
	}
	if r.Vendor != nil {
		vendorID = strings.TrimSpace(r.Vendor.ID)
	}
	return vendorID, &system.System{
		ID: strings.TrimSpace(r.ID), Name: r.Name, Description: r.Description, Rights: r.Rights,
		AccessPackages: urns(r.AccessPackages), ClientIDs: r.ClientID,
		Visible: r.IsVisible == nil || *r.IsVisible, AllowedRedirectURLs: r.AllowedRedirectURLs,
	}, nil
}

// caller is who calls the register.
func (c *call) caller() system.Caller {
	return system.Caller{Org: c.claims.Consumer, ClientID: c.claims.ClientID, Admin: c.claims.has(scopeRegisterAdmin)}
}

func (e *Endpoints) createSystem(c *call) (answer, error) {
	vendorID, s, err := c.registration()
	if err != nil {
		return answer{}, err
	}
	err = e.Systems.Create(c.Context(), c.caller(), vendorID, s)
	return ok(s.InternalID, err)
}

// succeeded is SystemRegisterUpdateResult.
var succeeded = object{{"succeeded", true}}

func (e *Endpoints) updateSystem(c *call) (answer, error) {
	vendorID, s, err := c.registration()
	if err != nil {
		return answer{}, err
	}
	return ok(succeeded, e.Systems.Update(c.Context(), c.caller(), c.parameters["systemId"], vendorID, s))
}

func (e *Endpoints) updateRights(c *call) (answer, error) {
	var rights []resource.Right
	if err := c.read(&rights, "rights", "System.Collections.Generic.List`1[Altinn.Platform.Authentication.Core.Models.Right]"); err != nil {
		return answer{}, err
	}
	return ok(succeeded, e.Systems.UpdateRights(c.Context(), c.caller(), c.parameters["systemId"], rights))
}

func (e *Endpoints) updatePackages(c *call) (answer, error) {
	var packages []packageURN
	if err := c.read(&packages, "accessPackages",
		"System.Collections.Generic.List`1[Altinn.Platform.Authentication.Core.Models.AccessPackages.AccessPackage]"); err != nil {
		return answer{}, err
	}
	return ok(succeeded, e.Systems.UpdateAccessPackages(c.Context(), c.caller(), c.parameters["systemId"], urns(packages)))
}

func (e *Endpoints) deleteSystem(c *call) (answer, error) {
	return ok(succeeded, e.Systems.Delete(c.Context(), c.caller(), c.parameters["systemId"]))
}

// vendorSystem is RegisteredSystemResponse, what vendors see.
type vendorSystem struct {
	ID                  string           `json:"id"`
	Vendor              vendorID         `json:"vendor"`
	Name                texts            `json:"name"`
	Description         texts            `json:"description"`
	Rights              []resource.Right `json:"rights"`
	AccessPackages      []packageURN     `json:"accessPackages"`
	IsDeleted           bool             `json:"isDeleted"`
	ClientID            []string         `json:"clientId"`
	IsVisible           bool             `json:"isVisible"`
	AllowedRedirectURLs []string         `json:"allowedRedirectUrls"`
}

type vendorID struct {
	ID string `json:"ID"`
}

func (e *Endpoints) system(c *call) (answer, error) {
	s, err := e.Systems.System(c.Context(), c.caller(), c.parameters["systemId"])
	if err != nil {
		return answer{}, err
	}
	return answer{body: vendorSystem{
		ID: s.ID, Vendor: vendorID{s.Vendor.Identifier().ID}, Name: s.Name, Description: s.Description,
		Rights: written(s.Rights), AccessPackages: packageURNs(s.AccessPackages), IsDeleted: !s.Deleted.IsZero(),
		ClientID: written(s.ClientIDs), IsVisible: s.Visible, AllowedRedirectURLs: written(s.AllowedRedirectURLs),
	}}, nil
}

// systemDTO is RegisteredSystemDTO, what lists and customers see.
type systemDTO struct {
	ID             string           `json:"systemId"`
	VendorNumber   string           `json:"systemVendorOrgNumber"`
	VendorName     string           `json:"systemVendorOrgName"` // always empty
	Name           texts            `json:"name"`
	Description    texts            `json:"description"`
	Rights         []resource.Right `json:"rights"`
	AccessPackages []packageURN     `json:"accessPackages"`
	IsVisible      bool             `json:"isVisible"`
}

func newSystemDTO(s *system.System) systemDTO {
	return systemDTO{
		ID: s.ID, VendorNumber: string(s.Vendor), Name: s.Name, Description: s.Description, Rights: written(s.Rights),
		AccessPackages: packageURNs(s.AccessPackages), IsVisible: s.Visible,
	}
}

func systemDTOs(systems []*system.System, err error) (answer, error) {
	all := make([]systemDTO, len(systems))
	for i, s := range systems {
		all[i] = newSystemDTO(s)
	}
	return answer{body: all, headers: noStore}, err
}

func (e *Endpoints) systemsOfVendor(c *call) (answer, error) {
	return systemDTOs(e.Systems.OfVendor(c.Context(), c.caller()))
}

func (e *Endpoints) visibleSystems(c *call) (answer, error) {
	return systemDTOs(e.Systems.Visible(c.Context()))
}

func (e *Endpoints) shownSystem(c *call) (answer, error) {
	s, err := e.Systems.Shown(c.Context(), c.parameters["systemId"])
	if err != nil {
		return answer{}, err
	}
	return answer{body: newSystemDTO(s)}, nil
}

func (e *Endpoints) systemRights(c *call) (answer, error) {
	s, err := e.shownOrEmpty(c)
	if err != nil {
		return answer{}, err
	}
	rights := written(s.Rights)
	if strings.EqualFold(c.query("useOldFormatForApp"), "true") {
		rights = inOldFormat(rights)
	}
	return answer{body: rights}, nil
}

func (e *Endpoints) systemPackages(c *call) (answer, error) {
	s, err := e.shownOrEmpty(c)
	if err != nil {
		return answer{}, err
	}
	return answer{body: packageURNs(s.AccessPackages)}, nil
}

// shownOrEmpty is the system; one that there is not has neither rights nor access packages.
func (e *Endpoints) shownOrEmpty(c *call) (*system.System, error) {
	s, err := e.Systems.Shown(c.Context(), c.parameters["systemId"])
	if plain, refused := err.(*problem.Plain); refused && plain.Kind == problem.NotFound {
		return &system.System{}, nil
	}
	return s, err
}

// inOldFormat names apps by owner and app instead of by resource: app_ttd_foo is urn:altinn:org ttd, urn:altinn:app foo.
func inOldFormat(rights []resource.Right) []resource.Right {
	all := make([]resource.Right, len(rights))
	for i, right := range rights {
		all[i] = resource.Right{Action: right.Action}
		for _, a := range right.Resource {
			if a.ID != resource.AttributeID {
				all[i].Resource = append(all[i].Resource, a)
				continue
			}
			all[i].Resource = append(all[i].Resource, resource.AuthorizationReference(a.Value)...)
		}
	}
	return all
}

// changeDTO is an entry of the change log.
type changeDTO struct {
	SystemInternalID   string `json:"systemInternalId"`
	ChangedByOrgNumber string `json:"changedByOrgNumber"`
	ChangeType         string `json:"changeType"`
	ChangedData        any    `json:"changedData,omitempty"`
	ClientID           string `json:"clientId,omitempty"`
	Created            string `json:"created"`
}

func (e *Endpoints) systemChanges(c *call) (answer, error) {
	s, changes, err := e.Systems.Changes(c.Context(), c.caller(), c.parameters["systemId"])
	if err != nil {
		return answer{}, err
	}
	all := make([]changeDTO, len(changes))
	for i, change := range changes {
		all[i] = changeDTO{
			SystemInternalID: s.InternalID, ChangedByOrgNumber: string(change.By), ChangeType: string(change.Type),
			ChangedData: changedData(change), ClientID: change.ClientID,
			Created: strings.TrimSuffix(instant(change.At), "Z") + "+00:00",
		}
	}
	return answer{body: all}, nil
}

// changedData is what was stored, with the names that the register's database has. It keeps the members in the order
// of PostgreSQL's jsonb: the shorter names first.
func changedData(change system.Change) any {
	switch change.Type {
	case system.RightsUpdated:
		return pascalRights(change.Rights)
	case system.AccessPackagesUpdated:
		return pascalPackages(change.AccessPackages)
	case system.Created, system.Updated:
		s := change.System
		return object{
			{"Id", s.ID}, {"Name", s.Name}, {"Rights", pascalRights(s.Rights)}, {"Vendor", vendorID{s.Vendor.Identifier().ID}},
			{"ClientId", written(s.ClientIDs)}, {"IsVisible", s.Visible}, {"Description", s.Description},
			{"AccessPackages", pascalPackages(s.AccessPackages)}, {"AllowedRedirectUrls", written(s.AllowedRedirectURLs)},
		}
	default:
		return nil
	}
}

func pascalRights(rights []resource.Right) []object {
	all := make([]object, len(rights))
	for i, right := range rights {
		var action any
		if right.Action != "" {
			action = right.Action
		}
		all[i] = object{{"Action", action}, {"Resource", written(right.Resource)}}
	}
	return all
}

func pascalPackages(urns []string) []object {
	all := make([]object, len(urns))
	for i, urn := range urns {
		all[i] = object{{"Urn", urn}}
	}
	return all
}

// instant writes a time as .NET does: to the microsecond, without zeros at the end.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999999Z07:00") }

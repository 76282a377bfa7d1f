package system

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mpe/altinn/problem"
	"mpe/altinn/resource"
)

// The paths that Altinn names in what it refuses.
const (
	pathID       = "/registersystemrequest/systemid"
	pathVendor   = "/registersystemrequest/vendor/id"
	pathClient   = "/registersystemrequest/clientid"
	pathRedirect = "/registersystemrequest/allowedredirecturls"
	pathResource = "/registersystemrequest/rights/resource"
	pathPackages = "/registersystemrequest/accesspackages"
)

// check collects what is wrong with a system, in Altinn's order.
type check struct {
	problem.Invalid
}

func (c *check) add(code problem.Code, path, why string, details ...problem.Extension) {
	c.Add(problem.Violation{Code: code, Path: path, Why: why, Extensions: details})
}

func (c *check) id(s *System) {
	if strings.Contains(s.ID, " ") {
		c.add("AUTH.VLD-00013", pathID, fmt.Sprintf("The system id %q holds a space.", s.ID))
	}
	if !strings.HasPrefix(s.ID, string(s.Vendor)+"_") {
		c.add("AUTH.VLD-00001", pathID, fmt.Sprintf(
			"The system id %q has to start with %s_, the vendor's organisation number and an underscore.", s.ID, s.Vendor))
	}
}

// redirects normalises the URLs of the system.
func (c *check) redirects(s *System, loopback bool) {
	for i, raw := range s.AllowedRedirectURLs {
		normalised, ok := Redirect(raw, loopback)
		if !ok {
			c.add("AUTH.VLD-00005", pathRedirect, fmt.Sprintf("The redirect URL %q is not an absolute https URL.", raw))
			return
		}
		s.AllowedRedirectURLs[i] = normalised
	}
}

// taken lists the clients that an active system has, but for the one that is replaced (empty: none is).
func taken(ctx context.Context, r Reader, s *System, replaced string) ([]string, error) {
	var all []string
	for _, client := range s.ClientIDs {
		holders, err := r.SystemsWithClient(ctx, client)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(holders, func(id string) bool { return id != replaced }) {
			all = append(all, client)
		}
	}
	return all, nil
}

func (c *check) takenClient(client string) {
	c.add("AUTH.VLD-00004", pathClient, fmt.Sprintf(
		"The client %s belongs to another active system; a client can have one system only.", client))
}

// rights holds those that a system registers to the resources that there are.
func (c *check) rights(ctx context.Context, registry Reader, rights []resource.Right) error {
	var malformed, unknown, closed []string
	seen, twice := map[string]bool{}, ""
	for _, right := range rights {
		if seen[right.Key()] {
			twice = right.ResourceID()
		}
		seen[right.Key()] = true
		for _, a := range right.Resource {
			r, err := registry.Resource(ctx, a.Value)
			if err != nil && !errors.Is(err, resource.ErrNotFound) {
				return err
			}
			switch {
			case a.ID != resource.AttributeID:
				malformed = append(malformed, a.ID)
			case err != nil:
				unknown = append(unknown, a.Value)
			case !r.ForSystems():
				closed = append(closed, a.Value)
			}
		}
	}
	c.listed("AUTH.VLD-00009", pathResource, "Invalid Resource Id Details : ", malformed,
		"A right names its resource by another attribute than "+resource.AttributeID+": ")
	c.listed("AUTH.VLD-00003", pathResource, "ResourceIds Not Found : ", unknown,
		"The resource registry does not know: ")
	c.listed("AUTH.VLD-00017", pathResource, "ResourceIds Not Delegable : ", closed,
		"Systems cannot have rights to resources of this type: ")
	if twice != "" {
		c.add("AUTH.VLD-00006", pathResource, "The right to "+twice+" is listed twice.")
	}
	return nil
}

// listed adds a violation for the values, if there are any.
func (c *check) listed(code problem.Code, path, name string, values []string, why string) {
	if len(values) > 0 {
		c.add(code, path, why+strings.Join(values, ", ")+".",
			problem.Extension{Name: name, Value: strings.Join(values, " | ")})
	}
}

// packages holds those that a system registers to the access packages that there are.
func (c *check) packages(urns []string, visible bool) {
	var malformed, unknown, closed, forClients []string
	seen, twice := map[string]bool{}, ""
	for _, urn := range urns {
		if seen[urn] {
			twice = urn
		}
		seen[urn] = true
		p, known := resource.Package(urn)
		switch {
		case strings.Count(urn, ":") < 3:
			malformed = append(malformed, urn)
		case !known:
			unknown = append(unknown, urn)
		case !p.Assignable && !p.Delegable:
			closed = append(closed, urn)
		case !p.Assignable:
			forClients = append(forClients, urn)
		}
	}
	if details := joined(" | ", part("Invalid format: ", malformed), part("Not found: ", unknown),
		part("Not possible to delegate: ", closed)); details != "" {
		c.add("AUTH.VLD-00008", pathPackages, "Access packages cannot be registered. "+details+".",
			problem.Extension{Name: "Invalid Urn Details : ", Value: details})
	}
	if twice != "" {
		c.add("AUTH.VLD-00007", pathPackages, twice+" is listed twice.")
	}
	if visible && len(forClients) > 0 {
		c.add("AUTH.VLD-00018", pathPackages, fmt.Sprintf(
			"isVisible has to be false, because %s can be used for clients only.", strings.Join(forClients, ", ")))
	}
}

func part(name string, values []string) string {
	if len(values) == 0 {
		return ""
	}
	return name + strings.Join(values, ", ")
}

// joined are the parts that are not empty.
func joined(separator string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), separator)
}

// texts are the languages that Altinn's database wants of names and descriptions.
var texts = [...]string{"en", "nb", "nn"}

// speaks tells which text of the system lacks a language. Altinn answers with 500 and the database's words.
func (r *Register) speaks(s *System) error {
	kind := problem.BadRequest
	if r.Bugs {
		kind = problem.Failed
	}
	for _, member := range [...]struct {
		name string
		text map[string]string
	}{{"name", s.Name}, {"description", s.Description}} {
		for _, language := range texts {
			if _, ok := member.text[language]; !ok {
				text := fmt.Sprintf("The member %q has to have the keys en, nb and nn; %s is missing.", member.name, language)
				return &problem.Plain{Kind: kind, Text: text, Why: text}
			}
		}
	}
	return nil
}

package seed

import (
	"fmt"
	"strings"

	"mpe/altinn/pdp"
)

// checkedResources checks the resources and fetches their policies.
func (c *checker) checkedResources() []Resource {
	var resources []Resource
	for _, e := range c.resources.all {
		c.org(e.at.member("owner"), e.value.Owner)
		c.orgs(e.at, "accessList", e.value.AccessList)
		if p := e.value.Policy; p != nil && p.File != "" {
			p.XACML = c.xacml(e.at.member("policy").member("file"), p.File)
		}
		resources = append(resources, e.value)
	}
	return resources
}

// xacml is the policy of the file; nil when it is none.
func (c *checker) xacml(at place, name string) []byte {
	data, ok := c.file(at, name)
	if !ok {
		return nil
	}
	if _, err := pdp.ParsePolicy(data); err != nil {
		c.found.add(at.problem(fmt.Sprintf("%s is no policy: %v", quote(name), err), ""))
	}
	return data
}

func (c *checker) system(e entry[System]) {
	s, at := e.value, e.at
	c.org(at.member("vendor"), s.Vendor)
	if prefix := string(s.Vendor) + "_"; s.ID != "" && s.Vendor != "" && !strings.HasPrefix(s.ID, prefix) {
		_, name, _ := strings.Cut(s.ID, "_")
		what := fmt.Sprintf("%s must start with the vendor's number and an underscore", quote(s.ID))
		c.found.add(at.member("id").problem(what, prefix+name))
	}
	references(c, at, "clientIds", "client", &c.clients, "clientId", s.ClientIDs)
	references(c, at, "rights", "resource", &c.resources, "id", s.Rights)
	for i, p := range at.items("clientIds") {
		c.onlySystem(p, s.ClientIDs[i], s.ID)
	}
	for i, p := range at.items("allowedRedirectUrls") {
		c.redirectURL(p, s.AllowedRedirectURLs[i])
	}
}

// onlySystem checks that a client belongs to one system only (Altinn's AUTH.VLD-00004).
func (c *checker) onlySystem(at place, client, system string) {
	if client == "" {
		return
	}
	if other, ok := c.systemOf[client]; ok {
		what := fmt.Sprintf("client %s already belongs to the system %s", quote(client), quote(other))
		c.found.add(at.problem(what, ""))
		return
	}
	c.systemOf[client] = system
}

func (c *checker) systemUser(e entry[SystemUser]) {
	u, at := e.value, e.at
	reference(c, at.member("system"), "system", &c.systems, "id", u.System)
	c.org(at.member("owner"), u.Owner)
	references(c, at, "rights", "resource", &c.resources, "id", u.Rights)
	if len(u.Clients) > 0 && u.Type != "agent" {
		c.found.add(at.member("clients").problem("only a system user of type agent has clients", ""))
	}
	c.orgs(at, "clients", u.Clients)
}

func (c *checker) request(e entry[Request]) {
	r, at := e.value, e.at
	reference(c, at.member("system"), "system", &c.systems, "id", r.System)
	c.org(at.member("party"), r.Party)
	references(c, at, "rights", "resource", &c.resources, "id", r.Rights)
	references(c, at, "unwantedRights", "resource", &c.resources, "id", r.UnwantedRights)
	c.redirectURL(at.member("redirectUrl"), r.RedirectURL)
}

package seed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"mpe/altinn/pdp"
	"mpe/altinn/resource"
)

// checkedResources checks the resources and fetches their policies.
func (c *checker) checkedResources() []Resource {
	var resources []Resource
	for _, e := range c.resources.all {
		c.org(e.at.member("owner"), e.value.Owner)
		c.orgs(e.at, "accessList", e.value.AccessList)
		if p, at := e.value.Policy, e.at.member("policy"); p != nil && p.File != "" {
			p.XACML = c.xacmlFile(at.member("file"), p.File)
		} else if p != nil && p.XACML != "" {
			c.xacml(at.member("xacml"), "the text", p.XACML)
		}
		c.registered(e.at.member("registered"), e.value.Registered)
		resources = append(resources, e.value)
	}
	return resources
}

// xacmlFile is the policy of the file; empty when it is none.
func (c *checker) xacmlFile(at place, name string) string {
	data, _ := c.file(at, name)
	if data != nil {
		c.xacml(at, quote(name), string(data))
	}
	return string(data)
}

func (c *checker) xacml(at place, what, text string) {
	if _, err := pdp.ParsePolicy([]byte(text)); err != nil {
		c.found.add(at.problem(fmt.Sprintf("%s is no policy: %v", what, err), ""))
	}
}

// registered checks that the registry could have written that.
func (c *checker) registered(at place, data json.RawMessage) {
	if data == nil {
		return
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&resource.Resource{}); err != nil {
		c.found.add(at.problem(fmt.Sprintf("is not as the resource registry writes it: %v", err), ""))
	}
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
		if !s.Deleted { // or others may have them
			c.onlySystem(p, s.ClientIDs[i], s.ID)
		}
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
		c.report(c.strictness.References, at, what, "")
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

package seed

import (
	"slices"
	"strings"
)

// builtInPrefixes are those of scopes that exist without being declared: Digdir's own, and Altinn's.
var builtInPrefixes = []string{"altinn", "digdir", "idporten", "krr"}

func builtIn(scope string) bool {
	prefix, _, _ := strings.Cut(scope, ":")
	return slices.Contains(builtInPrefixes, prefix)
}

func (c *checker) scope(e entry[Scope]) {
	if e.value.Name != "" && !builtIn(e.value.Name) && e.at.node.member("owner") == nil {
		c.found.add(e.at.problem(`missing member "owner"`, ""))
	}
	c.org(e.at.member("owner"), e.value.Owner)
	c.orgs(e.at, "access", e.value.Access.Organisations)
}

func (c *checker) delegation(e entry[Delegation]) {
	if e.value.Resource == "" {
		c.scopeName(e.at.member("scope"), e.value.Scope)
	}
	reference(c, e.at.member("resource"), "resource", &c.resources, "id", e.value.Resource)
	c.org(e.at.member("consumer"), e.value.Consumer)
	c.org(e.at.member("supplier"), e.value.Supplier)
}

// scopeName checks that a scope that is referred to exists.
func (c *checker) scopeName(at place, name string) {
	if !builtIn(name) {
		reference(c, at, "scope", &c.scopes, "name", name)
	}
}

// checkedClients checks the clients and fetches their keys.
func (c *checker) checkedClients() []Client {
	var clients []Client
	for _, e := range c.clients.all {
		c.org(e.at.member("org"), e.value.Org)
		for i, p := range e.at.items("scopes") {
			c.scopeName(p, e.value.Scopes[i])
		}
		client := e.value.Client
		client.Keys = c.keys(e.at, e.value.Keys)
		clients = append(clients, client)
	}
	return clients
}

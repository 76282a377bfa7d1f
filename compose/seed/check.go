package seed

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"syscall"
)

// checker holds the merged world against what a schema cannot say.
type checker struct {
	*draft
	opts       Options
	strictness Strictness
	systemOf   map[string]string // by client id
}

func newChecker(d *draft, opts Options) *checker {
	return &checker{draft: d, opts: opts, strictness: d.settings.Strictness, systemOf: make(map[string]string)}
}

// world checks everything and gives what is to be used if no problem was found.
func (c *checker) world() *World {
	for _, e := range c.organisations.all {
		c.org(e.at.member("orgNo"), e.value.Number)
		c.parent(e)
	}
	each(c.persons, c.person)
	each(c.relations, c.relation)
	each(c.scopes, c.scope)
	each(c.delegations, c.delegation)
	clients := c.checkedClients()
	resources := c.checkedResources()
	each(c.systems, c.system)
	each(c.systemUsers, c.systemUser)
	each(c.requests, c.request)
	each(c.faults, c.fault)
	return &World{
		Name: c.name, Description: c.description, Settings: c.settings, Clock: c.clock,
		Organisations: c.organisations.values(), Persons: c.persons.values(), Relations: c.relations.values(),
		Scopes: c.scopes.values(), Clients: clients, Delegations: c.delegations.values(),
		Resources: resources, Systems: c.systems.values(), SystemUsers: c.systemUsers.values(),
		Requests: c.requests.values(), Faults: c.faults.values(),
	}
}

func each[T any](l entries[T], check func(entry[T])) {
	for _, e := range l.all {
		check(e)
	}
}

// report tells about the breach of a rule as hard as the rule is held.
func (c *checker) report(level Level, at place, what, instead string) {
	switch level {
	case Off:
	case Warn:
		c.found.warn(at.problem(what, instead))
	default:
		c.found.add(at.problem(what, instead))
	}
}

// unknown reports a reference to something that the seed does not declare.
func (c *checker) unknown(at place, noun, name string, known []string) {
	instead := ""
	if !c.found.full() {
		instead = nearest(name, known)
	}
	c.found.add(at.problem(fmt.Sprintf("unknown %s %s", noun, quote(name)), instead))
}

// reference checks that something with that single key is declared.
func reference[T any](c *checker, at place, noun string, in *entries[T], member, name string) {
	if name != "" && !at.node.bad && !in.has(member, name) {
		c.unknown(at, noun, name, in.known(member))
	}
}

// references checks each item of a list.
func references[T any](c *checker, at place, member, noun string, in *entries[T], key string, names []string) {
	for i, p := range at.items(member) {
		reference(c, p, noun, in, key, names[i])
	}
}

// redirectURL checks where a customer is sent: to https, or to http on the developer's own machine. The real service
// takes https only.
func (c *checker) redirectURL(at place, text string) {
	if text == "" || at.node.bad {
		return
	}
	u, err := url.Parse(text)
	switch {
	case err == nil && u.Host != "" && u.Scheme == "https":
	case err == nil && u.Scheme == "http" && loopback(u.Hostname()):
	default:
		what := quote(text) + " must be https, or http on a loopback host such as localhost"
		c.report(c.strictness.RedirectURLs, at, what, "")
	}
}

func loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

const maxFile = 1 << 20 // bytes of a file that a seed names

// file fetches a file that the seed names, relative to the seed.
func (c *checker) file(at place, name string) ([]byte, bool) {
	if at.doc.dir == "" {
		c.found.add(at.problem("files cannot be named here: this seed is not a file itself", ""))
		return nil, false
	}
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(at.doc.dir, path)
	}
	data, err := readFile(path, maxFile+1)
	switch {
	case err != nil:
		var number syscall.Errno
		reason := err
		if errors.As(err, &number) {
			reason = number // without the path, which stands in the sentence already
		}
		c.found.add(at.problem(fmt.Sprintf("%s cannot be read: %v", quote(name), reason), ""))
		return nil, false
	case len(data) > maxFile:
		c.found.add(at.problem(fmt.Sprintf("%s is larger than %d MiB", quote(name), maxFile>>20), ""))
		return nil, false
	}
	return data, true
}

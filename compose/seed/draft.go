package seed

import (
	"encoding/json"
	"fmt"
)

// draft is the world while files are being merged into it. Each entry remembers where it comes from.
type draft struct {
	found *problems

	name, description string
	settings          Settings
	clock             Clock

	organisations entries[Organisation]
	persons       entries[Person]
	relations     entries[Relation]
	scopes        entries[Scope]
	clients       entries[clientSource]
	delegations   entries[Delegation]
	resources     entries[Resource]
	systems       entries[System]
	systemUsers   entries[SystemUser]
	requests      entries[Request]
	faults        entries[Fault]
}

func newDraft(found *problems) *draft { return &draft{found: found} }

// add merges a document. Values that the schema refused are left out.
func (d *draft) add(doc *document) {
	if doc.root.kind != object {
		return
	}
	top := doc.top()
	d.unlisted(top)
	if top.node.member("parties") != nil {
		d.parties(top.member("parties"))
	}
	d.maskinporten(top)
	d.altinn(top)
	merge(d.found, &d.faults, top.items("faults"), Fault{Probability: 1}, func(f *Fault) []key {
		if f.ID == "" {
			text, _ := json.Marshal(f) // a fault holds nothing that cannot be marshalled
			f.ID = derivedID("fault", string(text))
		}
		return []key{{"id", f.ID}}
	})
}

// unlisted merges what is no list, member by member.
func (d *draft) unlisted(top place) {
	if v, ok := top.text("name"); ok {
		d.name = v
	}
	if v, ok := top.text("description"); ok {
		d.description = v
	}
	if top.node.member("settings") != nil {
		decode(d.found, top.member("settings"), &d.settings)
	}
	if top.node.member("clock") != nil {
		d.clock = Clock{} // the members of a clock belong together
		decode(d.found, top.member("clock"), &d.clock)
	}
}

func (d *draft) parties(p place) {
	merge(d.found, &d.organisations, p.items("organisations"), Organisation{}, func(o *Organisation) []key {
		o.derive()
		return []key{{"orgNo", string(o.Number)}}
	})
	merge(d.found, &d.persons, p.items("persons"), Person{Language: "nb"}, func(p *Person) []key {
		p.derive()
		return []key{{"pid", p.PID}}
	})
	merge(d.found, &d.relations, p.items("relations"), Relation{}, func(r *Relation) []key {
		return []key{compound("from, to and role", string(r.From), string(r.To), r.Role)}
	})
}

func (d *draft) maskinporten(top place) {
	merge(d.found, &d.scopes, top.items("scopes"), Scope{}, func(s *Scope) []key {
		return []key{{"name", s.Name}}
	})
	blank := clientSource{Client: Client{IntegrationType: "maskinporten", Active: true}}
	merge(d.found, &d.clients, top.items("clients"), blank, func(c *clientSource) []key {
		return []key{{"clientId", c.ID}}
	})
	merge(d.found, &d.delegations, top.items("delegations"), Delegation{}, func(g *Delegation) []key {
		of := key{"scope", g.Scope}
		if g.Resource != "" {
			of = key{"resource", g.Resource}
		}
		return []key{compound(of.members+", consumer and supplier", of.value, string(g.Consumer), string(g.Supplier))}
	})
}

func (d *draft) altinn(top place) {
	merge(d.found, &d.resources, top.items("resources"), Resource{Delegable: true}, func(r *Resource) []key {
		return []key{{"id", r.ID}}
	})
	merge(d.found, &d.systems, top.items("systems"), System{Visible: true}, func(s *System) []key {
		return []key{{"id", s.ID}}
	})
	merge(d.found, &d.systemUsers, top.items("systemUsers"), SystemUser{Type: "standard"}, func(u *SystemUser) []key {
		u.derive()
		if u.Deleted { // another can have taken its place
			return []key{{"id", u.ID}}
		}
		triple := compound("system, owner and externalRef", u.System, string(u.Owner), u.reference())
		return []key{{"id", u.ID}, triple}
	})
	blank := Request{Kind: "standard", Status: "New"}
	merge(d.found, &d.requests, top.items("requests"), blank, func(r *Request) []key {
		r.derive()
		return []key{{"id", r.ID}}
	})
}

// text is a member that holds good text.
func (p place) text(name string) (string, bool) {
	n := p.node.member(name)
	if n == nil || n.bad {
		return "", false
	}
	s, ok := n.value.(string)
	return s, ok
}

// decode reads a place into v; members that are absent keep what v has.
func decode(found *problems, at place, v any) {
	text, err := json.Marshal(at.node.good())
	if err == nil {
		err = json.Unmarshal(text, v)
	}
	if err != nil { // the schema lets nothing through that the types cannot hold
		found.add(at.problem(fmt.Sprintf("cannot be read: %v", err), ""))
	}
}

package seed

import "fmt"

// node is a value in a source, with its position.
type node struct {
	line, column int
	kind         kindOf
	text         string // a scalar as it is written
	value        any    // a scalar: string, bool, int, int64, uint64, float64 or nil
	items        []*node
	members      []member
	bad          bool // a problem has been reported: nothing else may be said of it
}

type member struct {
	name         string
	line, column int
	value        *node
}

type kindOf int

const (
	scalar kindOf = iota
	list
	object
)

// member is the value of that member; nil when there is none.
func (n *node) member(name string) *node {
	for _, m := range n.members {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// absent tells whether nothing stands there: "name:", or null.
func (n *node) absent() bool { return n.kind == scalar && n.value == nil && !n.bad }

// plain is the value as encoding/json has it.
func (n *node) plain() any {
	switch n.kind {
	case list:
		items := make([]any, len(n.items))
		for i, item := range n.items {
			items[i] = item.plain()
		}
		return items
	case object:
		members := make(map[string]any, len(n.members))
		for _, m := range n.members {
			members[m.name] = m.value.plain()
		}
		return members
	default:
		return n.value
	}
}

// good is plain without what is bad: such members are left out, such items are nil so that the others keep their
// places.
func (n *node) good() any {
	switch {
	case n.bad:
		return nil
	case n.kind == list:
		items := make([]any, len(n.items))
		for i, item := range n.items {
			items[i] = item.good()
		}
		return items
	case n.kind == object:
		members := make(map[string]any, len(n.members))
		for _, m := range n.members {
			if !m.value.bad {
				members[m.name] = m.value.good()
			}
		}
		return members
	default:
		return n.value
	}
}

// document is a source that has been parsed.
type document struct {
	file string
	dir  string
	root *node
}

func (d *document) top() place { return place{doc: d, node: d.root} }

// place is a node and how to get there.
type place struct {
	doc  *document
	path string
	node *node
}

// member goes down to a member. Where there is none the place is that of the object, under the member's name.
func (p place) member(name string) place {
	path := name
	if p.path != "" {
		path = p.path + "." + name
	}
	n := p.node.member(name)
	if n == nil {
		n = p.node
	}
	return place{p.doc, path, n}
}

// item goes down to an item of a list.
func (p place) item(i int) place {
	return place{p.doc, fmt.Sprintf("%s[%d]", p.path, i), p.node.items[i]}
}

// items are the places of a member's items; none when it is absent or no list.
func (p place) items(name string) []place {
	n := p.node.member(name)
	if n == nil || n.bad || n.kind != list {
		return nil
	}
	all := p.member(name)
	items := make([]place, len(n.items))
	for i := range n.items {
		items[i] = all.item(i)
	}
	return items
}

func (p place) problem(what, instead string) Problem {
	return Problem{p.doc.file, p.node.line, p.node.column, p.path, what, instead}
}

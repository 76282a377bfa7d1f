package seed

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// What a source may be at most; generous for a seed, tight for an attack.
const (
	maxDepth   = 64      // lists and objects inside each other
	maxAliased = 100_000 // values that aliases repeat
)

func (p *parser) node(y *yaml.Node, path string, depth int) *node {
	n := &node{line: y.Line, column: y.Column}
	if p.aliases > 0 {
		p.aliased++
	}
	if depth > maxDepth || p.aliased > maxAliased {
		return p.tooMuch(n, path)
	}
	switch y.Kind {
	case yaml.DocumentNode:
		return p.node(y.Content[0], path, depth)
	case yaml.AliasNode:
		p.aliases++
		defer func() { p.aliases-- }()
		return p.node(y.Alias, path, depth+1)
	case yaml.SequenceNode:
		p.list(n, y, path, depth)
	case yaml.MappingNode:
		p.object(n, y, path, depth)
	default:
		p.scalar(n, y, path)
	}
	return n
}

// tooMuch reports once that the limits are reached; what lies beyond is not read.
func (p *parser) tooMuch(n *node, path string) *node {
	n.bad = true
	switch {
	case p.aliased <= maxAliased:
		p.report(n.line, n.column, path, fmt.Sprintf("more than %d lists and objects inside each other", maxDepth))
	case p.aliased == maxAliased+1:
		p.report(n.line, n.column, path, fmt.Sprintf("aliases repeat more than %d values", maxAliased))
	}
	return n
}

func (p *parser) list(n *node, y *yaml.Node, path string, depth int) {
	n.kind = list
	n.items = make([]*node, 0, len(y.Content))
	for i, item := range y.Content {
		n.items = append(n.items, p.node(item, path+"["+strconv.Itoa(i)+"]", depth+1))
	}
}

func (p *parser) object(n *node, y *yaml.Node, path string, depth int) {
	n.kind = object
	lines := make(map[string]int, len(y.Content)/2)
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, value := y.Content[i], y.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			p.report(key.Line, key.Column, path, "the name of a member must be text")
			continue
		}
		below := strings.TrimPrefix(path+"."+key.Value, ".")
		if line, ok := lines[key.Value]; ok {
			p.report(key.Line, key.Column, below, fmt.Sprintf("member %s is written twice, first on line %d",
				quote(key.Value), line))
			continue
		}
		lines[key.Value] = key.Line
		v := p.node(value, below, depth+1)
		if v.absent() {
			continue // "name:" with nothing behind it is the same as no name
		}
		n.members = append(n.members, member{key.Value, key.Line, key.Column, v})
	}
}

func (p *parser) scalar(n *node, y *yaml.Node, path string) {
	n.text = y.Value
	switch y.ShortTag() {
	case "!!null":
	case "!!bool", "!!int", "!!float":
		err := y.Decode(&n.value)
		if f, ok := n.value.(float64); err != nil || ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
			n.bad = true
			p.report(n.line, n.column, path, quote(y.Value)+" is not a number that a seed can hold")
		}
	default: // text, and what YAML takes for a time stamp or something of its own
		text, err := interpolate(y.Value, p.lookup)
		if err != nil {
			n.bad = true
			p.report(n.line, n.column, path, err.Error())
		}
		n.value = text
	}
}

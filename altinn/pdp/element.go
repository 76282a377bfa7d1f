package pdp

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// SyntaxError is that a policy or a request cannot be read.
type SyntaxError struct {
	Line    int    // from 1
	Element string // its name, without the prefix; empty: the document
	What    string
}

func (e *SyntaxError) Error() string {
	if e.Element == "" {
		return fmt.Sprintf("line %d: %s", e.Line, e.What)
	}
	return fmt.Sprintf("line %d: %s: %s", e.Line, e.Element, e.What)
}

// Limits of what is read, which no honest document comes near.
const (
	maxBytes    = 1 << 20
	maxDepth    = 100
	maxElements = 50_000
)

const namespace = "urn:oasis:names:tc:xacml:3.0:core:schema:wd-17"

// element is an element of an XML document.
type element struct {
	name       string // without the prefix
	line       int
	attributes []xml.Attr
	children   []*element
	text       string
}

// parse reads a document whose elements are XACML's. It reads no document type, and so no entity but XML's own.
func parse(data []byte) (*element, error) {
	if len(data) > maxBytes {
		return nil, &SyntaxError{Line: 1, What: fmt.Sprintf("the document is longer than %d bytes", maxBytes)}
	}
	p := parser{decoder: xml.NewDecoder(bytes.NewReader(data))}
	for {
		line, _ := p.decoder.InputPos() // where the token begins
		token, err := p.decoder.Token()
		switch {
		case errors.Is(err, io.EOF) && p.root != nil:
			return p.root, nil
		case errors.Is(err, io.EOF):
			return nil, &SyntaxError{Line: line, What: "there is no element"}
		case err != nil:
			return nil, p.malformed(line, err)
		}
		if err := p.take(token, line); err != nil {
			return nil, err
		}
	}
}

type parser struct {
	decoder *xml.Decoder
	root    *element
	open    []*element
	count   int
}

func (p *parser) malformed(line int, err error) error {
	what := err.Error()
	if syntax, ok := errors.AsType[*xml.SyntaxError](err); ok {
		line, what = syntax.Line, syntax.Msg
	}
	return &SyntaxError{Line: line, Element: p.innermost(), What: "not well-formed XML: " + what}
}

func (p *parser) innermost() string {
	if len(p.open) == 0 {
		return ""
	}
	return p.open[len(p.open)-1].name
}

func (p *parser) take(token xml.Token, line int) error {
	switch token := token.(type) {
	case xml.Directive:
		return &SyntaxError{Line: line, What: "a document type is not allowed"}
	case xml.StartElement:
		return p.start(token, line)
	case xml.EndElement:
		p.open = p.open[:len(p.open)-1]
	case xml.CharData:
		if len(p.open) > 0 {
			p.open[len(p.open)-1].text += string(token)
		}
	}
	return nil
}

func (p *parser) start(token xml.StartElement, line int) error {
	e := &element{name: token.Name.Local, line: line, attributes: token.Copy().Attr}
	p.count++
	switch {
	case token.Name.Space != namespace:
		return e.wrong("the namespace is %q, want %q", token.Name.Space, namespace)
	case len(p.open) >= maxDepth:
		return e.wrong("more than %d elements deep", maxDepth)
	case p.count > maxElements:
		return e.wrong("more than %d elements", maxElements)
	case len(p.open) > 0:
		parent := p.open[len(p.open)-1]
		parent.children = append(parent.children, e)
	case p.root != nil:
		return e.wrong("the document has a second root")
	default:
		p.root = e
	}
	p.open = append(p.open, e)
	return nil
}

func (e *element) wrong(format string, values ...any) error {
	return &SyntaxError{Line: e.line, Element: e.name, What: fmt.Sprintf(format, values...)}
}

// attribute is an XML attribute; empty when there is none.
func (e *element) attribute(name string) string {
	for _, a := range e.attributes {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// required are XML attributes that have to be there, and have to have a value.
func (e *element) required(names ...string) ([]string, error) {
	values := make([]string, len(names))
	for i, name := range names {
		if values[i] = e.attribute(name); values[i] == "" {
			return nil, e.wrong("the attribute %s is missing", name)
		}
	}
	return values, nil
}

// part is one step in what an element can hold.
type part struct {
	names string // of the elements, with spaces between
	least int    // how many of them there have to be
	most  int    // 0: any number
}

// holds wants the children to be those parts, in their order.
func (e *element) holds(parts ...part) error {
	rest := e.children
	for _, p := range parts {
		n := 0
		for n < len(rest) && (p.most == 0 || n < p.most) && p.has(rest[n].name) {
			n++
		}
		if n < p.least {
			if len(rest) > n {
				return rest[n].wrong("%s wants %s here", e.name, p.names)
			}
			return e.wrong("%s is missing", p.names)
		}
		rest = rest[n:]
	}
	if len(rest) > 0 {
		return rest[0].wrong("%s does not have it, or not in this place", e.name)
	}
	return nil
}

func (p part) has(name string) bool {
	for n := range strings.FieldsSeq(p.names) {
		if n == name {
			return true
		}
	}
	return false
}

// child is the first child with the name; nil when there is none.
func (e *element) child(name string) *element {
	for _, c := range e.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// each reads the children with the name.
func each[T any](e *element, name string, read func(*element) (T, error)) ([]T, error) {
	var all []T
	if e == nil {
		return nil, nil
	}
	for _, c := range e.children {
		if c.name != name {
			continue
		}
		one, err := read(c)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

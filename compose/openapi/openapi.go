// Package openapi reads the descriptions of the emulator's APIs, OpenAPI 3.1, in the order in which they are written.
package openapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// Source is a document as it is written. It is read the first time that something is asked of it.
type Source struct {
	Name string // of the API, in addresses
	Path string // of the document below /_mpe/, without an extension
	YAML []byte

	read func() *Document
}

// NewSource is a source that is part of the binary: it panics when it is read and is no document.
func NewSource(name, path string, source []byte) *Source {
	return &Source{name, path, source, sync.OnceValue(func() *Document {
		d, err := Parse(source)
		if err != nil {
			panic(fmt.Sprintf("the document %s: %v", name, err)) // the files are covered by tests
		}
		return d
	})}
}

// Document is what the source says.
func (s *Source) Document() *Document { return s.read() }

// Document is the description of an API.
type Document struct {
	JSON []byte `yaml:"-"`

	Info struct {
		Title       string
		Description string
	}
	ExternalDocs Link `yaml:"externalDocs"`
	Tags         []Tag
	Paths        Ordered[PathItem]
	Components   struct {
		Security      Ordered[Security] `yaml:"securitySchemes"`
		Parameters    Ordered[Parameter]
		Headers       Ordered[Parameter]
		RequestBodies Ordered[RequestBody] `yaml:"requestBodies"`
		Responses     Ordered[Response]
		Schemas       Ordered[Schema]
	}
}

// Link leads to the documentation of the real service.
type Link struct{ URL, Description string }

// Tag is a group of operations.
type Tag struct{ Name, Description string }

// PathItem is a path with its operations by method, which are in lower case.
type PathItem Ordered[Operation]

// methods are the members of a path that are operations.
var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// UnmarshalYAML reads a path. Parameters that its operations share are given to each.
func (p *PathItem) UnmarshalYAML(n *yaml.Node) error {
	var members Ordered[yaml.Node]
	if err := members.UnmarshalYAML(n); err != nil {
		return err
	}
	var shared []Parameter
	if node, ok := members.Find("parameters"); ok {
		if err := node.Decode(&shared); err != nil {
			return err
		}
	}
	for _, m := range members {
		if !slices.Contains(methods, m.Key) {
			continue
		}
		e := Entry[Operation]{Key: m.Key}
		if err := m.Value.Decode(&e.Value); err != nil {
			return err
		}
		e.Value.Parameters = slices.Concat(shared, e.Value.Parameters)
		*p = append(*p, e)
	}
	return nil
}

// Operation is what can be done with a path.
type Operation struct {
	ID           string `yaml:"operationId"`
	Tags         []string
	Summary      string
	Description  string
	ExternalDocs Link `yaml:"externalDocs"`
	Parameters   []Parameter
	RequestBody  *RequestBody `yaml:"requestBody"`
	Responses    Ordered[Response]
	Security     []Ordered[[]string] // of each either all, with their scopes; an empty one asks for nothing

	State   string   `yaml:"x-mpe-state"`   // full or partial
	Partial string   `yaml:"x-mpe-partial"` // what is not there, or is otherwise
	Codes   []string `yaml:"x-mpe-codes"`   // that refusals carry
	As      string   `yaml:"x-mpe-as"`      // the person of the demo whose token suits
	Curl    string   `yaml:"x-mpe-curl"`    // a command that calls it, where it does not follow from the rest; {base} is the address
}

// Security is how a caller shows who it is.
type Security struct {
	Description string
	Token       string `yaml:"x-mpe-token"` // a shell command that prints such a token; {base}, {scopes} and {as} stand for what they name
}

// Parameter is a value in the path, the query or a header; or a header of an answer, named by what it stands behind.
type Parameter struct {
	Ref         string `yaml:"$ref"`
	Name        string
	In          string
	Required    bool
	Description string
	Schema      Schema
	Example     any
}

// RequestBody is what a call takes.
type RequestBody struct {
	Ref         string `yaml:"$ref"`
	Description string
	Required    bool
	Content     Ordered[Media]
}

// Response is what a call is answered with.
type Response struct {
	Ref         string `yaml:"$ref"`
	Description string
	Headers     Ordered[Parameter]
	Content     Ordered[Media]
}

// Media is a body of a media type.
type Media struct {
	Schema  *Schema
	Example yaml.Node // the zero node: there is none
}

// Schema is what a value looks like, as far as it is shown.
type Schema struct {
	Ref         string `yaml:"$ref"`
	Type        types
	Format      string
	Title       string
	Description string
	Pattern     string
	Enum        []any
	Const       any
	Default     any
	Minimum     any
	Maximum     any
	Required    []string
	Properties  Ordered[Schema]
	Items       *Schema
	AllOf       []Schema   `yaml:"allOf"`
	AnyOf       []Schema   `yaml:"anyOf"`
	OneOf       []Schema   `yaml:"oneOf"`
	Additional  additional `yaml:"additionalProperties"`
}

// types are written as one or as a list.
type types []string

func (t *types) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*t = types{n.Value}
		return nil
	}
	return n.Decode((*[]string)(t))
}

// additional is a schema, or says whether there may be other members.
type additional struct{ *Schema }

func (a *additional) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		return nil
	}
	return n.Decode(&a.Schema)
}

// Ordered is a mapping in the order of the document.
type Ordered[T any] []Entry[T]

// Entry is a member of a mapping.
type Entry[T any] struct {
	Key   string
	Value T
}

// UnmarshalYAML reads a mapping.
func (o *Ordered[T]) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: a mapping is wanted", n.Line)
	}
	for i := 0; i < len(n.Content); i += 2 {
		e := Entry[T]{Key: n.Content[i].Value}
		if err := n.Content[i+1].Decode(&e.Value); err != nil {
			return err
		}
		*o = append(*o, e)
	}
	return nil
}

// Find is the value of the key, if there is one.
func (o Ordered[T]) Find(key string) (value T, found bool) {
	for _, e := range o {
		if e.Key == key {
			return e.Value, true
		}
	}
	return value, false
}

// Parse reads a document, with its references to parameters, bodies and responses followed. Those to schemas are kept:
// schemas have a place of their own to be shown at.
func Parse(source []byte) (*Document, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(source, &root); err != nil {
		return nil, err
	}
	d := &Document{}
	var tree any
	err := errors.Join(root.Decode(d), root.Decode(&tree))
	if err == nil {
		d.JSON, err = json.Marshal(tree)
	}
	if err != nil {
		return nil, err
	}
	for _, path := range d.Paths {
		for i := range path.Value {
			if err := d.follow(&path.Value[i].Value); err != nil {
				return nil, fmt.Errorf("%s: %w", path.Key, err)
			}
		}
	}
	return d, nil
}

func (d *Document) follow(o *Operation) error {
	for i := range o.Parameters {
		if err := replace(&o.Parameters[i], o.Parameters[i].Ref, "parameters", d.Components.Parameters); err != nil {
			return err
		}
	}
	if o.RequestBody != nil {
		if err := replace(o.RequestBody, o.RequestBody.Ref, "requestBodies", d.Components.RequestBodies); err != nil {
			return err
		}
	}
	for i := range o.Responses {
		r := &o.Responses[i].Value
		if err := replace(r, r.Ref, "responses", d.Components.Responses); err != nil {
			return err
		}
		for i := range r.Headers {
			h := &r.Headers[i].Value
			if err := replace(h, h.Ref, "headers", d.Components.Headers); err != nil {
				return err
			}
		}
	}
	return nil
}

// replace puts what the reference names in its place; an empty reference names nothing.
func replace[T any](what *T, ref, kind string, components Ordered[T]) error {
	if ref == "" {
		return nil
	}
	found, ok := components.Find(strings.TrimPrefix(ref, "#/components/"+kind+"/"))
	if !ok {
		return fmt.Errorf("%s refers to nothing", ref)
	}
	*what = found
	return nil
}

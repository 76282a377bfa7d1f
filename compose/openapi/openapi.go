// Package openapi reads the descriptions of the emulator's APIs, OpenAPI 3.1, in the order in which they are written.
package openapi

import (
	"encoding/json"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Document is the description of an API.
type Document struct {
	Name string `yaml:"-"` // what it is called in addresses

	YAML []byte `yaml:"-"` // as it is written
	JSON []byte `yaml:"-"`

	Info struct {
		Title       string
		Description string
	}
	ExternalDocs Link `yaml:"externalDocs"`
	Tags         []Tag
	Paths        Ordered[PathItem]
	Components   struct {
		Parameters    Ordered[Parameter]
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
type PathItem = Ordered[Operation]

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
}

// Parameter is a value in the path, the query or a header.
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

// find is the value of the key, if there is one.
func (o Ordered[T]) find(key string) (value T, found bool) {
	for _, e := range o {
		if e.Key == key {
			return e.Value, true
		}
	}
	return value, false
}

// Parse reads a document, with its references to parameters, bodies and responses followed. Those to schemas are kept:
// schemas have a place of their own to be shown at.
func Parse(name string, source []byte) (*Document, error) {
	d := &Document{Name: name, YAML: source}
	if err := yaml.Unmarshal(source, d); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var tree any
	err := yaml.Unmarshal(source, &tree)
	if err == nil {
		d.JSON, err = json.Marshal(tree)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for _, path := range d.Paths {
		for i := range path.Value {
			if err := d.follow(&path.Value[i].Value); err != nil {
				return nil, fmt.Errorf("%s: %s: %w", name, path.Key, err)
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
	}
	return nil
}

// replace puts what the reference names in its place; an empty reference names nothing.
func replace[T any](what *T, ref, kind string, components Ordered[T]) error {
	if ref == "" {
		return nil
	}
	found, ok := components.find(strings.TrimPrefix(ref, "#/components/"+kind+"/"))
	if !ok {
		return fmt.Errorf("%s refers to nothing", ref)
	}
	*what = found
	return nil
}

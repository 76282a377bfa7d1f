package seed

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

//go:embed schema.json
var schemaJSON []byte

// Schema is the JSON Schema (draft 2020-12) of a seed file. Its descriptions are in English and Bokmål: an editor that
// knows the schema is the manual.
func Schema() []byte { return bytes.Clone(schemaJSON) }

// schema holds documents against schema.json.
type schema struct {
	compiled *jsonschema.Schema
	source   any // schema.json itself, for its titles and examples
}

// theSchema is compiled at the first seed, for it takes longer than most seeds do to read, and never changes.
var theSchema = sync.OnceValues(newSchema)

func newSchema() (*schema, error) {
	source, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaJSON))
	if err != nil {
		return nil, fmt.Errorf("seed: schema.json: %w", err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.RegisterFormat(&jsonschema.Format{Name: "date-time", Validate: dateTime})
	if err := c.AddResource("seed.json", source); err != nil {
		return nil, fmt.Errorf("seed: schema.json: %w", err)
	}
	compiled, err := c.Compile("seed.json")
	if err != nil {
		return nil, fmt.Errorf("seed: schema.json: %w", err)
	}
	return &schema{compiled, source}, nil
}

// dateTime takes exactly the times that the seed's own types can hold.
func dateTime(v any) error {
	s, ok := v.(string)
	if !ok {
		return nil
	}
	return new(time.Time).UnmarshalText([]byte(s))
}

// validate reports where the document breaks the schema and marks those values as bad.
func (s *schema) validate(doc *document, found *problems) {
	err := s.compiled.Validate(doc.root.plain())
	if err == nil {
		return
	}
	v := &violations{schema: s, doc: doc, found: found}
	for _, leaf := range leaves(err.(*jsonschema.ValidationError)) { // Validate promises that type
		v.report(leaf)
	}
}

// leaves are the violations that can be told about. Of a choice between schemas none fits; it is told as one, unless
// an alternative fits at this level and is broken further down.
func leaves(err *jsonschema.ValidationError) []*jsonschema.ValidationError {
	var below []*jsonschema.ValidationError
	for _, cause := range err.Causes {
		below = append(below, leaves(cause)...)
	}
	switch err.ErrorKind.(type) {
	case *kind.AnyOf:
		deeper := slices.DeleteFunc(below, func(e *jsonschema.ValidationError) bool {
			return len(e.InstanceLocation) <= len(err.InstanceLocation)
		})
		if len(deeper) > 0 {
			return deeper
		}
	case *kind.OneOf:
	default:
		if len(below) > 0 {
			return below
		}
	}
	return []*jsonschema.ValidationError{err}
}

// violations turns what the validator says into problems.
type violations struct {
	schema *schema
	doc    *document
	found  *problems
}

func (v *violations) report(err *jsonschema.ValidationError) {
	at := v.doc.top()
	for _, token := range err.InstanceLocation {
		at = at.down(token)
	}
	if at.node.bad {
		return
	}
	switch k := err.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		v.unknown(at, k.Properties, err)
	case *kind.Required:
		for _, name := range k.Missing {
			v.found.add(at.problem("missing member "+strconv.Quote(name), ""))
		}
	case *kind.OneOf:
		v.found.add(at.problem(v.schema.choice(err, at.node), ""))
	default:
		what, instead := v.schema.say(err, at.node)
		v.found.add(at.problem(what, instead))
		at.node.bad = true
	}
}

// down is the place of a member or an item.
func (p place) down(token string) place {
	if p.node.kind == list {
		i, err := strconv.Atoi(token)
		if err != nil || i < 0 || i >= len(p.node.items) {
			return p
		}
		return p.item(i)
	}
	return p.member(token)
}

// unknown reports members that the schema has no place for, each where its name stands.
func (v *violations) unknown(at place, names []string, err *jsonschema.ValidationError) {
	properties, _ := v.schema.at(err)["properties"].(map[string]any)
	for _, m := range at.node.members {
		if !slices.Contains(names, m.name) {
			continue
		}
		instead := ""
		if !v.found.full() {
			instead = nearest(m.name, sortedKeys(properties))
		}
		problem := at.member(m.name).problem("unknown member "+quote(m.name), instead)
		problem.Line, problem.Column = m.line, m.column
		v.found.add(problem)
		m.value.bad = true // or encoding/json might take it for a member whose name differs in case
	}
}

// at is the part of schema.json that was violated.
func (s *schema) at(err *jsonschema.ValidationError) map[string]any {
	_, pointer, _ := strings.Cut(err.SchemaURL, "#")
	here := s.source
	for _, token := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		object, ok := here.(map[string]any)
		if !ok {
			return nil
		}
		if token != "" {
			here = object[token]
		}
	}
	object, _ := here.(map[string]any)
	return object
}

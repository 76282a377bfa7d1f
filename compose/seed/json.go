package seed

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// parseJSON reads valid JSON as the tree that the YAML package would give. JSON is YAML by definition, but that package
// knows neither the escape \/ nor surrogate pairs, which common JSON writers use.
func parseJSON(data []byte) (*yaml.Node, error) {
	r := &jsonReader{data: data, dec: json.NewDecoder(bytes.NewReader(data)), line: 1, column: 1}
	r.dec.UseNumber()
	return r.value()
}

type jsonReader struct {
	data         []byte
	dec          *json.Decoder
	offset       int // of line and column
	line, column int
}

// value reads a value. At the end of a list or object it gives nil.
func (r *jsonReader) value() (*yaml.Node, error) {
	r.advance()
	n := &yaml.Node{Kind: yaml.ScalarNode, Line: r.line, Column: r.column}
	token, err := r.dec.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		switch t {
		case '{':
			n.Kind = yaml.MappingNode
		case '[':
			n.Kind = yaml.SequenceNode
		default:
			return nil, nil
		}
		return n, r.content(n)
	case string:
		n.Tag, n.Value = "!!str", t
	case json.Number:
		n.Value = t.String() // YAML reads the number, as it reads the other two, in the absence of a tag
	case bool:
		n.Value = map[bool]string{true: "true", false: "false"}[t]
	default:
		n.Value = "null"
	}
	return n, nil
}

// content reads up to the end of a list or object.
func (r *jsonReader) content(n *yaml.Node) error {
	for {
		item, err := r.value()
		if err != nil || item == nil {
			return err
		}
		n.Content = append(n.Content, item)
	}
}

// advance moves the position to where the next token starts.
func (r *jsonReader) advance() {
	next := int(r.dec.InputOffset())
	for next < len(r.data) && bytes.IndexByte([]byte(" \t\r\n,:"), r.data[next]) >= 0 {
		next++
	}
	passed := r.data[r.offset:next]
	if i := bytes.LastIndexByte(passed, '\n'); i >= 0 {
		r.line += bytes.Count(passed, []byte("\n"))
		r.column = 1
		passed = passed[i+1:]
	}
	r.column += utf8.RuneCount(passed)
	r.offset = next
}

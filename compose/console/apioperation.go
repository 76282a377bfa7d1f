package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"mpe/compose/explain"
	"mpe/compose/openapi"
)

// operation is an operation as the page shows it.
type operation struct {
	openapi.Operation
	ID, Group, Method, Path string

	Access     []access
	Parameters []parameter
	Body       *body
	Answers    []answer
	Codes      []errorCode
	Curl       string

	searched string // what the filter looks into, in lower case
}

// access is one way of being let in.
type access struct{ Scopes, Description string }

type parameter struct {
	Name, In, Description, Example string
	Required                       bool
	Schema                         schema
}

type body struct {
	Description string
	Media       []media
}

// media is a body of a media type.
type media struct {
	Type    string
	Schema  *schema // nil: nothing is said of it
	Example string
}

type answer struct {
	Status, Description string
	Headers             []parameter
	Media               []media
}

// errorCode is a code; it may have a page.
type errorCode struct {
	Code string
	Page bool
}

func newOperation(d *openapi.Document, base, method, path string, o openapi.Operation) operation {
	shown := operation{Operation: o, ID: o.ID, Method: strings.ToUpper(method), Path: path}
	if shown.ID == "" {
		shown.ID = anchor(strings.Trim(method+" "+path, "/"))
	}
	shown.Group = groupOf(path, o)
	for _, one := range o.Security {
		for _, scheme := range one {
			described, _ := d.Components.Security.Find(scheme.Key)
			shown.Access = append(shown.Access, access{strings.Join(scheme.Value, " "), described.Description})
		}
	}
	for _, p := range o.Parameters {
		shown.Parameters = append(shown.Parameters, newParameter(p.Name, p))
	}
	if o.RequestBody != nil {
		shown.Body = &body{o.RequestBody.Description, newMedia(o.RequestBody.Content)}
	}
	for _, r := range o.Responses {
		a := answer{Status: r.Key, Description: r.Value.Description, Media: newMedia(r.Value.Content)}
		for _, h := range r.Value.Headers {
			a.Headers = append(a.Headers, newParameter(h.Key, h.Value))
		}
		shown.Answers = append(shown.Answers, a)
	}
	for _, code := range o.Codes {
		_, known := explain.Code(code, explain.EN)
		shown.Codes = append(shown.Codes, errorCode{code, known})
	}
	shown.Curl = curl(d, base, shown)
	shown.searched = strings.ToLower(fmt.Sprint(shown.Method, " ", path, " ", o.ID, o.Summary, o.Description, o.Partial, o.Tags,
		o.Codes, shown.Access, shown.Parameters))
	return shown
}

// groupOf is the operation's tag or, in a document without tags, what stands behind the version in its path.
func groupOf(path string, o openapi.Operation) string {
	if len(o.Tags) > 0 {
		return o.Tags[0]
	}
	_, behind, versioned := strings.Cut(path, "/v1/")
	if !versioned {
		return "emulator"
	}
	return behind[:len(behind)-len(strings.TrimLeft(behind, "abcdefghijklmnopqrstuvwxyz"))]
}

func newParameter(name string, p openapi.Parameter) parameter {
	shown := parameter{Name: name, In: p.In, Description: p.Description, Required: p.Required, Schema: newSchema(p.Schema)}
	if p.Example != nil {
		shown.Example = fmt.Sprint(p.Example)
	}
	return shown
}

func newMedia(content openapi.Ordered[openapi.Media]) []media {
	var all []media
	for _, c := range content {
		m := media{Type: c.Key, Example: written(c.Value.Example, "  ")}
		if c.Value.Schema != nil {
			s := newSchema(*c.Value.Schema)
			m.Schema = &s
		}
		all = append(all, m)
	}
	return all
}

// written is an example as JSON, in its order; empty when there is none. Without an indentation it is one line.
func written(example yaml.Node, indentation string) string {
	if example.IsZero() {
		return ""
	}
	var b bytes.Buffer
	if write(&b, &example) != nil {
		return ""
	}
	if indentation == "" {
		return b.String()
	}
	var lines bytes.Buffer
	_ = json.Indent(&lines, b.Bytes(), "", indentation) // it has just been written
	return lines.String()
}

func write(b *bytes.Buffer, n *yaml.Node) error {
	switch n.Kind {
	case yaml.MappingNode:
		b.WriteByte('{')
		for i := 0; i < len(n.Content); i += 2 {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := scalar(b, n.Content[i].Value); err != nil {
				return err
			}
			b.WriteByte(':')
			if err := write(b, n.Content[i+1]); err != nil {
				return err
			}
		}
		b.WriteByte('}')
		return nil
	case yaml.SequenceNode:
		b.WriteByte('[')
		for i, item := range n.Content {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := write(b, item); err != nil {
				return err
			}
		}
		b.WriteByte(']')
		return nil
	default:
		var value any
		if err := n.Decode(&value); err != nil {
			return err
		}
		return scalar(b, value)
	}
}

func scalar(b *bytes.Buffer, value any) error {
	encoder := json.NewEncoder(b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1) // the encoder's line feed
	return nil
}

// curl is a command that calls the operation, with the examples of the document and a token that suits.
func curl(d *openapi.Document, base string, o operation) string {
	if o.Operation.Curl != "" {
		return strings.ReplaceAll(strings.TrimSpace(o.Operation.Curl), "{base}", base)
	}
	var b strings.Builder
	token := tokenFor(d, base, o)
	if token != "" {
		b.WriteString("TOKEN=$(" + token + ")\n")
	}
	b.WriteString("curl -s")
	if method := o.Method; method != "GET" && (method != "POST" || o.RequestBody == nil) {
		b.WriteString(" -X " + method)
	}
	b.WriteString(" " + quoted(address(base, o)))
	if token != "" {
		b.WriteString(` -H "Authorization: Bearer $TOKEN"`)
	}
	if o.RequestBody != nil && len(o.RequestBody.Content) > 0 {
		b.WriteString(sent(o.RequestBody.Content[0]))
	}
	return b.String()
}

// tokenFor is the command that gets a token for the operation; empty when it takes none.
func tokenFor(d *openapi.Document, base string, o operation) string {
	if len(o.Security) == 0 || len(o.Security[0]) == 0 {
		return ""
	}
	scheme := o.Security[0][0]
	described, _ := d.Components.Security.Find(scheme.Key)
	return strings.NewReplacer("{base}", base, "{scopes}", strings.Join(scheme.Value, ","), "{as}", o.As).Replace(described.Token)
}

// address is where the operation is, with the examples of its parameters.
func address(base string, o operation) string {
	path := strings.TrimPrefix(o.Path, "/")
	var query []string
	for _, p := range o.Parameters {
		value := p.Example
		if value == "" {
			value = "{" + p.Name + "}"
		}
		switch {
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", value)
		case p.In == "query" && (p.Required || p.Example != ""):
			query = append(query, p.Name+"="+strings.ReplaceAll(value, " ", "%20"))
		}
	}
	if query != nil {
		path += "?" + strings.Join(query, "&")
	}
	return base + path
}

// sent is how curl sends the body.
func sent(content openapi.Entry[openapi.Media]) string {
	example := content.Value.Example
	if content.Key == "multipart/form-data" {
		var fields string
		for i := 0; i+1 < len(example.Content); i += 2 {
			fields += " -F " + example.Content[i].Value + "=" + example.Content[i+1].Value
		}
		return fields
	}
	data := written(example, "")
	if data == "" {
		data = "{}"
	}
	return " \\\n  -H 'Content-Type: " + content.Key + "' -d " + quoted(data)
}

// plain are the characters that a shell leaves alone.
const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/@%+,="

func quoted(word string) string {
	if strings.Trim(word, plain) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// schema is what a value looks like, as the page says it.
type schema struct {
	Type        []piece
	Description string
	Notes       []string // patterns, values and limits, each literal
	Members     []memberOf
}

// piece is a word of a type, or the name of a schema. Key is that of a text of the page's.
type piece struct{ Text, Ref, Key string }

type memberOf struct {
	Name     string
	Required bool
	Schema   schema
}

const schemaRef = "#/components/schemas/"

func newSchema(s openapi.Schema) schema {
	shown := schema{Description: s.Description}
	shown.Type, shown.Members = typeOf(s)
	if s.Format != "" {
		shown.Notes = append(shown.Notes, s.Format)
	}
	if s.Pattern != "" {
		shown.Notes = append(shown.Notes, s.Pattern)
	}
	if s.Minimum != nil || s.Maximum != nil {
		shown.Notes = append(shown.Notes, strings.TrimSpace(limit("≥ ", s.Minimum)+limit(" ≤ ", s.Maximum)))
	}
	return shown
}

func limit(sign string, value any) string {
	if value == nil {
		return ""
	}
	return sign + fmt.Sprint(value)
}

// typeOf is the type in words, and the members that the type itself has.
func typeOf(s openapi.Schema) (words []piece, all []memberOf) {
	switch {
	case s.Ref != "":
		return []piece{{Ref: strings.TrimPrefix(s.Ref, schemaRef)}}, nil
	case s.Const != nil:
		return []piece{{Text: fmt.Sprint(s.Const)}}, nil
	case s.Enum != nil:
		words = append(words, piece{Key: "api.oneOf"})
		for i, value := range s.Enum {
			if i > 0 {
				words = append(words, piece{Text: "·"})
			}
			words = append(words, piece{Text: fmt.Sprint(value)})
		}
	case s.AnyOf != nil, s.OneOf != nil:
		for i, one := range slices.Concat(s.AnyOf, s.OneOf) {
			if i > 0 {
				words = append(words, piece{Key: "api.or"})
			}
			word, members := typeOf(one)
			words, all = append(words, word...), append(all, members...)
		}
	case s.AllOf != nil:
		for i, one := range s.AllOf {
			word, members := typeOf(one)
			if i > 0 {
				words = append(words, piece{Key: "api.and"})
			}
			words, all = append(words, word...), append(all, members...)
		}
	case s.Items != nil:
		words, all = typeOf(*s.Items)
		words = append([]piece{{Key: "api.list"}}, words...)
	default:
		words, all = []piece{{Text: strings.Join(s.Type, ", ")}}, membersOf(s)
	}
	if s.Default != nil {
		words = append(words, piece{Key: "api.default"}, piece{Text: fmt.Sprint(s.Default)})
	}
	return words, all
}

func membersOf(s openapi.Schema) []memberOf {
	var all []memberOf
	for _, p := range s.Properties {
		all = append(all, memberOf{p.Key, slices.Contains(s.Required, p.Key), newSchema(p.Value)})
	}
	if s.Additional.Schema != nil {
		all = append(all, memberOf{Name: "*", Schema: newSchema(*s.Additional.Schema)})
	}
	return all
}

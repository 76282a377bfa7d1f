// Package openapitest holds answers to the OpenAPI document that describes them.
package openapitest

import (
	"bytes"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"mpe/compose/openapi"
)

// Document is one that answers are held to.
type Document struct {
	*openapi.Document
	tree     any
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema // by pointer
}

// Read reads a document that is there for the tests, and whose mistakes are therefore the program's.
func Read(source []byte) *Document {
	d, err := openapi.Parse(source)
	if err != nil {
		panic(err)
	}
	tree, err := jsonschema.UnmarshalJSON(bytes.NewReader(d.JSON))
	if err != nil {
		panic(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	if err := compiler.AddResource(location, tree); err != nil {
		panic(err)
	}
	return &Document{Document: d, tree: tree, compiler: compiler, schemas: map[string]*jsonschema.Schema{}}
}

const location = "mpe:document"

// Operations are what the document describes, as "METHOD path", in its order.
func (d *Document) Operations() []string {
	var all []string
	for _, path := range d.Paths {
		for _, o := range path.Value {
			all = append(all, strings.ToUpper(o.Key)+" "+path.Key)
		}
	}
	return all
}

// Hold is the test that the document says of an answer what it is: its status, its media type, the shape of its body,
// and the codes that it refuses with. The path is as the document has it.
func (d *Document) Hold(t testing.TB, method, path string, got *httptest.ResponseRecorder, codes ...string) {
	t.Helper()
	operation, ok := d.operation(method, path)
	if !ok {
		t.Errorf("the document does not describe %s %s", method, path)
		return
	}
	for _, code := range codes {
		if !slices.Contains(operation.Codes, code) {
			t.Errorf("%s %s: the document does not tell of the code %s", method, path, code)
		}
	}
	status := strconv.Itoa(got.Code)
	i := slices.IndexFunc(operation.Responses, func(e openapi.Entry[openapi.Response]) bool { return e.Key == status })
	if i < 0 {
		t.Errorf("%s %s: the document does not tell of the status %s", method, path, status)
		return
	}
	body, content := got.Body.Bytes(), operation.Responses[i].Value.Content
	if len(body) == 0 {
		if len(content) > 0 && got.Code < http.StatusBadRequest {
			t.Errorf("%s %s: %s has no body, and the document tells of one", method, path, status)
		}
		return // refusals are empty where Altinn's framework makes them
	}
	media, _, _ := mime.ParseMediaType(got.Header().Get("Content-Type"))
	described := slices.ContainsFunc(content, func(e openapi.Entry[openapi.Media]) bool { return e.Key == media })
	if !described {
		t.Errorf("%s %s: %s is %s, which the document does not tell of", method, path, status, media)
		return
	}
	if strings.HasSuffix(media, "json") {
		d.holdBody(t, method, path, status, media, body)
	}
}

func (d *Document) operation(method, path string) (operation openapi.Operation, ok bool) {
	for _, p := range d.Paths {
		if p.Key != path {
			continue
		}
		for _, o := range p.Value {
			if o.Key == strings.ToLower(method) {
				return o.Value, true
			}
		}
	}
	return operation, false
}

func (d *Document) holdBody(t testing.TB, method, path, status, media string, body []byte) {
	t.Helper()
	schema := d.schema(t, "paths", path, strings.ToLower(method), "responses", status, media)
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Errorf("%s %s: %s: %v in %s", method, path, status, err, body)
		return
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("%s %s: %s is not as the document has it: %v\n%s", method, path, status, err, body)
	}
}

// schema is that of a body.
func (d *Document) schema(t testing.TB, segments ...string) *jsonschema.Schema {
	t.Helper()
	media := segments[len(segments)-1]
	at := d.pointer(segments[:len(segments)-1]) + "/content/" + escape(media) + "/schema"
	if schema, known := d.schemas[at]; known {
		return schema
	}
	schema, err := d.compiler.Compile(location + "#" + at)
	if err != nil {
		t.Fatalf("%s: %v", at, err)
	}
	d.schemas[at] = schema
	return schema
}

// pointer is the JSON pointer to what the segments lead to, with a reference there followed.
func (d *Document) pointer(segments []string) string {
	tree, at := d.tree, ""
	for _, segment := range segments {
		tree, at = tree.(map[string]any)[segment], at+"/"+escape(segment)
	}
	if ref, ok := tree.(map[string]any)["$ref"].(string); ok {
		return strings.TrimPrefix(ref, "#")
	}
	return at
}

var escaped = strings.NewReplacer("~", "~0", "/", "~1")

// escape writes a member's name as JSON pointers in addresses do.
func escape(name string) string { return url.PathEscape(escaped.Replace(name)) }

package openapi_test

import (
	"strings"
	"testing"

	"mpe/compose/openapi"
)

func TestParse(t *testing.T) {
	d, err := openapi.Parse([]byte(`
openapi: 3.1.0
paths:
  /b/{id}:
    summary: Not an operation
    parameters: [{ $ref: "#/components/parameters/id" }]
    put: { responses: { "204": { $ref: "#/components/responses/Done" } } }
    get: { parameters: [{ name: size, in: query }], requestBody: { $ref: "#/components/requestBodies/B" }, responses: {} }
  /a: { get: { responses: {} } }
components:
  parameters: { id: { name: id, in: path } }
  requestBodies: { B: { description: A body } }
  headers: { Etag: { description: A version } }
  responses: { Done: { description: It is done, headers: { Etag: { $ref: "#/components/headers/Etag" } } } }
  schemas: { Any: { type: [string, "null"], additionalProperties: false } }
`))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Paths) != 2 || d.Paths[0].Key != "/b/{id}" || d.Paths[1].Key != "/a" {
		t.Fatalf("the paths are not in their order: %+v", d.Paths)
	}
	operations := d.Paths[0].Value
	if len(operations) != 2 || operations[0].Key != "put" || operations[1].Key != "get" {
		t.Fatalf("the operations are not in their order: %+v", operations)
	}
	if p := operations[1].Value.Parameters; len(p) != 2 || p[0].Name != "id" || p[1].Name != "size" {
		t.Errorf("the path's parameters are not those of its operations: %+v", p)
	}
	if b := operations[1].Value.RequestBody; b.Description != "A body" {
		t.Errorf("the body is %+v", b)
	}
	done := operations[0].Value.Responses[0].Value
	if done.Description != "It is done" || done.Headers[0].Value.Description != "A version" {
		t.Errorf("the response is %+v", done)
	}
	if s := d.Components.Schemas[0].Value; strings.Join(s.Type, " ") != "string null" {
		t.Errorf("the types are %v", s.Type)
	}
	if !strings.HasPrefix(string(d.JSON), `{"components":{`) {
		t.Errorf("the JSON is %s", d.JSON)
	}
}

func TestWhatIsNoDocument(t *testing.T) {
	for name, c := range map[string]struct{ source, want string }{
		"no YAML":                   {"{", "yaml"},
		"a list for a mapping":      {"paths: []", "line 1: a mapping is wanted"},
		"a reference to nothing":    {`paths: { /a: { get: { parameters: [{ $ref: "#/components/parameters/b" }] } } }`, "/a: #/components/parameters/b refers to nothing"},
		"a response that is not":    {`paths: { /a: { get: { responses: { "200": { $ref: "#/components/responses/b" } } } } }`, "responses/b refers to nothing"},
		"a header that is not":      {`paths: { /a: { get: { responses: { "200": { headers: { H: { $ref: "#/components/headers/b" } } } } } } }`, "headers/b refers to nothing"},
		"a body that is not":        {`paths: { /a: { get: { requestBody: { $ref: "#/components/requestBodies/b" } } } }`, "requestBodies/b refers to nothing"},
		"a number for an operation": {`paths: { /a: { get: 1 } }`, "line 1"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := openapi.Parse([]byte(c.source)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

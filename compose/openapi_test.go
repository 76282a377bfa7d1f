package compose_test

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"mpe/altinn/altinnhttp"
	"mpe/compose"
	"mpe/compose/control"
	"mpe/oauth/oauthhttp"
)

// documents are the sources of all that describes an API.
func documents() map[string][]byte {
	return map[string][]byte{
		"openapi": control.OpenAPI(), "openapi/maskinporten": oauthhttp.OpenAPI(), "openapi/altinn": altinnhttp.OpenAPI(),
	}
}

// Each document is OpenAPI 3.1, and its examples are as its schemas have them.
func TestOpenAPIIsOpenAPI(t *testing.T) {
	for name, source := range documents() {
		t.Run(name, func(t *testing.T) {
			document, err := openapi3.NewLoader().LoadFromData(source)
			if err != nil {
				t.Fatal(err)
			}
			if document.OpenAPI != "3.1.0" {
				t.Errorf("it is OpenAPI %s", document.OpenAPI)
			}
			if err := document.Validate(t.Context(), openapi3.EnableExamplesValidation(), openapi3.EnableSchemaDefaultsValidation()); err != nil {
				t.Error(err)
			}
		})
	}
}

// Of each operation of the real services a document says how much of it there is, and where the real one is documented.
func TestOpenAPITellsWhatIsEmulated(t *testing.T) {
	for name, source := range documents() {
		if name == "openapi" {
			continue
		}
		document, err := openapi3.NewLoader().LoadFromData(source)
		if err != nil {
			t.Fatal(err)
		}
		for path, item := range document.Paths.Map() {
			for method, operation := range item.Operations() {
				state, partial := operation.Extensions["x-mpe-state"], operation.Extensions["x-mpe-partial"]
				if !(state == "full" && partial == nil || state == "partial" && partial != nil && partial != "") {
					t.Errorf("%s %s: the state is %v, and partial is %v", method, path, state, partial)
				}
				if docs := operation.ExternalDocs; docs == nil || !official(docs.URL) {
					t.Errorf("%s %s: the real documentation is not linked", method, path)
				}
				if operation.Summary == "" || operation.OperationID == "" || len(operation.Tags) != 1 || document.Tags.Get(operation.Tags[0]) == nil {
					t.Errorf("%s %s lacks a summary, an id or a tag that is described", method, path)
				}
			}
		}
	}
}

func official(link string) bool {
	u, err := url.Parse(link)
	return err == nil && u.Scheme == "https" && slices.Contains([]string{"docs.altinn.studio", "docs.digdir.no", "github.com"}, u.Host)
}

// The control API's document and Maskinporten's name exactly the routes that there are. Altinn's has a test of its own.
func TestOpenAPIIsTheRoutes(t *testing.T) {
	described := map[string][]string{}
	for name, source := range documents() {
		document, err := openapi3.NewLoader().LoadFromData(source)
		if err != nil {
			t.Fatal(err)
		}
		for path, item := range document.Paths.Map() {
			for method := range item.Operations() {
				described[name] = append(described[name], method+" "+path)
			}
		}
	}
	routed := map[string][]string{}
	parameter := regexp.MustCompile(`/[:*](\w+)`)
	for _, route := range start(t, compose.Config{}).Routes() {
		if document := describes(route.Path); document != "" {
			if route.Path == "/token" && route.Method != http.MethodPost {
				continue // which are answered with 405
			}
			routed[document] = append(routed[document], route.Method+" "+parameter.ReplaceAllString(strings.ReplaceAll(route.Path, `\:`, ":"), "/{$1}"))
		}
	}
	for _, name := range []string{"openapi", "openapi/maskinporten"} {
		slices.Sort(described[name])
		slices.Sort(routed[name])
		if diff := cmp.Diff(routed[name], described[name]); diff != "" {
			t.Errorf("%s (-routes +document):\n%s", name, diff)
		}
	}
}

// describes is the document that a path belongs to; empty: it is that of a page, or Altinn's.
func describes(path string) string {
	for document, prefixes := range map[string][]string{
		"openapi":              {"/_mpe/v1/", "/_mpe/openapi", "/healthz", "/readyz", "/metrics"},
		"openapi/maskinporten": {"/token", "/jwk", "/.well-known/", "/errors/"},
	} {
		if slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(path, prefix) }) {
			return document
		}
	}
	return ""
}

// The documents are served as they are written, and as JSON that says the same.
func TestOpenAPIIsServed(t *testing.T) {
	e := start(t, compose.Config{})
	for _, name := range slices.Sorted(maps.Keys(documents())) {
		var text string
		if status := e.get(t, "_mpe/"+name+".yaml", &text); status != http.StatusOK || text != string(documents()[name]) {
			t.Errorf("%s.yaml: got %d and %d bytes", name, status, len(text))
		}
		var parsed struct {
			OpenAPI string
			Paths   map[string]any
		}
		document, err := openapi3.NewLoader().LoadFromData(documents()[name])
		if err != nil {
			t.Fatal(err)
		}
		if e.get(t, "_mpe/"+name+".json", &parsed); parsed.OpenAPI != "3.1.0" || len(parsed.Paths) != document.Paths.Len() {
			t.Errorf("%s.json is OpenAPI %q with %d paths, want %d", name, parsed.OpenAPI, len(parsed.Paths), document.Paths.Len())
		}
	}
}

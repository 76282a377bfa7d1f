package compose_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"mpe/compose"
)

// The control API's document names exactly the routes that there are.
func TestOpenAPIIsTheRoutes(t *testing.T) {
	e := start(t, compose.Config{})
	var document string
	e.get(t, "_mpe/openapi.yaml", &document)
	var parsed struct {
		Paths map[string]map[string]any
	}
	if err := yaml.Unmarshal([]byte(document), &parsed); err != nil {
		t.Fatal(err)
	}
	var documented, routed []string
	for path, methods := range parsed.Paths {
		for method := range methods {
			if method == "parameters" { // of all the methods
				continue
			}
			documented = append(documented, strings.ToUpper(method)+" "+path)
		}
	}
	parameter := regexp.MustCompile(`/[:*](\w+)`)
	for _, route := range e.Routes() {
		if strings.HasPrefix(route.Path, "/_mpe/v1") || route.Path == "/_mpe/openapi.yaml" {
			routed = append(routed, route.Method+" "+parameter.ReplaceAllString(route.Path, "/{$1}"))
		}
	}
	slices.Sort(documented)
	slices.Sort(routed)
	if diff := cmp.Diff(routed, documented); diff != "" {
		t.Errorf("(-routes +document):\n%s", diff)
	}
}

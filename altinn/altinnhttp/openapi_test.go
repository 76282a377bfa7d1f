package altinnhttp_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpe/altinn/altinnhttp"
	"mpe/compose/openapitest"
)

var document = sync.OnceValue(func() *openapitest.Document { return openapitest.Read(altinnhttp.OpenAPI()) })

// The document names exactly the routes that there are.
func TestOpenAPIIsTheRoutes(t *testing.T) {
	routes, documented := newWorld(t).endpoints.Routes(), document().Operations()
	slices.Sort(routes)
	slices.Sort(documented)
	if diff := cmp.Diff(routes, documented); diff != "" {
		t.Errorf("(-routes +document):\n%s", diff)
	}
}

// described holds every answer that the tests here get to what the document says of it.
func (w *world) described(t *testing.T, handler http.Handler) http.Handler {
	return http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		got := httptest.NewRecorder()
		handler.ServeHTTP(got, r)
		if path := w.endpoints.Route(r.Method, r.URL.EscapedPath()); path != "" {
			told := codes(got.Body.Bytes())
			if w.delegation != "" {
				told = nil // the test has put the code there
			}
			document().Hold(t, r.Method, path, got, told...)
		}
		maps.Copy(answer.Header(), got.Header())
		answer.WriteHeader(got.Code)
		_, _ = answer.Write(got.Body.Bytes()) // to a recorder
	})
}

// codes are those of a refusal.
func codes(body []byte) []string {
	var problem struct {
		Code             string
		ValidationErrors []struct{ Code string }
	}
	_ = json.Unmarshal(body, &problem) // what is no problem has none
	var all []string
	for _, v := range problem.ValidationErrors {
		all = append(all, v.Code)
	}
	if problem.Code != "" && all == nil {
		all = append(all, problem.Code)
	}
	return all
}

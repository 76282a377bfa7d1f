package oauthhttp_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"sync"
	"testing"

	"mpe/compose/openapitest"
	"mpe/oauth/oauthhttp"
)

var document = sync.OnceValue(func() *openapitest.Document { return openapitest.Read(oauthhttp.OpenAPI()) })

// described holds every answer that the tests here get to what the document says of it.
func described(t *testing.T, handler http.Handler) http.Handler {
	return http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		got := httptest.NewRecorder()
		handler.ServeHTTP(got, r)
		method := r.Method
		if r.URL.Path == "/token" {
			method = http.MethodPost // the document tells there what other methods are answered with
		}
		document().Hold(t, method, r.URL.Path, got, codes(got.Body.Bytes())...)
		maps.Copy(answer.Header(), got.Header())
		answer.WriteHeader(got.Code)
		_, _ = answer.Write(got.Body.Bytes()) // to a recorder
	})
}

// codes is that of a refusal, which has one at most.
func codes(body []byte) []string {
	var refusal struct {
		URI string `json:"error_uri"`
	}
	_ = json.Unmarshal(body, &refusal) // what is no refusal has none
	if refusal.URI == "" {
		return nil
	}
	return []string{path.Base(refusal.URI)}
}

package console_test

import (
	"cmp"
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"mpe/compose/console"
	"mpe/compose/openapi"
)

// described is a document with everything that the page can show.
const described = `
openapi: 3.1.0
info: { title: Things, version: v1, description: "What there is.\n\n- one ` + "`thing`" + `\n- another" }
externalDocs: { url: "https://docs.altinn.studio/api/" }
tags: [{ name: Many things, description: "A < B" }]
paths:
  /things/{id}:
    parameters: [{ $ref: "#/components/parameters/id" }]
    get:
      operationId: thing
      tags: [Many things]
      summary: A thing
      externalDocs: { url: "https://docs.altinn.studio/things/" }
      x-mpe-state: partial
      x-mpe-partial: Only the small ones.
      x-mpe-codes: [MP-303, AUTH-00010]
      security: [{ bearer: ["things:read", "things:see"] }, { bearer: ["things:admin"] }]
      parameters:
        - { name: size, in: query, required: true, schema: { enum: [small, large], default: small } }
        - { name: colour, in: query, schema: { type: string } }
      responses:
        "200":
          description: The thing
          headers: { Etag: { $ref: "#/components/headers/Etag" } }
          content: { application/json: { schema: { $ref: "#/components/schemas/Thing" }, example: { name: "it's", n: 1 } } }
        "404": { $ref: "#/components/responses/None" }
    put:
      operationId: putThing
      tags: [Many things]
      summary: Replace a thing
      x-mpe-state: full
      security: []
      requestBody: { $ref: "#/components/requestBodies/Thing" }
      responses: { "204": { description: It is replaced } }
  /_mpe/v1/clock:advance:
    post:
      summary: Without an id and a tag
      x-mpe-curl: curl {base}clock
      responses: { "200": { description: Done } }
components:
  securitySchemes: { bearer: { type: http, scheme: bearer, description: A token, x-mpe-token: "curl -s {base}token/{scopes}" } }
  parameters: { id: { name: id, in: path, required: true, description: The name of the thing, schema: { type: string }, example: a b } }
  headers: { Etag: { description: Its version, schema: { type: string } } }
  requestBodies: { Thing: { required: true, content: { application/json: { schema: { $ref: "#/components/schemas/Thing" }, example: { name: "it's", n: 1 } } } } }
  responses: { None: { description: There is no such thing } }
  schemas:
    Thing:
      description: What a thing is
      type: object
      required: [name]
      properties:
        name: { type: string, pattern: "^[a-z]+$" }
        n: { anyOf: [{ type: integer, minimum: 1 }, { type: "null" }] }
        parts: { type: array, items: { type: object, properties: { weight: { type: number, maximum: 9, description: Kilograms } } } }
        again: { type: array, items: { $ref: "#/components/schemas/Thing" } }
        both: { allOf: [{ $ref: "#/components/schemas/Thing" }, { type: object, properties: { colour: { type: string } } }] }
`

const other = "openapi: 3.1.0\ninfo: { title: Others, version: v1 }\npaths: {}\n"

func reference(t *testing.T, query string) (status int, header http.Header, page string) {
	t.Helper()
	gin.SetMode(gin.TestMode)
	r := gin.New()
	pages := &console.Pages{
		Documents: []*openapi.Source{
			openapi.NewSource("things", "openapi/things", []byte(described)), openapi.NewSource("others", "openapi", []byte(other)),
		},
		Base:    func(*http.Request) string { return "http://mpe.example/s/a/" },
		Sandbox: "a",
	}
	pages.Mount(r)
	got := httptest.NewRecorder()
	r.ServeHTTP(got, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/_mpe/api"+query, nil))
	return got.Code, got.Header(), got.Body.String()
}

func TestTheReferenceShowsWhatADocumentSays(t *testing.T) {
	_, _, page := reference(t, "?lang=en")
	shown := strings.Join(strings.Fields(text(page)), " ")
	for _, want := range []string{
		"What there is. one thing another", // paragraphs and lists
		"Many things A < B",
		"GET /things/{id} partial A thing",
		"What is partial: Only the small ones.",
		"things:read things:see A token or things:admin A token",
		"id path required string The name of the thing Example: a b",
		"size query required one of small · large default small",
		"colour query string",
		`200 The thing Headers Etag string Its version application/json Thing Example { "name": "it's", "n": 1 }`,
		"404 There is no such thing No body",
		"Error codes MP-303 AUTH-00010",
		"PUT /things/{id} full Replace a thing",
		"No token is needed.",
		"clock POST /_mpe/v1/clock:advance Without an id and a tag",
		"Thing What a thing is object name required string ^[a-z]+$ n integer or null parts list of object weight number ≤ 9 Kilograms again list of Thing both Thing and object colour string",
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("the page does not say %q in\n%s", want, shown)
		}
	}
	for _, link := range []string{
		`href="/s/a/_mpe/openapi/things.yaml"`, `href="/s/a/_mpe/openapi/things.json"`, `href="/s/a/_mpe/static/api.css"`, `href="https://docs.altinn.studio/things/"`,
		`href="/s/a/errors/MP-303?lang=en"`, `id="thing"`, `id="putThing"`, `id="post---mpe-v1-clock-advance"`,
		`href="?api=things&amp;lang=en&amp;open=thing#thing"`, `href="#schema-Thing"`, `id="schema-Thing"`,
	} {
		if !strings.Contains(page, link) {
			t.Errorf("the page does not have %s", link)
		}
	}
	if strings.Contains(page, `errors/AUTH-00010`) {
		t.Error("a code that has no page is linked to one")
	}
}

func TestCommandsOfTheReference(t *testing.T) {
	_, _, page := reference(t, "")
	var got []string
	for _, pre := range regexp.MustCompile(`(?s)<pre tabindex="0" role="region"[^>]*><code>(.*?)</code>`).FindAllStringSubmatch(page, -1) {
		got = append(got, html.UnescapeString(pre[1]))
	}
	want := []string{
		"TOKEN=$(curl -s http://mpe.example/s/a/token/things:read,things:see)\n" +
			`curl -s 'http://mpe.example/s/a/things/a b?size={size}' -H "Authorization: Bearer $TOKEN"`,
		"curl -s -X PUT 'http://mpe.example/s/a/things/a b' \\\n  -H 'Content-Type: application/json' -d '{\"name\":\"it'\\''s\",\"n\":1}'",
		"curl http://mpe.example/s/a/clock",
	}
	if strings.Join(got, "\n--\n") != strings.Join(want, "\n--\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n--\n"), strings.Join(want, "\n--\n"))
	}
}

func TestTheReferenceIsFiltered(t *testing.T) {
	const all = "get things, put things, clock"
	for query, want := range map[string]string{
		"":                      all,
		"?q=":                   all,
		"?q=REPLACE":            "put things",
		"?q=thing+get":          "get things", // all words, in any order
		"?q=/things/":           "get things, put things",
		"?q=mp-303":             "get things",
		"?q=things:admin":       "get things",
		"?q=colour":             "get things",
		"?state=partial":        "get things",
		"?state=full":           "put things",
		"?state=full&q=clock":   "",
		"?q=<script>alert(1)":   "",
		"?api=others":           "",
		"?api=things&q=replace": "put things",
		"?api=nothing":          all,
	} {
		_, _, page := reference(t, cmp.Or(query, "?")+"&lang=en")
		var got []string
		for name, mark := range map[string]string{"get things": `id="thing"`, "put things": `id="putThing"`, "clock": `id="post---mpe-v1-clock-advance"`} {
			if strings.Contains(page, mark) != strings.Contains(want, name) {
				t.Errorf("%s: %s is shown: %t", query, name, strings.Contains(page, mark))
			}
			if strings.Contains(page, mark) {
				got = append(got, name)
			}
		}
		if len(got) == 0 && !strings.Contains(page, "No operation matches.") {
			t.Errorf("%s: the page does not say that nothing matches", query)
		}
		if strings.Contains(page, "<script") {
			t.Errorf("%s: the page repeats a script", query)
		}
	}
}

func TestAnOperationIsUnfoldedWhenItIsAskedFor(t *testing.T) {
	folded, unfolded := `id="thing">`, `id="thing" open>`
	for query, want := range map[string]string{"": folded, "?open=thing": unfolded, "?open=putThing": folded, "?q=colour": unfolded} {
		if _, _, page := reference(t, query); !strings.Contains(page, want) {
			t.Errorf("%q: the page does not have %s", query, want)
		}
	}
}

// The choice of language keeps what is shown.
func TestTheReferenceKeepsItsQuery(t *testing.T) {
	_, header, page := reference(t, "?api=things&q=a%26b&state=full&open=thing&lang=nb")
	if header.Get("Content-Language") != "nb" || !strings.Contains(page, "API-referanse: Things – mpe</title>") {
		t.Errorf("the page is in %q", header.Get("Content-Language"))
	}
	if want := `href="?api=things&amp;lang=en&amp;open=thing&amp;q=a%26b&amp;state=full"`; !strings.Contains(page, want) {
		t.Errorf("the page does not have %s", want)
	}
}

func TestTheReferenceNeedsNothingThatItsPolicyBlocks(t *testing.T) {
	_, header, page := reference(t, "")
	want := "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
	if got := header.Get("Content-Security-Policy"); got != want {
		t.Errorf("the policy is %q, want %q", got, want)
	}
	blocked := regexp.MustCompile(`<script|<img|<style|<base|\sstyle=|\son[a-z]+=|src="|<form[^>]*action=`)
	if found := blocked.FindString(page); found != "" {
		t.Errorf("the page has %q", found)
	}
}

func TestTheReferenceIsSaidInBothLanguages(t *testing.T) {
	for _, lang := range []string{"nb", "en"} {
		if status, _, _ := reference(t, "?lang="+lang); status != http.StatusOK {
			t.Errorf("in %s: status %d", lang, status)
		}
	}
}

package console_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"mpe/compose/console"
	"mpe/compose/explain"
)

func get(t *testing.T, path, acceptLanguage string) *httptest.ResponseRecorder {
	t.Helper()
	gin.SetMode(gin.TestMode)
	r := gin.New()
	pages := &console.Pages{Base: func(r *http.Request) string { return "http://" + r.Host + "/" }}
	pages.Mount(r)
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	if acceptLanguage != "" {
		request.Header.Set("Accept-Language", acceptLanguage)
	}
	answer := httptest.NewRecorder()
	r.ServeHTTP(answer, request)
	return answer
}

func TestEveryCodeHasAPage(t *testing.T) {
	for _, code := range explain.Codes() {
		for _, lang := range []explain.Language{explain.NB, explain.EN} {
			answer := get(t, "/errors/"+code+"?lang="+string(lang), "")
			if answer.Code != http.StatusOK {
				t.Errorf("%s in %s has status %d", code, lang, answer.Code)
			}
			page, _ := explain.Code(code, lang)
			body := text(answer.Body.String())
			sentences := []string{page.Code, page.Title, page.Error, page.Meaning, page.Fix, page.Handle, page.Provoke}
			for _, sentence := range append(sentences, page.Causes...) {
				if !strings.Contains(body, strings.ReplaceAll(sentence, "`", "")) {
					t.Errorf("%s in %s does not say %q", code, lang, sentence)
				}
			}
		}
	}
}

var (
	tag      = regexp.MustCompile(`<[^>]*>`)
	entities = strings.NewReplacer("&#39;", "'", "&#34;", `"`, "&lt;", "<", "&gt;", ">", "&#43;", "+", "&amp;", "&")
)

// text is what a reader of the page sees.
func text(html string) string { return entities.Replace(tag.ReplaceAllString(html, "")) }

func TestLanguageOfAPage(t *testing.T) {
	for name, c := range map[string]struct{ path, accept, want string }{
		"English when nothing is said":            {"/errors/MP-303", "", "en"},
		"what the browser prefers":                {"/errors/MP-303", "nb-NO,nb;q=0.9,en;q=0.5", "nb"},
		"the address is stronger":                 {"/errors/MP-303?lang=en", "nb", "en"},
		"and the other way round":                 {"/errors/MP-303?lang=nb", "en", "nb"},
		"an unknown language in the address":      {"/errors/MP-303?lang=xx", "nn", "nb"},
		"an unknown code is unknown in Norwegian": {"/errors/MP-304", "no", "nb"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := get(t, c.path, c.accept)
			band := map[string]string{"nb": "ikke Altinn, ikke Maskinporten", "en": "not Altinn, not Maskinporten"}[c.want]
			for _, part := range []string{`<html lang="` + c.want + `">`, band} {
				if !strings.Contains(answer.Body.String(), part) {
					t.Errorf("the page lacks %q", part)
				}
			}
			if got := answer.Header().Get("Content-Language"); got != c.want {
				t.Errorf("Content-Language is %q, want %q", got, c.want)
			}
			if got := answer.Header().Get("Vary"); got != "Accept-Language, Cookie" {
				t.Errorf("Vary is %q", got)
			}
		})
	}
}

func TestACodeIsFoundHoweverItIsWritten(t *testing.T) {
	for _, path := range []string{"/errors/303", "/errors/mp-303", "/errors/MP303"} {
		answer := get(t, path, "")
		if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), "<title>MP-303: No system user matches") {
			t.Errorf("%s: status %d", path, answer.Code)
		}
	}
}

func TestUnknownCode(t *testing.T) {
	answer := get(t, "/errors/MP-304", "en")
	body := answer.Body.String()
	if answer.Code != http.StatusNotFound {
		t.Errorf("status %d, want 404", answer.Code)
	}
	if !strings.Contains(body, "no public source") {
		t.Error("the page does not say that the code is described nowhere")
	}
	near, all, _ := strings.Cut(body, `<nav class="codes"`)
	if !strings.Contains(near, `<a href="MP-303?lang=en">MP-303</a>`) {
		t.Error("the page does not suggest MP-303")
	}
	for _, code := range explain.Codes() {
		if !strings.Contains(all, `<a href="`+code+`?lang=en">`+code+`</a>`) {
			t.Errorf("the page does not list %s", code)
		}
	}
}

func TestWhatIsAskedForIsEscaped(t *testing.T) {
	body := get(t, "/errors/%3Cscript%3Ealert(1)", "").Body.String()
	if strings.Contains(body, "<script") {
		t.Error("the page repeats a script")
	}
	if !strings.Contains(body, "&lt;script&gt;alert(1)") {
		t.Error("the page does not repeat what was asked for")
	}
}

func TestPagesAreLockedDown(t *testing.T) {
	want := map[string]string{
		"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; " +
			"frame-ancestors 'none'; form-action 'self'",
		"X-Content-Type-Options": "nosniff",
		"Referrer-Policy":        "same-origin",
	}
	for _, path := range []string{"/errors/MP-110", "/errors/none", "/_mpe/static/style.css"} {
		answer := get(t, path, "")
		for name, value := range want {
			if got := answer.Header().Get(name); got != value {
				t.Errorf("%s: %s is %q, want %q", path, name, got, value)
			}
		}
	}
}

// The policy would block these, without a word to the reader.
func TestPagesNeedNothingThatTheirPolicyBlocks(t *testing.T) {
	blocked := regexp.MustCompile(`<script|<img|<form|<style|<base|\sstyle=|\son[a-z]+=|(src|href)="([a-z]+:|//)`)
	for _, code := range append(explain.Codes(), "none") {
		body := get(t, "/errors/"+code, "").Body.String()
		if found := blocked.FindString(body); found != "" {
			t.Errorf("%s has %q", code, found)
		}
	}
}

func TestStylesheet(t *testing.T) {
	answer := get(t, "/_mpe/static/style.css", "")
	if answer.Code != http.StatusOK || answer.Header().Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("status %d, type %q", answer.Code, answer.Header().Get("Content-Type"))
	}
	css := answer.Body.String()
	if !strings.Contains(css, "prefers-color-scheme: dark") {
		t.Error("there is no dark scheme")
	}
	if strings.Contains(css, "url(") || strings.Contains(css, "@import") {
		t.Error("the stylesheet loads something")
	}
	if page := get(t, "/errors/MP-110", "").Body.String(); !strings.Contains(page, `href="/_mpe/static/style.css"`) {
		t.Error("the page does not use the stylesheet")
	}
}

// Package console is the emulator's web pages, in Norwegian (bokmål) and in English.
package console

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"

	"github.com/gin-gonic/gin"

	"mpe/compose/explain"
)

//go:embed templates/*.html
var templates embed.FS

//go:embed static/style.css
var style []byte

// Mount registers the pages, and the stylesheet that they share.
func Mount(r gin.IRouter) {
	pages := pages{template.Must(template.New("").Funcs(functions).ParseFS(templates, "templates/*.html"))}
	r.GET("/errors/:code", pages.code)
	r.GET("/_mpe/static/style.css", func(c *gin.Context) { css(c, style) })
}

var functions = template.FuncMap{"prose": prose, "blocks": blocks, "under": newUnder}

func css(c *gin.Context, sheet []byte) {
	secure(c.Writer.Header(), policy)
	c.Header("Cache-Control", "no-cache") // a newer emulator may answer at the same address
	c.Data(http.StatusOK, "text/css; charset=utf-8", sheet)
}

// pages are the templates, one for each page.
type pages struct{ templates *template.Template }

func (p pages) show(c *gin.Context, status int, name string, v view) {
	p.write(c, status, name, v.Lang, policy, v)
}

func (p pages) write(c *gin.Context, status int, name string, lang explain.Language, policy string, v any) {
	var page bytes.Buffer
	if err := p.templates.ExecuteTemplate(&page, name, v); err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	secure(c.Writer.Header(), policy)
	c.Header("Content-Language", string(lang))
	c.Header("Vary", "Accept-Language")
	c.Data(status, "text/html; charset=utf-8", page.Bytes())
}

// policy lets a page load the stylesheets and nothing else. Most pages have no forms, and none has scripts.
const (
	policy     = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	formPolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

func secure(h http.Header, policy string) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
}

// language is the one asked for by ?lang= or, without that, the one that the browser prefers.
func language(c *gin.Context) explain.Language {
	switch asked := explain.Language(c.Query("lang")); asked {
	case explain.NB, explain.EN:
		return asked
	default:
		return explain.Match(c.GetHeader("Accept-Language"))
	}
}

package console

import (
	"html/template"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"mpe/compose/explain"
)

// view is what the templates see.
type view struct {
	words
	Lang  explain.Language
	Asked string       // the code in the address
	Page  explain.Page // the zero Page for a code that has none
	Near  []string     // codes that may have been meant instead
	Codes []string     // all that have a page
}

// Title is that of the page.
func (v view) Title() string {
	if v.Page.Code == "" {
		return v.UnknownTitle
	}
	return v.Page.Code + ": " + v.Page.Title
}

// Keep is the part of the query that stays when the language is changed.
func (v view) Keep() template.URL { return "" }

// code is GET /errors/{code}, where the error_uri of a refusal leads. In Maskinporten the address exists as well.
func (p pages) code(c *gin.Context) {
	lang := language(c)
	v := view{words: in(lang), Lang: lang, Asked: c.Param("code"), Codes: explain.Codes()}
	page, known := explain.Code(v.Asked, lang)
	if !known {
		v.Near = explain.Nearest(v.Asked)
		p.show(c, http.StatusNotFound, "unknown.html", v)
		return
	}
	v.Page = page
	p.show(c, http.StatusOK, "error.html", v)
}

// prose marks what lies between backticks as code.
func prose(text string) template.HTML {
	var b strings.Builder
	for i, part := range strings.Split(text, "`") {
		part = template.HTMLEscapeString(part)
		if i%2 == 1 {
			part = "<code>" + part + "</code>"
		}
		b.WriteString(part)
	}
	return template.HTML(b.String()) // every part has been escaped
}

package console

import (
	"html/template"
	"net/http"

	"github.com/gin-gonic/gin"

	"mpe/compose/explain"
)

// errorView is a page about a code.
type errorView struct {
	frame
	Asked string       // the code in the address
	Page  explain.Page // the zero Page for a code that has none
	Near  []string     // codes that may have been meant instead
	Codes []string     // all that have a page
}

// code is GET /errors/{code}, where the error_uri of a refusal leads. In Maskinporten the address exists as well.
func (p *Pages) code(c *gin.Context) {
	lang := toolLanguage(c)
	v := errorView{frame: p.toolFrame(c, lang), Asked: c.Param("code"), Codes: explain.Codes()}
	page, known := explain.Code(v.Asked, explain.Language(lang))
	if !known {
		v.Near = explain.Nearest(v.Asked)
		v.Title, _ = v.T("errors.unknownTitle")
		p.show(c, http.StatusNotFound, "unknown.html", v)
		return
	}
	v.Page = page
	v.Title = template.HTML(template.HTMLEscapeString(page.Code + ": " + page.Title + " – mpe"))
	p.show(c, http.StatusOK, "error.html", v)
}

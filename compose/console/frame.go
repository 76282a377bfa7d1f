package console

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/gin-gonic/gin"

	"mpe/altinn/party"
)

// frame is what stands around the content of every page. Views embed it.
type frame struct {
	Lang    language
	Base    string // the path of the sandbox; it ends in a slash
	Sandbox string
	Title   template.HTML // of the document; empty: the page writes its own

	Languages []choice // what the page can be read in
	Person    *party.Person
	Account   string // the organisation that the page is about; empty: none

	Accounts  []*party.Party // whom the person can look at instead; nil: nobody
	AccountID int

	// Leads is the origin that a form's answer may lead to besides our own; empty: none.
	Leads string
}

// choice is a link, one of several.
type choice struct {
	Lang    language
	Name    string
	Link    string
	Current bool
}

// T is a text in the language of the page.
func (f frame) T(key string, named ...any) (template.HTML, error) { return f.Lang.text(key, named...) }

// altinnFrame is that of a page like Altinn's; by is nil when nobody has logged in.
func (p *Pages) altinnFrame(c *gin.Context, by *party.Person, title string) frame {
	persons := ""
	if by != nil {
		persons = by.Language
	}
	f := frame{Lang: p.languageOf(c, persons), Base: p.basePath(c.Request), Sandbox: p.Sandbox, Person: by}
	f.Title, _ = f.T(title) // a title that is missing is found by tests
	for _, l := range languages {
		f.Languages = append(f.Languages, choice{l.language, l.Name, inLanguage(c.Request.URL, l.language), l.language == f.Lang})
	}
	return f
}

// inLanguage is the link to the same page in the language.
func inLanguage(at *url.URL, l language) string {
	query := at.Query()
	query.Set("lang", string(l))
	return "?" + query.Encode()
}

// show writes a page. v is a view that embeds frame.
func (p *Pages) show(c *gin.Context, status int, name string, v interface{ framed() frame }) {
	var page bytes.Buffer
	if err := templates.ExecuteTemplate(&page, name, v); err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	secure(c.Writer.Header(), v.framed().Leads)
	c.Header("Content-Language", string(v.framed().Lang))
	c.Header("Vary", "Accept-Language, Cookie")
	c.Header("Cache-Control", "no-store") // it shows what one person may see at one time
	c.Data(status, "text/html; charset=utf-8", page.Bytes())
}

func (f frame) framed() frame { return f }

// secure lets a page load what is ours, and nothing else. Browsers hold redirects that follow a form to form-action too,
// so the place that a form leads to has to be named. The referrer stays within the site, for browsers name the origin of
// a form by the same rule.
func secure(h http.Header, leads string) {
	policy := "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
	if leads != "" {
		policy += " " + leads
	}
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
}

// origin is where the URL leads, as Content-Security-Policy writes it; empty when it leads nowhere that can be named.
func origin(link string) string {
	u, err := url.Parse(link)
	if err != nil || u.Host == "" || strings.ContainsAny(u.Host, " ;,'\"") {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// file is GET /_mpe/static/{file}.
func file(c *gin.Context) {
	name := c.Param("file")
	data, err := static.ReadFile("static/" + name)
	if err != nil {
		c.Status(http.StatusNotFound)
		return
	}
	secure(c.Writer.Header(), "")
	c.Header("Cache-Control", "no-cache") // a newer emulator may answer at the same address
	c.Data(http.StatusOK, map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}[path.Ext(name)], data)
}

// initial is the letter that stands for a name.
func initial(name string) string {
	for _, letter := range name {
		return string(letter)
	}
	return ""
}

// toolFrame is that of a page of the emulator's own.
func (p *Pages) toolFrame(c *gin.Context, lang language) frame {
	f := frame{Lang: lang, Base: p.basePath(c.Request), Sandbox: p.Sandbox}
	for _, l := range []choice{{Lang: nb, Name: "Norsk"}, {Lang: en, Name: "English"}} {
		l.Link, l.Current = inLanguage(c.Request.URL, l.Lang), l.Lang == lang
		f.Languages = append(f.Languages, l)
	}
	return f
}

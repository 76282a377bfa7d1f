package console

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"mpe/compose/openapi"
)

// mountReference registers the documents that describe the APIs, as YAML and as JSON, and the page that shows them.
func (p *Pages) mountReference(r gin.IRouter) {
	for _, s := range p.Documents {
		r.GET("/_mpe/"+s.Path+".yaml", func(c *gin.Context) { c.Data(http.StatusOK, "application/yaml", s.YAML) })
		r.GET("/_mpe/"+s.Path+".json", func(c *gin.Context) { c.Data(http.StatusOK, "application/json", s.Document().JSON) })
	}
	if len(p.Documents) > 0 {
		r.GET("/_mpe/api", p.reference)
	}
}

// reference is GET /_mpe/api.
func (p *Pages) reference(c *gin.Context) {
	v := apiView{
		frame: p.toolFrame(c, toolLanguage(c)), Asked: c.Query("lang"),
		Query: strings.TrimSpace(c.Query("q")), State: c.Query("state"), Open: c.Query("open"),
	}
	source := p.Documents[0]
	for _, s := range p.Documents {
		v.Documents = append(v.Documents, documentLink{Name: s.Name, Title: s.Document().Info.Title})
		if s.Name == c.Query("api") {
			source = s
		}
	}
	v.API, v.Source, v.Document = source.Name, source.Path, source.Document()
	title, _ := v.T("api.title") // a title that is missing is found by tests
	v.Title = title + template.HTML(template.HTMLEscapeString(": "+v.Document.Info.Title+" – mpe"))
	v.fill(p.Base(c.Request))
	p.show(c, http.StatusOK, "api.html", v)
}

// apiView is what the template of the page sees.
type apiView struct {
	frame
	Asked string // the language in the address; empty: the browser's is taken

	API, Source string // the name and the path of the document
	Document    *openapi.Document
	Documents   []documentLink

	Query, State, Open string // what is asked for: words, a state, the operation that is unfolded

	Groups     []group
	Shown, All int
	Schemas    []namedSchema
}

type documentLink struct{ Name, Title string }

// group is operations that belong together.
type group struct {
	ID, Name, Description string
	Operations            []operation
}

// namedSchema is a schema with the name that others refer to it by.
type namedSchema struct {
	Name   string
	Schema schema
}

// fill shows what the document says, as far as it is asked for.
func (v *apiView) fill(base string) {
	for _, tag := range v.Document.Tags {
		v.Groups = append(v.Groups, group{ID: "group-" + anchor(tag.Name), Name: tag.Name, Description: tag.Description})
	}
	for _, path := range v.Document.Paths {
		for _, o := range path.Value {
			v.All++
			shown := newOperation(v.Document, base, o.Key, path.Key, o.Value)
			if !v.asksFor(shown) {
				continue
			}
			v.Shown++
			g := v.group(shown.Group)
			g.Operations = append(g.Operations, shown)
		}
	}
	v.Groups = slices.DeleteFunc(v.Groups, func(g group) bool { return g.Operations == nil })
	for _, s := range v.Document.Components.Schemas {
		v.Schemas = append(v.Schemas, namedSchema{s.Key, newSchema(s.Value)})
	}
}

// group is the one with the name. The document need not describe it.
func (v *apiView) group(name string) *group {
	i := slices.IndexFunc(v.Groups, func(g group) bool { return g.Name == name })
	if i < 0 {
		i = len(v.Groups)
		v.Groups = append(v.Groups, group{ID: "group-" + anchor(name), Name: name})
	}
	return &v.Groups[i]
}

func (v *apiView) asksFor(o operation) bool {
	if v.State != "" && o.State != v.State {
		return false
	}
	for _, word := range strings.Fields(strings.ToLower(v.Query)) {
		if !strings.Contains(o.searched, word) {
			return false
		}
	}
	return true
}

// Unfolded tells whether the operation is shown with its details: it is asked for, or it is one of few.
func (v apiView) Unfolded(o operation) bool { return o.ID == v.Open || v.Query != "" && v.Shown <= few }

const few = 5

// Filtered tells whether something is left out.
func (v apiView) Filtered() bool { return v.Query != "" || v.State != "" }

// Link is the query that leads to an operation, unfolded; an empty id leads to the document.
func (v apiView) Link(api, id string) template.URL {
	query := url.Values{"api": {api}}
	if id != "" {
		query.Set("open", id)
	}
	if v.Asked != "" {
		query.Set("lang", v.Asked)
	}
	link := "?" + query.Encode()
	if id != "" {
		link += "#" + url.PathEscape(id)
	}
	return template.URL(link) // it is encoded
}

// anchor is a name as addresses have it behind the #.
func anchor(name string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, name))
}

// block is a paragraph, or a list.
type block struct {
	Text  string
	Items []string
}

// blocks are the paragraphs and lists of a text: an empty line parts them, and items begin with a dash.
func blocks(text string) []block {
	var all []block
	for part := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		switch lines, list := strings.CutPrefix(part, "- "); {
		case list:
			all = append(all, block{Items: strings.Split(lines, "\n- ")})
		case part != "":
			all = append(all, block{Text: part})
		}
	}
	return all
}

// under is a part of what the page shows, for a template that says something in the page's language.
type under struct {
	View apiView
	What any
}

func newUnder(v apiView, what any) under { return under{v, what} }

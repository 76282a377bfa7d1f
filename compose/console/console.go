// Package console is the emulator's web pages: its own, and those in which an end user answers for a customer in Altinn.
package console

import (
	"context"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"mpe/altinn/party"
	"mpe/compose/openapi"
	"mpe/oauth/org"
)

// Pages are those of one sandbox.
type Pages struct {
	// Base is the address of the sandbox as the request has reached it; it ends in a slash.
	Base func(*http.Request) string

	Sandbox string // its name, shown on every page; empty: the default one

	Parties  Parties
	Sessions Sessions
	Records  Records
	Packages Packages

	Requests    Requests
	Answers     Answers
	Delegations Delegations
	Polls       Polls

	SystemUsers SystemUsers
	UserChanges UserChanges
	Clients     Clients
	Systems     Systems

	// Autologin is the number of the person who is logged in when nobody else is; empty: nobody.
	Autologin string

	HideDevtools bool // leaves the developer's drawer off the pages

	// Documents describe the APIs. The page about them shows the first when none is asked for.
	Documents []*openapi.Source

	Now func() time.Time
}

// Parties are who there is.
type Parties interface {
	Persons() []*party.Person
	Organisation(n org.Number) (*party.Party, bool)
}

// Sessions are who has logged in, by a secret that their browser holds.
type Sessions interface {
	// Open makes a session of the person with the number, which ends at that time.
	Open(ctx context.Context, pid string, until time.Time) (secret string, err error)

	// Person is the number of the person whose session it is; empty when there is none, or it has ended.
	Person(ctx context.Context, secret string) (pid string, err error)

	// Close ends the session. One that is not there is no error.
	Close(ctx context.Context, secret string) error
}

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var static embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"prose": prose, "initial": initial, "blocks": blocks, "under": newUnder,
}).ParseFS(templateFiles, "templates/*.html"))

// Mount registers the pages, and the files that they share.
func (p *Pages) Mount(r gin.IRouter) {
	r.GET("/errors/:code", p.code)
	r.GET("/_mpe/static/:file", file)
	p.mountReference(r)

	own := r.Group("", p.guard)
	own.GET("/_mpe/login", p.login)
	own.POST("/_mpe/login", p.logIn)
	own.GET("/_mpe/loggedout", p.loggedOut)
	own.GET("/authentication/api/v1/logout", p.logOut)
	for kind, page := range requestPages {
		own.GET("/"+systemUserPages+page, p.showRequest(kind))
		own.POST("/"+systemUserPages+page, p.answerRequest(kind))
		own.GET("/"+systemUserAPI+page+"/:id/logout", p.logOutOf(kind))
	}
	own.GET("/authfront/ui/*page", p.moved)
	p.mountSystemUsers(own)
}

// maxForm is the largest form that is read, in bytes.
const maxForm = 16 << 10

// guard turns away forms of other sites, whose visitors may have an emulator on their machine.
func (p *Pages) guard(c *gin.Context) {
	if c.Request.Method == http.MethodPost {
		if err := new(http.CrossOriginProtection).Check(c.Request); err != nil {
			c.Abort()
			p.fail(c, http.StatusForbidden, "frame.crossSite")
			return
		}
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxForm)
		if err := c.Request.ParseForm(); err != nil {
			c.Abort()
			p.fail(c, http.StatusBadRequest, "frame.badForm")
			return
		}
	}
	c.Next()
}

// fail is the page that says that something is wrong with the request itself.
func (p *Pages) fail(c *gin.Context, status int, key string) {
	p.show(c, status, "fail.html", struct {
		frame
		Key string
	}{p.altinnFrame(c, nil, "frame.failTitle"), key})
}

// basePath is the path of the sandbox; it ends in a slash.
func (p *Pages) basePath(r *http.Request) string {
	base, err := url.Parse(p.Base(r))
	if err != nil || base.Path == "" {
		return "/"
	}
	return base.Path
}

// setCookie sets a cookie of this sandbox, which other sandboxes and other sites' requests do not get.
func (p *Pages) setCookie(c *gin.Context, cookie *http.Cookie) {
	cookie.Path = p.basePath(c.Request)
	cookie.SameSite = http.SameSiteLaxMode
	cookie.HttpOnly = true
	cookie.Secure = strings.HasPrefix(p.Base(c.Request), "https:")
	http.SetCookie(c.Writer, cookie)
}

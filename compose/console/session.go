package console

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"mpe/altinn/party"
)

// sessionCookie holds the secret of a session.
const sessionCookie = "mpe-session"

// sessionLifetime is how long somebody stays logged in, as in Altinn.
const sessionLifetime = 30 * time.Minute

// withPerson is a page for somebody who has logged in. Others are sent to do so, and come back.
func (p *Pages) withPerson(handle func(c *gin.Context, by *party.Person)) gin.HandlerFunc {
	return func(c *gin.Context) {
		by, err := p.person(c)
		switch {
		case err != nil:
			_ = c.AbortWithError(http.StatusInternalServerError, err)
		case by == nil:
			back := p.here(c)
			if c.Request.URL.RawQuery != "" {
				back += "?" + c.Request.URL.RawQuery
			}
			c.Redirect(http.StatusSeeOther, p.basePath(c.Request)+"_mpe/login?goto="+url.QueryEscape(back))
		default:
			handle(c, by)
		}
	}
}

// here is the path of the page, as the browser knows it.
func (p *Pages) here(c *gin.Context) string {
	base := p.basePath(c.Request)
	return base + strings.TrimPrefix(strings.TrimPrefix(c.Request.URL.EscapedPath(), base), "/")
}

// person is who has logged in; nil: nobody.
func (p *Pages) person(c *gin.Context) (*party.Person, error) {
	secret, _ := c.Cookie(sessionCookie)
	pid, err := "", error(nil)
	if secret != "" {
		pid, err = p.Sessions.Person(c.Request.Context(), secret)
	}
	if err != nil {
		return nil, err
	}
	if pid == "" {
		pid = p.Autologin
	}
	return p.known(pid), nil
}

// known is the person with the number; nil: there is none.
func (p *Pages) known(pid string) *party.Person {
	for _, one := range p.Parties.Persons() {
		if one.PID == pid {
			return one
		}
	}
	return nil
}

// open logs the person in, in place of who was.
func (p *Pages) open(c *gin.Context, by *party.Person) error {
	if err := p.close(c); err != nil {
		return err
	}
	secret, err := p.Sessions.Open(c.Request.Context(), by.PID, p.Now().Add(sessionLifetime))
	if err != nil {
		return err
	}
	p.setCookie(c, &http.Cookie{Name: sessionCookie, Value: secret})
	return nil
}

// close logs out who was logged in.
func (p *Pages) close(c *gin.Context) error {
	secret, _ := c.Cookie(sessionCookie)
	if secret == "" {
		return nil
	}
	p.setCookie(c, &http.Cookie{Name: sessionCookie, MaxAge: -1})
	return p.Sessions.Close(context.WithoutCancel(c.Request.Context()), secret)
}

// back is where goto leads, which is a page of this sandbox; otherwise the overview.
func (p *Pages) back(r *http.Request, to string) string {
	base := p.basePath(r)
	u, err := url.Parse(to)
	inside := err == nil && u.Scheme == "" && u.Host == "" && u.User == nil && !strings.ContainsAny(to, "\\\n\r\t") &&
		path.Clean(u.Path) == strings.TrimSuffix(u.Path, "/") &&
		(strings.HasPrefix(u.Path, base+"accessmanagement/") || strings.HasPrefix(u.Path, base+"_mpe/ui/"))
	if !inside {
		return base + "accessmanagement/ui/systemuser/overview"
	}
	if u.RawQuery == "" {
		return u.EscapedPath()
	}
	return u.EscapedPath() + "?" + u.RawQuery
}

package console

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"mpe/altinn/systemuser"
)

// systemUserAPI is where the backend of Altinn's pages is.
const systemUserAPI = "accessmanagement/api/v1/systemuser/"

// logoutLink is where the browser goes when the person is done with the request.
func (p *Pages) logoutLink(r *http.Request, request *systemuser.Request) string {
	return p.basePath(r) + systemUserAPI + requestPages[request.Kind] + "/" + request.ID + "/logout"
}

// logOutOf is GET …/{kind}/{id}/logout: the person is logged out, and the browser led to the request's redirectUrl as the
// vendor wrote it. Nothing is appended, whatever the outcome.
func (p *Pages) logOutOf(kind systemuser.Kind) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := p.close(c); err != nil {
			_ = c.AbortWithError(http.StatusInternalServerError, err)
			return
		}
		r, err := p.Records.Request(c.Request.Context(), strings.ToLower(c.Param("id")))
		switch {
		case errors.Is(err, systemuser.ErrNotFound), err == nil && (!r.Live() || r.Kind != kind):
			c.Redirect(http.StatusFound, p.basePath(c.Request)+loggedOutPage)
		case err != nil:
			_ = c.AbortWithError(http.StatusInternalServerError, err)
		case r.RedirectURL == "":
			c.Redirect(http.StatusFound, p.basePath(c.Request)+loggedOutPage+"?request="+r.ID)
		default:
			c.Header("Location", r.RedirectURL) // as it was written
			c.Status(http.StatusFound)
		}
	}
}

// loggedOutPage stands for the front page of Altinn's.
const loggedOutPage = "_mpe/loggedout"

// logOut is GET /authentication/api/v1/logout, where a person leaves Altinn.
func (p *Pages) logOut(c *gin.Context) {
	if err := p.close(c); err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	c.Redirect(http.StatusFound, p.basePath(c.Request)+loggedOutPage)
}

// loggedOutView is the page after logging out.
type loggedOutView struct {
	frame
	Outcome string // the key of what became of the request that was answered; empty: there was none
	System  string
	Party   string
}

// loggedOut is GET /_mpe/loggedout.
func (p *Pages) loggedOut(c *gin.Context) {
	v := loggedOutView{frame: p.altinnFrame(c, nil, "loggedOut.pageTitle")}
	r, err := p.Records.Request(c.Request.Context(), c.Query("request"))
	if err != nil && !errors.Is(err, systemuser.ErrNotFound) {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	if err == nil && r.Live() {
		s, err := p.Records.System(c.Request.Context(), r.System)
		if err != nil {
			_ = c.AbortWithError(http.StatusInternalServerError, err)
			return
		}
		v.System, v.Party, v.Outcome = spoken(s.Name, v.Lang, s.ID), p.nameOf(r.Party), outcomeOf(r)
	}
	p.show(c, http.StatusOK, "loggedout.html", v)
}

func outcomeOf(r *systemuser.Request) string {
	switch {
	case r.Status == systemuser.Accepted && r.Kind == systemuser.ChangeRequest:
		return "loggedOut.changed"
	case r.Status == systemuser.Accepted:
		return "loggedOut.accepted"
	case r.Status == systemuser.Rejected:
		return "loggedOut.rejected"
	case r.Escalated:
		return "loggedOut.escalated"
	default:
		return "loggedOut.waiting"
	}
}

// moved sends those who come to the pages' old address, which Altinn has retired, to the new one.
func (p *Pages) moved(c *gin.Context) {
	old := strings.ToLower(c.Param("page"))
	page := "overview"
	for _, name := range requestPages {
		if strings.HasSuffix(old, "/"+name) {
			page = name
		}
	}
	if strings.HasSuffix(old, "/vendorrequest") {
		page = "request"
	}
	to := p.basePath(c.Request) + systemUserPages + page
	if c.Request.URL.RawQuery != "" {
		to += "?" + c.Request.URL.RawQuery
	}
	c.Redirect(http.StatusFound, to)
}

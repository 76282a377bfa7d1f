package console

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// logOut is GET /authentication/api/v1/logout, where a person leaves Altinn.
func (p *Pages) logOut(c *gin.Context) {
	if err := p.close(c); err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	c.Redirect(http.StatusFound, p.basePath(c.Request)+"_mpe/loggedout")
}

// loggedOut is GET /_mpe/loggedout, which stands for the front page of Altinn's.
func (p *Pages) loggedOut(c *gin.Context) {
	p.show(c, http.StatusOK, "loggedout.html", struct{ frame }{p.altinnFrame(c, nil, "loggedOut.pageTitle")})
}

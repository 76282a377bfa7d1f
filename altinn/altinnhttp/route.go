package altinnhttp

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"
)

// route is a method and a path with what it takes. Segments in braces are parameters.
type route struct {
	method, path string
	policy       policy
	handle       func(*call) (answer, error)
}

// router finds routes as ASP.NET does: without regard to case or to a slash at the end, and with literal segments
// before parameters. gin's own router cannot.
type router []route

// find is the route for the method and the path, with its parameters. Known tells whether the path has other methods.
func (r router) find(method, escapedPath string) (found *route, parameters map[string]string, known bool) {
	segments := strings.Split(strings.Trim(escapedPath, "/"), "/")
	best := -1
	for i := range r {
		bound, literals, ok := r[i].match(segments)
		if !ok {
			continue
		}
		known = true
		if r[i].method == method && literals > best {
			found, parameters, best = &r[i], bound, literals
		}
	}
	return found, parameters, known
}

// match binds the parameters. Literals counts the literal segments, the first of them most.
func (r *route) match(segments []string) (bound map[string]string, literals int, ok bool) {
	pattern := strings.Split(r.path, "/")
	if len(pattern) != len(segments) {
		return nil, 0, false
	}
	bound = map[string]string{}
	for i, p := range pattern {
		literals *= 2
		if name, parameter := strings.CutPrefix(p, "{"); parameter {
			value, err := url.PathUnescape(segments[i])
			if err != nil || value == "" {
				return nil, 0, false
			}
			bound[strings.TrimSuffix(name, "}")] = value
		} else if strings.EqualFold(p, segments[i]) {
			literals++
		} else {
			return nil, 0, false
		}
	}
	return bound, literals, true
}

// serve answers requests that gin has no route for.
func (e *Endpoints) serve(c *gin.Context) {
	r, parameters, known := e.router.find(c.Request.Method, c.Request.URL.EscapedPath())
	switch {
	case r != nil:
		e.answer(c, r, parameters)
	case known:
		c.AbortWithStatus(http.StatusMethodNotAllowed)
		c.Writer.WriteHeaderNow()
	default:
		c.AbortWithStatus(http.StatusNotFound)
		c.Writer.WriteHeaderNow()
	}
}

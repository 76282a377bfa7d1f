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
	var buffer [maxSegments]string
	segments := buffer[:0]
	for segment := range strings.SplitSeq(strings.Trim(escapedPath, "/"), "/") {
		if len(segments) == maxSegments {
			return nil, nil, false
		}
		segments = append(segments, segment)
	}
	best := -1
	for i := range r {
		literals, ok := r[i].match(segments)
		if !ok {
			continue
		}
		known = true
		if r[i].method == method && literals > best {
			found, best = &r[i], literals
		}
	}
	if found == nil {
		return nil, nil, known
	}
	if parameters, known = found.bind(segments); !known {
		return nil, nil, false
	}
	return found, parameters, true
}

// maxSegments is more than any route has.
const maxSegments = 16

// match counts the literal segments, the first of them most; false: the route has another path.
func (r *route) match(segments []string) (literals int, ok bool) {
	rest := r.path
	for _, segment := range segments {
		var p string
		var more bool
		if p, rest, more = strings.Cut(rest, "/"); p == "" && !more {
			return 0, false
		}
		literals *= 2
		switch {
		case p[0] == '{':
			if segment == "" {
				return 0, false
			}
		case strings.EqualFold(p, segment):
			literals++
		default:
			return 0, false
		}
	}
	return literals, rest == ""
}

// bind gives the parameters their values; false: one cannot be unescaped.
func (r *route) bind(segments []string) (map[string]string, bool) {
	bound := map[string]string{}
	for i, p := range strings.Split(r.path, "/") {
		if p[0] != '{' {
			continue
		}
		value, err := url.PathUnescape(segments[i])
		if err != nil {
			return nil, false
		}
		bound[strings.Trim(p, "{}")] = value
	}
	return bound, true
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

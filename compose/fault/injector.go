package fault

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
)

// Injector spoils the answers of a sandbox: what happens to the connection, the status and the time it does itself, the
// rest is up to the endpoints, which find it with Take.
type Injector struct {
	Rules  *Rules
	Forger *Forger

	// NoHeader leaves the header Mpe-Fault unread.
	NoHeader bool

	// Refuse answers as the control API refuses.
	Refuse func(c *gin.Context, status int, detail string)

	// CrossSite tells whether a page of another site has the browser send this.
	CrossSite func(*http.Request) bool

	// Record keeps the hits that no endpoint takes.
	Record func(Exchange)

	Log       *slog.Logger
	Now       func() time.Time
	TraceID   func() string
	HideHints bool

	// Released is closed when those that are kept waiting are to be let go.
	Released <-chan struct{}
}

// Header is the request header that asks for an outcome, and the name of the rule that it makes.
const Header = "Mpe-Fault"

// Exchange is a request that was spoiled before an endpoint could answer it.
type Exchange struct {
	ID       string // the trace id
	Time     time.Time
	Took     time.Duration
	Method   string
	Path     string
	Endpoint string
	Status   int // 0: there was no answer
	Hit      *Hit
}

// Handle spoils the request, if anything says so. It has to stand before what catches panics.
func (i *Injector) Handle(c *gin.Context) {
	asked := c.Request.Header[Header]
	if i.NoHeader {
		asked = nil
	}
	if asked == nil && !i.Rules.Any() {
		return
	}
	at, emulated := endpointOf(c.Request.URL.Path)
	if !emulated {
		return
	}
	if asked != nil {
		i.byHeader(c, at, asked)
		return
	}
	i.byRule(c, at)
}

func (i *Injector) byRule(c *gin.Context, at string) {
	who := sync.OnceValue(func() Caller { return caller(c.Request, at) })
	h, err := i.Rules.choose(c.Request.Context(), at, who)
	if err != nil {
		i.Log.WarnContext(c.Request.Context(), "faults not considered", "path", c.Request.URL.Path, "error", err)
		return
	}
	if h == nil {
		return
	}
	h.Caller = who()
	i.inject(c, at, h)
}

// byHeader does what the request asks for itself. A page of another site cannot ask: the browser would have to be told
// first that it may send the header.
func (i *Injector) byHeader(c *gin.Context, at string, asked []string) {
	if i.CrossSite(c.Request) {
		i.Refuse(c, http.StatusForbidden, "Pages of other sites may not ask for faults")
		return
	}
	if len(asked) > 1 {
		i.Refuse(c, http.StatusBadRequest, fmt.Sprintf("%s: it is there %d times, and takes one outcome", Header, len(asked)))
		return
	}
	then, err := Outcome(asked[0])
	if err != nil {
		i.Refuse(c, http.StatusBadRequest, Header+": "+err.Error())
		return
	}
	if !answers(at, then) {
		_, can := then.Endpoints()
		i.Refuse(c, http.StatusBadRequest, fmt.Sprintf("%s: %s is never answered here (%s), only by %v", Header, asked[0],
			c.Request.URL.Path, can))
		return
	}
	i.inject(c, at, &Hit{Rule: Header, Then: then, Caller: caller(c.Request, at), delay: time.Duration(then.Delay)})
}

func (i *Injector) inject(c *gin.Context, at string, h *Hit) {
	x := Exchange{
		ID: i.TraceID(), Time: i.Now(), Method: c.Request.Method, Path: c.Request.URL.Path, Endpoint: at, Hit: h,
	}
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), key{}, h))
	if !i.wait(c.Request, h.delay) {
		c.Abort() // nobody is there any more
		i.record(x)
		return
	}
	switch {
	case h.Then.Status != 0:
		x.Status = h.Then.Status
		i.headers(c, x)
		writePage(c, x.Status)
		i.record(x)
	case h.Then.JWKS != "":
		x.Status = i.writeJWKS(c, x)
		i.record(x)
	case h.Then.Connection == "truncate":
		i.truncate(c, x)
	case h.Then.Connection != "":
		i.record(x)
		i.sever(c, h.Then.Connection)
	default:
		c.Next()
		x.Status = c.Writer.Status()
		if !h.taken {
			i.record(x)
		}
	}
}

func (i *Injector) record(x Exchange) {
	x.Took = i.Now().Sub(x.Time)
	i.Record(x)
}

// wait keeps the request for so long; false: the client has gone away. An emulator that shuts down lets it go.
func (i *Injector) wait(r *http.Request, delay time.Duration) bool {
	if delay <= 0 {
		return true
	}
	readAhead(r)
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-i.Released:
		return true
	case <-r.Context().Done():
		return false
	}
}

// headers say beside an answer that it was spoiled, as every refusal has its reason beside it.
func (i *Injector) headers(c *gin.Context, x Exchange) {
	c.Header("Mpe-Trace-Id", x.ID)
	if !i.HideHints {
		c.Header("Mpe-Reason", "injected-fault")
	}
}

// writePage answers as a gateway in front of the service does, whose bodies are not JSON.
func writePage(c *gin.Context, status int) {
	text := strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status)))
	page := "<html>\n<head><title>" + text + "</title></head>\n<body><h1>" + text + "</h1></body>\n</html>\n"
	c.Abort()
	c.Data(status, "text/html; charset=utf-8", []byte(page))
}

func (i *Injector) writeJWKS(c *gin.Context, x Exchange) (status int) {
	set, err := i.Forger.JWKS()
	if err != nil {
		_ = c.Error(err)
		c.AbortWithStatus(http.StatusInternalServerError)
		return http.StatusInternalServerError
	}
	i.headers(c, x)
	c.Abort()
	c.Data(http.StatusOK, "application/json", set)
	return http.StatusOK
}

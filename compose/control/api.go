// Package control is the emulator's own API, below /_mpe/v1: what the real services do not have.
package control

import (
	"context"
	"crypto/subtle"
	_ "embed"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"mpe/compose/journal"
)

// API is the control API of one sandbox.
type API struct {
	Journal  Journal
	Grants   GrantSigner
	Keys     SigningKeys
	Tokens   Minter
	Requests Requests
	EndUsers EndUsers

	Credentials CredentialFinder

	Authorizer Authorizer
	Faults     Faults

	World     World
	Seeds     Seeds
	Entities  Entities
	Snapshots Snapshots
	Sandboxes Sandboxes // nil: in this sandbox no others can be made

	// Issuer is the issuer's name for a request, Base the address at which it reached us. Both end in a slash.
	Issuer, Base func(*http.Request) string

	Version string
	Now     func() time.Time

	// Heartbeat is how long a stream of events may be silent; 0 is 15 s.
	Heartbeat time.Duration

	// AdminToken, when set, is wanted as a bearer token with every call.
	AdminToken string
}

// Journal is what the API shows of the exchanges. The error is journal.ErrNotFound for one that is not there.
type Journal interface {
	Entry(ctx context.Context, id string) (journal.Entry, error)
	Last(ctx context.Context) (journal.Entry, error)
	List(ctx context.Context, f journal.Filter) ([]journal.Entry, error)
	Clear(ctx context.Context) error

	// Verify waits for what is expected, up to patience. Its error, and Follow's, is journal.ErrBusy or
	// journal.ErrReleased for who cannot wait.
	Verify(ctx context.Context, x journal.Expectation, patience time.Duration) (journal.Result, error)
	Follow(ctx context.Context, m journal.Match, after string) (*journal.Reader, error)
}

//go:embed openapi.yaml
var openAPI []byte

// OpenAPI is the description of the API, OpenAPI 3.1.
func OpenAPI() []byte { return openAPI }

// maxBody is the largest request that is read, in bytes.
const maxBody = 64 << 10

// Mount registers the routes.
func (a API) Mount(r gin.IRouter) {
	v1 := r.Group("/_mpe/v1", a.guard, limit(maxBody))
	seeds := r.Group("/_mpe/v1", a.guard, limit(maxSeed))
	v1.GET("/version", a.version)
	v1.GET("/grants/demo", a.demoGrant)
	v1.POST("/grants", a.signGrant)
	v1.GET("/clients/:id/credentials", a.credentials)
	v1.GET("/journal", a.listJournal)
	v1.DELETE("/journal", a.clearJournal)
	v1.GET("/journal/:id", a.showEntry)
	v1.GET("/journal/await", a.awaitJournal)
	v1.POST("/journal/verify", a.verifyJournal)
	v1.GET("/events", a.events)
	v1.GET("/requests", a.listRequests)
	v1.GET("/requests/:id", a.showRequest)
	v1.POST("/requests/:id", a.act)
	v1.POST("/tokens", a.mint)
	v1.GET("/tokens/bad-suite", a.badSuite)
	v1.POST("/tokens/enduser", a.signEndUser)
	v1.GET("/keys", a.listKeys)
	v1.POST(`/keys\:rotate`, a.rotateKeys)
	v1.POST("/pdp/explain", a.explainDecision)
	v1.POST("/reset", a.reset)
	v1.GET("/settings", a.showSettings)
	v1.PATCH("/settings", a.changeSettings)
	v1.GET("/clock", a.showClock)
	v1.PUT("/clock", a.setClock)
	v1.POST(`/clock\:advance`, a.advanceClock)
	v1.POST(`/clock\:freeze`, a.freezeClock)
	v1.POST(`/clock\:real`, a.letClockGo)
	v1.GET("/seed", a.showSeed)
	seeds.POST("/seed", a.applySeed)
	v1.POST(`/seed\:reload`, a.reloadSeed)
	v1.GET("/seed/schema", a.showSchema)
	v1.GET("/seed/diff", a.diffSeed)
	v1.GET("/seed/export", a.exportSeed)
	for _, e := range entities {
		e.mount(a, seeds)
	}
	v1.POST("/snapshots", a.takeSnapshot)
	v1.GET("/snapshots", a.listSnapshots)
	v1.POST("/snapshots/:id", a.restoreSnapshot)
	v1.DELETE("/snapshots/:id", a.deleteSnapshot)
	if a.Sandboxes != nil {
		seeds.POST("/sandboxes", a.createSandbox)
		v1.GET("/sandboxes", a.listSandboxes)
		v1.DELETE("/sandboxes/:id", a.deleteSandbox)
	}
	v1.GET("/faults", a.listFaults)
	v1.POST("/faults", a.addFault)
	v1.DELETE("/faults", a.clearFaults)
	v1.GET("/faults/:id", a.showFault)
	v1.DELETE("/faults/:id", a.removeFault)
	v1.GET("/faults/presets", a.listPresets)
	v1.POST("/faults/presets/:name", a.addPreset)
}

// guard turns away pages of other sites, whose visitors may have an emulator on their machine, and callers without the
// token where one is wanted.
func (a API) guard(c *gin.Context) {
	if CrossSite(c.Request) {
		refuse(c, http.StatusForbidden, "Pages of other sites may not use the control API")
		return
	}
	if !a.admitted(c.GetHeader("Authorization")) {
		c.Header("WWW-Authenticate", "Bearer")
		refuse(c, http.StatusUnauthorized, "The admin token is missing or wrong: send it as Authorization: Bearer TOKEN")
	}
}

// limit refuses bodies of more than so many bytes.
func limit(size int64) gin.HandlerFunc {
	return func(c *gin.Context) { c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, size) }
}

// CrossSite tells whether a page of another site has the browser send this.
func CrossSite(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Site") == "cross-site" || new(http.CrossOriginProtection).Check(r) != nil
}

func (a API) admitted(authorization string) bool {
	if a.AdminToken == "" {
		return true
	}
	token, bearer := strings.CutPrefix(authorization, "Bearer ")
	return bearer && subtle.ConstantTimeCompare([]byte(token), []byte(a.AdminToken)) == 1
}

func (a API) version(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"version": a.Version}) }

// problemDetails is an error of the control API (RFC 9457).
type problemDetails struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

// Refuse answers as the control API refuses, where a request to one of the emulated services asks something of the
// emulator itself.
func Refuse(c *gin.Context, status int, detail string) { refuse(c, status, detail) }

// refuse is the one place where the control API answers with an error.
func refuse(c *gin.Context, status int, detail string) {
	body, _ := json.Marshal(problemDetails{http.StatusText(status), status, detail}) // strings and a number cannot fail
	c.Abort()
	c.Data(status, "application/problem+json", body)
}

// read decodes the body, one JSON object without members that are not known, or nothing. It answers itself when that
// fails.
func read(c *gin.Context, into any) bool {
	decoder := json.NewDecoder(c.Request.Body)
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil || errors.Is(err, io.EOF) {
		return true
	}
	status := http.StatusBadRequest
	if _, long := errors.AsType[*http.MaxBytesError](err); long {
		status = http.StatusRequestEntityTooLarge
	}
	refuse(c, status, "the body is not the JSON that this call takes: "+err.Error())
	return false
}

package control

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"mpe/altinn/problem"
	"mpe/altinn/systemuser"
)

// Requests is what the API does with requests for system users, in the customer's place.
type Requests interface {
	// Requests are all that are not deleted, the newest first.
	Requests(ctx context.Context) ([]*systemuser.Request, error)

	// Act approves, rejects, escalates or expires a request, as the person with the number; when that is empty, as
	// somebody who may. The error is one of Altinn's (package problem), systemuser.ErrNotFound, or an *ActError.
	Act(ctx context.Context, action, id, as string) (*systemuser.Request, error)
}

// ActError is that nobody can act as was asked.
type ActError struct{ What string }

func (e *ActError) Error() string { return e.What }

// Request is a request as the API shows it.
type Request struct {
	systemuser.Request
	TimedOut bool `json:"timedOut"`
}

func (a API) listRequests(c *gin.Context) {
	all, err := a.Requests.Requests(c.Request.Context())
	if err != nil {
		fault(c, err)
		return
	}
	shown := []Request{}
	for _, r := range all {
		if matches(r.System, c.Query("system")) && matches(string(r.Party), c.Query("party")) &&
			matches(r.Ref(), c.Query("externalRef")) && matches(string(r.Status), c.Query("status")) {
			shown = append(shown, a.shown(r))
		}
	}
	c.JSON(http.StatusOK, gin.H{"requests": shown})
}

func matches(value, wanted string) bool { return wanted == "" || strings.EqualFold(value, wanted) }

func (a API) shown(r *systemuser.Request) Request { return Request{*r, r.TimedOut(a.Now())} }

func (a API) showRequest(c *gin.Context) {
	all, err := a.Requests.Requests(c.Request.Context())
	if err != nil {
		fault(c, err)
		return
	}
	for _, r := range all {
		if r.ID == strings.ToLower(c.Param("id")) {
			c.JSON(http.StatusOK, a.shown(r))
			return
		}
	}
	refuse(c, http.StatusNotFound, "There is no such request. GET /_mpe/v1/requests lists them")
}

// actions are what can be done with a request, as they stand behind its id.
var actions = [...]string{"approve", "reject", "escalate", "expire"}

// act is POST /requests/{id}:{action}.
func (a API) act(c *gin.Context) {
	id, action, _ := strings.Cut(c.Param("id"), ":")
	known := false
	for _, one := range actions {
		known = known || one == action
	}
	if !known {
		refuse(c, http.StatusNotFound, "Requests can be approved, rejected, escalated and expired: POST /_mpe/v1/requests/{id}:approve, …")
		return
	}
	var body struct {
		As string `json:"as"`
	}
	if !read(c, &body) {
		return
	}
	request, err := a.Requests.Act(c.Request.Context(), action, id, body.As)
	if err != nil {
		refuseAct(c, err)
		return
	}
	c.JSON(http.StatusOK, a.shown(request))
}

func refuseAct(c *gin.Context, err error) {
	if errors.Is(err, systemuser.ErrNotFound) {
		refuse(c, http.StatusNotFound, "There is no such request. GET /_mpe/v1/requests lists them")
		return
	}
	if refusal, ok := errors.AsType[*ActError](err); ok {
		refuse(c, http.StatusUnprocessableEntity, refusal.What)
		return
	}
	if refusal, ok := errors.AsType[*problem.Problem](err); ok {
		refuse(c, http.StatusConflict, string(refusal.Code)+" "+refusal.Code.Title()+" "+refusal.Why)
		return
	}
	fault(c, err)
}

// EndUsers makes tokens for persons.
type EndUsers interface {
	// SignEndUser gives an *ActError for a person who is not there.
	SignEndUser(r *http.Request, u EndUser) (string, error)
}

// EndUser is a person's token to make.
type EndUser struct {
	PID      string   `json:"pid"` // of a person in the seed; or UserID
	UserID   int      `json:"userId"`
	Scopes   []string `json:"scopes"`    // default: altinn:portal/enduser
	Level    *int     `json:"authLevel"` // default: 3
	Lifetime Duration `json:"lifetime"`  // default: 30m
}

func (a API) signEndUser(c *gin.Context) {
	var u EndUser
	if !read(c, &u) {
		return
	}
	token, err := a.EndUsers.SignEndUser(c.Request, u)
	if err != nil {
		refuseAct(c, err)
		return
	}
	lifetime := time.Duration(u.Lifetime)
	if lifetime == 0 {
		lifetime = DefaultEndUserLifetime
	}
	c.JSON(http.StatusOK, gin.H{"access_token": token, "token_type": "Bearer", "expires_in": int(lifetime / time.Second)})
}

// DefaultEndUserLifetime is how long the token of a person lives.
const DefaultEndUserLifetime = 30 * time.Minute

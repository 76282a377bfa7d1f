package control

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"mpe/altinn/authorization"
	"mpe/altinn/pdp"
	"mpe/altinn/resource"
	"mpe/oauth/org"
)

// Authorizer decides requests, and imagines.
type Authorizer interface {
	Authorize(ctx context.Context, requests []*pdp.Request, at authorization.Endpoint) ([]*authorization.Explanation, error)
	Imagine(ctx context.Context, requests []*pdp.Request, w authorization.WhatIf) ([]*authorization.Explanation, error)
}

// Question is what the policy decision point is to explain: a request as it takes them, or the names of what it is
// about.
type Question struct {
	Request json.RawMessage `json:"request,omitempty"` // XACML in JSON: an object with the member Request

	SystemUser string     `json:"systemUser,omitempty"`
	Resource   string     `json:"resource,omitempty"`
	Action     string     `json:"action,omitempty"`
	Party      org.Number `json:"party,omitempty"`

	WhatIf *WhatIf `json:"whatIf,omitempty"`
}

// WhatIf is what is to be imagined.
type WhatIf struct {
	Action         string     `json:"action,omitempty"`
	Party          org.Number `json:"party,omitempty"`
	AccessPackages []string   `json:"accessPackages,omitempty"`
	Rights         []Right    `json:"rights,omitempty"`
}

// Right is one to do something with a resource.
type Right struct {
	Resource string `json:"resource"`
	Action   string `json:"action"`
}

// Decided is an answer of the policy decision point, with why.
type Decided struct {
	Response  json.RawMessage         `json:"response"` // as the policy decision point writes it
	Decisions []*authorization.Report `json:"decisions"`
	WhatIf    *Decided                `json:"whatIf,omitempty"`
}

func (a API) explainDecision(c *gin.Context) {
	var q Question
	if !read(c, &q) {
		return
	}
	requests, err := q.requests()
	if err != nil {
		refuse(c, http.StatusBadRequest, err.Error())
		return
	}
	decided, err := a.decided(c.Request.Context(), requests, q.WhatIf)
	if err != nil {
		fault(c, err)
		return
	}
	c.JSON(http.StatusOK, decided)
}

// requests reads the request, or puts one together. The error says what is missing.
func (q Question) requests() ([]*pdp.Request, error) {
	if q.Request != nil {
		return pdp.ParseJSON(q.Request)
	}
	if q.SystemUser == "" || q.Resource == "" || q.Action == "" {
		return nil, errors.New("send request, or systemUser, resource and action")
	}
	r := &pdp.Request{Categories: []pdp.Category{{ID: pdp.AccessSubject}, {ID: pdp.Action}, {ID: pdp.Resource}}}
	r.Categories[0].Add("urn:altinn:systemuser:uuid", q.SystemUser)
	r.Categories[1].Add(pdp.ActionID, q.Action)
	r.Categories[2].Add(resource.AttributeID, q.Resource)
	if q.Party != "" {
		r.Categories[2].Add("urn:altinn:organization:identifier-no", string(q.Party))
	}
	return []*pdp.Request{r}, nil
}

func (a API) decided(ctx context.Context, requests []*pdp.Request, w *WhatIf) (*Decided, error) {
	imagined, err := a.imagined(ctx, requests, w)
	if err != nil {
		return nil, err
	}
	explanations, err := a.Authorizer.Authorize(ctx, requests, authorization.External)
	if err != nil {
		return nil, err
	}
	decided, err := shownDecision(explanations)
	if err != nil {
		return nil, err
	}
	decided.WhatIf = imagined
	return decided, nil
}

func (a API) imagined(ctx context.Context, requests []*pdp.Request, w *WhatIf) (*Decided, error) {
	if w == nil {
		return nil, nil
	}
	what := authorization.WhatIf{Action: w.Action, Party: w.Party, AccessPackages: w.AccessPackages}
	for _, r := range w.Rights {
		what.Rights = append(what.Rights, resource.Right{Action: r.Action, Resource: resource.RightTo(r.Resource).Resource})
	}
	explanations, err := a.Authorizer.Imagine(ctx, requests, what)
	if err != nil {
		return nil, err
	}
	return shownDecision(explanations)
}

func shownDecision(explanations []*authorization.Explanation) (*Decided, error) {
	d, response := &Decided{}, pdp.Response{}
	for _, x := range explanations {
		response.Results = append(response.Results, x.Result)
		d.Decisions = append(d.Decisions, x.Report())
	}
	var err error
	d.Response, err = json.Marshal(response)
	return d, err
}

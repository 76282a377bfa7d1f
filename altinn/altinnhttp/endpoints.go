// Package altinnhttp is Altinn's APIs: the system register, requests for system users, system users, and the exchange
// of tokens.
package altinnhttp

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"mpe/altinn/authorization"
	"mpe/altinn/party"
	"mpe/altinn/resource"
	"mpe/altinn/system"
	"mpe/altinn/systemuser"
)

// Endpoints answers Altinn's APIs.
type Endpoints struct {
	Systems   *system.Register
	Users     *systemuser.Registry
	Finder    *systemuser.Finder
	Parties   *party.Register
	Resources *resource.Registry

	Authorizer       *authorization.Authorizer
	ScopeDelegations *authorization.ScopeDelegations
	Suppliers        *authorization.Suppliers

	Tokens *Tokens

	ServiceOwners ServiceOwners

	// Asked is told of every new request, once it is stored; nil: nobody is.
	Asked func(context.Context, *systemuser.Request)

	// Base is the address at which a request reached us, ending in a slash. ConfirmBase, when set, takes its place in
	// the links that customers open.
	Base        func(*http.Request) string
	ConfirmBase string

	// OldProblems writes problems as Altinn did before July 2026 (library 4.0.1).
	OldProblems bool

	// Spoil says how the answer to the request is to be spoiled, on purpose. Nil: not at all.
	Spoil func(*http.Request) Spoiled

	Recorder  Recorder
	Now       func() time.Time
	TraceID   func() string // 32 hex digits
	HideHints bool          // leaves out the headers Mpe-Reason, Mpe-Hint and Link

	// NoTestTokens leaves out the addresses that give anyone's token to anyone.
	NoTestTokens bool

	router   router
	believed believed
}

// Recorder is told of every exchange. It must not keep the caller waiting.
type Recorder interface{ RecordCall(Exchange) }

// Exchange is a call and its answer.
type Exchange struct {
	ID     string
	Time   time.Time
	Took   time.Duration
	Method string
	Path   string
	Status int

	Org, Client, Scope string // of the caller's token; empty: it could not be believed
	Base               string

	Code string // of a refusal that has one, or a decision that is no Permit
	Why  string // of a refusal, or of such a decision
	Body []byte // of a refusal

	Decisions []*authorization.Report // of the policy decision point

	Spoiled string // by what, where that was on purpose

	Fault error // the emulator's own failure
}

// Mount takes the requests that no other route answers.
func (e *Endpoints) Mount(r *gin.Engine) {
	e.router = slices.Concat(e.systemRoutes(), e.requestRoutes(), e.changeRoutes(), e.userRoutes(),
		e.clientRoutes(), e.exchangeRoutes(), e.resourceRoutes(), e.packageRoutes(), e.delegationRoutes(),
		e.partyRoutes(), e.authorizedPartyRoutes(), e.supplierRoutes(), e.pdpRoutes())
	if !e.NoTestTokens {
		e.router = append(e.router, e.testTokenRoutes()...)
	}
	r.NoRoute(e.serve)
}

// prefix is where Altinn's authentication component is.
const prefix = "authentication/api/v1/"

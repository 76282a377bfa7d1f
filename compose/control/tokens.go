package control

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
)

// Minter makes tokens without a grant.
type Minter interface {
	// Mint gives a *BadGrantError for a token that cannot be made as asked.
	Mint(ctx context.Context, at Place, r TokenRequest) (Minted, error)

	// BadTokens gives a *BadGrantError as well.
	BadTokens(ctx context.Context, at Place, r TokenRequest) (BadTokens, error)
}

// Place is where tokens come from.
type Place struct {
	Issuer string // Maskinporten's name
	Base   string // the address of the emulator, ending in a slash
}

// TokenRequest is a token to make. Everything may be left out: the zero value is a token of the first client that has a
// key, for its first scope.
type TokenRequest struct {
	Client       string   `json:"client"`       // its id, or part of its name
	Scope        string   `json:"scope"`        // separated by spaces; registered or not
	SystemUser   string   `json:"systemUser"`   // nine digits: whose system user to act as
	ExternalRef  string   `json:"externalRef"`  // which of them
	SystemUserID string   `json:"systemUserId"` // a UUID, in place of one that is found; there may be no such system user
	ConsumerOrg  string   `json:"consumerOrg"`
	Resource     []string `json:"resource"`
	PID          string   `json:"pid"`
	Altinn       bool     `json:"altinn"` // the token that Altinn makes of it

	Overrides map[string]json.RawMessage `json:"overrides"` // claims as they are to be; null leaves one out
	Defect    string                     `json:"defect"`    // a name of the bad suite
}

// Minted is a token, as the token endpoint answers.
type Minted struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in"`
	Scope       string `json:"scope"`
}

// BadTokens is a good token, and its twins with a defect each.
type BadTokens struct {
	Good  string     `json:"good"`
	Cases []BadToken `json:"cases"`
}

// BadToken is a token with a defect.
type BadToken struct {
	Name   string `json:"name"`
	Token  string `json:"token"`
	Expect string `json:"expect"` // what an API should do with it: reject or accept
	Why    string `json:"why"`
}

func (a API) place(r *http.Request) Place { return Place{Issuer: a.Issuer(r), Base: a.Base(r)} }

func (a API) mint(c *gin.Context) {
	var r TokenRequest
	if !read(c, &r) {
		return
	}
	minted, err := a.Tokens.Mint(c.Request.Context(), a.place(c.Request), r)
	if err != nil {
		refuseToken(c, err)
		return
	}
	c.JSON(http.StatusOK, minted)
}

// badSuite is GET /tokens/bad-suite. Other than the body of a POST, its query has no overrides and no defect.
func (a API) badSuite(c *gin.Context) {
	r, err := readSuite(c)
	if err != nil {
		refuseToken(c, err)
		return
	}
	suite, err := a.Tokens.BadTokens(c.Request.Context(), a.place(c.Request), r)
	if err != nil {
		refuseToken(c, err)
		return
	}
	c.JSON(http.StatusOK, suite)
}

func readSuite(c *gin.Context) (TokenRequest, error) {
	var r TokenRequest
	known := map[string]*string{
		"client": &r.Client, "scope": &r.Scope, "systemUser": &r.SystemUser, "externalRef": &r.ExternalRef,
	}
	for name, values := range c.Request.URL.Query() {
		into, ok := known[name]
		switch {
		case !ok:
			return r, &BadGrantError{Field: name, What: "the bad suite is asked for with client, scope, systemUser and externalRef"}
		case len(values) != 1:
			return r, &BadGrantError{Field: name, What: "given " + strconv.Itoa(len(values)) + " times, want it once"}
		}
		*into = values[0]
	}
	return r, nil
}

func refuseToken(c *gin.Context, err error) {
	if bad, ok := errors.AsType[*BadGrantError](err); ok {
		refuse(c, http.StatusUnprocessableEntity, bad.Error())
		return
	}
	fault(c, err)
}

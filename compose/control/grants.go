package control

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// GrantSigner signs grants with the keys of the seeded clients.
type GrantSigner interface {
	// SignGrant gives a *BadGrantError for a grant that cannot be signed as asked.
	SignGrant(ctx context.Context, issuer string, r GrantRequest) (Signed, error)
}

// GrantRequest is a grant to sign. Everything may be left out: the zero value is a grant of the first client that has a
// key, for its first scope.
type GrantRequest struct {
	Client      string   `json:"client"` // its id, or part of its name
	Kid         string   `json:"kid"`
	Scope       string   `json:"scope"`
	Audience    string   `json:"audience"`   // the issuer when empty
	SystemUser  string   `json:"systemUser"` // nine digits: whose system user to act as
	ExternalRef string   `json:"externalRef"`
	ConsumerOrg string   `json:"consumerOrg"`
	Resource    []string `json:"resource"`
	PID         string   `json:"pid"`
	JTI         string   `json:"jti"`
	Lifetime    Duration `json:"lifetime"`
	Break       []string `json:"break"` // defects, as "mpe grant --break" names them
}

// Duration is a time.Duration, in JSON a string such as "90s".
type Duration time.Duration

// UnmarshalText reads it.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = Duration(parsed)
	return err
}

// MarshalText writes it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// Signed is a grant and where to send it.
type Signed struct {
	Grant         string `json:"grant"`
	ClientID      string `json:"clientId"`
	Kid           string `json:"kid"`
	Scope         string `json:"scope"`
	Issuer        string `json:"issuer"`
	TokenEndpoint string `json:"tokenEndpoint"`
}

// BadGrantError is why a grant cannot be signed, or a token not be made, as asked.
type BadGrantError struct{ Field, What string }

func (e *BadGrantError) Error() string { return e.Field + ": " + e.What }

// demoGrant answers in plain text, for use in a command line.
func (a API) demoGrant(c *gin.Context) {
	signed, ok := a.sign(c, GrantRequest{})
	if ok {
		c.String(http.StatusOK, "%s", signed.Grant)
	}
}

func (a API) signGrant(c *gin.Context) {
	var r GrantRequest
	if !read(c, &r) {
		return
	}
	signed, ok := a.sign(c, r)
	if ok {
		c.JSON(http.StatusOK, signed)
	}
}

func (a API) sign(c *gin.Context, r GrantRequest) (Signed, bool) {
	signed, err := a.Grants.SignGrant(c.Request.Context(), a.Issuer(c.Request), r)
	if bad, ok := errors.AsType[*BadGrantError](err); ok {
		refuse(c, http.StatusUnprocessableEntity, bad.Error())
		return Signed{}, false
	}
	if err != nil {
		fault(c, err)
		return Signed{}, false
	}
	signed.TokenEndpoint = a.Base(c.Request) + "token"
	return signed, true
}

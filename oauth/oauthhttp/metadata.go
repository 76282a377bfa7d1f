package oauthhttp

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"mpe/oauth"
)

// metadata is the authorization server metadata (RFC 8414). Members and order are Maskinporten's; it leaves out
// response_types_supported, which the RFC requires.
type metadata struct {
	Issuer        string   `json:"issuer"`
	TokenEndpoint string   `json:"token_endpoint"`
	JWKSURI       string   `json:"jwks_uri"`
	AuthMethods   []string `json:"token_endpoint_auth_methods_supported"`
	GrantTypes    []string `json:"grant_types_supported"`
	Algorithms    []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	DetailsTypes  []string `json:"authorization_details_types_supported"`
}

func (e *Endpoints) metadata(c *gin.Context) {
	base := e.Base(c.Request)
	c.Data(http.StatusOK, mediaType, encode(metadata{
		Issuer:        e.Name(c.Request),
		TokenEndpoint: base + "token",
		JWKSURI:       base + "jwk",
		AuthMethods:   []string{"private_key_jwt"},
		GrantTypes:    []string{oauth.JWTBearer},
		Algorithms:    []string{"RS256", "RS384", "RS512"},
		DetailsTypes:  oauth.DetailsTypes,
	}))
}

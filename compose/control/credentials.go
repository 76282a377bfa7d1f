package control

import (
	"cmp"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-jose/go-jose/v4"

	"mpe/keys"
	"mpe/oauth/org"
)

// CredentialFinder finds what the seeded clients authenticate with.
type CredentialFinder interface {
	// Credentials are those of a client, by its id or part of its name, with its key of that id. Without a client they
	// are those of the first that can sign; without a kid the key is the first that can, and has not expired. The error
	// is a *BadGrantError for a client or a key that is not there.
	Credentials(ctx context.Context, client, kid string) (Credentials, error)
}

// Credentials are what a client authenticates with.
type Credentials struct {
	ClientID string
	Name     string
	Org      org.Number
	Scopes   []string

	Kid         string // empty when the client has no registered key
	Alg         string
	Signer      crypto.Signer
	Certificate *x509.Certificate // an enterprise certificate for the key, of the test CA

	// Certified clients have no registered key: they authenticate with the certificate.
	Certified bool
}

// JWK is the private key as a JSON Web Key, with the certificate where the client authenticates with it.
func (c Credentials) JWK() (json.RawMessage, error) {
	key := jose.JSONWebKey{Key: c.Signer, KeyID: c.Kid, Algorithm: c.Alg, Use: "sig"}
	if c.Certified {
		key.Certificates = []*x509.Certificate{c.Certificate}
	}
	return key.MarshalJSON()
}

// PEM is the private key, with the certificate and its CA's where the client authenticates with it.
func (c Credentials) PEM() ([]byte, error) {
	if !c.Certified {
		return keys.EncodePEM(c.Signer)
	}
	return keys.EncodePEM(c.Signer, c.Certificate, keys.TestAuthority().Certificate)
}

// DefaultPassword is that of a PKCS #12 file when no other is asked for, as it is Java's.
const DefaultPassword = "changeit"

// Described are credentials as the API shows them, with where to use them.
type Described struct {
	ClientID string          `json:"clientId"`
	Name     string          `json:"name"`
	Org      org.Number      `json:"org"`
	Scopes   []string        `json:"scopes"`
	Kid      string          `json:"kid,omitempty"`
	JWK      json.RawMessage `json:"jwk"` // private

	Issuer        string `json:"issuer"`
	TokenEndpoint string `json:"tokenEndpoint"`
	JWKSURI       string `json:"jwksUri"`
	WellKnown     string `json:"wellKnown"`
}

// At is where the emulator is used that has this name and is reached at this address; both end in a slash.
func (d Described) At(issuer, base string) Described {
	d.Issuer, d.TokenEndpoint, d.JWKSURI = issuer, base+"token", base+"jwk"
	d.WellKnown = base + ".well-known/oauth-authorization-server"
	return d
}

// Variable is one of an environment.
type Variable struct{ Name, Value string }

// Variables are those that an application on NAIS finds a client of Maskinporten in.
func (d Described) Variables() []Variable {
	return []Variable{
		{"MASKINPORTEN_CLIENT_ID", d.ClientID},
		{"MASKINPORTEN_CLIENT_JWK", string(d.JWK)},
		{"MASKINPORTEN_SCOPES", strings.Join(d.Scopes, " ")},
		{"MASKINPORTEN_ISSUER", d.Issuer},
		{"MASKINPORTEN_TOKEN_ENDPOINT", d.TokenEndpoint},
		{"MASKINPORTEN_JWKS_URI", d.JWKSURI},
		{"MASKINPORTEN_WELL_KNOWN_URL", d.WellKnown},
	}
}

func (a API) credentials(c *gin.Context) {
	client := c.Param("id")
	if client == "first" {
		client = ""
	}
	found, err := a.Credentials.Credentials(c.Request.Context(), client, c.Query("kid"))
	if bad, ok := errors.AsType[*BadGrantError](err); ok {
		status := http.StatusUnprocessableEntity
		if bad.Field == "client" {
			status = http.StatusNotFound
		}
		refuse(c, status, bad.Error())
		return
	}
	if err != nil {
		fault(c, err)
		return
	}
	a.writeCredentials(c, found)
}

func (a API) writeCredentials(c *gin.Context, found Credentials) {
	var data []byte
	var err error
	media := "application/json"
	switch format := c.Query("format"); format {
	case "":
		var d Described
		if d, err = a.described(c.Request, found); err == nil {
			data, err = json.Marshal(d)
		}
	case "jwk":
		media = "application/jwk+json"
		data, err = found.JWK()
	case "pem":
		media = "application/x-pem-file"
		data, err = found.PEM()
	case "p12":
		media = "application/x-pkcs12"
		data, err = keys.TestAuthority().PKCS12(found.Signer, found.Certificate, cmp.Or(c.Query("password"), DefaultPassword))
	case "env":
		media = "text/plain; charset=utf-8"
		var d Described
		d, err = a.described(c.Request, found)
		for _, v := range d.Variables() {
			data = fmt.Appendf(data, "%s=%s\n", v.Name, v.Value)
		}
	default:
		refuse(c, http.StatusBadRequest, fmt.Sprintf("format: %q is not jwk, pem, p12 or env; without it the answer is JSON with all there is", format))
		return
	}
	if err != nil {
		fault(c, err)
		return
	}
	c.Header("Cache-Control", "no-store")
	c.Data(http.StatusOK, media, data)
}

func (a API) described(r *http.Request, c Credentials) (Described, error) {
	jwk, err := c.JWK()
	scopes := c.Scopes
	if scopes == nil {
		scopes = []string{}
	}
	d := Described{ClientID: c.ClientID, Name: c.Name, Org: c.Org, Scopes: scopes, Kid: c.Kid, JWK: jwk}
	return d.At(a.Issuer(r), a.Base(r)), err
}

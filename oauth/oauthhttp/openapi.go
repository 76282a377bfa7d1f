package oauthhttp

import _ "embed"

//go:embed openapi.yaml
var openAPI []byte

// OpenAPI is the description of Maskinporten's endpoints, and of the pages of its errors, OpenAPI 3.1.
func OpenAPI() []byte { return openAPI }

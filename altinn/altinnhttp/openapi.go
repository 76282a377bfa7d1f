package altinnhttp

import _ "embed"

//go:embed openapi.yaml
var openAPI []byte

// OpenAPI is the description of Altinn's APIs, OpenAPI 3.1.
func OpenAPI() []byte { return openAPI }

package compose

import (
	"mpe/altinn/altinnhttp"
	"mpe/compose/control"
	"mpe/compose/openapi"
	"mpe/oauth/oauthhttp"
)

// documents describe all that is answered.
var documents = []*openapi.Source{
	openapi.NewSource("maskinporten", "openapi/maskinporten", oauthhttp.OpenAPI()),
	openapi.NewSource("altinn", "openapi/altinn", altinnhttp.OpenAPI()),
	openapi.NewSource("control", "openapi", control.OpenAPI()),
}

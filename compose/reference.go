package compose

import (
	"mpe/altinn/altinnhttp"
	"mpe/compose/console"
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

func (s *sandbox) reference() console.Reference {
	return console.Reference{Sources: documents, Base: s.addresses.base}
}

package compose_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/oauth2"
)

// authorizationRequest asks whether the system user may do the action with the resource for the organisation.
func authorizationRequest(systemUser, action, resource, organisation string) string {
	return fmt.Sprintf(`{"Request": {
		"AccessSubject": [{"Attribute": [{"AttributeId": "urn:altinn:systemuser:uuid", "Value": %q}]}],
		"Action": [{"Attribute": [{"AttributeId": "urn:oasis:names:tc:xacml:1.0:action:action-id", "Value": %q}]}],
		"Resource": [{"Attribute": [{"AttributeId": "urn:altinn:resource", "Value": %q},
			{"AttributeId": "urn:altinn:organization:identifier-no", "Value": %q}]}]}}`, systemUser, action, resource, organisation)
}

// exchanged is a client with Altinn's own token for one of Maskinporten's with the scopes.
func (e *emulator) exchanged(t *testing.T, scopes ...string) *http.Client {
	t.Helper()
	token := e.api(t, e.as(t, scopes...), http.MethodGet, altinnAPI+"exchange/maskinporten", "").want(t, 200)
	return oauth2.NewClient(t.Context(), oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token.body}))
}

var _ = strings.Contains

package fault

import "strings"

// paths are where the endpoints are that rules can name, the most particular first. What ends in a slash stands for all
// below it, and all are compared without regard to case, as Altinn does.
var paths = []struct{ path, endpoint string }{
	{"token", "token"},
	{"jwk", "jwks"},
	{".well-known/oauth-authorization-server", "metadata"},
	{"authentication/api/v1/exchange/", "exchange"},
	{"authentication/api/v1/systemregister/", "systemregister"},
	{"authentication/api/v1/systemuser/request/", "request"},
	{"authentication/api/v1/systemuser/changerequest/", "request"},
	{"authentication/api/v1/systemuser/", "systemuser"},
	{"authentication/api/v1/enduser/systemuser/", "systemuser"},
	{"authorization/api/v1/authorize", "pdp"},
	{"authorization/api/v1/decision", "pdp"},
}

// other are the emulated endpoints that no rule can name: rules for any spoil them.
const other = ""

// below are where everything else that is emulated is.
var below = []string{
	"authentication/api/", "authorization/api/", "accessmanagement/api/", "register/api/", "resourceregistry/api/", "api/",
}

// endpointOf names the endpoint at the path; false: it is the emulator's own, and is never spoiled.
func endpointOf(path string) (endpoint string, emulated bool) {
	path = strings.ToLower(strings.Trim(path, "/"))
	for _, p := range paths {
		if path == strings.TrimSuffix(p.path, "/") || strings.HasSuffix(p.path, "/") && strings.HasPrefix(path, p.path) {
			return p.endpoint, true
		}
	}
	for _, prefix := range below {
		if strings.HasPrefix(path, prefix) {
			return other, true
		}
	}
	return "", false
}

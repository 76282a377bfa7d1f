// Package hijack puts the emulator where programs expect the real services: behind their own names.
package hijack

import (
	"slices"
	"strings"
)

// Hosts are those of Maskinporten's and Altinn's test environment that the emulator stands in for: the issuer, Altinn's
// APIs and the pages that customers approve on.
func Hosts() []string {
	return []string{"test.maskinporten.no", "platform.tt02.altinn.no", "am.ui.tt02.altinn.no"}
}

// Production tells whether a host is one of Maskinporten's or Altinn's that no test should reach: below their domains,
// with no label that names a test environment.
func Production(host string) bool {
	host = canonical(host)
	for _, domain := range []string{"maskinporten.no", "altinn.no"} {
		sub, below := strings.CutSuffix(host, "."+domain)
		if host == domain || below && !slices.ContainsFunc(strings.Split(sub, "."), testEnvironment) {
			return true
		}
	}
	return false
}

// testEnvironment tells whether a label of a name is that of a test environment: test.maskinporten.no, ver2 before it,
// and Altinn's tt02, yt01 and at22.
func testEnvironment(label string) bool {
	switch label {
	case "test", "ver1", "ver2", "tt02", "yt01", "at21", "at22", "at23", "at24":
		return true
	}
	return false
}

// canonical is the host as names are compared: in lower case, without the dot that ends a full name.
func canonical(host string) string { return strings.ToLower(strings.TrimSuffix(host, ".")) }

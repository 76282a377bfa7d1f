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

// domains are those that Maskinporten and Altinn are below, in production and in test.
var domains = [...]string{"maskinporten.no", "altinn.no"}

// environments are the labels that name a test environment: test.maskinporten.no, ver2 before it, and Altinn's tt02,
// yt01 and at22.
var environments = [...]string{"test", "ver1", "ver2", "tt02", "yt01", "at21", "at22", "at23", "at24"}

// Production tells whether a host is one of Maskinporten's or Altinn's that no test should reach: below their domains,
// with no label that names a test environment.
func Production(host string) bool {
	host = canonical(host)
	for _, domain := range domains {
		sub, below := strings.CutSuffix(host, "."+domain)
		test := slices.ContainsFunc(strings.Split(sub, "."), func(l string) bool { return slices.Contains(environments[:], l) })
		if host == domain || below && !test {
			return true
		}
	}
	return false
}

// canonical is the host as names are compared: in lower case, without the dot that ends a full name.
func canonical(host string) string { return strings.ToLower(strings.TrimSuffix(host, ".")) }

package hijack_test

import (
	"testing"

	"mpe/compose/hijack"
)

func TestProduction(t *testing.T) {
	for host, want := range map[string]bool{
		"maskinporten.no":             true,
		"MASKINPORTEN.NO.":            true,
		"sky.maskinporten.no":         true,
		"altinn.no":                   true,
		"platform.altinn.no":          true,
		"am.ui.altinn.no":             true,
		"skd.apps.altinn.no":          true,
		"test.maskinporten.no":        false,
		"ver2.maskinporten.no":        false,
		"tt02.altinn.no":              false,
		"platform.tt02.altinn.no":     false,
		"skd.apps.tt02.altinn.no":     false,
		"platform.yt01.altinn.cloud":  false,
		"maskinporten.no.example":     false,
		"notmaskinporten.no":          false,
		"localhost":                   false,
		"testing.maskinporten.no":     true,
		"contest.platform.altinn.no.": true,
	} {
		if got := hijack.Production(host); got != want {
			t.Errorf("%s: got %t, want %t", host, got, want)
		}
	}
}

func TestNoHostThatIsTakenIsProduction(t *testing.T) {
	for _, host := range hijack.Hosts() {
		if hijack.Production(host) {
			t.Errorf("%s counts as production", host)
		}
	}
}

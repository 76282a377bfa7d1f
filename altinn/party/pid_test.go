package party_test

import (
	"testing"

	"mpe/altinn/party"
)

func TestSynthetic(t *testing.T) {
	for name, c := range map[string]struct {
		pid  string
		want bool
	}{
		"month + 80":            {"01817010055", true},
		"the last month":        {"24921234567", true},
		"a month of the year":   {"01017010055", false},
		"month + 40":            {"01417010055", false},
		"a month past the last": {"01937010055", false},
		"too short":             {"0181701005", false},
		"no month":              {"01xx7010055", false},
	} {
		if got := party.Synthetic(c.pid); got != c.want {
			t.Errorf("%s: got %t, want %t", name, got, c.want)
		}
	}
}

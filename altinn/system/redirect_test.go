package system_test

import (
	"testing"

	"mpe/altinn/system"
)

func TestRedirect(t *testing.T) {
	for _, test := range []struct {
		raw      string
		loopback bool
		want     string // empty: refused
	}{
		{"https://altinn.no", false, "https://altinn.no/"},
		{" https://altinn.no/a?b=c#d ", false, "https://altinn.no/a?b=c#d"},
		{"HTTPS://Altinn.NO:443/A", false, "https://altinn.no/A"},
		{"https://altinn.no:8443", false, "https://altinn.no:8443/"},
		{"http://altinn.no", false, ""},
		{"altinn.no", false, ""},
		{"/path", false, ""},
		{"//altinn.no", false, ""},
		{"https://", false, ""},
		{"mailto:a@altinn.no", false, ""},
		{"javascript:alert(1)", true, ""},
		{"", false, ""},
		{"http://localhost:3000", false, ""},
		{"http://localhost:3000", true, "http://localhost:3000/"},
		{"http://app.localhost/", true, "http://app.localhost/"},
		{"http://127.0.0.1:80/", true, "http://127.0.0.1/"},
		{"http://[::1]:3000/", true, "http://[::1]:3000/"},
		{"http://localhost.example/", true, ""},
		{"http://altinn.no", true, ""},
	} {
		got, ok := system.Redirect(test.raw, test.loopback)
		if got != test.want || ok != (test.want != "") {
			t.Errorf("Redirect(%q, %v): got %q %v, want %q", test.raw, test.loopback, got, ok, test.want)
		}
	}
}

func TestAllows(t *testing.T) {
	s := system.System{AllowedRedirectURLs: []string{"https://altinn.no/receipt", "https://nav.no/"}}
	for redirect, want := range map[string]bool{
		"https://altinn.no/receipt":         true,
		"https://ALTINN.no:443/receipt":     true,
		"https://altinn.no/receipt?id=1#x":  true,
		"https://nav.no":                    true,
		"https://altinn.no/receipt/":        false,
		"https://altinn.no/receipt/more":    false,
		"https://altinn.no/Receipt":         false,
		"https://altinn.no/":                false,
		"http://altinn.no/receipt":          false,
		"https://altinn.no:8443/receipt":    false,
		"https://user@altinn.no/receipt":    false,
		"https://altinn.no.evil.no/receipt": false,
		"https://altinn.no@evil.no/receipt": false,
		"receipt":                           false,
		"":                                  false,
	} {
		if got := s.Allows(redirect); got != want {
			t.Errorf("Allows(%q): got %v, want %v", redirect, got, want)
		}
	}
}

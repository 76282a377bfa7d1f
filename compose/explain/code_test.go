package explain

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCodes(t *testing.T) {
	want := []string{
		"MP-011", "MP-012", "MP-100", "MP-110", "MP-120", "MP-121", "MP-122", "MP-123", "MP-124", "MP-130",
		"MP-200", "MP-201", "MP-250", "MP-251", "MP-301", "MP-302", "MP-303",
		"iat", "invalid_grant", "invalid_request", "kid", "lifetime", "server_error", "unsupported_grant_type",
	}
	if diff := cmp.Diff(want, Codes()); diff != "" {
		t.Error("-want +got\n" + diff)
	}
}

func TestEveryCodeIsExplainedInBothLanguages(t *testing.T) {
	for _, code := range Codes() {
		nb, _ := Code(code, NB)
		en, _ := Code(code, EN)
		holdPage(t, nb)
		holdPage(t, en)
		if nb.Title == en.Title || nb.Meaning == en.Meaning || nb.Fix == en.Fix || nb.Handle == en.Handle {
			t.Errorf("%s reads the same in both languages", code)
		}
		if len(nb.Causes) != len(en.Causes) {
			t.Errorf("%s has %d causes in Norwegian and %d in English", code, len(nb.Causes), len(en.Causes))
		}
		if nb.Provoke != en.Provoke || !strings.Contains(nb.Provoke, "mpe ") && !strings.Contains(nb.Provoke, "/token") {
			t.Errorf("%s is provoked by %q and %q, want the same command", code, nb.Provoke, en.Provoke)
		}
	}
}

func holdPage(t *testing.T, p Page) {
	t.Helper()
	if p.Title == "" || strings.HasSuffix(p.Title, ".") {
		t.Errorf("%s has the title %q", p.Code, p.Title)
	}
	for _, s := range append(slices.Clone(p.Causes), p.Meaning, p.Fix, p.Handle) {
		prose := literal.ReplaceAllString(s, "X")
		if gap.MatchString(prose) || !whole.MatchString(prose) || tired.MatchString(prose) || strings.Contains(prose, "`") {
			t.Errorf("%s does not read well: %q", p.Code, s)
		}
	}
}

func TestCodesHaveTheErrorAndStatusOfTheCatalogue(t *testing.T) {
	for code, want := range map[string]Page{
		"MP-011":                 {Error: "invalid_request", Status: 400},
		"MP-110":                 {Error: "invalid_grant", Status: 400},
		"MP-200":                 {Error: "invalid_scope", Status: 400},
		"MP-250":                 {Error: "forbidden", Status: 403},
		"MP-251":                 {Error: "forbidden", Status: 403},
		"MP-302":                 {Error: "invalid_authorization_details", Status: 400},
		"MP-303":                 {Error: "invalid_altinn_customer_configuration", Status: 400},
		"unsupported_grant_type": {Error: "unsupported_grant_type", Status: 400},
		"lifetime":               {Error: "invalid_grant", Status: 400},
		"server_error":           {Error: "server_error", Status: 500},
	} {
		if got, _ := Code(code, EN); got.Error != want.Error || got.Status != want.Status {
			t.Errorf("%s is %d %s, want %d %s", code, got.Status, got.Error, want.Status, want.Error)
		}
	}
}

func TestCodeIsFoundHoweverItIsWritten(t *testing.T) {
	for asked, want := range map[string]string{
		"MP-303": "MP-303", "mp-303": "MP-303", "303": "MP-303", "MP303": "MP-303", " mp-303\n": "MP-303", "11": "MP-011",
		"IAT": "iat", "Unsupported_Grant_Type": "unsupported_grant_type",
	} {
		if got, known := Code(asked, EN); !known || got.Code != want {
			t.Errorf("%q is %q, want %q", asked, got.Code, want)
		}
	}
}

func TestCodesThatNoPublicSourceDescribesHaveNoPage(t *testing.T) {
	for _, code := range []string{"MP-304", "MP-1", "MP-0303", "3030", "", "MP-", "-", "forbidden", "AUTH-00004"} {
		if got, known := Code(code, EN); known {
			t.Errorf("%q is explained as %s", code, got.Code)
		}
	}
}

func TestNearest(t *testing.T) {
	for asked, want := range map[string][]string{
		"MP-304":                                {"MP-301", "MP-302", "MP-303"},
		"125":                                   {"MP-120", "MP-121", "MP-122", "MP-123", "MP-124"},
		"forbidden":                             {"MP-250", "MP-251"},
		"invalid_altinn_customer_configuration": {"MP-303"},
		"INVALID_SCOPE":                         {"MP-200", "MP-201"},
		"iat-future":                            {"iat"},
		"unsupported_grant":                     {"unsupported_grant_type"},
		"MP-999":                                nil,
		"":                                      nil,
		"moon":                                  nil,
	} {
		if diff := cmp.Diff(want, Nearest(asked)); diff != "" {
			t.Errorf("nearest to %q, -want +got\n%s", asked, diff)
		}
	}
}

func TestCodeGivesACopy(t *testing.T) {
	page, _ := Code("MP-110", EN)
	page.Causes[0] = "spoilt"
	if again, _ := Code("MP-110", EN); again.Causes[0] == "spoilt" {
		t.Error("changing a page changes the next")
	}
}

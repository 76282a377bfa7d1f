package resource_test

import (
	"encoding/csv"
	"os"
	"testing"

	"mpe/altinn/resource"
)

// The counts are Altinn's: of 147 packages for organisations 129 can be held and passed on, 11 only held, 6 only passed
// on, and one neither.
func TestAccessPackages(t *testing.T) {
	file, err := os.Open("packages.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	type flags struct{ assignable, delegable bool }
	got := map[flags]int{}
	for _, row := range rows[1:] {
		p, known := resource.Package(resource.PackagePrefix + row[0])
		if !known || p.URN() != resource.PackagePrefix+row[0] {
			t.Errorf("%s is listed, and not known", row[0])
		}
		got[flags{p.Assignable, p.Delegable}]++
	}
	for f, want := range map[flags]int{{true, true}: 129, {true, false}: 11, {false, true}: 6, {false, false}: 1} {
		if got[f] != want {
			t.Errorf("%+v: %d packages, want %d", f, got[f], want)
		}
	}
	if _, known := resource.Package("skattegrunnlag"); known {
		t.Error("a package is known without its prefix")
	}
}

func TestRightsMatch(t *testing.T) {
	pair := func(values ...string) resource.Right {
		var r resource.Right
		for i := 0; i < len(values); i += 2 {
			r.Resource = append(r.Resource, resource.Attribute{ID: values[i], Value: values[i+1]})
		}
		return r
	}
	app := pair("urn:altinn:org", "ttd", "urn:altinn:app", "foo")
	acting := app
	acting.Action = "read"
	for name, c := range map[string]struct {
		a, b resource.Right
		want bool
	}{
		"the same":              {resource.RightTo("a"), resource.RightTo("a"), true},
		"another resource":      {resource.RightTo("a"), resource.RightTo("b"), false},
		"in another order":      {app, pair("urn:altinn:app", "foo", "urn:altinn:org", "ttd"), true},
		"with another action":   {app, acting, true},
		"a part of it":          {app, pair("urn:altinn:org", "ttd"), false},
		"a right to nothing":    {pair(), pair(), false},
		"nothing and something": {pair(), resource.RightTo("a"), false},
	} {
		if got := c.a.Matches(c.b); got != c.want {
			t.Errorf("%s: got %t, want %t", name, got, c.want)
		}
	}
}

// Every access package is in one of the areas, and every area in one of the groups.
func TestAreas(t *testing.T) {
	groups, areas := map[string]bool{}, map[string]bool{}
	for _, g := range resource.Groups() {
		groups[g.Name] = true
	}
	for _, a := range resource.Areas() {
		areas[a.Name] = true
		if !groups[a.Group] || len(a.ID) != 36 {
			t.Errorf("%+v", a)
		}
	}
	packages := resource.Packages()
	for _, p := range packages {
		if !areas[p.Area] {
			t.Errorf("%s is in the area %q", p.Code, p.Area)
		}
	}
	if len(packages) != 147 || len(areas) != 21 || len(groups) != 5 {
		t.Errorf("%d packages, %d areas, %d groups", len(packages), len(areas), len(groups))
	}
}

package seed_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mpe/compose/seed"
)

// What is written is read back as it was: of the demo, and of a seed that has what is hard to write.
func TestWritingAndReading(t *testing.T) {
	demo, err := os.ReadFile("../demo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"the demo":        string(demo),
		"nothing":         "version: 1",
		"an empty list":   "version: 1\nresources: [{ id: a, accessList: [], policy: { rules: [] } }]\nscopes: [{ name: 'mun:a', owner: '310000094', access: [] }]",
		"a moved clock":   "version: 1\nclock: { mode: offset, offset: -1500ms }",
		"what looks odd":  "version: 1\nname: 'yes'\ndescription: \"012\"\nscopes: [{ name: 'mun:a', owner: '310000094', description: '$${HOME} $$${x} \u2028 null' }]",
		"lines":           "version: 1\ndescription: \" a \\n\\tb\\r\\nc\\n\\n\"\nname: \"a\\n  b: c\\n\"",
		"a registry's":    `{"version":1,"resources":[{"id":"a","registered":{"keywords":[{"word":"${x"}],"versionId":7}}]}`,
		"an own resource": "version: 1\nresources: [{ id: a }]\ndelegations: [{ resource: a, consumer: '310000027', supplier: '310000019' }]",
	} {
		t.Run(name, func(t *testing.T) {
			data = strings.ReplaceAll(data, "${x", "$${x")
			want, err := read(data, seed.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for format, write := range map[string]func() ([]byte, error){"JSON": want.JSON, "YAML": want.YAML} {
				text, err := write()
				if err != nil {
					t.Fatal(err)
				}
				got, err := read(string(text), seed.Options{})
				if err != nil {
					t.Fatalf("%s: %v in\n%s", format, err, text)
				}
				if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreTypes(json.RawMessage{})); diff != "" {
					t.Errorf("%s (-want +got):\n%s\nof\n%s", format, diff, text)
				}
				first, _ := want.JSON()
				again, _ := got.JSON()
				if diff := cmp.Diff(string(first), string(again)); diff != "" {
					t.Errorf("%s written again (-first +again):\n%s", format, diff)
				}
			}
		})
	}
}

func TestRebase(t *testing.T) {
	world := func(text string) *seed.World {
		t.Helper()
		w, err := read("version: 1\nsettings: { strictness: { references: off } }\n"+text, seed.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	scope := func(names ...string) string {
		var b strings.Builder
		b.WriteString("scopes:\n")
		for _, name := range names {
			b.WriteString("  - { name: \"mun:" + name + "\", owner: \"310000094\" }\n")
		}
		return b.String()
	}
	user := func(id, more string) string {
		return "systemUsers: [{ id: 7c2e9a10-0000-4000-8000-00000000000" + id + ", system: 310000019_a, owner: \"310000027\"" + more + " }]"
	}
	for name, c := range map[string]struct{ before, now, after, want string }{
		"what is declared stays":            {scope("a"), scope("a"), scope("a"), scope("a")},
		"what was made meanwhile stays":     {scope("a"), scope("a", "b"), scope("a"), scope("a", "b")},
		"what is no longer declared goes":   {scope("a", "b"), scope("a", "b"), scope("a"), scope("a")},
		"what was removed comes back":       {scope("a"), "", scope("a"), scope("a")},
		"what was made is declared now":     {"", scope("a"), scope("a"), scope("a")},
		"a declared place is given back":    {user("1", ""), user("2", ""), user("1", ""), user("1", "")},
		"one that was deleted has no place": {"", user("2", ", deleted: true"), user("1", ""), user("1", "") + "\n---"},
	} {
		t.Run(name, func(t *testing.T) {
			got := seed.Rebase(world(c.now), world(c.before), world(c.after))
			want, both := strings.CutSuffix(c.want, "\n---")
			wanted := world(want)
			if both {
				wanted.SystemUsers = append(wanted.SystemUsers, world(c.now).SystemUsers...)
			}
			if diff := cmp.Diff(wanted, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCompare(t *testing.T) {
	const before = `version: 1
settings: { approvals: manual }
scopes: [{ name: "mun:a", owner: "310000094" }, { name: "mun:b", owner: "310000094" }]
clients: [{ clientId: c, org: "310000019" }]
systems: [{ id: 310000019_a, vendor: "310000019", name: { nb: A } }]
requests: [{ system: 310000019_a, party: "310000027", age: 1d }]
`
	const after = `version: 1
settings: { approvals: auto }
scopes: [{ name: "mun:a", owner: "310000094", description: x }, { name: "mun:c", owner: "310000094" }]
clients: [{ clientId: c, org: "310000019" }]
systems: [{ id: 310000019_a, vendor: "310000019", name: { nb: A } }]
requests: [{ system: 310000019_a, party: "310000027", age: 2d }]
`
	from, err := read(before, seed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	to, err := read(after, seed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := seed.Compare(from, to)
	if err != nil {
		t.Fatal(err)
	}
	want := seed.Diff{
		Added:   map[string][]string{"scopes": {"mun:c"}},
		Changed: map[string][]string{"scopes": {"mun:a"}, "settings": {"approvals"}},
		Removed: map[string][]string{"scopes": {"mun:b"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if line := got.String(); line != "+1 scopes ~1 scopes ~1 settings -1 scopes" {
		t.Errorf("in a line it is %q", line)
	}
}

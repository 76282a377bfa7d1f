package seed_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpe/compose/seed"
	"mpe/oauth/org"
)

func TestJSON(t *testing.T) {
	var form map[string]any
	text := "{\n\t\"$schema\": \"seed.schema.json\",\n\t\"version\": 1,\n\t\"name\": \"a\\/b \\ud83d\\ude00 æ\",\n" +
		"\t\"clients\": [{\"clientId\": \"c\", \"org\": \"310000019\", \"scopes\": [\"altinn:a\"]}]\n}\n"
	if err := json.Unmarshal([]byte(text), &form); err != nil {
		t.Fatal(err)
	}
	w, err := read(text, seed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if w.Name != form["name"] || len(w.Clients) != 1 || w.Clients[0].Scopes[0] != "altinn:a" {
		t.Errorf("got %+v", w)
	}
	_, err = read(strings.Replace(text, `"310000019"`, "310000019", 1), seed.Options{})
	want := `seed.yaml:5:39  clients[0].org  310000019 is read as a number; write "310000019"`
	if diff := cmp.Diff(want, problems(t, err)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestPositionsInJSON(t *testing.T) {
	check(t, []refusal{
		{"count characters", `{"version":1,"name":"æ\/","clients":[5]}`,
			`seed.yaml:1:38  clients[0]  5 is a number, want an object`},
		{"count lines", "{\"version\":1,\n\n \"clients\":[\n{}, {} ,\n  5]}",
			"seed.yaml:4:1  clients[0]  missing member \"clientId\"\n" +
				"seed.yaml:4:1  clients[0]  missing member \"org\"\n" +
				"seed.yaml:4:5  clients[1]  missing member \"clientId\"\n" +
				"seed.yaml:4:5  clients[1]  missing member \"org\"\n" +
				"seed.yaml:5:3  clients[2]  5 is a number, want an object"},
		{"are those of names, too", `{"version":1, "nam":"a", "name":"b", "name":"c"}`,
			`seed.yaml:1:15  nam  unknown member "nam". Did you mean "name"?` + "\n" +
				`seed.yaml:1:38  name  member "name" is written twice, first on line 1`},
	})
}

func TestAliases(t *testing.T) {
	w, err := read(`version: 1
scopes: [{ name: "mun:a", owner: &mun "310000094", access: &who ["310000019"] }]
resources: [{ id: a, owner: *mun, accessList: *who }]
`, seed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r := w.Resources[0]; r.Owner != "310000094" || !cmp.Equal(r.AccessList, []org.Number{"310000019"}) {
		t.Errorf("got owner %s and access list %v", r.Owner, r.AccessList)
	}
}

func TestLimits(t *testing.T) {
	bomb := "version: 1\na: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c <= 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.Repeat(fmt.Sprintf("*%c,", c-1), 10))
	}
	for _, c := range []struct{ rule, text, want string }{
		{"size", "version: 1\n#" + strings.Repeat(" ", 8<<20), "seed.yaml:1:1  the file is larger than 8 MiB"},
		{"depth", "version: 1\nname: " + strings.Repeat("[", 70) + strings.Repeat("]", 70),
			"more than 64 lists and objects inside each other"},
		{"a loop of aliases", "version: 1\nname: &a [*a]\n", "more than 64 lists and objects inside each other"},
		{"an alias bomb", bomb, "aliases repeat more than 100000 values"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			_, err := read(c.text, seed.Options{})
			if got := problems(t, err); !strings.Contains(got, c.want) {
				t.Errorf("got %s\nwant %s", got, c.want)
			}
		})
	}
}

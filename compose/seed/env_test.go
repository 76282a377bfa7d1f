package seed_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpe/compose/seed"
)

func TestEnvironment(t *testing.T) {
	env := map[string]string{"NAME": "elg", "EMPTY": "", "INJECTION": "a\nfaults: [{}]", "_X1": "x"}
	lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	for _, c := range []struct{ rule, value, want, problem string }{
		{"a variable", "${NAME}", "elg", ""},
		{"several, with text around", "a${NAME}b${_X1}c", "aelgbxc", ""},
		{"a default where there is none", "${NONE:-x:-y}", "x:-y", ""},
		{"a default where it is empty", "${EMPTY:-x}", "x", ""},
		{"no default where there is one", "${NAME:-x}", "elg", ""},
		{"an empty default", "${NONE:-}", "", ""},
		{"an empty variable", "${EMPTY}", "", ""},
		{"a literal", "$${NAME} $$ $", "${NAME} $$ $", ""},
		{"text that would be YAML", "${INJECTION}", "a\nfaults: [{}]", ""},
		{"what comes in is not looked at again", "${NONE:-$${NAME}", "$${NAME", ""},
		{"a variable that is not set", "${NONE}", "",
			`the environment variable NONE is not set; ${NONE:-…} gives a default`},
		{"no end", "${NAME", "", `"${" without "}"; write "$${" for the characters themselves`},
		{"no name", "${}", "", `"" is not the name of an environment variable`},
		{"a command", "${$(id)}", "", `"$(id)" is not the name of an environment variable`},
	} {
		t.Run(c.rule, func(t *testing.T) {
			text := fmt.Sprintf("version: 1\nname: %q\n", c.value)
			w, err := seed.Read([]seed.Source{{Name: "seed.yaml", Data: []byte(text)}}, lookup, seed.Options{})
			if c.problem != "" {
				if diff := cmp.Diff("seed.yaml:2:7  name  "+c.problem, problems(t, err)); diff != "" {
					t.Errorf("problems (-want +got):\n%s", diff)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if w.Name != c.want || len(w.Faults) != 0 {
				t.Errorf("got %q and faults %v, want %q and none", w.Name, w.Faults, c.want)
			}
		})
	}
}

func TestEnvironmentStaysOutOfNames(t *testing.T) {
	check(t, []refusal{{"of members", "version: 1\n\"${NAME}\": a\n", `seed.yaml:2:1  ${NAME}  unknown member "${NAME}"`}})
}

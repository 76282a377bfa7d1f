package seed

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// say puts a violation into plain words, with the value that was probably meant.
func (s *schema) say(err *jsonschema.ValidationError, n *node) (what, instead string) {
	switch k := err.ErrorKind.(type) {
	case *kind.Type:
		return wrongType(k, n), ""
	case *kind.Enum:
		return s.wrongValue(err, k, n)
	case *kind.Const:
		return fmt.Sprintf("%s must be %v", n.describe(), k.Want), ""
	case *kind.MinLength:
		return "is empty", ""
	case *kind.MaxLength:
		return fmt.Sprintf("has %d characters, the limit is %d", k.Got, k.Want), ""
	case *kind.Minimum:
		return fmt.Sprintf("%s is below %s", n.describe(), k.Want.RatString()), ""
	case *kind.Maximum:
		return fmt.Sprintf("%s is above %s", n.describe(), k.Want.RatString()), ""
	case *kind.MinItems, *kind.MinProperties:
		return "is empty", ""
	default: // a pattern, a format, or a choice
		return s.wanted(err, n), ""
	}
}

var typeNames = map[string]string{
	"string": "text", "array": "a list", "object": "an object", "number": "a number", "integer": "a whole number",
	"boolean": "true or false", "null": "empty",
}

func wrongType(k *kind.Type, n *node) string {
	want := k.Want[0]
	switch {
	case want == "string" && k.Got == "number":
		return fmt.Sprintf(`%s is read as a number; write "%[1]s"`, short(n.text))
	case want == "string" && k.Got == "boolean":
		return fmt.Sprintf(`%s is read as true or false; write "%[1]s"`, n.text)
	case k.Got == "string":
		return fmt.Sprintf("%s is text, want %s", quote(n.text), typeNames[want])
	case n.kind == scalar && n.value != nil:
		return fmt.Sprintf("%s is %s, want %s", short(n.text), typeNames[k.Got], typeNames[want])
	}
	return fmt.Sprintf("is %s, want %s", typeNames[k.Got], typeNames[want])
}

func (s *schema) wrongValue(err *jsonschema.ValidationError, k *kind.Enum, n *node) (what, instead string) {
	want := make([]string, len(k.Want))
	for i, w := range k.Want {
		want[i] = fmt.Sprint(w)
	}
	what = fmt.Sprintf("%s is not one of %s", n.describe(), strings.Join(want, ", "))
	if strings.HasSuffix(err.SchemaURL, "/generate") {
		what += ": Maskinporten takes no other algorithm"
	}
	if n.kind == scalar {
		instead = nearest(n.text, want)
	}
	return what, instead
}

// choice tells which of the members that exclude each other are there. The schema writes such a choice as a oneOf of
// objects that require one member each.
func (s *schema) choice(err *jsonschema.ValidationError, n *node) string {
	var all, present []string
	alternatives, _ := s.at(err)["oneOf"].([]any)
	for _, a := range alternatives {
		object, _ := a.(map[string]any)
		required, _ := object["required"].([]any)
		for _, r := range required {
			name := fmt.Sprint(r)
			all = append(all, name)
			if n.member(name) != nil {
				present = append(present, name)
			}
		}
	}
	if len(present) == 0 {
		return "needs one of " + strings.Join(all, ", ")
	}
	return fmt.Sprintf("has %s, but takes only one of %s", strings.Join(present, " and "), strings.Join(all, ", "))
}

// wanted tells what the schema's title and first example tell.
func (s *schema) wanted(err *jsonschema.ValidationError, n *node) string {
	part := s.at(err)
	what := fmt.Sprintf("got %s, want %v", n.describe(), part["title"])
	if examples, _ := part["examples"].([]any); len(examples) > 0 {
		what += fmt.Sprintf(`, as in "%v"`, examples[0])
	}
	return what
}

// describe shows a scalar as it is meant, and anything else by its type.
func (n *node) describe() string {
	switch v := n.value.(type) {
	case string:
		return quote(v)
	case nil:
		return map[kindOf]string{list: "a list", object: "an object", scalar: "nothing"}[n.kind]
	}
	return short(n.text)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"mpe/oauth"
)

// operator is what is wanted of a value, in words and as a rule.
type operator struct {
	want    string
	literal bool // want is the value itself

	// holds gets what the path leads to, which may be several: a refusal goes by its number and by its OAuth error.
	holds func(values []any) bool
}

var operators = map[string]func(path string, value any) (operator, error){
	"contains": contains,
	"matches":  matches,
	"absent":   absent,
	"oneOf":    oneOf,
}

func parseOperator(path string, value any) (operator, error) {
	if object, ok := value.(map[string]any); ok {
		return parseOperators(path, object)
	}
	return parseLiteral(path, value)
}

func parseLiteral(path string, value any) (operator, error) {
	switch value.(type) {
	case nil:
		return operator{}, errors.New(`null is no value; {"absent": true} wants it not to be there`)
	case map[string]any:
		return operator{}, errors.New("an object is no value")
	}
	if path == "verdict" {
		if _, err := ParseVerdict(text(value)); err != nil {
			return operator{}, err
		}
	}
	return equals(value), nil
}

// parseOperators is that all of them hold.
func parseOperators(path string, object map[string]any) (operator, error) {
	known := slices.Sorted(maps.Keys(operators))
	var all []operator
	var wants []string
	for _, name := range slices.Sorted(maps.Keys(object)) {
		parse := operators[name]
		if parse == nil {
			return operator{}, fmt.Errorf("no operator is called %q; %sthere are %s", name, meant(name, known), strings.Join(known, ", "))
		}
		o, err := parse(path, object[name])
		if err != nil {
			return operator{}, fmt.Errorf("%s: %w", name, err)
		}
		all, wants = append(all, o), append(wants, o.want)
	}
	if len(all) == 0 {
		return operator{}, fmt.Errorf("an object holds operators: %s", strings.Join(known, ", "))
	}
	return operator{want: strings.Join(wants, " and "), holds: func(values []any) bool {
		return !slices.ContainsFunc(all, func(o operator) bool { return !o.holds(values) })
	}}, nil
}

// meant asks whether another name was meant, where one is like it.
func meant(name string, known []string) string {
	if near := oauth.Nearest(name, known); near != "" {
		return "did you mean " + near + "? "
	}
	return ""
}

// equals goes by how values are written, so that 400 is "400" and a number is the same to a shell and to JSON.
func equals(value any) operator {
	want := text(value)
	return operator{want: want, literal: true, holds: some(func(got any) bool { return text(got) == want })}
}

// some is that the rule holds of one of the values at least.
func some(rule func(any) bool) func([]any) bool {
	return func(values []any) bool { return slices.ContainsFunc(values, rule) }
}

// contains is, of scopes, that all the wanted ones are among them, of an array that the value is an element, and of any
// other that the value is a part of it.
func contains(path string, value any) (operator, error) {
	want := text(value)
	if want == "" {
		return operator{}, errors.New("everything contains nothing; name what is wanted")
	}
	ofScopes := path == "scope" || strings.HasSuffix(path, ".scope")
	return operator{want: "contains " + want, holds: some(func(got any) bool {
		if elements, ok := got.([]any); ok {
			return slices.ContainsFunc(elements, func(e any) bool { return text(e) == want })
		}
		if !ofScopes {
			return strings.Contains(text(got), want)
		}
		words := strings.Fields(text(got))
		return !slices.ContainsFunc(strings.Fields(want), func(w string) bool { return !slices.Contains(words, w) })
	})}, nil
}

// matches is that the regular expression (RE2) is found in the value.
func matches(_ string, value any) (operator, error) {
	pattern, ok := value.(string)
	if !ok {
		return operator{}, fmt.Errorf("%s is no regular expression", text(value))
	}
	expression, err := regexp.Compile(pattern)
	if err != nil {
		return operator{}, err
	}
	return operator{want: "matches " + pattern, holds: some(func(got any) bool {
		return expression.MatchString(text(got))
	})}, nil
}

func absent(_ string, value any) (operator, error) {
	wanted, ok := value.(bool)
	if !ok {
		return operator{}, fmt.Errorf("%s is neither true nor false", text(value))
	}
	want := "present"
	if wanted {
		want = "absent"
	}
	return operator{want: want, holds: func(values []any) bool { return (len(values) == 0) == wanted }}, nil
}

func oneOf(path string, value any) (operator, error) {
	literals, ok := value.([]any)
	if !ok || len(literals) == 0 {
		return operator{}, fmt.Errorf("%s is no array of values", text(value))
	}
	choices := make([]operator, len(literals))
	wants := make([]string, len(literals))
	for i, literal := range literals {
		o, err := parseLiteral(path, literal)
		if err != nil {
			return operator{}, err
		}
		choices[i], wants[i] = o, o.want
	}
	return operator{want: "one of " + strings.Join(wants, ", "), holds: func(values []any) bool {
		return slices.ContainsFunc(choices, func(o operator) bool { return o.holds(values) })
	}}, nil
}

// text is how a value is written: a string as it is, the rest as JSON.
func text(value any) string {
	if s, ok := value.(string); ok {
		return s
	}
	encoded, _ := json.Marshal(value) // what was decoded can be encoded
	return string(encoded)
}

// shown is what a path leads to, in words.
func shown(values []any) string {
	if len(values) == 0 {
		return "absent"
	}
	return text(values[0])
}

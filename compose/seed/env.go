package seed

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// interpolate puts environment variables into text; see Read for what they look like. The errors are sentences.
func interpolate(text string, lookup func(string) (string, bool)) (string, error) {
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(text, "${")
		if !ok {
			b.WriteString(text)
			return b.String(), nil
		}
		if literal, ok := strings.CutSuffix(before, "$"); ok {
			b.WriteString(literal + "${")
			text = after
			continue
		}
		expr, rest, ok := strings.Cut(after, "}")
		if !ok {
			return "", errors.New(`"${" without "}"; write "$${" for the characters themselves`)
		}
		value, err := resolve(expr, lookup)
		if err != nil {
			return "", err
		}
		b.WriteString(before + value)
		text = rest
	}
}

// resolve gives the value of NAME or NAME:-default.
func resolve(expr string, lookup func(string) (string, bool)) (string, error) {
	name, fallback, hasFallback := strings.Cut(expr, ":-")
	if !envName.MatchString(name) {
		return "", fmt.Errorf("%s is not the name of an environment variable", quote(name))
	}
	value, ok := lookup(name)
	switch {
	case hasFallback && value == "":
		return fallback, nil
	case !ok:
		return "", fmt.Errorf("the environment variable %s is not set; ${%s:-…} gives a default", name, name)
	}
	return value, nil
}

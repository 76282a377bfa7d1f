package explain

import (
	"strconv"
	"strings"
	"text/template"
	"time"
	"unicode"

	"mpe/oauth"
)

// functions are what texts may use besides the facts.
func (f *file) functions(lang Language) template.FuncMap {
	return template.FuncMap{
		"arg": argument,
		"utc": instant,
		"seconds": func(n string) string {
			if n == "1" {
				return "1 " + f.Terms["second"].in(lang)
			}
			return n + " " + f.Terms["seconds"].in(lang)
		},
		"term": func(fact string) string {
			if translated := f.Terms[fact].in(lang); translated != "" {
				return translated
			}
			return fact
		},
	}
}

// longest is how much of a fact is shown, in characters. Facts come from clients, which may send anything.
const longest = 200

// presentable are the facts as a sentence can hold them: on one line, of limited length, and without backticks, which
// mark what is literal.
func presentable(facts oauth.Facts) oauth.Facts {
	shown := make(oauth.Facts, len(facts))
	for name, fact := range facts {
		shown[name] = strings.Map(printable, shorten(fact))
	}
	return shown
}

func printable(c rune) rune {
	switch {
	case c == '`':
		return '\''
	case !unicode.IsPrint(c):
		return '?'
	default:
		return c
	}
}

func shorten(s string) string {
	if runes := []rune(s); len(runes) > longest {
		return string(runes[:longest]) + "..."
	}
	return s
}

// argument writes a fact as one word of a shell command.
func argument(fact string) string {
	if fact != "" && strings.IndexFunc(fact, special) < 0 {
		return fact
	}
	return "'" + strings.ReplaceAll(fact, "'", `'\''`) + "'"
}

// special tells whether a shell may read the character as anything but itself.
func special(c rune) bool {
	return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune("-_./:@%+,=", c)
}

// instant writes seconds since 1970 as people read a time; a fact that is no such number stays as it is.
func instant(seconds string) string {
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return seconds
	}
	return time.Unix(n, 0).UTC().Format(time.RFC3339)
}

package explain

import (
	"maps"
	"slices"
	"strings"
)

// Page explains a code. What lies between backticks in its sentences is literal: a claim, a value, a command.
type Page struct {
	Code    string   `json:"code"`   // Maskinporten's number, or a name where no public source gives a number
	Error   string   `json:"error"`  // the OAuth error, as in RFC 6749 section 5.2
	Status  int      `json:"status"` // of the HTTP answer
	Title   string   `json:"title"`
	Meaning string   `json:"meaning"`
	Causes  []string `json:"causes"`
	Provoke string   `json:"provoke"` // shell commands that bring it about in the demo world
	Fix     string   `json:"fix"`
	Handle  string   `json:"handle"` // what client code should do about it, and whether it helps to try again
}

// entry is a page in both languages.
type entry struct {
	Error   string
	Status  int
	Provoke string
	EN, NB  prose
}

type prose struct {
	Title, Meaning string
	Causes         []string
	Fix, Handle    string
}

// Code is the page about a code, in any case and with or without its "MP-". It is false for a code that no public
// source describes.
func Code(code string, lang Language) (Page, bool) {
	name := canonical(code)
	e, known := catalogue().codes[name]
	if !known {
		return Page{}, false
	}
	text := bilingual[prose]{e.EN, e.NB}.in(lang)
	return Page{
		Code:    name,
		Error:   e.Error,
		Status:  e.Status,
		Title:   strings.TrimSpace(text.Title),
		Meaning: strings.TrimSpace(text.Meaning),
		Causes:  slices.Clone(text.Causes),
		Provoke: strings.TrimSpace(e.Provoke),
		Fix:     strings.TrimSpace(text.Fix),
		Handle:  strings.TrimSpace(text.Handle),
	}, true
}

// Codes are the codes that have a page: the numbers first, then the names, each in order.
func Codes() []string { return slices.Sorted(maps.Keys(catalogue().codes)) }

// Nearest are the codes that someone may have meant who asked for one that has no page: those that stand for that
// OAuth error or, where there are none, those of the same family.
func Nearest(code string) []string {
	name := canonical(code)
	codes := Codes()
	ofError := slices.DeleteFunc(slices.Clone(codes), func(c string) bool { return catalogue().codes[c].Error != name })
	if len(ofError) > 0 {
		return ofError
	}
	longest := 2
	if strings.HasPrefix(name, numbered) {
		longest = len(numbered) // what all numbers have in common says nothing
	}
	var family []string
	for _, c := range codes {
		switch n := common(c, name); {
		case n > longest:
			longest, family = n, []string{c}
		case n == longest && family != nil:
			family = append(family, c)
		}
	}
	return family
}

// common is how many bytes a and b begin with alike.
func common(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// numbered is how Maskinporten's numbers begin.
const numbered = "MP-"

// canonical writes "303", "mp303" and "mp-303" as "MP-303", and names in lower case.
func canonical(code string) string {
	name := strings.ToLower(strings.TrimSpace(code))
	digits := strings.TrimPrefix(strings.TrimPrefix(name, "mp"), "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return name
	}
	return numbered + strings.Repeat("0", max(0, 3-len(digits))) + digits
}

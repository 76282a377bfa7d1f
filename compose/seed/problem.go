package seed

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Problem is one thing that is wrong with a seed, and where.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`              // from 1
	Column  int    `json:"column"`            // in characters, from 1
	Path    string `json:"path,omitempty"`    // as in scopes[1].owner; empty for the file as a whole
	What    string `json:"what"`              // a sentence without its full stop
	Instead string `json:"instead,omitempty"` // the value that was probably meant
}

func (p Problem) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d  ", p.File, p.Line, p.Column)
	if p.Path != "" {
		b.WriteString(p.Path + "  ")
	}
	b.WriteString(p.What)
	if p.Instead != "" {
		fmt.Fprintf(&b, ". Did you mean %q?", p.Instead)
	}
	return b.String()
}

// Error is a seed that cannot be used.
type Error struct {
	Problems []Problem // in the order of the files; at most 50, and never none
	More     int       // how many were found besides
}

const maxProblems = 50

// Error lists the problems, one a line.
func (e *Error) Error() string {
	var b strings.Builder
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.String())
	}
	if e.More > 0 {
		fmt.Fprintf(&b, "\nand %d more", e.More)
	}
	return b.String()
}

// problems collects what is found while reading.
type problems struct {
	order    map[string]int // of the files
	found    []Problem
	more     int
	warnings []Problem
}

func newProblems(sources []Source) *problems {
	order := make(map[string]int, len(sources))
	for i, s := range sources {
		order[s.Name] = i
	}
	return &problems{order: order}
}

func (p *problems) add(problem Problem) {
	if p.full() {
		p.more++
		return
	}
	p.found = append(p.found, problem)
}

// full tells that further problems are only counted, so that nobody needs to look for what was meant.
func (p *problems) full() bool { return len(p.found) == maxProblems }

func (p *problems) warn(problem Problem) {
	if len(p.warnings) < maxProblems {
		p.warnings = append(p.warnings, problem)
	}
}

func (p *problems) err() error {
	if len(p.found) == 0 {
		return nil
	}
	slices.SortStableFunc(p.found, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(p.order[a.File], p.order[b.File]),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column))
	})
	return &Error{Problems: p.found, More: p.more}
}

// maxQuoted is how many characters of a value a problem shows.
const maxQuoted = 60

func quote(s string) string { return strconv.Quote(short(s)) }

func short(s string) string {
	if r := []rune(s); len(r) > maxQuoted {
		return string(r[:maxQuoted]) + "…"
	}
	return s
}

// Package problem is how Altinn's services refuse: by code, with the titles of Altinn's catalogue.
package problem

import (
	"cmp"
	"strings"
)

// Problem is a refusal with a code of Altinn's. The caller is told the code, its title and the extensions; Why is for
// the person who integrates, and never part of Altinn's answer.
type Problem struct {
	Code       Code
	Extensions []Extension
	Why        string
}

// Extension is a member that Altinn adds to a problem. Some names hold spaces and end in a colon.
type Extension struct{ Name, Value string }

// New is a problem and the reason for it.
func New(code Code, why string) *Problem { return &Problem{Code: code, Why: why} }

// With adds an extension to the problem. An empty value adds none.
func (p *Problem) With(name, value string) *Problem {
	if value != "" {
		p.Extensions = append(p.Extensions, Extension{name, value})
	}
	return p
}

func (p *Problem) Error() string { return string(p.Code) + ": " + p.Why }

// Invalid is a refusal that collects everything that is wrong with a body or a query (STD-00000).
type Invalid struct{ Violations []Violation }

// Violation is one thing that is wrong.
type Violation struct {
	Code       Code
	Title      string // of a code that Altinn has given twice; empty: the code's own
	Path       string // in Altinn's words, such as /registersystemrequest/systemid
	Extensions []Extension
	Why        string
}

// Add notes a violation.
func (i *Invalid) Add(v Violation) { i.Violations = append(i.Violations, v) }

// Err is the refusal; nil when nothing is wrong.
func (i *Invalid) Err() error {
	if len(i.Violations) == 0 {
		return nil
	}
	return i
}

func (i *Invalid) Error() string {
	all := make([]string, len(i.Violations))
	for n, v := range i.Violations {
		all[n] = string(v.Code) + ": " + v.Why
	}
	return strings.Join(all, "; ")
}

// Plain is a refusal without a code. Some services have a text for it, most do not.
type Plain struct {
	Kind Kind
	Text string // the whole body, as text; empty: the framework's own body, or none

	Empty bool // there is no body

	// In the framework's body; empty: where the status is described, the status' name, and no detail.
	Type, Title, Detail string

	Why string
}

// Kind is what went wrong, where no code says it.
type Kind int

// The kinds.
const (
	NotFound Kind = iota
	BadRequest
	Unauthorized // the caller's organisation cannot be told, or is the wrong one where Altinn answers so
	Forbidden
	Conflict
	Gone
	Failed // the service itself
)

// Refuse is a refusal without a code or a text.
func Refuse(kind Kind, why string) *Plain { return &Plain{Kind: kind, Why: why} }

func (p *Plain) Error() string { return p.Why }

// Malformed is a refusal of the framework's: values that cannot be read, or are not there.
type Malformed struct{ Fields []Field }

// Field is a value, as the framework names it, and what is said of it.
type Field struct {
	Name, Message string
	Why           string // empty: the message says it
}

// Unreadable is the refusal of one value.
func Unreadable(field, message string) *Malformed {
	return &Malformed{[]Field{{Name: field, Message: message}}}
}

func (m *Malformed) Error() string {
	all := make([]string, len(m.Fields))
	for i, f := range m.Fields {
		all[i] = cmp.Or(f.Why, f.Message)
	}
	return strings.Join(all, " ")
}

// Why is the reason for the refusal, for the person who integrates; empty for an error that is none.
func Why(err error) string {
	switch refusal := err.(type) {
	case *Problem:
		return refusal.Why
	case *Plain:
		return refusal.Why
	case *Invalid:
		all := make([]string, len(refusal.Violations))
		for n, v := range refusal.Violations {
			all[n] = v.Why
		}
		return strings.Join(all, " ")
	case *Malformed:
		return refusal.Error()
	default:
		return ""
	}
}

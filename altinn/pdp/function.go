package pdp

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The functions that Altinn's policies match with.
const (
	StringEqual     = "urn:oasis:names:tc:xacml:1.0:function:string-equal"
	EqualIgnoreCase = "urn:oasis:names:tc:xacml:3.0:function:string-equal-ignore-case"
)

const function1 = "urn:oasis:names:tc:xacml:1.0:function:"

// comparison tells whether two texts, the policy's first, go together.
type comparison func(policy, request string) (bool, error)

// comparisons are the functions of two values that give a boolean, by URN: those that a Match can have.
var comparisons = func() map[string]comparison {
	all := map[string]comparison{
		EqualIgnoreCase:                             func(a, b string) (bool, error) { return strings.EqualFold(a, b), nil },
		function1 + "string-regexp-match":           matches,
		function1 + "integer-less-than-or-equal":    ordered(func(c int) bool { return c <= 0 }),
		function1 + "integer-greater-than-or-equal": ordered(func(c int) bool { return c >= 0 }),
	}
	for _, t := range dataTypes {
		all[function1+t.name+"-equal"] = t.equal
	}
	return all
}()

// matches finds the pattern anywhere in the text, as XACML has it.
func matches(pattern, text string) (bool, error) {
	if len(pattern) > maxPattern {
		return false, fmt.Errorf("a pattern of more than %d characters", maxPattern)
	}
	expression, err := regexp.Compile(pattern)
	if err != nil {
		return false, fmt.Errorf("%q is no pattern: %w", pattern, err)
	}
	return expression.MatchString(text), nil
}

const maxPattern = 1000

func ordered(want func(int) bool) comparison {
	return func(a, b string) (bool, error) {
		x, err := parseInteger(strings.TrimSpace(a))
		if err != nil {
			return false, err
		}
		y, err := parseInteger(strings.TrimSpace(b))
		if err != nil {
			return false, err
		}
		return want(x.Cmp(y)), nil
	}
}

// altinn are the functions that Altinn's engine has. Other functions are an error there.
var altinn = []string{
	StringEqual, EqualIgnoreCase, function1 + "anyURI-equal", function1 + "integer-equal", function1 + "time-equal",
	function1 + "date-equal", function1 + "dateTime-equal", function1 + "string-regexp-match", function1 + "string-is-in",
	function1 + "integer-one-and-only", function1 + "string-one-and-only",
	function1 + "date-one-and-only", function1 + "time-one-and-only", function1 + "dateTime-one-and-only",
	function1 + "date-bag-size", function1 + "time-bag-size", function1 + "dateTime-bag-size",
}

// comparison finds the function of a Match.
func (o Options) comparison(urn string) (comparison, *Error) {
	if o.Altinn && urn == function1+"string-is-in" {
		return same, nil // the second value is one, and no bag
	}
	compare, ok := comparisons[urn]
	if !ok || o.Altinn && !slices.Contains(altinn, urn) {
		return nil, &Error{Code: SyntaxErrorStatus, Message: fmt.Sprintf("there is no match function %q", urn)}
	}
	return compare, nil
}

// bag is what an expression comes to: one value, or any number of them.
type bag struct {
	values []string
	many   bool // it may hold more or fewer than one
}

func one(value string) bag { return bag{values: []string{value}} }

// apply calls a function in a condition.
func (o Options) apply(urn string, arguments []bag) (bag, *Error) {
	if o.Altinn && !slices.Contains(altinn, urn) {
		return bag{}, &Error{Code: SyntaxErrorStatus, Message: fmt.Sprintf("there is no function %q", urn)}
	}
	if compare, ok := comparisons[urn]; ok {
		if err := singles(urn, arguments, 2); err != nil {
			return bag{}, err
		}
		return truth(compare(arguments[0].values[0], arguments[1].values[0]))
	}
	if urn == function1+"integer-subtract" {
		return subtract(urn, arguments)
	}
	for _, t := range dataTypes {
		if name, ok := strings.CutPrefix(urn, function1+t.name+"-"); ok {
			switch name {
			case "one-and-only":
				return oneAndOnly(urn, arguments)
			case "bag-size":
				if len(arguments) == 1 && arguments[0].many {
					return one(strconv.Itoa(len(arguments[0].values))), nil
				}
			case "is-in":
				if len(arguments) == 2 && !arguments[0].many && arguments[1].many {
					return isIn(t, arguments[0].values[0], arguments[1].values)
				}
			}
		}
	}
	return bag{}, &Error{Code: SyntaxErrorStatus, Message: fmt.Sprintf("there is no function %q of these arguments", urn)}
}

// singles wants that many arguments of one value each.
func singles(urn string, arguments []bag, n int) *Error {
	if len(arguments) != n || slices.ContainsFunc(arguments, func(b bag) bool { return b.many }) {
		return &Error{Code: SyntaxErrorStatus, Message: fmt.Sprintf("%s wants %d single values", urn, n)}
	}
	return nil
}

func truth(holds bool, err error) (bag, *Error) {
	if err != nil {
		return bag{}, &Error{Code: ProcessingError, Message: err.Error()}
	}
	return one(strconv.FormatBool(holds)), nil
}

func subtract(urn string, arguments []bag) (bag, *Error) {
	if err := singles(urn, arguments, 2); err != nil {
		return bag{}, err
	}
	a, err := parseInteger(arguments[0].values[0])
	if err != nil {
		return bag{}, &Error{Code: ProcessingError, Message: err.Error()}
	}
	b, err := parseInteger(arguments[1].values[0])
	if err != nil {
		return bag{}, &Error{Code: ProcessingError, Message: err.Error()}
	}
	return one(new(big.Int).Sub(a, b).String()), nil
}

func oneAndOnly(urn string, arguments []bag) (bag, *Error) {
	if len(arguments) != 1 {
		return bag{}, &Error{Code: SyntaxErrorStatus, Message: fmt.Sprintf("%s wants one argument", urn)}
	}
	if n := len(arguments[0].values); n != 1 {
		return bag{}, &Error{Code: ProcessingError, Message: fmt.Sprintf("%s of %d values", urn, n)}
	}
	return one(arguments[0].values[0]), nil
}

func isIn(t dataType, value string, values []string) (bag, *Error) {
	for _, other := range values {
		if found, err := t.equal(value, other); found || err != nil {
			return truth(found, err)
		}
	}
	return one("false"), nil
}

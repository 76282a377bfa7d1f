package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Match is what an exchange has to be. All of its conditions have to hold; an empty one takes every exchange.
type Match []condition // by path

// condition wants something of what a path leads to.
type condition struct {
	path string
	operator
}

// ParseMatch reads conditions: for each path a literal, or an object of operators. The error names the path.
//
// A path is a member of the entry ("client", "code"), or leads into the grant that was sent ("grant.scope",
// "grant.authorization_details.0.systemuser_org.ID", "grant.header.kid") or the token that was issued ("token.consumer.ID").
// What an exchange does not have is absent.
func ParseMatch(conditions map[string]json.RawMessage) (Match, error) {
	m := make(Match, 0, len(conditions))
	for _, path := range slices.Sorted(maps.Keys(conditions)) {
		if err := checkPath(path); err != nil {
			return nil, err
		}
		value, err := decodeValue(conditions[path])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		wanted, err := parseOperator(path, value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		m = append(m, condition{path, wanted})
	}
	return m, nil
}

// decodeValue keeps numbers as they are written.
func decodeValue(encoded []byte) (any, error) {
	var v any
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	err := decoder.Decode(&v)
	return v, err
}

// Matches tells whether the exchange is as it has to be.
func (m Match) Matches(e Entry) bool { return m.holds(&exchange{Entry: e}) }

func (m Match) holds(x *exchange) bool {
	for _, c := range m {
		if !c.holds(x.values(c.path)) {
			return false
		}
	}
	return true
}

// Difference is a condition that does not hold of an exchange.
type Difference struct {
	Path string `json:"path"`
	Want string `json:"want"`
	Got  string `json:"got"`
}

// differences are the conditions that do not hold.
func (m Match) differences(x *exchange) []Difference {
	var all []Difference
	for _, c := range m {
		if values := x.values(c.path); !c.holds(values) {
			all = append(all, Difference{Path: c.path, Want: c.want, Got: shown(values)})
		}
	}
	return all
}

// subject is what the exchanges are called that the conditions are about.
func (m Match) subject(count int) string {
	name := "request"
	if i := slices.IndexFunc(m, func(c condition) bool { return c.path == "endpoint" && c.literal }); i >= 0 {
		name = m[i].want + " request"
	}
	if count != 1 {
		name += "s"
	}
	return name
}

// fields are the paths that lead to members of an entry. An empty value is absent.
var fields = map[string]func(Entry) string{
	"id":             func(e Entry) string { return e.ID },
	"endpoint":       func(e Entry) string { return e.Endpoint },
	"method":         func(e Entry) string { return e.Method },
	"path":           func(e Entry) string { return e.Path },
	"status":         func(e Entry) string { return fmt.Sprint(e.Status) },
	"verdict":        func(e Entry) string { return string(e.Verdict) },
	"client":         func(e Entry) string { return e.Client },
	"org":            func(e Entry) string { return e.Org },
	"scope":          func(e Entry) string { return e.Scope },
	"systemuser_org": func(e Entry) string { return e.SystemUserOrg },
	"error":          func(e Entry) string { return e.Error },
	"code":           func(e Entry) string { return e.Code },
	"reason":         func(e Entry) string { return string(e.Reason) },
	"why":            func(e Entry) string { return e.Why },
	"fault":          func(e Entry) string { return e.Fault },
}

// The paths that lead into what was sent and issued begin with these.
const (
	grantPath = "grant"
	tokenPath = "token"
)

func checkPath(path string) error {
	root, rest, deeper := strings.Cut(path, ".")
	inside := root == grantPath || root == tokenPath
	switch {
	case inside && rest == "":
		return fmt.Errorf("%s: name a claim, as in %s.scope", path, root)
	case inside, !deeper && fields[root] != nil:
		return nil
	case fields[root] != nil:
		return fmt.Errorf("%s: there is nothing below %s", path, root)
	}
	known := slices.Sorted(maps.Keys(fields))
	return fmt.Errorf("%s: no path begins so; %sthere are %s, and the claims below %s and %s", path,
		meant(root, append(known, grantPath, tokenPath)), strings.Join(known, ", "), grantPath, tokenPath)
}

package resource

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"mpe/altinn/pdp"
)

// NamedRights are the rights to the resource that can be passed on, and when asked for those as well that its policy
// gives service owners and apps (version 2 of the registry's rights).
func (r *Registry) NamedRights(ctx context.Context, id string, owners, apps bool) ([]Right, error) {
	rules, err := r.flat(ctx, id)
	if err != nil {
		return nil, err
	}
	return distinct(rules, func(rule FlatRule) bool {
		return rule.delegable() || owners && rule.names("urn:altinn:org") || apps && rule.names("urn:altinn:app") ||
			owners && apps
	}), nil
}

// names tells whether the rule is for a subject of the kind.
func (r FlatRule) names(kind string) bool {
	return slices.ContainsFunc(r.Subjects, func(together []Attribute) bool {
		return slices.ContainsFunc(together, func(a Attribute) bool { return a.ID == kind })
	})
}

// HashKey names the right.
func (r Right) HashKey() string {
	var urn strings.Builder
	for _, a := range r.Resource {
		urn.WriteString(a.URN() + ":")
	}
	urn.WriteString(pdp.ActionID + ":" + r.Action)
	sum := sha256.Sum256([]byte(strings.ToLower(urn.String())))
	return "01" + hex.EncodeToString(sum[:])
}

// Language is one that the registry names rights in.
type Language int

// The languages, with the one first that goes without saying.
const (
	Bokmal Language = iota
	Nynorsk
	English
)

// Name is what people call the right.
func (r Right) Name(in Language) string {
	name := upperFirst(r.Action)
	if names, known := actions[r.Action]; known {
		name = names[in]
	}
	var parts []string
	for _, a := range r.Resource {
		if a.ID != AttributeID {
			parts = append(parts, a.Value)
		}
	}
	if parts == nil {
		return name
	}
	return name + " (" + strings.Join(parts, ", ") + ")"
}

// actions are the names of actions, by language.
var actions = map[string][3]string{
	"read":        {"Les", "Les", "Read"},
	"write":       {"Skriv", "Skriv", "Write"},
	"complete":    {"Fullfør", "Fullfør", "Complete"},
	"delete":      {"Slett", "Slett", "Delete"},
	"confirm":     {"Bekreft", "Stadfest", "Confirm"},
	"instantiate": {"Opprett", "Opprett", "Instantiate"},
	"sign":        {"Signer", "Signer", "Sign"},
	"reject":      {"Avvis", "Avvis", "Reject"},
	"subscribe":   {"Abonner", "Abonner", "Subscribe"},
}

func upperFirst(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}

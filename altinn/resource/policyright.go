package resource

import (
	"context"
	"crypto/md5" // names rights, and protects nothing
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf16"

	"mpe/altinn/pdp"
)

// PolicyRight is a right that a policy gives, and those whom it gives it to (version 1 of the registry's rights).
type PolicyRight struct {
	Right
	Subjects [][]Attribute // alternatives, each of which somebody must have together
}

// PolicyRights are the rights that the resource's policy gives, in the order in which they first appear.
func (r *Registry) PolicyRights(ctx context.Context, id string) ([]PolicyRight, error) {
	rules, err := r.flat(ctx, id)
	if err != nil {
		return nil, err
	}
	return policyRights(rules), nil
}

func policyRights(rules []FlatRule) []PolicyRight {
	var rights []PolicyRight
	for _, right := range distinct(rules, func(FlatRule) bool { return true }) {
		given := PolicyRight{Right: right}
		for _, rule := range rules {
			if rule.Effect != pdp.Permit || !rule.right().same(right) {
				continue
			}
			for _, subject := range rule.Subjects {
				known := func(other []Attribute) bool { return slices.Equal(other, subject) }
				if !slices.ContainsFunc(given.Subjects, known) {
					given.Subjects = append(given.Subjects, subject)
				}
			}
		}
		rights = append(rights, given)
	}
	return rights
}

// RightKey names the right. Its last part is a hash that is the same in whatever order the resource's parts are.
func (p PolicyRight) RightKey() string {
	var values, urns []string
	for _, a := range p.Resource {
		values = append(values, a.Value)
		urns = append(urns, a.URN())
	}
	slices.Sort(urns)
	var hashed []byte
	for _, unit := range utf16.Encode([]rune(p.Action + ";" + strings.Join(urns, ";"))) {
		hashed = binary.LittleEndian.AppendUint16(hashed, unit)
	}
	sum := md5.Sum(hashed)
	return p.Action + ";" + strings.Join(values, ";") + ";" + hex.EncodeToString(sum[:])
}

// SubjectTypes are the kinds of subjects that have the right, in lower case and in their order.
func (p PolicyRight) SubjectTypes() []string {
	var types []string
	for _, together := range p.Subjects {
		for _, a := range together {
			types = append(types, strings.ToLower(a.ID))
		}
	}
	slices.Sort(types)
	return slices.Compact(types)
}

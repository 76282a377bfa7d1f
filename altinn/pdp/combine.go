package pdp

import (
	"slices"
	"strings"
)

// outcome is what a rule, or a policy, comes to. An indeterminate one is told by what it could have been.
type outcome uint8

const (
	notApplicable outcome = iota
	permits
	denies
	indeterminateP  // would permit, or not apply
	indeterminateD  // would deny, or not apply
	indeterminateDP // could be anything
)

// algorithms combine the outcomes of rules (XACML 3.0, appendix C), by the end of their URN.
var algorithms = map[string]func([]outcome) outcome{
	"deny-overrides":           denyOverrides,
	"ordered-deny-overrides":   denyOverrides, // the order is that of the policy in either case
	"permit-overrides":         permitOverrides,
	"ordered-permit-overrides": permitOverrides,
	"deny-unless-permit":       denyUnlessPermit,
	"permit-unless-deny":       permitUnlessDeny,
	"first-applicable":         firstApplicable,
}

// algorithm finds a combining algorithm; false when there is none of that URN. Those for policies are taken too, as many
// policies have them.
func algorithm(urn string) (func([]outcome) outcome, bool) {
	for _, kind := range [...]string{
		"urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:", "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:",
		"urn:oasis:names:tc:xacml:1.0:rule-combining-algorithm:", "urn:oasis:names:tc:xacml:1.0:policy-combining-algorithm:",
	} {
		if name, ok := strings.CutPrefix(urn, kind); ok {
			combine, known := algorithms[name]
			return combine, known && (name == "first-applicable") == strings.Contains(kind, ":1.0:")
		}
	}
	return nil, false
}

func denyOverrides(all []outcome) outcome {
	has := func(o outcome) bool { return slices.Contains(all, o) }
	switch {
	case has(denies):
		return denies
	case has(indeterminateDP), has(indeterminateD) && (has(permits) || has(indeterminateP)):
		return indeterminateDP
	case has(indeterminateD):
		return indeterminateD
	case has(permits):
		return permits
	case has(indeterminateP):
		return indeterminateP
	default:
		return notApplicable
	}
}

func permitOverrides(all []outcome) outcome {
	has := func(o outcome) bool { return slices.Contains(all, o) }
	switch {
	case has(permits):
		return permits
	case has(indeterminateDP), has(indeterminateP) && (has(denies) || has(indeterminateD)):
		return indeterminateDP
	case has(indeterminateP):
		return indeterminateP
	case has(denies):
		return denies
	case has(indeterminateD):
		return indeterminateD
	default:
		return notApplicable
	}
}

func denyUnlessPermit(all []outcome) outcome {
	if slices.Contains(all, permits) {
		return permits
	}
	return denies
}

func permitUnlessDeny(all []outcome) outcome {
	if slices.Contains(all, denies) {
		return denies
	}
	return permits
}

func firstApplicable(all []outcome) outcome {
	for _, o := range all {
		switch o {
		case notApplicable:
		case permits, denies:
			return o
		default:
			return indeterminateDP
		}
	}
	return notApplicable
}

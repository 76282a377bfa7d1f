package fault

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mpe/altinn/problem"
	"mpe/compose/seed"
	"mpe/oauth"
)

// Words are those that name an outcome, besides codes, statuses and delays.
var words = map[string]seed.FaultThen{
	"reset": {Connection: "reset"}, "empty": {Connection: "empty"}, "truncate": {Connection: "truncate"},
	"timeout": {Connection: "timeout"},

	"expired": {Token: "expired"}, "wrong-key": {Token: "wrong-key"}, "unknown-kid": {Token: "unknown-kid"},
	"wrong-issuer": {Token: "wrong-issuer"}, "no-authorization-details": {Token: "no-authorization-details"},
	"id-lowercase": {Token: "id-lowercase"},

	"jwks-without-key": {JWKS: "without-key"},
}

// Outcome reads what is to happen in one word, as a header and a command line say it: a code, a status, a delay, or what
// happens to the connection, the token or the key set. The error lists what is known.
func Outcome(word string) (seed.FaultThen, error) {
	if then, known := words[word]; known {
		return then, nil
	}
	var then seed.FaultThen
	status, notNumber := strconv.Atoi(word)
	switch {
	case slices.Contains(oauth.Names(), word) || problem.Code(word).Title() != "" && strings.HasPrefix(word, "AUTH"):
		return seed.FaultThen{Code: word}, nil
	case notNumber == nil && status >= 200 && status <= 599:
		return seed.FaultThen{Status: status}, nil
	case then.Delay.UnmarshalText([]byte(word)) == nil && then.Delay > 0:
		return then, nil
	default:
		return then, unknown(word)
	}
}

func unknown(word string) error {
	var codes, others []string
	for code := range problem.Codes() {
		if strings.HasPrefix(string(code), "AUTH") {
			codes = append(codes, string(code))
		}
	}
	for word := range words {
		others = append(others, word)
	}
	slices.Sort(codes)
	slices.Sort(others)
	all := slices.Concat(oauth.Names(), codes, others)
	return fmt.Errorf("%q is no outcome (nearest: %s). Known are %s; a status from 200 to 599, as 503; a delay, as 2s; %s; %s",
		word, problem.Nearest(word, all), strings.Join(oauth.Names(), ", "), strings.Join(others, ", "), strings.Join(codes, ", "))
}

package seed

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mpe/altinn/problem"
	"mpe/oauth"
)

// ReadFault reads one rule in JSON, and holds it to what a seed's are held to. The error says what is wrong with which
// member.
func ReadFault(data []byte) (Fault, error) {
	if !json.Valid(data) {
		return Fault{}, errors.New("the rule is not JSON: want an object, as in " + `{"then": {"code": "MP-303"}}`)
	}
	source := Source{Data: slices.Concat([]byte(`{"version":1,"faults":[`), bytes.TrimSpace(data), []byte(`]}`))}
	world, err := Read([]Source{source}, func(string) (string, bool) { return "", false }, Options{})
	if bad, ok := errors.AsType[*Error](err); ok {
		return Fault{}, errors.New(bad.about("faults[0]"))
	}
	if err != nil {
		return Fault{}, err
	}
	return world.Faults[0], nil
}

// about lists the problems by the members of what stands at the path.
func (e *Error) about(path string) string {
	all := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		member := strings.TrimPrefix(strings.TrimPrefix(p.Path, path), ".")
		all[i] = cmp.Or(member, "the rule") + ": " + p.What
		if p.Instead != "" {
			all[i] += fmt.Sprintf(". Did you mean %q?", p.Instead)
		}
	}
	return strings.Join(all, "; ")
}

// The endpoints whose answers have something that only they have.
var (
	tokens    = []string{"token", "exchange"}
	published = []string{"jwks", "metadata"} // to everyone, whoever asks
	coded     = []string{"systemregister", "request", "systemuser"}
)

// fault checks a rule: it does one thing, besides waiting, that the endpoint can answer with.
func (c *checker) fault(e entry[Fault]) {
	then := e.at.member("then")
	c.oneOutcome(then, e.value.Then)
	if when := e.at.node.member("when"); when != nil {
		c.org(e.at.member("when").member("systemUserOrg"), e.value.When.SystemUserOrg)
		c.unknowable(e.at.member("when"), e.value.When)
	}
	if !then.node.bad {
		c.code(then.member("code"), e.value.Then.Code)
		c.answerable(then, e.value)
	}
}

func (c *checker) oneOutcome(at place, then FaultThen) {
	var named []string
	for _, one := range []struct {
		name string
		set  bool
	}{
		{"code", then.Code != ""}, {"status", then.Status != 0}, {"connection", then.Connection != ""},
		{"token", then.Token != ""}, {"jwks", then.JWKS != ""},
	} {
		if one.set {
			named = append(named, one.name)
		}
	}
	if len(named) > 1 {
		c.found.add(at.problem("has "+strings.Join(named, " and ")+", but only one thing can happen, besides a delay", ""))
	}
	if then.Jitter != 0 && then.Delay == 0 {
		c.found.add(at.member("jitter").problem("is what a delay may take longer, and there is no delay", ""))
	}
}

// unknowable reports conditions on who asks where nobody says who it is.
func (c *checker) unknowable(at place, when FaultWhen) {
	if slices.Contains(published, when.Endpoint) &&
		(when.ClientID != "" || when.Scope != "" || when.SystemUserOrg != "" || when.SystemUser) {
		c.found.add(at.problem("asks who the client is, and "+when.Endpoint+" is read without a token", ""))
	}
}

func (c *checker) code(at place, code string) {
	if code == "" || at.node.bad || slices.Contains(oauth.Names(), code) || problem.Code(code).Title() != "" {
		return
	}
	known := oauth.Names()
	for altinn := range problem.Codes() {
		known = append(known, string(altinn))
	}
	slices.Sort(known)
	c.unknown(at, "code", code, known)
}

// answerable reports an outcome that the endpoint never has.
func (c *checker) answerable(at place, f Fault) {
	outcome, can := f.Then.Endpoints()
	if can == nil || f.When.Endpoint == "" || f.When.Endpoint == "any" || slices.Contains(can, f.When.Endpoint) {
		return
	}
	c.found.add(at.member(outcome).problem(
		"is never answered by "+f.When.Endpoint+", only by "+strings.Join(can, ", "), ""))
}

// Endpoints are those that can answer so, and the member that says it; nil: all can.
func (t FaultThen) Endpoints() (member string, endpoints []string) {
	switch {
	case slices.Contains(oauth.Names(), t.Code):
		return "code", []string{"token"}
	case t.Code != "":
		return "code", coded
	case t.Token != "":
		return "token", tokens
	case t.JWKS != "":
		return "jwks", []string{"jwks"}
	default:
		return "", nil
	}
}

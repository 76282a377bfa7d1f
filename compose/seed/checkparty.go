package seed

import (
	"fmt"
	"strconv"

	"mpe/altinn/party"
	"mpe/oauth/org"
)

// org checks the organisation number that stands at the place.
func (c *checker) org(at place, n org.Number) {
	if n == "" || at.node.bad {
		return
	}
	if what, instead := wrongOrg(string(n)); what != "" {
		c.report(c.strictness.OrgNumbers, at, what, instead)
		return
	}
	if c.opts.StrictParties && !c.organisations.has("orgNo", string(n)) {
		c.unknown(at, "organisation", string(n), c.organisations.known("orgNo"))
	}
}

// orgs checks the organisation numbers of a list.
func (c *checker) orgs(at place, member string, numbers []org.Number) {
	for i, p := range at.items(member) {
		c.org(p, numbers[i])
	}
}

// wrongOrg tells what is wrong with the check digit of nine digits, and the number that was probably meant.
func wrongOrg(n string) (what, instead string) {
	digit, ok := org.CheckDigit(n[:8])
	switch {
	case !ok:
		return fmt.Sprintf("%q cannot be an organisation number: no check digit fits %s", n, n[:8]), ""
	case digit != n[8]:
		what = fmt.Sprintf("%q is not a valid organisation number (check digit should be %c)", n, digit)
		return what, n[:8] + string(digit)
	}
	return "", ""
}

// person checks a person number and the roles.
func (c *checker) person(e entry[Person]) {
	if pid := e.at.member("pid"); e.value.PID != "" {
		what, instead := wrongPerson(e.value.PID)
		if what != "" {
			c.report(c.strictness.SyntheticPersons, pid, what, instead)
		}
	}
	for i, p := range e.at.items("roles") {
		c.org(p.member("org"), e.value.Roles[i].Org)
	}
}

// The weights of the control digits of a person number (fødselsnummer, Skatteetaten).
var (
	firstWeights  = []int{3, 7, 6, 1, 8, 9, 4, 5, 2}
	secondWeights = []int{5, 4, 3, 2, 7, 6, 5, 4, 3, 2}
)

// wrongPerson tells what is wrong with eleven digits as a synthetic person number: the month is 80 too high, the day
// 40 too high in a D-number, and both control digits fit. A number that may be a real person's is not repeated.
func wrongPerson(pid string) (what, instead string) {
	if !party.Synthetic(pid) {
		return "is not a synthetic person number: its month must be 81 to 92 (month + 80)", ""
	}
	day := atoi(pid[:2])
	if day > 40 {
		day -= 40
	}
	if day < 1 || day > 31 {
		return fmt.Sprintf("%q is not a person number: no month has a day %s", pid, pid[:2]), ""
	}
	right, ok := withControlDigits(pid[:9])
	switch {
	case !ok:
		return fmt.Sprintf("%q cannot be a person number: no control digits fit %s", pid, pid[:9]), ""
	case right != pid:
		return fmt.Sprintf("%q is not a valid person number (control digits should be %s)", pid, right[9:]), right
	}
	return "", ""
}

// withControlDigits adds both control digits; false where none fit.
func withControlDigits(nine string) (string, bool) {
	pid := nine
	for _, weights := range [][]int{firstWeights, secondWeights} {
		sum := 0
		for i, w := range weights {
			sum += w * int(pid[i]-'0')
		}
		digit := (11 - sum%11) % 11
		if digit == 10 {
			return "", false
		}
		pid += strconv.Itoa(digit)
	}
	return pid, true
}

// atoi reads digits; the schema has seen to it that they are.
func atoi(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}

// parent checks that a subunit has another organisation as its main unit.
func (c *checker) parent(e entry[Organisation]) {
	if e.value.Parent == "" {
		return
	}
	c.org(e.at.member("parent"), e.value.Parent)
	if e.value.Parent == e.value.Number {
		c.found.add(e.at.member("parent").problem("an organisation cannot be its own main unit", ""))
	}
}

// relation checks both ends of each relation.
func (c *checker) relation(e entry[Relation]) {
	c.org(e.at.member("from"), e.value.From)
	c.org(e.at.member("to"), e.value.To)
	if e.value.From == e.value.To && e.value.From != "" {
		c.found.add(e.at.member("to").problem("an organisation cannot be its own client", ""))
	}
}

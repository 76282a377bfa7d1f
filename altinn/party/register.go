package party

import (
	"maps"
	"slices"
	"strconv"

	"mpe/oauth/org"
)

// Register is the parties. It does not change, and is safe for concurrent use.
type Register struct {
	organisations map[org.Number]*Party
	parties       map[int]*Party
	uuids         map[string]*Party
	persons       []*Person
	relations     []Relation
	unnamed       func(org.Number) *Party
}

// NewRegister makes a register. Organisations that it does not name are those that unnamed gives, which is asked with
// numbers whose check digit is right; nil: there are no others. An unnamed organisation's party id must be the first
// eight digits of its number.
func NewRegister(
	organisations []*Party, persons []*Person, relations []Relation, unnamed func(org.Number) *Party,
) *Register {
	r := &Register{
		organisations: map[org.Number]*Party{},
		parties:       map[int]*Party{},
		uuids:         map[string]*Party{},
		persons:       persons,
		relations:     relations,
		unnamed:       unnamed,
	}
	for _, o := range organisations {
		r.organisations[o.Number] = o
		r.add(o)
	}
	for _, p := range persons {
		r.add(&p.Party)
	}
	return r
}

func (r *Register) add(p *Party) { r.parties[p.ID], r.uuids[p.UUID] = p, p }

// Organisation is the one with the number; false when there is none.
func (r *Register) Organisation(n org.Number) (*Party, bool) {
	if o, ok := r.organisations[n]; ok {
		return o, true
	}
	if r.unnamed == nil {
		return nil, false
	}
	if _, err := org.Parse(string(n)); err != nil {
		return nil, false
	}
	return r.unnamed(n), true
}

// Party is the one with the party id; false when there is none.
func (r *Register) Party(id int) (*Party, bool) {
	if p, ok := r.parties[id]; ok {
		return p, true
	}
	first := strconv.Itoa(id)
	digit, ok := org.CheckDigit(first)
	if !ok {
		return nil, false
	}
	return r.Organisation(org.Number(first + string(digit)))
}

// ByUUID is the party with the UUID, among those that are named; false when there is none.
func (r *Register) ByUUID(uuid string) (*Party, bool) {
	p, ok := r.uuids[uuid]
	return p, ok
}

// Persons are all of them.
func (r *Register) Persons() []*Person { return slices.Clone(r.persons) }

// Person is the first that is wanted; false when none is.
func (r *Register) Person(wanted func(*Person) bool) (*Person, bool) {
	if i := slices.IndexFunc(r.persons, wanted); i >= 0 {
		return r.persons[i], true
	}
	return nil, false
}

// Subunits are the organisations whose main unit it is, among those that are named.
func (r *Register) Subunits(of org.Number) []*Party {
	var all []*Party
	for _, n := range slices.Sorted(maps.Keys(r.organisations)) {
		if p := r.organisations[n]; p.Parent == of && of != "" {
			all = append(all, p)
		}
	}
	return all
}

// Clients are the relations in which the organisation serves others.
func (r *Register) Clients(of org.Number) []Relation {
	var all []Relation
	for _, relation := range r.relations {
		if relation.To == of {
			all = append(all, relation)
		}
	}
	return all
}

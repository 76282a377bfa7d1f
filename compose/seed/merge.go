package seed

import (
	"fmt"
	"slices"
	"strings"
)

// entries are the things of one kind, in the order in which they first appeared.
type entries[T any] struct {
	all   []entry[T]
	index map[key]int
}

type entry[T any] struct {
	value T
	at    place
	keys  []key
}

// key is a natural key: the members that make it, and their value. An empty value names nothing.
type key struct{ members, value string }

// compound is a key of several members, which must all be there.
func compound(members string, values ...string) key {
	if slices.Contains(values, "") {
		return key{}
	}
	return key{members, strings.Join(values, " ")}
}

// merge adds what stands at the places. An entry replaces the one of an earlier file that has one of its keys; in the
// same file that is a problem. keysOf also fills in the ids that are derived.
func merge[T any](found *problems, into *entries[T], at []place, blank T, keysOf func(*T) []key) {
	for _, p := range at {
		if p.node.bad {
			continue
		}
		e := entry[T]{value: blank, at: p}
		decode(found, p, &e.value)
		e.keys = keysOf(&e.value)
		into.put(found, e)
	}
}

func (l *entries[T]) put(found *problems, e entry[T]) {
	i := len(l.all)
	for _, k := range e.keys {
		j, ok := l.index[k]
		if !ok || k.value == "" || j == i {
			continue
		}
		if before := l.all[j].at; before.doc == e.at.doc || i < len(l.all) {
			e.at.duplicate(found, k, before)
			return
		}
		i = j
	}
	if i == len(l.all) {
		l.all = append(l.all, e)
	} else {
		for _, k := range l.all[i].keys {
			delete(l.index, k)
		}
		l.all[i] = e
	}
	if l.index == nil {
		l.index = make(map[key]int)
	}
	for _, k := range e.keys {
		l.index[k] = i
	}
}

func (p place) duplicate(found *problems, k key, before place) {
	where := fmt.Sprintf("line %d", before.node.line)
	if before.doc != p.doc {
		where = before.doc.file + " " + where
	}
	if !strings.Contains(k.members, " ") {
		p = p.member(k.members)
	}
	found.add(p.problem(fmt.Sprintf("%s %s is already declared on %s", k.members, quote(k.value), where), ""))
}

// values are the entries without their places.
func (l *entries[T]) values() []T {
	if len(l.all) == 0 {
		return nil
	}
	values := make([]T, len(l.all))
	for i, e := range l.all {
		values[i] = e.value
	}
	return values
}

// has tells whether an entry has that single key.
func (l *entries[T]) has(members, value string) bool {
	_, ok := l.index[key{members, value}]
	return ok
}

// known are the values of a key.
func (l *entries[T]) known(members string) []string {
	var values []string
	for _, e := range l.all {
		for _, k := range e.keys {
			if k.members == members {
				values = append(values, k.value)
			}
		}
	}
	return values
}

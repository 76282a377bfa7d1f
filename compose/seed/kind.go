package seed

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Kind is one of the lists of a world. Its entries have names, which are their natural keys.
type Kind struct {
	Name   string // of the list: clients
	Member string // that an entry of this kind has, and one of a kind that stands beside it has not

	names   func(*World) []string
	values  func(*World) []any
	keep    func(w *World, kept func(i int) bool)
	add     func(to, from *World, wanted func(i int) bool)
	name    func([]byte) (string, error)
	section string // that the list stands in; empty: at the top
}

// Kinds are all of them, those first that others refer to.
var kinds = []Kind{
	newKind("organisations", "orgNo", func(w *World) *[]Organisation { return &w.Organisations }, Organisation{},
		func(o *Organisation) []string { return []string{string(o.Number)} }).in("parties"),
	newKind("persons", "pid", func(w *World) *[]Person { return &w.Persons }, Person{},
		func(p *Person) []string { return []string{p.PID} }).in("parties"),
	newKind("relations", "from", func(w *World) *[]Relation { return &w.Relations }, Relation{},
		func(r *Relation) []string { return []string{string(r.From), string(r.To), r.Role} }).in("parties"),
	newKind("scopes", "name", func(w *World) *[]Scope { return &w.Scopes }, Scope{},
		func(s *Scope) []string { return []string{s.Name} }),
	newKind("clients", "clientId", func(w *World) *[]Client { return &w.Clients }, Client{},
		func(c *Client) []string { return []string{c.ID} }),
	newKind("delegations", "consumer", func(w *World) *[]Delegation { return &w.Delegations }, Delegation{},
		func(d *Delegation) []string {
			return []string{d.Scope + d.Resource, string(d.Consumer), string(d.Supplier)}
		}),
	newKind("resources", "id", func(w *World) *[]Resource { return &w.Resources }, Resource{},
		func(r *Resource) []string { return []string{r.ID} }),
	newKind("systems", "id", func(w *World) *[]System { return &w.Systems }, System{},
		func(s *System) []string { return []string{s.ID} }),
	newKind("systemUsers", "owner", func(w *World) *[]SystemUser { return &w.SystemUsers }, SystemUser{},
		func(u *SystemUser) []string { u.derive(); return []string{u.ID} }),
	newKind("requests", "party", func(w *World) *[]Request { return &w.Requests }, Request{Kind: "standard"},
		func(r *Request) []string { r.derive(); return []string{r.ID} }),
	newKind("faults", "then", func(w *World) *[]Fault { return &w.Faults }, Fault{},
		func(f *Fault) []string { return []string{f.ID} }),
}

// KindOf is the kind of that name, as in clients; the zero value when there is none.
func KindOf(name string) Kind {
	i := slices.IndexFunc(kinds, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}
	}
	return kinds[i]
}

func (k Kind) in(section string) Kind {
	k.section = section
	return k
}

func newKind[T any](name, member string, list func(*World) *[]T, blank T, key func(*T) []string) Kind {
	nameOf := func(v T) string { return strings.Join(key(&v), ",") }
	return Kind{
		Name: name, Member: member,
		names: func(w *World) []string {
			names := make([]string, len(*list(w)))
			for i, v := range *list(w) {
				names[i] = nameOf(v)
			}
			return names
		},
		values: func(w *World) []any {
			values := make([]any, len(*list(w)))
			for i, v := range *list(w) {
				values[i] = v
			}
			return values
		},
		keep: func(w *World, kept func(int) bool) {
			var left []T
			for i, v := range *list(w) {
				if kept(i) {
					left = append(left, v)
				}
			}
			*list(w) = left
		},
		add: func(to, from *World, wanted func(int) bool) {
			all := slices.Clip(*list(to))
			for i, v := range *list(from) {
				if wanted(i) {
					all = append(all, v)
				}
			}
			*list(to) = all
		},
		name: func(entry []byte) (string, error) {
			v := blank
			err := json.Unmarshal(entry, &v)
			return nameOf(v), err
		},
	}
}

// Entry is an entry of a world, as a seed writes it.
type Entry struct {
	Name string
	JSON json.RawMessage
}

// Entries are the world's of the kind, with the public halves of keys only.
func (k Kind) Entries(w *World) ([]Entry, error) {
	names, values := k.names(w), k.values(w)
	entries := make([]Entry, len(names))
	for i, v := range values {
		text, err := json.Marshal(public(v))
		if err != nil {
			return nil, fmt.Errorf("seed: writing %s: %w", names[i], err)
		}
		entries[i] = Entry{names[i], text}
	}
	return entries, nil
}

func public(v any) any {
	switch v := v.(type) {
	case Client:
		return v.Public()
	case Resource:
		return v.own()
	}
	return v
}

// Count is how many the world has.
func (k Kind) Count(w *World) int { return len(k.names(w)) }

// Entry is the one with the name, which the world has.
func (k Kind) Entry(w *World, name string) (Entry, error) {
	one := k.only(w, name)
	entries, err := k.Entries(one)
	if err != nil || len(entries) == 0 {
		return Entry{}, err
	}
	return entries[0], nil
}

// Literal is the one with the name as it can be read again: with its private keys, and "${" written as such. False when
// there is none.
func (k Kind) Literal(w *World, name string) (json.RawMessage, bool) {
	values := k.values(k.only(w, name))
	if len(values) == 0 {
		return nil, false
	}
	value := values[0]
	if r, ok := value.(Resource); ok {
		value = r.own()
	}
	text, err := json.Marshal(value)
	return literal(text), err == nil
}

// only is the world with that one of the kind.
func (k Kind) only(w *World, name string) *World {
	one, names := *w, k.names(w)
	k.keep(&one, func(i int) bool { return names[i] == name })
	return &one
}

// Has tells whether the world has the entry.
func (k Kind) Has(w *World, name string) bool { return slices.Contains(k.names(w), name) }

// Without is the world without the entry.
func (k Kind) Without(w *World, name string) *World {
	left, names := *w, k.names(w)
	k.keep(&left, func(i int) bool { return names[i] != name })
	return &left
}

// NameOf is the name of an entry that a seed can hold.
func (k Kind) NameOf(entry []byte) (string, error) { return k.name(entry) }

// Source is a seed with that entry alone, which may be YAML or JSON. Where it is JSON, its lines begin with the second.
func (k Kind) Source(name string, entry []byte) Source {
	before, after := `{"version":1,"`+k.Name+`":[`, `]}`
	if k.section != "" {
		before, after = `{"version":1,"`+k.section+`":{"`+k.Name+`":[`, `]}}`
	}
	return Source{Name: name, Data: slices.Concat([]byte(before+"\n"), entry, []byte("\n"+after))}
}

// Path is that of the one entry of a Source, and of what is in it.
func (k Kind) Path() string {
	return strings.TrimPrefix(k.section+"."+k.Name+"[0]", ".")
}

// Rebase is what becomes of the world that there is when the seed changes: what the new one declares is as it says, what
// only the old one declared is gone, and what was made meanwhile stays.
func Rebase(now, before, after *World) *World {
	rebased := *after
	for _, k := range kinds {
		old, declared := set(k.names(before)), set(k.names(after))
		names := k.names(now)
		k.add(&rebased, now, func(i int) bool { return !old[names[i]] && !declared[names[i]] })
	}
	taken := map[string]bool{}
	rebased.SystemUsers = slices.DeleteFunc(slices.Clone(rebased.SystemUsers), func(u SystemUser) bool {
		place := u.System + " " + string(u.Owner) + " " + u.reference()
		if u.Deleted || !taken[place] {
			taken[place] = taken[place] || !u.Deleted
			return false
		}
		return true // the declared one has its place back
	})
	return &rebased
}

func set(names []string) map[string]bool {
	all := make(map[string]bool, len(names))
	for _, name := range names {
		all[name] = true
	}
	return all
}

// Diff is how one world differs from another: the names of entries, by kind. Of the settings and the clock it names the
// members.
type Diff struct {
	Added   map[string][]string `json:"added"`
	Changed map[string][]string `json:"changed"`
	Removed map[string][]string `json:"removed"`
}

// String is the diff in a line: +1 clients ~2 scopes -1 systems.
func (d Diff) String() string {
	var parts []string
	for _, side := range []struct {
		mark  string
		names map[string][]string
	}{{"+", d.Added}, {"~", d.Changed}, {"-", d.Removed}} {
		for _, kind := range sortedKeys(side.names) {
			parts = append(parts, fmt.Sprintf("%s%d %s", side.mark, len(side.names[kind]), kind))
		}
	}
	if parts == nil {
		return "nothing differs"
	}
	return strings.Join(parts, " ")
}

// Compare tells what was added, changed and removed to make one world of another. How old a request is does not count,
// unless nobody answered it in time.
func Compare(from, to *World) (Diff, error) {
	d := Diff{map[string][]string{}, map[string][]string{}, map[string][]string{}}
	for _, k := range kinds {
		before, err := k.comparable(from)
		if err != nil {
			return d, err
		}
		after, err := k.comparable(to)
		if err != nil {
			return d, err
		}
		d.compare(k.Name, before, after)
	}
	for name, of := range map[string]func(*World) any{
		"settings": func(w *World) any { return w.Settings },
		"clock": func(w *World) any {
			if w.Clock.Mode == "real" {
				return Clock{}
			}
			return w.Clock
		},
	} {
		before, err := membersOf(of(from))
		if err != nil {
			return d, err
		}
		after, err := membersOf(of(to))
		if err != nil {
			return d, err
		}
		d.compare(name, before, after)
	}
	return d, nil
}

func (d Diff) compare(kind string, before, after map[string]string) {
	for _, name := range sortedKeys(after) {
		switch was, there := before[name]; {
		case !there:
			d.Added[kind] = append(d.Added[kind], name)
		case was != after[name]:
			d.Changed[kind] = append(d.Changed[kind], name)
		}
	}
	for _, name := range sortedKeys(before) {
		if _, there := after[name]; !there {
			d.Removed[kind] = append(d.Removed[kind], name)
		}
	}
}

// timeout is how long a customer has to answer a request.
const timeout = Duration(180 * 24 * time.Hour)

func (k Kind) comparable(w *World) (map[string]string, error) {
	names, values := k.names(w), k.values(w)
	all := make(map[string]string, len(names))
	for i, v := range values {
		if r, ok := v.(Request); ok {
			late := r.Status == "New" && r.Age > timeout
			if r.Age = 0; late {
				r.Age = timeout
			}
			v = r
		}
		text, err := json.Marshal(public(v))
		if err != nil {
			return nil, fmt.Errorf("seed: comparing %s: %w", names[i], err)
		}
		all[names[i]] = string(text)
	}
	return all, nil
}

func membersOf(v any) (map[string]string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("seed: comparing: %w", err)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, fmt.Errorf("seed: comparing: %w", err)
	}
	all := make(map[string]string, len(members))
	for name, value := range members {
		all[name] = string(value)
	}
	return all, nil
}

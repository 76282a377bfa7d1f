package systemuser_test

import (
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"mpe/altinn/altinnredis"
	"mpe/altinn/party"
	"mpe/altinn/systemuser"
	"mpe/compose/redistest"
	"mpe/oauth/org"
)

const accountantPackage = "urn:altinn:accesspackage:regnskapsforer-lonn"

// The portal's list has what somebody has passed on, the newest first; deleted and answered requests, and those of
// others, are in no list.
func TestWhatWaits(t *testing.T) {
	redistest.Each(t, func(t *testing.T, c redis.UniversalClient) {
		store := altinnredis.New(c, redistest.Prefix())
		g := newRegistry(t, store)
		at := func(day int) time.Time { return time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC) }
		put(t, store,
			&systemuser.Request{ID: "older", Created: at(1), Escalated: true},
			&systemuser.Request{ID: "newer", Created: at(3), Escalated: true},
			&systemuser.Request{ID: "agent", Created: at(2), Escalated: true, Kind: systemuser.AgentRequest},
			&systemuser.Request{ID: "not passed on", Created: at(4)},
			&systemuser.Request{ID: "a change", Created: at(5), Kind: systemuser.ChangeRequest},
			&systemuser.Request{ID: "answered", Created: at(6), Escalated: true, Status: systemuser.Rejected},
			&systemuser.Request{ID: "deleted", Created: at(7), Escalated: true, Deleted: at(8)},
			&systemuser.Request{ID: "another's", Created: at(9), Escalated: true, Party: vendor},
		)
		passedOn, others, err := g.Waiting(t.Context(), 500000)
		must(t, err)
		if want := []string{"newer", "agent", "older"}; !slices.Equal(ids(passedOn), want) {
			t.Errorf("passed on are %q, want %q", ids(passedOn), want)
		}
		if want := []string{"not passed on"}; !slices.Equal(ids(others), want) {
			t.Errorf("the others are %q, want %q", ids(others), want)
		}
		if passedOn, others, err := g.Waiting(t.Context(), 7); passedOn != nil || others != nil || err != nil {
			t.Errorf("an unknown party has %q and %q waiting, and the error %v", ids(passedOn), ids(others), err)
		}
	})
}

// put stores requests to the customer for the product, unless they say otherwise.
func put(t *testing.T, store *altinnredis.Store, requests ...*systemuser.Request) {
	t.Helper()
	for _, r := range requests {
		r.System = product
		if r.Party == "" {
			r.Party = customer
		}
		if r.Status == "" {
			r.Status = systemuser.New
		}
		if r.Kind == "" {
			r.Kind = systemuser.StandardRequest
		}
	}
	must(t, store.ChangeSystemUsers(t.Context(), func(w systemuser.Writer) error { return w.PutRequests(t.Context(), requests...) }))
}

func ids(requests []*systemuser.Request) (all []string) {
	for _, r := range requests {
		all = append(all, r.ID)
	}
	return all
}

// Who is refused does not keep the others from being added, and who is there already is not added again.
func TestAddingAllClients(t *testing.T) {
	redistest.Each(t, func(t *testing.T, c redis.UniversalClient) {
		store := altinnredis.New(c, redistest.Prefix())
		g := newRegistry(t, store)
		relation := func(from org.Number, role string) party.Relation {
			return party.Relation{From: from, To: customer, Role: role}
		}
		g.Parties = &leaving{
			Register: party.NewRegister([]*party.Party{
				{ID: 500000, Number: customer},
				{UUID: "a", Number: "310000078", Name: "A"}, {UUID: "b", Number: "310000086", Name: "B"},
				{UUID: "c", Number: "310000108", Name: "C"}, {UUID: "d", Number: "310000094", Name: "D"},
			}, nil, []party.Relation{
				relation("310000078", "regnskapsforer"), relation("310000086", "regnskapsforer"),
				relation("310000108", "regnskapsforer"), relation("310000094", "revisor"),
			}, nil),
			who: "310000086",
		}
		must(t, store.ChangeSystemUsers(t.Context(), func(w systemuser.Writer) error {
			return w.PutSystemUsers(t.Context(), &systemuser.SystemUser{
				ID: "agent", System: product, Owner: customer, Type: systemuser.Agent,
				AccessPackages: []string{accountantPackage}, Clients: []org.Number{"310000078"},
			})
		}))

		added, refused, err := g.AttachAll(t.Context(), 500000, "agent")
		must(t, err)
		if got, want := numbers(added), []org.Number{"310000108"}; !slices.Equal(got, want) {
			t.Errorf("added are %q, want %q", got, want)
		}
		if got, want := numbers(refused), []org.Number{"310000086"}; !slices.Equal(got, want) {
			t.Errorf("refused are %q, want %q", got, want)
		}
		u, err := store.SystemUser(t.Context(), "agent")
		must(t, err)
		if want := []org.Number{"310000078", "310000108"}; !slices.Equal(u.Clients, want) {
			t.Errorf("the clients are %q, want %q", u.Clients, want)
		}
		if _, _, err := g.AttachAll(t.Context(), 500000, "nobody"); err == nil {
			t.Error("clients of nobody are added")
		}
	})
}

func numbers(clients []*systemuser.Client) (all []org.Number) {
	for _, c := range clients {
		all = append(all, c.Number)
	}
	return all
}

// leaving is a register in which one stops being a client once the clients have been listed.
type leaving struct {
	*party.Register
	who  org.Number
	left bool
}

func (l *leaving) Clients(of org.Number) []party.Relation {
	all := l.Register.Clients(of)
	if l.left {
		return slices.DeleteFunc(all, func(r party.Relation) bool { return r.From == l.who })
	}
	l.left = true
	return all
}

func TestWhetherAnAgentMayServeItsOwner(t *testing.T) {
	for name, c := range map[string]struct {
		user systemuser.SystemUser
		want bool
	}{
		"packages that organisations use themselves": {systemuser.SystemUser{Type: systemuser.Agent, AccessPackages: []string{"urn:altinn:accesspackage:skattegrunnlag"}}, true},
		"a package for clients only":                 {systemuser.SystemUser{Type: systemuser.Agent, AccessPackages: []string{"urn:altinn:accesspackage:skattegrunnlag", accountantPackage}}, false},
		"no agent":                                   {systemuser.SystemUser{Type: systemuser.Standard}, false},
	} {
		if got := c.user.MayServeOwner(); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

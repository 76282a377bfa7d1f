package altinnredis_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"mpe/altinn/altinnredis"
	"mpe/altinn/authorization"
	"mpe/altinn/resource"
	"mpe/altinn/system"
	"mpe/altinn/systemuser"
	"mpe/compose/redistest"
	"mpe/oauth/org"
)

const (
	vendor   = org.Number("310000019")
	stranger = org.Number("310000108")
	customer = org.Number("310000027")
	client   = "client"
	product  = "310000019_product"
)

var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// world is a store with one system, one of its system users, and the finder over both.
type world struct {
	*altinnredis.Store
	finder systemuser.Finder
	redis  redis.UniversalClient
	prefix string
}

func newWorld(t *testing.T, client redis.UniversalClient) *world {
	t.Helper()
	w := &world{redis: client, prefix: redistest.Prefix()}
	w.Store = altinnredis.New(client, w.prefix)
	w.finder = systemuser.Finder{Systems: w.Store, Users: w.Store, Requests: w.Store}
	must(t, w.PutSystems(t.Context(), productSystem()))
	must(t, w.PutSystemUsers(t.Context(), user("u1", "")))
	return w
}

func productSystem() *system.System {
	return &system.System{ID: product, Vendor: vendor, ClientIDs: []string{client}, Created: now}
}

func user(id, ref string) *systemuser.SystemUser {
	return &systemuser.SystemUser{ID: id, System: product, Owner: customer, ExternalRef: ref, Type: "standard", Created: now}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func query(ref string) systemuser.Query {
	return systemuser.Query{ClientID: client, Vendor: vendor, Owner: customer, ExternalRef: ref}
}

func (w *world) find(t *testing.T, q systemuser.Query) string {
	t.Helper()
	found, err := w.finder.ByExternalID(t.Context(), q)
	if errors.Is(err, systemuser.ErrNotFound) {
		return ""
	}
	must(t, err)
	return found.ID
}

func TestAMatchIsExact(t *testing.T) {
	redistest.Each(t, func(t *testing.T, c redis.UniversalClient) {
		w := newWorld(t, c)
		must(t, w.PutSystemUsers(t.Context(), user("u2", "Oslo")))
		for name, want := range map[string]struct {
			query systemuser.Query
			id    string
		}{
			"no reference stands for the owner's number": {query(""), "u1"},
			"the owner's number itself":                  {query(string(customer)), "u1"},
			"a reference":                                {query("Oslo"), "u2"},
			"a reference in other letters":               {query("oslo"), ""},
			"another client":                             {systemuser.Query{ClientID: "other", Vendor: vendor, Owner: customer}, ""},
			"another vendor":                             {systemuser.Query{ClientID: client, Vendor: stranger, Owner: customer}, ""},
			"another owner":                              {systemuser.Query{ClientID: client, Vendor: vendor, Owner: stranger}, ""},
		} {
			if got := w.find(t, want.query); got != want.id {
				t.Errorf("%s: found %q, want %q", name, got, want.id)
			}
		}
	})
}

func TestIndexesFollowTheRecords(t *testing.T) {
	redistest.Each(t, func(t *testing.T, c redis.UniversalClient) {
		w := newWorld(t, c)
		moved := user("u1", "new")
		must(t, w.PutSystemUsers(t.Context(), moved))
		if got := w.find(t, query("")); got != "" {
			t.Errorf("a system user is still found by its old reference")
		}
		if got := w.find(t, query("new")); got != "u1" {
			t.Errorf("found %q by the new reference, want u1", got)
		}
		other := productSystem()
		other.ClientIDs = []string{"second"}
		must(t, w.PutSystems(t.Context(), other))
		if got := w.find(t, query("new")); got != "" {
			t.Error("found by a client that the system no longer has")
		}
		must(t, w.PutSystems(t.Context(), productSystem()))
		moved.Deleted = now
		must(t, w.PutSystemUsers(t.Context(), moved))
		if got := w.find(t, query("new")); got != "" {
			t.Error("a deleted system user is found")
		}
		must(t, w.DeleteSystems(t.Context(), product))
		if ids, err := w.SystemsOfClient(t.Context(), vendor, client); err != nil || len(ids) != 0 {
			t.Errorf("a removed system has the client still: %v (%v)", ids, err)
		}
	})
}

func TestEveryWriteRaisesTheGeneration(t *testing.T) {
	redistest.Each(t, func(t *testing.T, c redis.UniversalClient) {
		w := newWorld(t, c)
		before := w.generation(t)
		delegation := &authorization.ScopeDelegation{Resource: "a", Consumer: customer, Supplier: vendor, Created: now}
		request := &systemuser.Request{ID: "r", System: product, Party: customer, Status: "New", Created: now}
		for name, write := range map[string]func() error{
			"PutSystems":          func() error { return w.PutSystems(t.Context(), productSystem()) },
			"PutSystemUsers":      func() error { return w.PutSystemUsers(t.Context(), user("u3", "x")) },
			"PutRequests":         func() error { return w.PutRequests(t.Context(), request) },
			"PutScopeDelegations": func() error { return w.PutScopeDelegations(t.Context(), delegation) },
			"DeleteSystemUsers":   func() error { return w.DeleteSystemUsers(t.Context(), "u1") },
			"ChangeResources": func() error {
				return w.ChangeResources(t.Context(), func(w resource.Writer) error {
					return w.PutResource(t.Context(), &resource.Resource{ID: "a"})
				})
			},
		} {
			must(t, write())
			if after := w.generation(t); after <= before {
				t.Errorf("%s leaves the generation at %d", name, after)
			} else {
				before = after
			}
		}
	})
}

func (w *world) generation(t *testing.T) int64 {
	t.Helper()
	n, err := w.redis.Get(t.Context(), w.prefix+"generation").Int64()
	must(t, err)
	return n
}

func TestDelegations(t *testing.T) {
	redistest.Each(t, func(t *testing.T, c redis.UniversalClient) {
		w := newWorld(t, c)
		d := authorization.ScopeDelegation{Resource: "a", Consumer: customer, Supplier: vendor, Created: now}
		must(t, w.PutScopeDelegations(t.Context(), &d))
		must(t, w.ChangeResources(t.Context(), func(w resource.Writer) error {
			return w.PutResource(t.Context(), &resource.Resource{ID: "a", Type: resource.MaskinportenSchema, References: []resource.Reference{
				{Type: resource.MaskinportenScope, Reference: "mun:a"},
			}})
		}))
		delegations := authorization.ScopeDelegations{Store: w.Store}
		for _, ask := range []struct {
			scope              string
			consumer, supplier org.Number
			want               bool
		}{
			{"mun:a", customer, vendor, true},
			{"mun:b", customer, vendor, false},
			{"mun:a", vendor, customer, false},
			{"mun:a", customer, stranger, false},
		} {
			if got, err := delegations.Delegated(t.Context(), ask.scope, ask.consumer, ask.supplier); err != nil || got != ask.want {
				t.Errorf("%+v: got %t (%v)", ask, got, err)
			}
		}
		if all, err := w.ScopeDelegations(t.Context()); err != nil || len(all) != 1 {
			t.Errorf("got %d delegations, %v", len(all), err)
		}
		must(t, w.DeleteScopeDelegation(t.Context(), &d))
		if got, err := delegations.Delegated(t.Context(), "mun:a", customer, vendor); err != nil || got {
			t.Errorf("deleted: got %t (%v)", got, err)
		}
	})
}

func TestManyAreStoredAtOnce(t *testing.T) {
	w := newWorld(t, redistest.Embedded(t))
	many := make([]*systemuser.SystemUser, 2500)
	for i := range many {
		many[i] = user(fmt.Sprint("many-", i), fmt.Sprint("ref-", i))
	}
	must(t, w.PutSystemUsers(t.Context(), many...))
	for _, i := range []int{0, 999, 1000, 2499} {
		if got := w.find(t, query(fmt.Sprint("ref-", i))); got != fmt.Sprint("many-", i) {
			t.Errorf("found %q by ref-%d", got, i)
		}
	}
}

// What resource.Store promises.
func TestResources(t *testing.T) {
	redistest.Each(t, func(t *testing.T, c redis.UniversalClient) {
		s := altinnredis.New(c, redistest.Prefix())
		change := func(change func(resource.Writer) error) error { return s.ChangeResources(t.Context(), change) }
		put := func(r *resource.Resource, policy string) {
			t.Helper()
			must(t, change(func(w resource.Writer) error {
				return errors.Join(w.PutResource(t.Context(), r), w.PutPolicy(t.Context(), r.ID, []byte(policy)))
			}))
		}
		published := &resource.Resource{
			ID: "b", Title: resource.Texts{"nb": "B"}, Spatial: []string{}, Delegable: true, VersionID: 1,
			Authority:      &resource.Authority{Organization: vendor},
			References:     []resource.Reference{{Reference: "mun:a", Type: resource.MaskinportenScope}},
			AccessListMode: resource.Enabled,
			AccessLists:    []resource.AccessList{{ID: "l", Members: []org.Number{customer}}},
		}
		put(published, "<b/>")
		put(&resource.Resource{ID: "c"}, "<c/>")
		put(&resource.Resource{ID: "a"}, "<a/>")

		got, err := s.Resource(t.Context(), "b")
		must(t, err)
		if diff := cmp.Diff(published, got); diff != "" {
			t.Errorf("stored (-put +got):\n%s", diff)
		}
		if got, want := ids(t, s), "a b c"; got != want {
			t.Errorf("got %s, want them in the order of their ids: %s", got, want)
		}

		put(&resource.Resource{ID: "b", VersionID: 2}, "<b2/>")
		if got, err := s.Resource(t.Context(), "b"); err != nil || got.VersionID != 2 || got.Title != nil {
			t.Errorf("put again: got %+v (%v)", got, err)
		}
		if got, err := s.Policy(t.Context(), "b"); err != nil || string(got) != "<b2/>" {
			t.Errorf("put again: got the policy %s (%v)", got, err)
		}

		refused := errors.New("refused")
		err = change(func(w resource.Writer) error {
			must(t, w.PutResource(t.Context(), &resource.Resource{ID: "d"}))
			must(t, w.PutPolicy(t.Context(), "b", []byte("<b3/>")))
			must(t, w.DeleteResource(t.Context(), "c"))
			return refused
		})
		if got, policy := ids(t, s), policyOf(t, s, "b"); !errors.Is(err, refused) || got != "a b c" || policy != "<b2/>" {
			t.Errorf("a change that fails: %v, has left %s and the policy %s", err, got, policy)
		}

		must(t, change(func(w resource.Writer) error {
			return errors.Join(w.DeleteResource(t.Context(), "b"), w.DeleteResource(t.Context(), "never"))
		}))
		if got, want := ids(t, s), "a c"; got != want {
			t.Errorf("after a delete: got %s, want %s", got, want)
		}
		if _, err := s.Resource(t.Context(), "b"); !errors.Is(err, resource.ErrNotFound) {
			t.Errorf("a deleted resource: %v", err)
		}
		if _, err := s.Policy(t.Context(), "b"); !errors.Is(err, resource.ErrNotFound) {
			t.Errorf("a deleted resource's policy: %v", err)
		}
		must(t, change(func(w resource.Writer) error { return w.PutResource(t.Context(), &resource.Resource{ID: "b"}) }))
		if _, err := s.Policy(t.Context(), "b"); !errors.Is(err, resource.ErrNotFound) {
			t.Errorf("the policy of another resource with the id: %v", err)
		}
	})
}

func ids(t *testing.T, s *altinnredis.Store) string {
	t.Helper()
	all, err := s.Resources(t.Context())
	must(t, err)
	found := make([]string, len(all))
	for i, r := range all {
		found[i] = r.ID
	}
	return strings.Join(found, " ")
}

func policyOf(t *testing.T, s *altinnredis.Store, id string) string {
	t.Helper()
	xml, err := s.Policy(t.Context(), id)
	must(t, err)
	return string(xml)
}

// Of those who change a resource at once, none undoes what another has done.
func TestResourcesChangeOneAfterAnother(t *testing.T) {
	redistest.Each(t, func(t *testing.T, c redis.UniversalClient) {
		prefix := redistest.Prefix()
		stores := []*altinnredis.Store{altinnredis.New(c, prefix), altinnredis.New(c, prefix)}
		add := func(w resource.Writer) error {
			r, err := w.Resource(t.Context(), "a")
			if errors.Is(err, resource.ErrNotFound) {
				r, err = &resource.Resource{ID: "a"}, nil
			}
			if err != nil {
				return err
			}
			r.VersionID++
			return w.PutResource(t.Context(), r)
		}
		const each = 8
		failed := make(chan error, each*len(stores))
		for i := range cap(failed) {
			go func() { failed <- stores[i%len(stores)].ChangeResources(t.Context(), add) }()
		}
		for range cap(failed) {
			must(t, <-failed)
		}
		if got, err := stores[0].Resource(t.Context(), "a"); err != nil || got.VersionID != cap(failed) {
			t.Errorf("got %+v (%v), want the version %d", got, err, cap(failed))
		}
	})
}

// The reasons that the demo has no case for; compose provokes the others over HTTP.
func TestWhyNot(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*testing.T, *world)
		query  systemuser.Query
		want   systemuser.Mismatch
	}{
		{
			"the system has been deleted",
			func(t *testing.T, w *world) {
				s := productSystem()
				s.Deleted = now
				must(t, w.PutSystems(t.Context(), s))
			},
			query(""),
			systemuser.Mismatch{Reason: systemuser.SystemDeleted, Facts: map[string]string{"system": product}},
		},
		{
			"the request was denied",
			func(t *testing.T, w *world) {
				must(t, w.PutRequests(t.Context(), &systemuser.Request{
					ID: "r", System: product, Party: stranger, Status: "Denied", Created: now,
				}))
			},
			systemuser.Query{ClientID: client, Vendor: vendor, Owner: stranger},
			systemuser.Mismatch{Reason: systemuser.RequestDenied, Facts: map[string]string{
				"owner": string(stranger), "system": product, "request": "r",
			}},
		},
		{
			"nobody asked for a system user",
			func(*testing.T, *world) {},
			systemuser.Query{ClientID: client, Vendor: vendor, Owner: stranger},
			systemuser.Mismatch{Reason: systemuser.NoSystemUser, Facts: map[string]string{
				"owner": string(stranger), "system": product, "ref": string(stranger),
			}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, redistest.Embedded(t))
			c.change(t, w)
			got, err := w.finder.WhyNot(t.Context(), c.query, now)
			must(t, err)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if strings.HasPrefix(string(got.Reason), "system-") != got.OfSystem() {
				t.Errorf("%s: of the system is %t", got.Reason, got.OfSystem())
			}
		})
	}
}

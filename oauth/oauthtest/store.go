// Package oauthtest holds the contract that every store of Maskinporten's data keeps.
package oauthtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mpe/oauth"
	"mpe/oauth/org"
)

// Store is what the token endpoint reads and how it is filled.
type Store interface {
	oauth.Registry
	oauth.GrantStore
	PutClients(ctx context.Context, clients ...*oauth.Client) error
	PutScopes(ctx context.Context, scopes ...*oauth.Scope) error

	DeleteClient(ctx context.Context, id string) error
	DeleteScope(ctx context.Context, name string) error

	UpdateClient(ctx context.Context, id string, change func(*oauth.Client) error) error
	UpdateScope(ctx context.Context, name string, change func(*oauth.Scope) error) error

	Clients(ctx context.Context) ([]*oauth.Client, error)
	Scopes(ctx context.Context) ([]*oauth.Scope, error)
}

// TestStore holds stores to the contract. open gives a new store over the data of that sandbox: two stores of one
// sandbox are two replicas, and two sandboxes share nothing.
func TestStore(t *testing.T, open func(sandbox string) Store) {
	for _, c := range []struct {
		rule string
		hold func(*testing.T, func(string) Store)
	}{
		{"what is put can be read", reads},
		{"what is not there is not found", findsNothing},
		{"a value put again replaces the old one", replaces},
		{"many can be put at once", putsMany},
		{"all are listed in order", lists},
		{"what was put or listed may be changed without changing what is stored", keepsItsOwn},
		{"what is deleted is not found", deletes},
		{"an update changes what is stored", updates},
		{"an update that fails changes nothing", failsToUpdate},
		{"of many at once each update takes effect", updatesAtOnce},
		{"sandboxes share nothing", isolates},
		{"a change by one replica is learnt by the other", learns},
		{"a grant judged by old data is stale", goesStale},
		{"a grant is used once", usesOnce},
		{"the same request may use its grant again", retries},
		{"a use is forgotten when its time is over", forgets},
		{"of many at once one may use a grant", races},
		{"of many at once one may use a forgotten grant", racesForTheForgotten},
		{"looking whether a grant was used changes nothing", looks},
	} {
		t.Run(c.rule, func(t *testing.T) {
			c.hold(t, func(sandbox string) Store { return open(t.Name() + sandbox) })
		})
	}
}

const vendor = org.Number("310000019")

var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func client(id, name string) *oauth.Client {
	return &oauth.Client{ID: id, Name: name, Org: vendor, Scopes: []string{"mun:a", "mun:b"}, TokenLifetime: time.Minute}
}

// must ends the test on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// settle brings the store up to date, as the end of a request does.
func settle(t *testing.T, s Store) {
	t.Helper()
	_, err := s.Current(t.Context(), s.Generation())
	must(t, err)
}

func reads(t *testing.T, open func(string) Store) {
	s := open("")
	scope := &oauth.Scope{
		Name: "mun:a", Owner: "310000094", IntegrationTypes: []string{"maskinporten"}, MaxAge: time.Hour,
		DelegationSource: "https://tt02.altinn.no/", AccessibleForAll: true,
		Access: map[org.Number]oauth.ScopeAccess{vendor: {State: oauth.Approved, Created: now, LastUpdated: now}},
	}
	must(t, s.PutClients(t.Context(), client("a", "A")))
	must(t, s.PutScopes(t.Context(), scope))
	for range 2 { // from the store, and from memory
		gotClient, err := s.Client(t.Context(), "a")
		must(t, err)
		if diff := cmp.Diff(client("a", "A"), gotClient); diff != "" {
			t.Errorf("client (-want +got):\n%s", diff)
		}
		gotScope, err := s.Scope(t.Context(), "mun:a")
		must(t, err)
		if diff := cmp.Diff(scope, gotScope); diff != "" {
			t.Errorf("scope (-want +got):\n%s", diff)
		}
	}
}

func findsNothing(t *testing.T, open func(string) Store) {
	s := open("")
	must(t, s.PutClients(t.Context(), client("a", "A")))
	if _, err := s.Client(t.Context(), "A"); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("client: got %v, want ErrNotFound", err)
	}
	if _, err := s.Scope(t.Context(), "a"); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("scope: got %v, want ErrNotFound", err)
	}
	must(t, s.PutClients(t.Context(), client("A", "later")))
	got, err := s.Client(t.Context(), "A")
	must(t, err)
	if got.Name != "later" {
		t.Errorf("got %q: that it was missing was remembered", got.Name)
	}
}

func replaces(t *testing.T, open func(string) Store) {
	s := open("")
	for _, name := range []string{"old", "new"} {
		must(t, s.PutClients(t.Context(), client("a", name)))
		got, err := s.Client(t.Context(), "a")
		must(t, err)
		if got.Name != name {
			t.Errorf("got %q, want %q", got.Name, name)
		}
	}
}

func putsMany(t *testing.T, open func(string) Store) {
	s := open("")
	many := make([]*oauth.Client, 2500)
	for i := range many {
		many[i] = client(fmt.Sprint(i), "many")
	}
	must(t, s.PutClients(t.Context(), many...))
	for _, id := range []string{"0", "999", "1000", "2499"} {
		if _, err := s.Client(t.Context(), id); err != nil {
			t.Errorf("client %s: %v", id, err)
		}
	}
}

func isolates(t *testing.T, open func(string) Store) {
	s, other := open("one"), open("other")
	must(t, s.PutClients(t.Context(), client("a", "A")))
	settle(t, s)
	settle(t, other)
	if _, err := other.Client(t.Context(), "a"); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	must(t, s.UseGrant(t.Context(), use("r1", s), now))
	must(t, other.UseGrant(t.Context(), use("r2", other), now))
}

func learns(t *testing.T, open func(string) Store) {
	s, replica := open(""), open("")
	must(t, s.PutClients(t.Context(), client("a", "old")))
	settle(t, replica)
	_, err := replica.Client(t.Context(), "a")
	must(t, err)
	before := replica.Generation()
	must(t, s.PutClients(t.Context(), client("a", "new")))
	current, err := replica.Current(t.Context(), before)
	must(t, err)
	if current {
		t.Error("the replica takes what it knows for current")
	}
	got, err := replica.Client(t.Context(), "a")
	must(t, err)
	if got.Name != "new" {
		t.Errorf("got %q, want the new one", got.Name)
	}
	if current, err = replica.Current(t.Context(), replica.Generation()); err != nil || !current {
		t.Errorf("after reading anew: current is %t (%v), want true", current, err)
	}
}

// use is the use of one and the same grant by a request.
func use(request string, s Store) oauth.GrantUse {
	return oauth.GrantUse{
		Client: "a", ID: "jti:æ \x00 1", Request: request, Until: now.Add(time.Minute), Generation: s.Generation(),
	}
}

func goesStale(t *testing.T, open func(string) Store) {
	s, replica := open(""), open("")
	must(t, s.PutClients(t.Context(), client("a", "old")))
	settle(t, replica)
	judged := use("r1", replica)
	must(t, s.PutClients(t.Context(), client("a", "new")))
	if err := replica.UseGrant(t.Context(), judged, now); !errors.Is(err, oauth.ErrStale) {
		t.Fatalf("got %v, want ErrStale", err)
	}
	must(t, replica.UseGrant(t.Context(), use("r1", replica), now))  // judged anew by the same request
	for _, u := range []oauth.GrantUse{use("r2", replica), judged} { // the second is stale as well
		u.Request = "r2"
		if err := replica.UseGrant(t.Context(), u, now); !errors.Is(err, oauth.ErrGrantUsed) {
			t.Errorf("another request, judged by generation %q: got %v, want ErrGrantUsed", u.Generation, err)
		}
	}
}

func usesOnce(t *testing.T, open func(string) Store) {
	s, replica := open(""), open("")
	settle(t, s)
	settle(t, replica)
	must(t, s.UseGrant(t.Context(), use("r1", s), now))
	for _, again := range []Store{s, replica} {
		if err := again.UseGrant(t.Context(), use("r2", again), now); !errors.Is(err, oauth.ErrGrantUsed) {
			t.Errorf("got %v, want ErrGrantUsed", err)
		}
	}
	for name, change := range map[string]func(*oauth.GrantUse){
		"another client's": func(u *oauth.GrantUse) { u.Client = "b" },
		"another id":       func(u *oauth.GrantUse) { u.ID = "jti:2" },
	} {
		u := use("r3", s)
		change(&u)
		if err := s.UseGrant(t.Context(), u, now); err != nil {
			t.Errorf("%s: got %v, want none", name, err)
		}
	}
}

func retries(t *testing.T, open func(string) Store) {
	s := open("")
	settle(t, s)
	for range 3 {
		must(t, s.UseGrant(t.Context(), use("r1", s), now))
	}
}

func forgets(t *testing.T, open func(string) Store) {
	s := open("")
	settle(t, s)
	must(t, s.UseGrant(t.Context(), use("r1", s), now))
	later := now.Add(time.Minute)
	for at, want := range map[time.Time]bool{later.Add(-time.Second): true, later: false} {
		if got, err := s.GrantUsed(t.Context(), "a", use("", s).ID, at); err != nil || got != want {
			t.Errorf("at %s used is %t (%v), want %t", at, got, err, want)
		}
	}
	u := use("r2", s)
	u.Until = later.Add(time.Minute)
	must(t, s.UseGrant(t.Context(), u, later))
	u.Request = "r3"
	if err := s.UseGrant(t.Context(), u, later); !errors.Is(err, oauth.ErrGrantUsed) {
		t.Errorf("after it was used anew: got %v, want ErrGrantUsed", err)
	}
}

func races(t *testing.T, open func(string) Store) { race(t, open, now) }

func racesForTheForgotten(t *testing.T, open func(string) Store) {
	s := open("")
	settle(t, s)
	must(t, s.UseGrant(t.Context(), use("first", s), now))
	race(t, open, now.Add(2*time.Minute))
}

func race(t *testing.T, open func(string) Store, at time.Time) {
	stores := []Store{open(""), open("")}
	var uses [16]oauth.GrantUse
	var first [16]error
	var group sync.WaitGroup
	start := make(chan struct{})
	for i := range uses {
		s := stores[i%2]
		settle(t, s)
		uses[i] = use(fmt.Sprint("request ", i), s)
		uses[i].Until = at.Add(time.Minute)
		group.Go(func() {
			<-start
			first[i] = s.UseGrant(t.Context(), uses[i], at)
		})
	}
	close(start)
	group.Wait()
	won := 0
	for i, err := range first {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, oauth.ErrGrantUsed):
			t.Error(err)
		}
		if again := stores[i%2].UseGrant(t.Context(), uses[i], at); !errors.Is(again, err) {
			t.Errorf("%s got %v, and when it asked again %v", uses[i].Request, err, again)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d used the grant, want 1", won, len(uses))
	}
}

func looks(t *testing.T, open func(string) Store) {
	s := open("")
	settle(t, s)
	for range 2 {
		if used, err := s.GrantUsed(t.Context(), "a", use("", s).ID, now); used || err != nil {
			t.Errorf("used is %t (%v), want false", used, err)
		}
	}
	must(t, s.UseGrant(t.Context(), use("r1", s), now))
	if used, err := s.GrantUsed(t.Context(), "a", use("", s).ID, now); !used || err != nil {
		t.Errorf("used is %t (%v), want true", used, err)
	}
}

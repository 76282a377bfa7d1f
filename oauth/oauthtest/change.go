package oauthtest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpe/oauth"
)

func lists(t *testing.T, open func(string) Store) {
	s := open("")
	clients, err := s.Clients(t.Context())
	must(t, err)
	scopes, err := s.Scopes(t.Context())
	must(t, err)
	if len(clients)+len(scopes) != 0 {
		t.Errorf("an empty store lists %d clients and %d scopes", len(clients), len(scopes))
	}
	must(t, s.PutClients(t.Context(), client("b", "B"), client("a", "A"), client("c", "C")))
	must(t, s.PutScopes(t.Context(), &oauth.Scope{Name: "mun:b"}, &oauth.Scope{Name: "mun:a"}))
	clients, err = s.Clients(t.Context())
	must(t, err)
	wantClients := []*oauth.Client{client("a", "A"), client("b", "B"), client("c", "C")}
	if diff := cmp.Diff(wantClients, clients); diff != "" {
		t.Errorf("clients (-want +got):\n%s", diff)
	}
	scopes, err = s.Scopes(t.Context())
	must(t, err)
	if diff := cmp.Diff([]*oauth.Scope{{Name: "mun:a"}, {Name: "mun:b"}}, scopes); diff != "" {
		t.Errorf("scopes (-want +got):\n%s", diff)
	}
}

func keepsItsOwn(t *testing.T, open func(string) Store) {
	s := open("")
	put := client("a", "A")
	must(t, s.PutClients(t.Context(), put))
	put.Name, put.Scopes[0] = "changed", "changed"
	wantClient(t, s, client("a", "A"))
	listed, err := s.Clients(t.Context())
	must(t, err)
	listed[0].Name, listed[0].Scopes[0] = "changed", "changed"
	wantClient(t, s, client("a", "A"))
}

func wantClient(t *testing.T, s Store, want *oauth.Client) {
	t.Helper()
	got, err := s.Client(t.Context(), want.ID)
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("client (-want +got):\n%s", diff)
	}
}

func deletes(t *testing.T, open func(string) Store) {
	s, replica := open(""), open("")
	must(t, s.PutClients(t.Context(), client("a", "A"), client("b", "B")))
	must(t, s.PutScopes(t.Context(), &oauth.Scope{Name: "mun:a"}))
	settle(t, replica)
	wantClient(t, replica, client("a", "A"))
	_, err := replica.Scope(t.Context(), "mun:a")
	must(t, err)
	must(t, s.DeleteClient(t.Context(), "a"))
	must(t, s.DeleteScope(t.Context(), "mun:a"))
	wantChanged(t, replica)
	for _, at := range []Store{s, replica} {
		if _, err := at.Client(t.Context(), "a"); !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("client: got %v, want ErrNotFound", err)
		}
		if _, err := at.Scope(t.Context(), "mun:a"); !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("scope: got %v, want ErrNotFound", err)
		}
		wantClient(t, at, client("b", "B"))
	}
	if err := s.DeleteClient(t.Context(), "a"); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("deleting a client again: got %v, want ErrNotFound", err)
	}
	if err := s.DeleteScope(t.Context(), "mun:a"); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("deleting a scope again: got %v, want ErrNotFound", err)
	}
}

// wantChanged wants the store to learn that others have changed what it knows.
func wantChanged(t *testing.T, s Store) {
	t.Helper()
	if current, err := s.Current(t.Context(), s.Generation()); current || err != nil {
		t.Errorf("after a change by another: current is %t (%v), want false", current, err)
	}
}

func updates(t *testing.T, open func(string) Store) {
	s, replica := open(""), open("")
	must(t, s.PutClients(t.Context(), client("a", "A")))
	must(t, s.PutScopes(t.Context(), &oauth.Scope{Name: "mun:a"}))
	settle(t, replica)
	wantClient(t, s, client("a", "A"))
	wantClient(t, replica, client("a", "A"))
	must(t, s.UpdateClient(t.Context(), "a", func(c *oauth.Client) error { c.Name += "!"; return nil }))
	wantChanged(t, replica)
	must(t, s.UpdateScope(t.Context(), "mun:a", func(s *oauth.Scope) error { s.Inactive = true; return nil }))
	wantChanged(t, replica)
	for _, at := range []Store{s, replica} {
		wantClient(t, at, client("a", "A!"))
		if got, err := at.Scope(t.Context(), "mun:a"); err != nil || !got.Inactive {
			t.Errorf("scope: got %v (%v), want an inactive one", got, err)
		}
	}
}

func failsToUpdate(t *testing.T, open func(string) Store) {
	s := open("")
	must(t, s.PutClients(t.Context(), client("a", "A")))
	wantClient(t, s, client("a", "A")) // and now it is in memory
	before := s.Generation()
	refused := errors.New("refused")
	err := s.UpdateClient(t.Context(), "a", func(c *oauth.Client) error {
		c.Name, c.Scopes[0] = "changed", "changed"
		return refused
	})
	if !errors.Is(err, refused) {
		t.Errorf("got %v, want the error of the change", err)
	}
	clientErr := s.UpdateClient(t.Context(), "b", func(*oauth.Client) error { t.Error("changes nothing"); return nil })
	if !errors.Is(clientErr, oauth.ErrNotFound) {
		t.Errorf("a client that is not there: got %v, want ErrNotFound", clientErr)
	}
	scopeErr := s.UpdateScope(t.Context(), "b", func(*oauth.Scope) error { t.Error("changes nothing"); return nil })
	if !errors.Is(scopeErr, oauth.ErrNotFound) {
		t.Errorf("a scope that is not there: got %v, want ErrNotFound", scopeErr)
	}
	if current, err := s.Current(t.Context(), before); !current || err != nil {
		t.Errorf("current is %t (%v), want true", current, err)
	}
	wantClient(t, s, client("a", "A"))
	wantClient(t, open(""), client("a", "A"))
}

func updatesAtOnce(t *testing.T, open func(string) Store) {
	stores := []Store{open(""), open("")}
	must(t, stores[0].PutClients(t.Context(), &oauth.Client{ID: "a"}))
	var want []string
	var group sync.WaitGroup
	for i := range 16 {
		scope := fmt.Sprintf("mun:%02d", i)
		want = append(want, scope)
		group.Go(func() {
			err := stores[i%2].UpdateClient(t.Context(), "a", func(c *oauth.Client) error {
				c.Scopes = append(c.Scopes, scope)
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	settle(t, stores[0])
	got, err := stores[0].Client(t.Context(), "a")
	must(t, err)
	slices.Sort(got.Scopes) // nobody else has this store
	if diff := cmp.Diff(want, got.Scopes); diff != "" {
		t.Errorf("scopes (-want +got):\n%s", diff)
	}
}

package systemuser_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"mpe/altinn/altinnredis"
	"mpe/altinn/authorization"
	"mpe/altinn/party"
	"mpe/altinn/problem"
	"mpe/altinn/resource"
	"mpe/altinn/system"
	"mpe/altinn/systemuser"
	"mpe/compose/redistest"
	"mpe/oauth/org"
)

const (
	vendor   = org.Number("310000019")
	customer = org.Number("310000027")
	product  = "310000019_product"
)

var manager = &party.Person{
	Party: party.Party{ID: 1, Name: "Manager"}, Roles: []party.Role{{Role: "daglig-leder", Org: customer}},
}

// newRegistry is a registry with one system, over the store.
func newRegistry(t *testing.T, store *altinnredis.Store) *systemuser.Registry {
	t.Helper()
	must(t, store.ChangeResources(t.Context(), func(w resource.Writer) error {
		policy := resource.WritePolicy("r", 0, []resource.Grant{{Actions: []string{"read"}, Subjects: []string{"urn:altinn:rolecode:DAGL"}}})
		return errors.Join(w.PutResource(t.Context(), &resource.Resource{ID: "r", Type: "GenericAccessResource", Delegable: true}),
			w.PutPolicy(t.Context(), "r", policy))
	}))
	names := map[string]string{"nb": "Product", "nn": "Product", "en": "Product"}
	must(t, store.PutSystems(t.Context(), &system.System{
		ID: product, Vendor: vendor, Name: names, Rights: resource.RightsTo("r"),
	}))
	return &systemuser.Registry{
		Store:       store,
		Parties:     party.NewRegister([]*party.Party{{ID: 500000, Number: customer}}, nil, nil, nil),
		Delegations: &authorization.DelegationCheck{Resources: store},
		PageSize:    50,
		Now:         time.Now,
		NewID:       uuid.NewString,
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func ask(t *testing.T, g *systemuser.Registry, ref string) *systemuser.Request {
	t.Helper()
	r, _, err := g.Ask(t.Context(), vendor, systemuser.Ask{
		Kind: systemuser.StandardRequest, System: product, Party: customer, ExternalRef: ref, Rights: resource.RightsTo("r"),
	})
	must(t, err)
	return r
}

// Of many approvals at once, through two emulators' stores, one is the first, and it makes one system user.
func TestApprovalsAtOnceMakeOneSystemUser(t *testing.T) {
	redistest.Each(t, func(t *testing.T, c redis.UniversalClient) {
		prefix := redistest.Prefix()
		registries := []*systemuser.Registry{
			newRegistry(t, altinnredis.New(c, prefix)), newRegistry(t, altinnredis.New(c, prefix)),
		}
		request := ask(t, registries[0], "x")
		var approved, late atomic.Int32
		var all sync.WaitGroup
		for i := range 16 {
			all.Go(func() {
				err := registries[i%2].Approve(t.Context(), systemuser.StandardRequest, 500000, request.ID, manager)
				refusal, refused := errors.AsType[*problem.Problem](err)
				switch {
				case err == nil:
					approved.Add(1)
				case refused && refusal.Code == "AUTH-00013":
					late.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if approved.Load() != 1 || late.Load() != 15 {
			t.Errorf("%d approvals, %d too late; want 1 and 15", approved.Load(), late.Load())
		}
		users, _, err := registries[1].UsersOfSystem(t.Context(), vendor, product, 0)
		must(t, err)
		if len(users) != 1 || users[0].ID != request.ID {
			t.Errorf("got %d system users, want the one with the request's id", len(users))
		}
	})
}

// The same request asked for at once by many is one request.
func TestRequestsAtOnceAreOne(t *testing.T) {
	redistest.Each(t, func(t *testing.T, c redis.UniversalClient) {
		g := newRegistry(t, altinnredis.New(c, redistest.Prefix()))
		var ids sync.Map
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				r, _, err := g.Ask(t.Context(), vendor, systemuser.Ask{
					Kind: systemuser.StandardRequest, System: product, Party: customer, Rights: resource.RightsTo("r"),
				})
				if err != nil {
					t.Error(err)
					return
				}
				ids.Store(r.ID, true)
			})
		}
		all.Wait()
		count := 0
		ids.Range(func(any, any) bool { count++; return true })
		if count != 1 {
			t.Errorf("got %d requests, want 1", count)
		}
	})
}

// However much of the write Redis has been sent when the process dies, it holds the accepted request and its system
// user, or neither. What Redis sees of a death is a connection that ends.
func TestADeathWithinTheWriteLeavesAllOrNothing(t *testing.T) {
	redistest.Each(t, func(t *testing.T, c redis.UniversalClient) {
		direct, one := c.(*redis.Client)
		if !one {
			t.Skip("a Cluster's nodes are servers, and a sandbox is on one of them")
		}
		prefix := redistest.Prefix()
		store := altinnredis.New(direct, prefix)
		registry := newRegistry(t, store)
		for sent, whole, cuts := 0, false, 0; !whole; sent += 97 {
			request := ask(t, registry, fmt.Sprint(sent))
			dying := *registry
			dying.Store = altinnredis.New(throughCut(t, direct, sent), prefix)
			_ = dying.Approve(t.Context(), systemuser.StandardRequest, 500000, request.ID, manager) // it dies

			stored, err := store.Request(t.Context(), request.ID)
			must(t, err)
			_, err = store.SystemUser(t.Context(), request.ID)
			whole = !errors.Is(err, systemuser.ErrNotFound)
			if accepted := stored.Status == systemuser.Accepted; accepted != whole {
				t.Fatalf("after %d bytes the request is %s, and the system user exists: %t", sent, stored.Status, whole)
			}
			if cuts++; whole && cuts < 5 {
				t.Errorf("the write was cut %d times only; that shows little", cuts)
			}
			if sent > 10_000 {
				t.Fatal("the write never got through")
			}
		}
	})
}

// throughCut is a client whose connections end that many bytes after the transaction has begun.
func throughCut(t *testing.T, direct *redis.Client, sent int) *redis.Client {
	t.Helper()
	options := *direct.Options()
	server := options.Addr
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go cut(client, server, sent)
		}
	}()
	options.Addr, options.MaxRetries, options.Dialer = listener.Addr().String(), -1, nil
	c := redis.NewClient(&options)
	t.Cleanup(func() { c.Close(); listener.Close() })
	return c
}

// cut forwards what the client sends, up to so many bytes of the transaction.
func cut(client net.Conn, server string, sent int) {
	defer client.Close()
	upstream, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	defer upstream.Close()
	go func() { _, _ = io.Copy(client, upstream) }()
	buffer := make([]byte, 64<<10)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		packet := buffer[:n]
		if begins := bytes.Index(bytes.ToLower(packet), []byte("\r\nmulti\r\n")); begins >= 0 && begins+sent < n {
			_, _ = upstream.Write(packet[:begins+sent])
			return
		}
		if _, err := upstream.Write(packet); err != nil {
			return
		}
	}
}

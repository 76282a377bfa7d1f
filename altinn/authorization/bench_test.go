package authorization_test

import (
	"context"
	"fmt"
	"testing"

	"mpe/altinn/authorization"
	"mpe/altinn/party"
	"mpe/altinn/pdp"
	"mpe/altinn/resource"
	"mpe/altinn/systemuser"
	"mpe/oauth/org"
)

// memory is data at hand, as they are once they have been read from the store.
type memory struct {
	resources map[string]*resource.Resource
	policies  map[string]*pdp.Policy
	users     map[string]*systemuser.SystemUser
}

func (m *memory) View(context.Context) (authorization.View, error) { return m, nil }

func (m *memory) Resource(_ context.Context, id string) (*resource.Resource, error) {
	if r, ok := m.resources[id]; ok {
		return r, nil
	}
	return nil, resource.ErrNotFound
}

func (m *memory) CompiledPolicy(_ context.Context, id string) (*pdp.Policy, error) {
	if p, ok := m.policies[id]; ok {
		return p, nil
	}
	return nil, resource.ErrNotFound
}

func (m *memory) SystemUser(_ context.Context, id string) (*systemuser.SystemUser, error) {
	if u, ok := m.users[id]; ok {
		return u, nil
	}
	return nil, systemuser.ErrNotFound
}

func (m *memory) Resources(context.Context) ([]*resource.Resource, error) { return nil, nil }

func (m *memory) put(t testing.TB, r *resource.Resource, level int, grants ...resource.Grant) {
	t.Helper()
	policy, err := pdp.ParsePolicy(resource.WritePolicy(r.ID, level, grants))
	if err != nil {
		t.Fatal(err)
	}
	if m.resources == nil {
		m.resources, m.policies, m.users = map[string]*resource.Resource{}, map[string]*pdp.Policy{}, map[string]*systemuser.SystemUser{}
	}
	m.resources[r.ID], m.policies[r.ID] = r, policy
}

// tenRules are a policy as the registry has them: packages and roles, a rule for each, of which the last applies.
func tenRules() []resource.Grant {
	var grants []resource.Grant
	for i := range 8 {
		grants = append(grants, resource.Grant{Actions: []string{"read"}, Subjects: []string{fmt.Sprintf("urn:altinn:rolecode:R%03d", i)}})
	}
	return append(grants, resource.Grant{Actions: []string{"read", "write"}, Subjects: []string{"urn:altinn:rolecode:DAGL"}},
		resource.Grant{Actions: []string{"read", "write"}, Subjects: []string{jordbruk}})
}

func systemUserID(i int) string { return fmt.Sprintf("7c2e9a10-0000-4000-8000-%012d", i) }

// BenchmarkAuthorize is decisions with the data at hand, by a policy of ten rules among a thousand resources.
func BenchmarkAuthorize(b *testing.B) {
	for _, users := range []int{10, 100_000} {
		m := &memory{}
		for i := range 1000 {
			m.put(b, &resource.Resource{ID: fmt.Sprintf("resource-%d", i)}, 2, tenRules()...)
		}
		for i := range users {
			u := &systemuser.SystemUser{ID: systemUserID(i), Owner: customer}
			if i%2 == 0 {
				u.AccessPackages = []string{jordbruk}
			} else {
				u.Delegated = []resource.Right{{Action: "write", Resource: resource.RightTo("resource-7").Resource}}
			}
			m.users[u.ID] = u
		}
		a := &authorization.Authorizer{Store: m, Parties: party.NewRegister(nil, nil, nil, func(n org.Number) *party.Party {
			return &party.Party{ID: 91049335, UUID: "u", Number: n}
		})}
		for kind, name := range map[int]string{0: "package", 1: "single-right"} {
			b.Run(fmt.Sprintf("%d-system-users/%s", users, name), func(b *testing.B) {
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					i++
					all, err := a.Authorize(b.Context(), []*pdp.Request{request(systemUserID((2*i+kind)%users), "write", "resource-7", customer)}, authorization.External)
					if err != nil || all[0].Result.Decision != pdp.DecisionPermit {
						b.Fatal(all[0].Result, err)
					}
				}
			})
		}
	}
}

// request asks whether the system user may do the action with the resource for the organisation.
func request(systemUser, action, id string, n org.Number) *pdp.Request {
	r := &pdp.Request{Categories: []pdp.Category{{ID: pdp.AccessSubject}, {ID: pdp.Action}, {ID: pdp.Resource}}}
	r.Categories[0].Add("urn:altinn:systemuser:uuid", systemUser)
	r.Categories[1].Add(pdp.ActionID, action)
	r.Categories[2].Add("urn:altinn:resource", id)
	r.Categories[2].Add("urn:altinn:organization:identifier-no", string(n))
	return r
}

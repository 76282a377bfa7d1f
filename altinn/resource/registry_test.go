package resource_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpe/altinn/problem"
	"mpe/altinn/resource"
	"mpe/oauth/org"
)

const owner, stranger = org.Number("991825827"), org.Number("310000027")

// known is a store of resources, which have no policies.
type known map[string]*resource.Resource

func (k known) Resource(_ context.Context, id string) (*resource.Resource, error) {
	if r := k[id]; r != nil {
		return r, nil
	}
	return nil, resource.ErrNotFound
}

func (k known) Resources(context.Context) ([]*resource.Resource, error) { return nil, nil }

func (k known) Policy(context.Context, string) ([]byte, error) { return nil, resource.ErrNotFound }

func (k known) ChangeResources(_ context.Context, change func(resource.Writer) error) error {
	return change(k)
}

func (k known) PutResource(_ context.Context, r *resource.Resource) error {
	k[r.ID] = r
	return nil
}

func (k known) PutPolicy(context.Context, string, []byte) error { return nil }

func (k known) DeleteResource(_ context.Context, id string) error {
	delete(k, id)
	return nil
}

// valid is a resource that the registry takes, changed.
func valid(change func(*resource.Resource)) *resource.Resource {
	texts := resource.Texts{"en": "a", "nb": "b", "nn": "c"}
	r := &resource.Resource{
		ID: "a_1-", Type: "GenericAccessResource", Title: texts, Description: texts, RightDescription: texts, Delegable: true,
		ContactPoints: []resource.ContactPoint{}, Authority: &resource.Authority{Organization: owner, Code: "smart"},
	}
	if change != nil {
		change(r)
	}
	return r
}

func TestWhatAResourceHasToHave(t *testing.T) {
	const (
		badID    = "Identifier: Invalid id. Only a-z and 0-9 is allowed together with _ and -.  Minimum 4 characters"
		badOwner = "HasCompetentAuthority.Organization: " +
			"HasCompetentAuthority needs to be set with valid organization number"
		noScope = "ResourceReferences: Missing maskinporten scopen for MaskinportenSchema resource"
	)
	noRight := []string{
		"RightDescription: Missing RightDescription in bokmal nb", "RightDescription: Missing RightDescription in nynorsk nn",
	}
	required := func(name string) string { return name + ": The " + name + " field is required." }
	for name, c := range map[string]struct {
		change         func(*resource.Resource)
		create, update []string
	}{
		"all":                    {nil, nil, nil},
		"a short id":             {func(r *resource.Resource) { r.ID = "abc" }, []string{badID}, nil},
		"an id with capitals":    {func(r *resource.Resource) { r.ID = "Abcd" }, []string{badID}, nil},
		"an id with a line feed": {func(r *resource.Resource) { r.ID = "abcd\n" }, []string{badID}, nil},
		"no id":                  {func(r *resource.Resource) { r.ID = "" }, []string{badID}, []string{required("Identifier")}},
		"an id of Altinn 2": {
			func(r *resource.Resource) { r.ID = "se_1234" },
			[]string{"Identifier: Invalid prefix. Only to be used for Altinn 2 services"},
			[]string{"Identifier: Invalid prefix. Only to be used for Altinn 2 services"},
		},
		"an app's id": {
			func(r *resource.Resource) { r.ID = "app_1" },
			[]string{"Identifier: Invalid Prefix. app_ is only for Altinn Studio apps"},
			[]string{"Identifier: Invalid Prefix. app_ is only for Altinn Studio apps"},
		},
		"no type": {
			func(r *resource.Resource) { r.Type = "" },
			[]string{"ResourceType: ResourceType needs to be set"},
			[]string{required("ResourceType"), "ResourceType: ResourceType needs to be set"},
		},
		"no owner": {
			func(r *resource.Resource) { r.Authority = nil },
			[]string{badOwner}, []string{required("HasCompetentAuthority"), badOwner},
		},
		"an owner with a wrong check digit": {
			func(r *resource.Resource) { r.Authority.Organization = "991825828" }, []string{badOwner}, []string{badOwner},
		},
		"the test department": {
			func(r *resource.Resource) { r.Authority = &resource.Authority{Organization: "1", Code: "TTD"} }, nil, nil,
		},
		"no contact": {func(r *resource.Resource) { r.ContactPoints = nil }, nil, []string{required("ContactPoints")}},
		"a right without a description": {
			func(r *resource.Resource) { r.RightDescription = resource.Texts{"en": "a", "nb": ""} },
			noRight, noRight,
		},
		"a right that is not passed on": {
			func(r *resource.Resource) { r.RightDescription, r.Delegable = nil, false }, nil, nil,
		},
		"a schema without scopes": {
			func(r *resource.Resource) { r.Type = resource.MaskinportenSchema }, []string{noScope}, []string{noScope},
		},
		"names in other letters": {
			func(r *resource.Resource) { r.Type, r.AccessListMode = "genericaccessresource", "enabled" }, nil, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			admin := resource.Caller{Admin: true}
			created := valid(c.change)
			registry := resource.Registry{Store: known{}}
			if diff := cmp.Diff(c.create, fields(t, registry.Create(t.Context(), admin, created))); diff != "" {
				t.Errorf("created (-want +got):\n%s", diff)
			}
			changed := valid(c.change)
			registry.Store = known{changed.ID: valid(nil)}
			err := registry.Update(t.Context(), admin, changed.ID, changed)
			if diff := cmp.Diff(c.update, fields(t, err)); diff != "" {
				t.Errorf("changed (-want +got):\n%s", diff)
			}
		})
	}
}

// fields are what a refusal says of fields.
func fields(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	refused, is := errors.AsType[*problem.Malformed](err)
	if !is {
		t.Fatalf("got %v, want a refusal by field", err)
	}
	var all []string
	for _, f := range refused.Fields {
		all = append(all, f.Name+": "+f.Message)
	}
	return all
}

func TestNamesAreSpeltAsTheRegistryDoes(t *testing.T) {
	r := valid(func(r *resource.Resource) {
		r.Type, r.AccessListMode, r.AvailableFor = "genericaccessresource", "ENABLED", []string{"company"}
		r.References = []resource.Reference{{Source: "altinn3", Type: "uri"}, {}}
	})
	if err := (&resource.Registry{Store: known{}}).Create(t.Context(), resource.Caller{Admin: true}, r); err != nil {
		t.Fatal(err)
	}
	want := valid(func(r *resource.Resource) {
		r.AccessListMode, r.AvailableFor, r.VersionID = resource.Enabled, []string{"Company"}, 1
		r.References = []resource.Reference{{Source: "Altinn3", Type: "Uri"}, {}}
	})
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhoMayPublish(t *testing.T) {
	scopes := func(all ...string) func(*resource.Resource) {
		return func(r *resource.Resource) {
			for _, scope := range all {
				reference := resource.Reference{Reference: scope, Type: resource.MaskinportenScope}
				r.References = append(r.References, reference)
			}
		}
	}
	const allowed, forbidden = "", "forbidden"
	owns := func(prefixes ...string) resource.Caller { return resource.Caller{Org: owner, Prefixes: prefixes} }
	ownerless := func(r *resource.Resource) { r.Authority = &resource.Authority{Code: "ttd"} }
	for name, c := range map[string]struct {
		caller resource.Caller
		change func(*resource.Resource)
		want   string
	}{
		"the owner":                       {owns(), nil, allowed},
		"somebody else":                   {resource.Caller{Org: stranger}, nil, forbidden},
		"nobody":                          {resource.Caller{}, nil, forbidden},
		"nobody, of what nobody owns":     {resource.Caller{}, ownerless, forbidden},
		"who administers":                 {resource.Caller{Admin: true}, scopes("skd:a"), allowed},
		"the owner of the scopes":         {owns("krt", "skd"), scopes("skd:a", "krt:b"), allowed},
		"the owner of one of them":        {owns("skd"), scopes("skd:a", "krt:b"), "krt:b"},
		"the owner of the prefix' prefix": {owns("sk"), scopes("skd:a"), "skd:a"},
		"the owner of no scope":           {owns(), scopes("skd:a"), "skd:a"},
		"somebody else, with those scopes": {
			resource.Caller{Org: stranger, Prefixes: []string{"skd"}}, scopes("skd:a"), forbidden,
		},
	} {
		store := known{}
		err := (&resource.Registry{Store: store}).Create(t.Context(), c.caller, valid(c.change))
		got := allowed
		if foreign, is := errors.AsType[*resource.ForeignScopes](err); is {
			got = foreign.Scopes[0]
		} else if refused, is := errors.AsType[*problem.Plain](err); is && refused.Kind == problem.Forbidden {
			got = forbidden
		} else if err != nil {
			t.Fatal(err)
		}
		if got != c.want || (got == allowed) != (len(store) == 1) {
			t.Errorf("%s: got %q, want %q; %d are stored", name, got, c.want, len(store))
		}
	}
}

// Access lists have an API of their own, and stay as they are.
func TestAccessListsAreNotPublished(t *testing.T) {
	listed := func(id string) *resource.Resource {
		return valid(func(r *resource.Resource) { r.AccessLists = []resource.AccessList{{ID: id}} })
	}
	store, admin := known{}, resource.Caller{Admin: true}
	registry := resource.Registry{Store: store}
	if err := registry.Create(t.Context(), admin, listed("mine")); err != nil {
		t.Fatal(err)
	}
	if got := store["a_1-"].AccessLists; got != nil {
		t.Errorf("created with the lists %v", got)
	}
	store["a_1-"] = listed("theirs")
	if err := registry.Update(t.Context(), admin, "a_1-", listed("mine")); err != nil {
		t.Fatal(err)
	}
	if got := store["a_1-"].AccessLists; len(got) != 1 || got[0].ID != "theirs" {
		t.Errorf("changed to the lists %v", got)
	}
}

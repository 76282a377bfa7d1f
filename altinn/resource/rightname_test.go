package resource_test

import (
	"slices"
	"testing"

	"mpe/altinn/resource"
)

// rightTo is the right to do something with what the pairs of attributes name.
func rightTo(action string, pairs ...string) resource.Right {
	r := resource.Right{Action: action}
	for pair := range slices.Chunk(pairs, 2) {
		r.Resource = append(r.Resource, resource.Attribute{ID: pair[0], Value: pair[1]})
	}
	return r
}

// The keys are Altinn's.
func TestKeysOfRights(t *testing.T) {
	for _, c := range []struct {
		right resource.Right
		want  string
	}{
		{
			rightTo("read", resource.AttributeID, "ttd-externalpdp-resource1"),
			"read;ttd-externalpdp-resource1;741afd5fecf1a7cac0ac5b35cafc74c3",
		},
		{
			rightTo("instantiate", "urn:altinn:org", "brg", "urn:altinn:app", "rrh-innrapportering"),
			"instantiate;brg;rrh-innrapportering;c9e4c013f36877a54c6d92bab8dcb69c",
		},
	} {
		if got := (resource.PolicyRight{Right: c.right}).RightKey(); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
	for id, want := range map[string]string{
		"kravogbetaling":            "0138666118c37489e71317afd3760dfce600ea1cd2464b084880f0bee9b1213761",
		"KravOgBetaling":            "0138666118c37489e71317afd3760dfce600ea1cd2464b084880f0bee9b1213761",
		"ttd-externalpdp-resource1": "0194cf5505855fb2a7dd3d3708d6b4022d36e940bc0e4b4aa58d617d7c9bf99761",
	} {
		if got := rightTo("read", resource.AttributeID, id).HashKey(); got != want {
			t.Errorf("%s: got %s, want %s", id, got, want)
		}
	}
}

func TestNamesOfRights(t *testing.T) {
	to := func(action string, parts ...string) resource.Right {
		return rightTo(action, append([]string{resource.AttributeID, "a"}, parts...)...)
	}
	for _, c := range []struct {
		right resource.Right
		in    resource.Language
		want  string
	}{
		{to("read"), resource.Bokmal, "Les"},
		{to("confirm"), resource.Bokmal, "Bekreft"},
		{to("confirm"), resource.Nynorsk, "Stadfest"},
		{to("confirm"), resource.English, "Confirm"},
		{to("scopeaccess"), resource.English, "Scopeaccess"},
		{to("ærlig"), resource.Bokmal, "Ærlig"},
		{to(""), resource.Bokmal, ""},
		{to("read", "urn:altinn:task", "task_1"), resource.Bokmal, "Les (task_1)"},
		{to("read", "urn:altinn:task", "task_1", "urn:altinn:event", "e"), resource.Bokmal, "Les (task_1, e)"},
	} {
		if got := c.right.Name(c.in); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.right, got, c.want)
		}
	}
}

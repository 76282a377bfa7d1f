package seed_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"mpe/compose/seed"
)

// members gives each member that the schema knows, with the schema of its value.
func members(t *testing.T) map[string]map[string]any {
	t.Helper()
	var root map[string]any
	if err := json.Unmarshal(seed.Schema(), &root); err != nil {
		t.Fatal(err)
	}
	found := make(map[string]map[string]any)
	var walk func(path string, v any)
	walk = func(path string, v any) {
		object, _ := v.(map[string]any)
		properties, _ := object["properties"].(map[string]any)
		for name, p := range properties {
			member := p.(map[string]any)
			if ref, ok := member["$ref"].(string); ok && member["description"] == nil {
				definition := root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")]
				member = definition.(map[string]any)
			}
			found[path+"."+name] = member
		}
		for name, below := range object {
			walk(path+"."+name, below)
		}
	}
	walk("", root)
	return found
}

func TestEveryMemberIsDescribedInBothLanguages(t *testing.T) {
	all := members(t)
	if len(all) < 100 {
		t.Fatalf("found %d members only", len(all))
	}
	for path, member := range all {
		description, _ := member["description"].(string)
		english, bokmål, ok := strings.Cut(description, " / ")
		if !ok || english == "" || bokmål == "" {
			t.Errorf("%s is described as %q, want English / Bokmål", path, description)
		}
	}
}

func TestSchemaIsACopy(t *testing.T) {
	schema := seed.Schema()
	schema[0] = 'x'
	if seed.Schema()[0] != '{' {
		t.Error("a caller can change the schema of all others")
	}
}

// A member of a type that the schema does not know could never be set; one that the type does not know would be lost.
func TestSchemaAndTypesHaveTheSameMembers(t *testing.T) {
	var root struct {
		Defs map[string]struct {
			Properties map[string]any `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(seed.Schema(), &root); err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]any{
		"settings": seed.Settings{}, "organisation": seed.Organisation{}, "person": seed.Person{},
		"relation": seed.Relation{}, "scope": seed.Scope{}, "client": seed.Client{}, "delegation": seed.Delegation{},
		"resource": seed.Resource{}, "system": seed.System{}, "systemUser": seed.SystemUser{},
		"request": seed.Request{}, "fault": seed.Fault{}, "clock": seed.Clock{},
	} {
		inType := make(map[string]bool)
		for _, f := range reflect.VisibleFields(reflect.TypeOf(v)) {
			member, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if f.Name == "Keys" {
				member = "keys"
			}
			inType[member] = true
		}
		for member := range root.Defs[name].Properties {
			if !inType[member] {
				t.Errorf("%s.%s is in the schema, not in the type", name, member)
			}
			delete(inType, member)
		}
		for member := range inType {
			t.Errorf("%s.%s is in the type, not in the schema", name, member)
		}
	}
}

package pdp_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"mpe/altinn/pdp"
)

// TestDecide holds decisions to testdata, one policy in each file. A section asks something:
//
//	> CATEGORY ATTRIBUTE VALUE [TYPE]  an attribute of the request; one that is repeated has several values
//	< altinn|standard|both DECISION STATUS
//	< OBLIGATION CATEGORY=VALUE        that goes with it, all of them; advice has the word before it
func TestDecide(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no decisions", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		policy, err := pdp.ParsePolicy(archive.Files[0].Data)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, section := range archive.Files[1:] {
			t.Run(filepath.Base(file)+"/"+section.Name, func(t *testing.T) { ask(t, policy, string(section.Data)) })
		}
	}
}

func ask(t *testing.T, policy *pdp.Policy, section string) {
	t.Helper()
	request, want := &pdp.Request{}, map[string]string{}
	with := ""
	for line := range strings.Lines(section) {
		mark, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch words := strings.Fields(rest); {
		case mark == ">":
			add(request, words)
		case words[0] == "both" || words[0] == "altinn" || words[0] == "standard":
			want[words[0]] = words[1] + " " + words[2]
		default:
			with += "\n" + rest
		}
	}
	if len(want) == 0 {
		t.Fatal("nothing is wanted")
	}
	for how, answer := range want {
		for _, altinn := range []bool{true, false} {
			if how != "both" && altinn != (how == "altinn") {
				continue
			}
			got := told(policy.Decide(request, pdp.Options{Altinn: altinn}))
			if got != answer+with {
				t.Errorf("%s: got %s, want %s", how, got, answer+with)
			}
		}
	}
}

var categories = map[string]string{"subject": pdp.AccessSubject, "action": pdp.Action, "resource": pdp.Resource}

func add(r *pdp.Request, words []string) {
	c := r.Category(categories[words[0]])
	if c == nil {
		r.Categories = append(r.Categories, pdp.Category{ID: categories[words[0]]})
		c = &r.Categories[len(r.Categories)-1]
	}
	if a := c.Attribute(words[1]); a != nil {
		a.Values = append(a.Values, words[2])
		return
	}
	kind := pdp.String
	if len(words) > 3 {
		kind = words[3]
	}
	c.Attributes = append(c.Attributes, pdp.Attribute{ID: words[1], DataType: kind, Values: []string{words[2]}})
}

// told is a result as the files have it.
func told(r *pdp.Result) string {
	text := fmt.Sprintf("%s %s", r.Decision, r.Status.Code[strings.LastIndexByte(r.Status.Code, ':')+1:])
	for _, o := range r.Obligations {
		text += "\n" + o.ID + assigned(o)
	}
	for _, o := range r.Advice {
		text += "\nadvice " + o.ID + assigned(o)
	}
	return text
}

func assigned(o pdp.Obligation) string {
	text := ""
	for _, a := range o.Assignments {
		text += " " + a.Category + "=" + a.Value.Text
	}
	return text
}

// A policy that cannot be read is told by its line and element, and makes nothing.
func TestParsePolicyRefuses(t *testing.T) {
	good, err := os.ReadFile("testdata/accesspackage.txtar")
	if err != nil {
		t.Fatal(err)
	}
	policy := string(txtar.Parse(good).Files[0].Data)
	for _, c := range []struct{ name, old, new, want string }{
		{"not XML", "<xacml:Target/>", "<xacml:Target>", "Target: not well-formed XML"},
		{"another root", "xacml:Policy", "xacml:PolicySet", "line 1: PolicySet: a Policy is wanted"},
		{"another namespace", "wd-17", "wd-16", "line 1: Policy: the namespace is"},
		{"a document type", "<xacml:Policy ", "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><xacml:Policy ", "a document type is not allowed"},
		{"an entity", "ansettelsesforhold", "&e;", "invalid character entity"},
		{"no id", `PolicyId="urn:altinn:example:policyid:1"`, "", "line 1: Policy: the attribute PolicyId is missing"},
		{"an id that is no URI", "urn:altinn:example:policyid:1", "one", `Policy: PolicyId "one" is no URI`},
		{"no target", "<xacml:Target/>", "", "Rule: Policy wants Target here"},
		{"no effect", `Effect="Permit"`, "", "Rule: the attribute Effect is missing"},
		{"another effect", `Effect="Permit"`, `Effect="Allow"`, `Rule: "Allow" is neither Permit nor Deny`},
		{"an empty AllOf", "<xacml:AnyOf>", "<xacml:AnyOf><xacml:AllOf/>", "AllOf: Match is missing"},
		{"a value after the designator", "<xacml:AttributeValue DataType=\"http://www.w3.org/2001/XMLSchema#string\">emu-demo</xacml:AttributeValue>", "", "AttributeDesignator: Match wants AttributeValue here"},
		{"another data type", "XMLSchema#integer", "XMLSchema#number", "AttributeValue: there is no data type"},
		{"a value that does not fit", ">2<", ">two<", `AttributeValue: "two" is no integer`},
		{"an element that there is not", "<xacml:Target/>", "<xacml:Target/><xacml:Rules/>", "Rules: Policy does not have it, or not in this place"},
		{"two roots", "</xacml:Policy>", "</xacml:Policy><xacml:Policy xmlns:xacml=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\"/>", "second root"},
		{"too deep", "<xacml:Target/>", "<xacml:Target/>" + strings.Repeat("<xacml:Rule>", 101), "more than 100 elements deep"},
		{"too many", "<xacml:Target/>", "<xacml:Target>" + strings.Repeat("<xacml:AnyOf/>", 50_001) + "</xacml:Target>", "more than 50000 elements"},
		{"too long", "<xacml:Target/>", strings.Repeat(" ", 1<<20) + "<xacml:Target/>", "longer than 1048576 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			broken := strings.ReplaceAll(policy, c.old, c.new)
			if c.old == "<xacml:AnyOf>" {
				broken = strings.Replace(policy, c.old, c.new, 1)
			}
			if broken == policy {
				t.Fatal("nothing was changed")
			}
			p, err := pdp.ParsePolicy([]byte(broken))
			wrong, ok := errors.AsType[*pdp.SyntaxError](err)
			if p != nil || !ok || wrong.Line < 1 || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

func FuzzParsePolicy(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(archive.Files[0].Data, "ansettelsesforhold", "read", "emu-demo")
	}
	f.Fuzz(func(t *testing.T, xml []byte, subject, action, resource string) {
		policy, err := pdp.ParsePolicy(xml)
		if err != nil {
			return
		}
		r := &pdp.Request{Categories: []pdp.Category{{ID: pdp.AccessSubject}, {ID: pdp.Action}, {ID: pdp.Resource}}}
		r.Categories[0].Add("urn:altinn:accesspackage", subject)
		r.Categories[1].Add(pdp.ActionID, action)
		r.Categories[2].Add("urn:altinn:resource", resource)
		for _, altinn := range []bool{true, false} {
			result := policy.Decide(r, pdp.Options{Altinn: altinn})
			if result.Decision != pdp.DecisionPermit || strings.HasSuffix(policy.Combining, ":permit-unless-deny") {
				continue
			}
			permits := false
			for _, rule := range result.Rules {
				permits = permits || rule.Permits() && rule.Rule.Effect == pdp.Permit
			}
			if !permits {
				t.Errorf("permitted by no rule of %s", xml)
			}
		}
	})
}

func FuzzParseJSON(f *testing.F) {
	f.Add([]byte(`{"Request":{"AccessSubject":[{"Id":"s","Attribute":[{"AttributeId":"urn:a","Value":"b"}]}]}}`))
	f.Add([]byte(`{"request":{"multirequests":{"requestreference":[{"referenceid":["s"]},{"referenceid":[]}]},"resource":[{"id":"s"}],"action":[],"accesssubject":[null]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		requests, err := pdp.ParseJSON(data)
		if err == nil && len(requests) == 0 {
			t.Error("neither requests nor an error")
		}
	})
}

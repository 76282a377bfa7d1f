package resource

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"

	"mpe/altinn/pdp"
)

// Grant is a rule of a policy, said shortly: the subjects may do the actions, or may not.
type Grant struct {
	ID       string
	Effect   pdp.Effect // empty is Permit
	Actions  []string
	Subjects []string // URNs: an attribute's, a colon and the value
}

// WritePolicy writes a policy of the resource in XACML. A level above 0 is what a caller must have logged in with.
func WritePolicy(resourceID string, level int, grants []Grant) []byte {
	var w policyWriter
	w.line(`<?xml version="1.0" encoding="utf-8"?>`)
	w.line(`<xacml:Policy xmlns:xacml="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="urn:altinn:resource:%s:policy" Version="1.0"`+
		` RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides">`, resourceID)
	w.line(`  <xacml:Target/>`)
	for i, g := range grants {
		w.grant(resourceID, i+1, g)
	}
	if level > 0 {
		w.level(level)
	}
	w.line(`</xacml:Policy>`)
	return []byte(w.String())
}

type policyWriter struct{ strings.Builder }

// line writes a line, whose values are escaped.
func (w *policyWriter) line(format string, values ...any) {
	for i, v := range values {
		if text, ok := v.(string); ok {
			var escaped strings.Builder
			_ = xml.EscapeText(&escaped, []byte(text)) // a Builder cannot fail
			values[i] = escaped.String()
		}
	}
	fmt.Fprintf(w, format+"\n", values...)
}

func (w *policyWriter) grant(resourceID string, n int, g Grant) {
	effect, id := g.Effect, g.ID
	if effect == "" {
		effect = pdp.Permit
	}
	if id == "" {
		id = ruleID(resourceID, n)
	}
	w.line(`  <xacml:Rule RuleId="%s" Effect="%s">`, id, string(effect))
	w.line(`    <xacml:Target>`)
	var subjects, actions [][]Attribute
	for _, urn := range g.Subjects {
		at := strings.LastIndexByte(urn, ':')
		subjects = append(subjects, []Attribute{{ID: urn[:max(at, 0)], Value: urn[at+1:]}})
	}
	for _, action := range g.Actions {
		actions = append(actions, []Attribute{{ID: pdp.ActionID, Value: action}})
	}
	w.anyOf(pdp.AccessSubject, pdp.EqualIgnoreCase, subjects)
	w.anyOf(pdp.Resource, pdp.StringEqual, [][]Attribute{AuthorizationReference(resourceID)})
	w.anyOf(pdp.Action, pdp.StringEqual, actions)
	w.line(`    </xacml:Target>`)
	w.line(`  </xacml:Rule>`)
}

// ruleID is that of a rule that has none of its own.
func ruleID(resourceID string, n int) string {
	return fmt.Sprintf("urn:altinn:resource:%s:rule:%d", resourceID, n)
}

func (w *policyWriter) anyOf(category, function string, alternatives [][]Attribute) {
	w.line(`      <xacml:AnyOf>`)
	for _, together := range alternatives {
		w.line(`        <xacml:AllOf>`)
		for _, a := range together {
			w.line(`          <xacml:Match MatchId="%s">`, function)
			w.line(`            <xacml:AttributeValue DataType="%s">%s</xacml:AttributeValue>`, pdp.String, a.Value)
			w.line(`            <xacml:AttributeDesignator AttributeId="%s" Category="%s" DataType="%s" MustBePresent="false"/>`,
				a.ID, category, pdp.String)
			w.line(`          </xacml:Match>`)
		}
		w.line(`        </xacml:AllOf>`)
	}
	w.line(`      </xacml:AnyOf>`)
}

func (w *policyWriter) level(level int) {
	w.line(`  <xacml:ObligationExpressions>`)
	w.line(`    <xacml:ObligationExpression FulfillOn="Permit" ObligationId="urn:altinn:obligation:1">`)
	w.line(`      <xacml:AttributeAssignmentExpression AttributeId="urn:altinn:obligation-assignment:1"` +
		` Category="urn:altinn:minimum-authenticationlevel">`)
	w.line(`        <xacml:AttributeValue DataType="%s">%d</xacml:AttributeValue>`, pdp.Integer, level)
	w.line(`      </xacml:AttributeAssignmentExpression>`)
	w.line(`    </xacml:ObligationExpression>`)
	w.line(`  </xacml:ObligationExpressions>`)
}

// ReadPolicy is what WritePolicy wrote the policy from; false when it did not.
func ReadPolicy(resourceID string, xml []byte) (level int, grants []Grant, ok bool) {
	p, err := pdp.ParsePolicy(xml)
	if err != nil {
		return 0, nil, false
	}
	for _, o := range p.Obligations {
		for _, a := range o.Assignments {
			if a.Of != nil && a.Of.Value != nil {
				level, _ = strconv.Atoi(a.Of.Value.Text) // one that is none does not come out as it was
			}
		}
	}
	grants = []Grant{}
	for i, rule := range p.Rules {
		g := Grant{ID: rule.ID}
		if g.ID == ruleID(resourceID, i+1) {
			g.ID = ""
		}
		if rule.Effect != pdp.Permit {
			g.Effect = rule.Effect
		}
		for _, m := range rule.Matches(pdp.AccessSubject) {
			g.Subjects = append(g.Subjects, Attribute{ID: m.Designator.AttributeID, Value: m.Value.Text}.URN())
		}
		for _, m := range rule.Matches(pdp.Action) {
			g.Actions = append(g.Actions, m.Value.Text)
		}
		grants = append(grants, g)
	}
	return level, grants, bytes.Equal(xml, WritePolicy(resourceID, level, grants))
}

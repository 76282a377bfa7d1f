package oauth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"

	"mpe/oauth/org"
)

// readable is the rule jwt.parse: a JWS in compact form, whose header and claims are ones that Maskinporten knows.
func readable(_ context.Context, e *examination) (finding, error) {
	f := e.Grant.parse()
	e.Grant.readable = f.refusal == nil || e.ClientID != ""
	return f, nil
}

// ParseGrant reads a grant without believing any of it. The error is the refusal MP-011.
func ParseGrant(a Assertion) (*Grant, error) {
	g := &Grant{Assertion: a}
	if f := g.parse(); f.refusal != nil {
		g.Trace.record(JWTParse, Failed, f)
		return g, f.refusal
	}
	return g, nil
}

func (g *Grant) parse() finding {
	parts, f := split(g.Compact)
	if f.refusal != nil {
		return f
	}
	var room [2][8]rawMember // for as many members as grants usually have
	header, headerMembers, f := decode("header", parts[0], room[0][:0])
	if f.refusal != nil {
		return f
	}
	claims, claimMembers, f := decode("payload", parts[1], room[1][:0])
	if f.refusal != nil {
		return f
	}
	if _, err := base64.RawURLEncoding.DecodeString(parts[2]); err != nil {
		return unreadable(ReasonBadBase64, Facts{"part": "signature"})
	}
	g.Trace.Header, g.Trace.Claims = header, claims
	if f := g.readHeader(headerMembers); f.refusal != nil {
		g.readClaims(claimMembers) // for the explanation
		return f
	}
	return g.readClaims(claimMembers)
}

func unreadable(reason Reason, facts Facts) finding {
	return fail(invalidParameter.with(), reason, facts)
}

// split cuts a compact JWS into its three parts, or says what it is instead.
func split(compact string) ([]string, finding) {
	if rest := strings.TrimLeft(compact, compactAlphabet); rest != "" {
		return nil, badCharacter(compact, len(compact)-len(rest))
	}
	parts := strings.Split(compact, ".")
	switch len(parts) {
	case 3:
		return parts, finding{}
	case 5:
		return nil, unreadable(ReasonEncrypted, nil)
	default:
		return nil, unreadable(ReasonNotJWT, Facts{"parts": strconv.Itoa(len(parts))})
	}
}

// compactAlphabet are the characters of a compact JWS: those of base64url, and dots.
const compactAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."

func badCharacter(compact string, i int) finding {
	at := Facts{"position": strconv.Itoa(i + 1)}
	switch c := compact[i]; {
	case c == '\n' || c == '\r':
		return unreadable(ReasonLineBreak, at)
	case i == 0 && (c == '"' || c == '\''):
		return unreadable(ReasonQuoted, nil)
	default:
		at["got"] = strconv.QuoteRuneToASCII([]rune(compact[i:])[0])
		return unreadable(ReasonBadCharacter, at)
	}
}

// decode reads a part of the grant, which is an object. Its members are appended to none, which has room for them.
func decode(part, encoded string, none rawMembers) (raw json.RawMessage, members rawMembers, f finding) {
	raw, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		return nil, nil, unreadable(ReasonBadBase64, Facts{"part": part})
	}
	members, err = readObject(none, raw)
	if err != nil {
		return nil, nil, unreadable(ReasonBadJSON, Facts{"part": part, "error": err.Error()})
	}
	if members == nil {
		return nil, nil, unreadable(ReasonBadJSON, Facts{"part": part, "error": "null is not an object"})
	}
	return raw, members, finding{}
}

func (g *Grant) readHeader(members rawMembers) finding {
	if crit := members.get("crit"); crit != nil {
		return unreadable(ReasonHeaderCritical, Facts{"got": string(crit)})
	}
	g.X5C = readX5C(members.get("x5c"))
	if f := readHeaderText(members, "alg", &g.Alg); f.refusal != nil {
		return f
	}
	return readHeaderText(members, "kid", &g.Kid)
}

// readHeaderText reads a string that may be missing or null.
func readHeaderText(members rawMembers, name string, into *string) finding {
	raw := members.get(name)
	if raw == nil {
		return finding{}
	}
	text, ok := readText(raw)
	if !ok && kind(raw) != "null" {
		return wrongType(name, raw, "a string")
	}
	*into = text
	return finding{}
}

// readClaims reads every claim that it can, and finds fault with the first that it cannot, in the order of the list.
func (g *Grant) readClaims(members rawMembers) (first finding) {
	for _, c := range knownClaims {
		raw := members.get(c.name)
		f := finding{}
		switch {
		case raw != nil:
			f = c.read(g, raw)
		case c.required:
			f = unreadable(ReasonClaimMissing, Facts{"claim": c.name})
		}
		if first.refusal == nil {
			first = f
		}
	}
	if first.refusal != nil {
		return first
	}
	return unknownClaim(members)
}

// claim is one claim that a grant may have.
type claim struct {
	name     string
	required bool
	read     func(*Grant, json.RawMessage) finding
}

// knownClaims is every claim that Maskinporten reads or tolerates; any other is refused since August 2025.
var knownClaims = []claim{
	{"iss", true, text("iss", func(g *Grant, s string) { g.ClientID = s })},
	{"aud", false, (*Grant).readAudience}, // a missing aud is refused by the rule on aud, with MP-110
	{"iat", true, date("iat", func(g *Grant, t int64) { g.IssuedAt = t })},
	{"exp", true, date("exp", func(g *Grant, t int64) { g.Expires = t })},
	{"scope", true, (*Grant).readScope},
	{"jti", false, text("jti", func(g *Grant, s string) { g.ID = s })},
	{"resource", false, (*Grant).readResource},
	{"pid", false, (*Grant).readPID},
	{"consumer_org", false, (*Grant).readConsumerOrg},
	{"authorization_details", false, (*Grant).readDetails},
	{"nbf", false, date("nbf", func(*Grant, int64) {})}, // sent by several JWT libraries
	{"sub", false, (*Grant).readSubject},
}

// claimNames are those of knownClaims.
var claimNames = func() (names []string) {
	for _, c := range knownClaims {
		names = append(names, c.name)
	}
	return names
}()

func unknownClaim(members rawMembers) finding {
	name, found := members.unknown(claimNames)
	if !found {
		return finding{}
	}
	return unreadable(ReasonClaimUnknown, Facts{"claim": name, "nearest": Nearest(name, claimNames)})
}

func wrongType(claim string, raw json.RawMessage, want string) finding {
	return unreadable(ReasonClaimType, Facts{"claim": claim, "got": kind(raw), "want": want})
}

func text(name string, set func(*Grant, string)) func(*Grant, json.RawMessage) finding {
	return func(g *Grant, raw json.RawMessage) finding {
		s, ok := readText(raw)
		if !ok {
			return wrongType(name, raw, "a string")
		}
		set(g, s)
		return finding{}
	}
}

// date reads a NumericDate (RFC 7519 section 2): seconds, possibly with a fraction.
func date(name string, set func(*Grant, int64)) func(*Grant, json.RawMessage) finding {
	return func(g *Grant, raw json.RawMessage) finding {
		seconds, err := strconv.ParseFloat(string(raw), 64) // every JSON number is one of Go's, and nothing else in JSON is
		if err != nil || math.Abs(seconds) > 1<<53 {
			return wrongType(name, raw, "a number of seconds since 1970")
		}
		set(g, int64(seconds))
		return finding{}
	}
}

// oneOrMore reads a string, or an array of strings.
func oneOrMore(raw json.RawMessage) ([]string, error) {
	if one, ok := readText(raw); ok {
		return []string{one}, nil
	}
	var several []string
	if err := json.Unmarshal(raw, &several); err != nil {
		return nil, err
	}
	if several == nil {
		return nil, errors.New("null")
	}
	return several, nil
}

func (g *Grant) readAudience(raw json.RawMessage) finding {
	aud, err := oneOrMore(raw)
	if err != nil {
		return wrongType("aud", raw, "a string")
	}
	g.Audience = aud
	return finding{}
}

func (g *Grant) readResource(raw json.RawMessage) finding {
	resource, err := oneOrMore(raw)
	if err != nil {
		return wrongType("resource", raw, "a string or an array of strings")
	}
	g.Resource = resource
	return finding{}
}

func (g *Grant) readScope(raw json.RawMessage) finding {
	scope, ok := readText(raw)
	if !ok {
		return wrongType("scope", raw, "a string")
	}
	g.Scopes = distinct(strings.Fields(scope))
	if len(g.Scopes) == 0 {
		return unreadable(ReasonClaimMissing, Facts{"claim": "scope"})
	}
	return finding{}
}

// readPID checks the syntax alone, as Maskinporten does: eleven digits.
func (g *Grant) readPID(raw json.RawMessage) finding {
	pid, ok := readText(raw)
	if !ok {
		return wrongType("pid", raw, "a string")
	}
	if len(pid) != 11 || strings.Trim(pid, "0123456789") != "" {
		return unreadable(ReasonPIDInvalid, Facts{"why": "a pid is eleven digits"})
	}
	g.PID = pid
	return finding{}
}

func (g *Grant) readConsumerOrg(raw json.RawMessage) finding {
	number, ok := readText(raw)
	if !ok {
		return wrongType("consumer_org", raw, "a string")
	}
	consumer, err := org.Parse(number)
	if err != nil {
		return unreadable(ReasonConsumerOrgInvalid, Facts{"got": number, "why": err.Error()})
	}
	g.ConsumerOrg = consumer
	return finding{}
}

func (g *Grant) readDetails(raw json.RawMessage) finding {
	if kind(raw) == "an object" {
		return unreadable(ReasonDetailsObject, nil)
	}
	details, ok := detailsOf(raw)
	if !ok {
		return wrongType("authorization_details", raw, "an array of objects")
	}
	g.Details = details
	return finding{}
}

func detailsOf(raw json.RawMessage) ([]rawDetail, bool) {
	if kind(raw) != "an array" {
		return nil, false
	}
	elements := elementsOf(raw)
	details := make([]rawDetail, len(elements))
	for i, element := range elements {
		switch kind(element) {
		case "an object":
			details[i] = rawDetail{membersOf(make(rawMembers, 0, 3), element)}
		case "null": // without any member
		default:
			return nil, false
		}
	}
	return details, true
}

func (g *Grant) readSubject(raw json.RawMessage) finding {
	if _, ok := readText(raw); !ok {
		return wrongType("sub", raw, "a string")
	}
	g.Trace.note(JWTParse, ReasonSubject, nil)
	return finding{}
}

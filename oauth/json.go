package oauth

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"unicode/utf8"

	"mpe/oauth/org"
)

// rawMembers are the members of a JSON object as they were sent. Of several of one name the last one counts, as it does for
// encoding/json. A grant has so few that looking through them takes less than a map does.
type rawMembers []rawMember

type rawMember struct {
	name  []byte
	value json.RawMessage
}

// get is nil for a member that is not there.
func (m rawMembers) get(name string) json.RawMessage {
	for _, r := range slices.Backward(m) {
		if string(r.name) == name {
			return r.value
		}
	}
	return nil
}

// unknown is the first in the alphabet of the names that are not among the known; false: there is none.
func (m rawMembers) unknown(known []string) (first string, found bool) {
	for _, r := range m {
		if !slices.Contains(known, string(r.name)) && (!found || string(r.name) < first) {
			first, found = string(r.name), true
		}
	}
	return first, found
}

// readObject appends an object's members, which are parts of raw; nil for null. encoding/json says whether raw is valid: to
// have it find the members as well costs more than all else about reading a grant.
func readObject(members rawMembers, raw []byte) (rawMembers, error) {
	if json.Valid(raw) && kind(raw) == "an object" {
		return membersOf(members, raw), nil
	}
	var none map[string]json.RawMessage
	return nil, json.Unmarshal(raw, &none)
}

// membersOf appends the members of a valid object.
func membersOf(members rawMembers, object []byte) rawMembers {
	for rest := trimSpace(trimSpace(object)[1:]); rest[0] != '}'; {
		end := endOfString(rest)
		m := rawMember{name: nameOf(rest[:end])}
		rest = trimSpace(trimSpace(rest[end:])[1:]) // the colon
		m.value, rest = cutValue(rest)
		members = append(members, m)
	}
	return members
}

// nameOf is a valid string without its quotation marks.
func nameOf(quoted []byte) []byte {
	if inside := quoted[1 : len(quoted)-1]; verbatim(inside) {
		return inside
	}
	name, _ := readText(quoted)
	return []byte(name)
}

// verbatim tells whether what stands between a valid string's quotation marks is what it says.
func verbatim(inside []byte) bool { return bytes.IndexByte(inside, '\\') < 0 && utf8.Valid(inside) }

// elementsOf are the elements of a valid array.
func elementsOf(array []byte) []json.RawMessage {
	elements := make([]json.RawMessage, 0, 1)
	for rest := trimSpace(trimSpace(array)[1:]); rest[0] != ']'; {
		var element []byte
		element, rest = cutValue(rest)
		elements = append(elements, element)
	}
	return elements
}

// cutValue gives the value that valid begins with, and what stands behind it and its comma.
func cutValue(valid []byte) (value, rest []byte) {
	end := endOfValue(valid)
	value, rest = bytes.TrimRight(valid[:end], jsonSpace), valid[end:]
	if rest[0] == ',' {
		rest = trimSpace(rest[1:])
	}
	return value, rest
}

const jsonSpace = " \t\r\n"

func trimSpace(raw []byte) []byte { return bytes.TrimLeft(raw, jsonSpace) }

// endOfString is the index behind the string that valid JSON begins with.
func endOfString(valid []byte) int {
	for i := 1; ; i++ {
		switch valid[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}

// endOfValue is the index of what ends the value that valid members or elements begin with: a comma, or the end of all.
func endOfValue(valid []byte) int {
	depth := 0
	for i := 0; ; i++ {
		switch c := valid[i]; c {
		case '"':
			i += endOfString(valid[i:]) - 1
		case '{', '[':
			depth++
		case '}', ']', ',':
			if depth == 0 {
				return i
			}
			if c != ',' {
				depth--
			}
		}
	}
}

// readText reads a string; false for what is none. raw is valid JSON or nil, so that most strings can be taken as they stand.
func readText(raw json.RawMessage) (string, bool) {
	if len(raw) == 0 || kind(raw) != "a string" {
		return "", false
	}
	if raw[0] == '"' {
		if inside := raw[1 : len(raw)-1]; verbatim(inside) {
			return string(inside), true
		}
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err == nil
}

// kind is the JSON type of raw, as a person would say it.
func kind(raw json.RawMessage) string {
	switch trimSpace(raw)[0] {
	case '"':
		return "a string"
	case '[':
		return "an array"
	case '{':
		return "an object"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	default:
		return "a number"
	}
}

// appendMembers writes an object with the members in their order.
func appendMembers(b []byte, all members) (_ []byte, err error) {
	b = append(b, '{')
	for i, m := range all {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendJSON(append(appendText(b, m.name), ':'), m.value); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// appendJSON writes the value as encoding/json does, but for HTML's characters, which it leaves as they are.
func appendJSON(b []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case string:
		return appendText(b, v), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case org.Identifier:
		return appendIdentifier(b, v), nil
	case []AuthorizationDetail:
		if v != nil {
			return appendArray(b, v, appendDetail), nil
		}
	}
	return encode(b, value)
}

func encode(b []byte, value any) ([]byte, error) {
	rest := bytes.NewBuffer(b)
	encoder := json.NewEncoder(rest)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(rest.Bytes(), []byte("\n")), err
}

// appendText writes a string. In most of them nothing is escaped.
func appendText(b []byte, s string) []byte {
	if !plain(s) {
		b, _ = encode(b, s) // never fails for a string
		return b
	}
	return append(append(append(b, '"'), s...), '"')
}

func appendIdentifier(b []byte, id org.Identifier) []byte {
	b = appendText(append(b, `{"authority":`...), id.Authority)
	return append(appendText(append(b, `,"ID":`...), id.ID), '}')
}

func appendArray[T any](b []byte, all []T, appendOne func([]byte, T) []byte) []byte {
	b = append(b, '[')
	for i, v := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendOne(b, v)
	}
	return append(b, ']')
}

// plain tells whether the string stands in JSON as it is: printable ASCII without quotation marks and backslashes.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

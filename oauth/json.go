package oauth

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"mpe/oauth/org"
)

// readObject reads an object's members as encoding/json does, of which it asks whether raw is valid: to have it make the
// map as well costs more than all else about reading a grant. The members are parts of raw. null is a nil map.
func readObject(raw []byte) (members map[string]json.RawMessage, err error) {
	if json.Valid(raw) && kind(raw) == "an object" {
		return membersOf(raw), nil
	}
	err = json.Unmarshal(raw, &members)
	return members, err
}

// membersOf are the members of a valid object.
func membersOf(object []byte) map[string]json.RawMessage {
	members := make(map[string]json.RawMessage, 8)
	for rest := trimSpace(trimSpace(object)[1:]); rest[0] != '}'; {
		end := endOfString(rest)
		name, _ := readText(rest[:end])
		rest = trimSpace(trimSpace(rest[end:])[1:]) // the colon
		members[name], rest = cutValue(rest)
	}
	return members
}

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
		if inside := raw[1 : len(raw)-1]; bytes.IndexByte(inside, '\\') < 0 && utf8.Valid(inside) {
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
		if b, err = appendJSON(b, m.name); err != nil {
			return nil, err
		}
		if b, err = appendJSON(append(b, ':'), m.value); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// appendJSON writes the value as encoding/json does, but for HTML's characters, which it leaves as they are. Most are
// strings and numbers in which nothing is escaped.
func appendJSON(b []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case string:
		if plain(v) {
			return append(append(append(b, '"'), v...), '"'), nil
		}
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case org.Identifier:
		return appendMembers(b, members{{"authority", v.Authority}, {"ID", v.ID}})
	case []string:
		if v != nil {
			return appendArray(b, v)
		}
	case []AuthorizationDetail:
		if v != nil {
			return appendArray(b, v)
		}
	case AuthorizationDetail:
		return appendMembers(b, v.members())
	}
	rest := bytes.NewBuffer(b)
	encoder := json.NewEncoder(rest)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(rest.Bytes(), []byte("\n")), err
}

func appendArray[T any](b []byte, all []T) (_ []byte, err error) {
	b = append(b, '[')
	for i, v := range all {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendJSON(b, v); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
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

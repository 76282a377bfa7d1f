package journal

import (
	"strconv"
	"strings"
)

// exchange is an entry whose grant and token are decoded when a path leads into them.
type exchange struct {
	Entry

	decoded              bool
	header, grant, token any
}

// values are what the path leads to; none when that is absent.
func (x *exchange) values(path string) []any {
	root, rest, _ := strings.Cut(path, ".")
	switch root {
	case grantPath:
		x.decode()
		if header, of, _ := strings.Cut(rest, "."); header == "header" {
			return dig(x.header, of)
		}
		return dig(x.grant, rest)
	case tokenPath:
		x.decode()
		return dig(x.token, rest)
	}
	var values []any
	if value := fields[path](x.Entry); value != "" {
		values = append(values, value)
	}
	if path == "code" && x.Error != "" { // a refusal goes by either
		values = append(values, x.Error)
	}
	return values
}

// decode reads what was sent, and the token if one was issued. What cannot be read is absent.
func (x *exchange) decode() {
	if x.decoded || x.Trace == nil {
		return
	}
	x.decoded = true
	x.header, _ = decodeValue(x.Trace.Header)
	x.grant, _ = decodeValue(x.Trace.Claims)
	if x.Trace.Issued {
		x.token, _ = decodeValue(x.Trace.Token)
	}
}

// dig follows a path of names and positions. An empty one ends where it is.
func dig(value any, path string) []any {
	for path != "" {
		var step string
		step, path, _ = strings.Cut(path, ".")
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	if value == nil {
		return nil
	}
	return []any{value}
}

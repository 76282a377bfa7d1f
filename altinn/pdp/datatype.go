package pdp

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// The data types that Altinn's policies use.
const (
	xsd     = "http://www.w3.org/2001/XMLSchema#"
	String  = xsd + "string"
	AnyURI  = xsd + "anyURI"
	Integer = xsd + "integer"
)

const boolean = xsd + "boolean"

// dataType is one of those of XACML 3.0, appendix A.2, under the name that functions have for it.
type dataType struct {
	name, uri string

	// equal compares two texts as values. The error is that one is no value of the type.
	equal func(a, b string) (bool, error)
}

var dataTypes = [...]dataType{
	{"string", String, same},
	{"anyURI", AnyURI, same},
	{"integer", Integer, equal(parseInteger, func(a, b *big.Int) bool { return a.Cmp(b) == 0 })},
	{"boolean", boolean, equal(parseBoolean, func(a, b bool) bool { return a == b })},
	{"double", xsd + "double", equal(parseDouble, func(a, b float64) bool { return a == b })},
	{"dateTime", xsd + "dateTime", equal(instant("2006-01-02T15:04:05"), time.Time.Equal)},
	{"date", xsd + "date", equal(instant("2006-01-02"), time.Time.Equal)},
	{"time", xsd + "time", equal(instant("15:04:05"), time.Time.Equal)},
	{"hexBinary", xsd + "hexBinary", equal(hex.DecodeString, bytes.Equal)},
	{"base64Binary", xsd + "base64Binary", equal(base64.StdEncoding.DecodeString, bytes.Equal)},
	{"x500Name", "urn:oasis:names:tc:xacml:1.0:data-type:x500Name", equal(parseName, func(a, b string) bool { return a == b })},
	{"rfc822Name", "urn:oasis:names:tc:xacml:1.0:data-type:rfc822Name", equal(parseMail, func(a, b string) bool { return a == b })},
}

func same(a, b string) (bool, error) { return a == b, nil }

func equal[T any](parse func(string) (T, error), equal func(a, b T) bool) func(a, b string) (bool, error) {
	return func(a, b string) (bool, error) {
		x, err := parse(strings.TrimSpace(a))
		if err != nil {
			return false, err
		}
		y, err := parse(strings.TrimSpace(b))
		if err != nil {
			return false, err
		}
		return equal(x, y), nil
	}
}

func parseInteger(s string) (*big.Int, error) {
	n, ok := new(big.Int).SetString(s, 10)
	if !ok || strings.Contains(s, "_") {
		return nil, fmt.Errorf("%q is no integer", s)
	}
	return n, nil
}

func parseBoolean(s string) (bool, error) {
	switch s {
	case "true", "1":
		return true, nil
	case "false", "0":
		return false, nil
	default:
		return false, fmt.Errorf("%q is no boolean", s)
	}
}

func parseDouble(s string) (float64, error) {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no double", s)
	}
	return n, nil
}

// instant reads a point in time. Without a time zone it counts as UTC.
func instant(layout string) func(string) (time.Time, error) {
	return func(s string) (time.Time, error) {
		for _, zone := range [...]string{"", "Z07:00"} {
			if t, err := time.Parse(layout+zone, s); err == nil {
				return t, nil
			}
		}
		return time.Time{}, fmt.Errorf("%q is not written as %s", s, layout)
	}
}

// parseName folds a distinguished name, whose case and spaces do not count.
func parseName(s string) (string, error) {
	parts := strings.Split(s, ",")
	for i, part := range parts {
		kind, value, ok := strings.Cut(part, "=")
		if !ok {
			return "", fmt.Errorf("%q is no X.500 name", s)
		}
		parts[i] = strings.ToLower(strings.TrimSpace(kind) + "=" + strings.Join(strings.Fields(value), " "))
	}
	return strings.Join(parts, ","), nil
}

// parseMail folds the domain of an address. The case of what is before it counts.
func parseMail(s string) (string, error) {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at == len(s)-1 {
		return "", fmt.Errorf("%q is no RFC 822 name", s)
	}
	return s[:at] + strings.ToLower(s[at:]), nil
}

// typeOf is the data type with the URI; false when there is none.
func typeOf(uri string) (dataType, bool) {
	for _, t := range dataTypes {
		if t.uri == uri {
			return t, true
		}
	}
	return dataType{}, false
}

// check is the error that the text is no value of the type.
func (v Value) check() error {
	t, ok := typeOf(v.DataType)
	if !ok {
		return fmt.Errorf("there is no data type %q", v.DataType)
	}
	_, err := t.equal(v.Text, v.Text)
	return err
}

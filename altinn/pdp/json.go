package pdp

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// FormatError is that a document is no JSON, or has a value of another type somewhere than it has to have.
type FormatError struct {
	Path string // as $.Request.Action[0].Attribute
	What string
}

func (e *FormatError) Error() string { return e.Path + ": " + e.What }

// document is a request in Altinn's form of the JSON profile. Names have no case, and unknown ones are skipped.
type document struct {
	Request *struct {
		ReturnPolicyIDList                                       flag `json:"ReturnPolicyIdList"`
		CombinedDecision                                         flag
		XPathVersion                                             *string
		AccessSubject, Action, Resource, Category                []*categoryJSON
		RecipientSubject, IntermediarySubject, RequestingMachine []*categoryJSON
		MultiRequests                                            *struct{ RequestReference []*reference }
	}
}

type categoryJSON struct {
	CategoryID, ID, Content *string
	Attribute               []*attributeJSON
}

type attributeJSON struct {
	AttributeID, Value, Issuer, DataType *string
	IncludeInResult                      flag
}

type reference struct{ ReferenceID []string }

// flag is true or false, and not null.
type flag bool

func (f *flag) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case "true", "false":
		*f = data[0] == 't'
		return nil
	default:
		return &json.UnmarshalTypeError{Value: string(data)}
	}
}

// ParseJSON reads the requests of a document: one, or as many as it refers to under MultiRequests. The error is a
// *FormatError, or an *Error for what is JSON and cannot be asked.
func ParseJSON(data []byte) ([]*Request, error) {
	var d document
	if err := unmarshal(data, &d); err != nil {
		return nil, err
	}
	if d.Request == nil {
		return nil, &Error{Code: SyntaxErrorStatus, Message: "there is no Request"}
	}
	r := d.Request
	if r.MultiRequests != nil && len(r.MultiRequests.RequestReference) > 1 {
		return d.several()
	}
	request := &Request{}
	for _, list := range [...]struct {
		all      []*categoryJSON
		category string
	}{{r.AccessSubject, AccessSubject}, {r.Action, Action}, {r.Resource, Resource}, {r.Category, ""}} {
		categories, err := readCategories(list.all, list.category)
		if err != nil {
			return nil, err
		}
		request.Categories = append(request.Categories, categories...)
	}
	return []*Request{request}, nil
}

func unmarshal(data []byte, d *document) error {
	err := json.Unmarshal(data, d)
	if err == nil {
		return nil
	}
	var value any
	if json.Unmarshal(data, &value) == nil {
		if where, what := mismatch(reflect.TypeFor[document](), value, "$"); where != "" {
			return &FormatError{where, what}
		}
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		line := bytes.Count(data[:min(int(syntax.Offset), len(data))], []byte("\n"))
		return &FormatError{"$", fmt.Sprintf("not JSON: %v (line %d)", syntax, line+1)}
	}
	return &FormatError{"$", err.Error()}
}

// mismatch is the first place where the value is not of the type; empty: there is none. Objects go by the fields' order.
func mismatch(t reflect.Type, value any, path string) (where, what string) {
	kinds := map[reflect.Kind]string{reflect.String: "text", reflect.Bool: "true or false", reflect.Slice: "a list", reflect.Struct: "an object"}
	if t.Kind() == reflect.Pointer {
		if value == nil {
			return "", ""
		}
		t = t.Elem()
	}
	ok := false
	switch t.Kind() {
	case reflect.String:
		_, ok = value.(string)
	case reflect.Bool:
		_, ok = value.(bool)
	case reflect.Slice:
		var list []any
		list, ok = value.([]any)
		for i, item := range list {
			if where, what = mismatch(t.Elem(), item, fmt.Sprintf("%s[%d]", path, i)); where != "" {
				return where, what
			}
		}
		ok = ok || value == nil
	case reflect.Struct:
		var object map[string]any
		object, ok = value.(map[string]any)
		for i := range t.NumField() {
			for name, member := range object {
				if !strings.EqualFold(name, memberName(t.Field(i))) {
					continue
				}
				if where, what = mismatch(t.Field(i).Type, member, path+"."+name); where != "" {
					return where, what
				}
			}
		}
	}
	if ok {
		return "", ""
	}
	return path, kinds[t.Kind()] + " is wanted"
}

func memberName(f reflect.StructField) string { return cmp.Or(f.Tag.Get("json"), f.Name) }

// readCategories reads a list of categories. One that says which it is also says it for those after it that do not.
func readCategories(all []*categoryJSON, category string) ([]Category, error) {
	var categories []Category
	for _, c := range all {
		if c == nil {
			return nil, &Error{Code: ProcessingError, Message: "a category is null"}
		}
		if c.CategoryID != nil {
			category = *c.CategoryID
			if !absolute(category) {
				return nil, &Error{Code: SyntaxErrorStatus, Message: fmt.Sprintf("the CategoryId %q is no URI", category)}
			}
		}
		if category == "" {
			return nil, &Error{Code: ProcessingError, Message: "an item of Category has no CategoryId"}
		}
		read, err := c.read(category)
		if err != nil {
			return nil, err
		}
		categories = append(categories, read)
	}
	return categories, nil
}

func (c *categoryJSON) read(category string) (Category, error) {
	read := Category{ID: category}
	for _, a := range c.Attribute {
		if a == nil {
			return read, &Error{Code: ProcessingError, Message: "an attribute is null"}
		}
		one, err := a.read()
		if err != nil {
			return read, err
		}
		same := func(other Attribute) bool { return other.ID == one.ID && other.DataType == one.DataType }
		if at := slices.IndexFunc(read.Attributes, same); at >= 0 {
			read.Attributes[at].Values = append(read.Attributes[at].Values, one.Values...)
			continue
		}
		read.Attributes = append(read.Attributes, one)
	}
	return read, nil
}

// shortTypes are the data types that requests can have, with the names that they can have for them.
var shortTypes = map[string]string{
	"": String, "string": String, String: String, "anyURI": AnyURI, AnyURI: AnyURI, Integer: Integer,
}

func (a *attributeJSON) read() (Attribute, error) {
	if a.AttributeID == nil {
		return Attribute{}, &Error{Code: ProcessingError, Message: "an attribute has no AttributeId"}
	}
	if !absolute(*a.AttributeID) {
		return Attribute{}, &Error{Code: SyntaxErrorStatus, Message: fmt.Sprintf("the AttributeId %q is no URI", *a.AttributeID)}
	}
	dataType, known := shortTypes[text(a.DataType)]
	if !known {
		return Attribute{}, &Error{Code: ProcessingError, Message: fmt.Sprintf(
			"the DataType %q of %s is none of %s, %s and %s", *a.DataType, *a.AttributeID, String, AnyURI, Integer)}
	}
	return Attribute{ID: *a.AttributeID, DataType: dataType, Values: []string{text(a.Value)}, Include: bool(a.IncludeInResult)}, nil
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// maxReferences bounds how many requests a document can ask for.
const maxReferences = 1000

// several puts a request together for each reference, of the subjects, actions and resources that it names.
func (d *document) several() ([]*Request, error) {
	r := d.Request
	switch {
	case r.Resource == nil:
		return nil, &Error{Code: SyntaxErrorStatus, Message: "there is no Resource to refer to"}
	case len(r.MultiRequests.RequestReference) > maxReferences:
		return nil, &Error{Code: ProcessingError, Message: fmt.Sprintf("there are more than %d references", maxReferences)}
	case r.AccessSubject == nil || r.Action == nil:
		return nil, &Error{Code: ProcessingError, Message: "there is no AccessSubject or no Action to refer to"}
	}
	var all []*Request
	for _, reference := range r.MultiRequests.RequestReference {
		if reference == nil {
			return nil, &Error{Code: ProcessingError, Message: "a RequestReference is null"}
		}
		request := &Request{}
		for _, list := range [...]struct {
			all            []*categoryJSON
			category, name string
			nameless       string // the status when an item has no Id
		}{
			{r.AccessSubject, AccessSubject, "AccessSubject", SyntaxErrorStatus}, {r.Action, Action, "Action", SyntaxErrorStatus},
			{r.Resource, Resource, "Resource", ProcessingError},
		} {
			for _, c := range list.all {
				if c == nil || c.ID == nil {
					return nil, &Error{Code: list.nameless, Message: "an item of " + list.name + " has no Id to refer to"}
				}
			}
			referred := slices.DeleteFunc(slices.Clone(list.all), func(c *categoryJSON) bool {
				return !slices.Contains(reference.ReferenceID, *c.ID)
			})
			if list.category == Resource {
				referred = lasts(referred)
			}
			if len(referred) == 0 {
				return nil, &Error{Code: ProcessingError, Message: fmt.Sprintf(
					"the reference [%s] names no %s: no item of it has such an Id", strings.Join(reference.ReferenceID, " "), list.name)}
			}
			categories, err := readCategories(referred, list.category)
			if err != nil {
				return nil, err
			}
			request.Categories = append(request.Categories, categories...)
		}
		all = append(all, request)
	}
	return all, nil
}

// lasts keeps of items with the same Id the last.
func lasts(all []*categoryJSON) []*categoryJSON {
	var kept []*categoryJSON
	for i, c := range all {
		again := func(other *categoryJSON) bool { return *other.ID == *c.ID }
		if !slices.ContainsFunc(all[i+1:], again) {
			kept = append(kept, c)
		}
	}
	return kept
}

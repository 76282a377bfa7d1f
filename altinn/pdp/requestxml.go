package pdp

import "strings"

// ParseRequest reads a request in XML. The error is a *SyntaxError, which names the line and the element.
func ParseRequest(data []byte) (*Request, error) {
	root, err := parse(data)
	if err != nil {
		return nil, err
	}
	if root.name != "Request" {
		return nil, root.wrong("a Request is wanted")
	}
	if err := root.holds(part{"RequestDefaults", 0, 1}, part{"Attributes", 1, 0}, part{"MultiRequests", 0, 1}); err != nil {
		return nil, err
	}
	if multi := root.child("MultiRequests"); multi != nil {
		return nil, multi.wrong("several requests in one are read in JSON only")
	}
	r := &Request{ReturnPolicyIDs: root.attribute("ReturnPolicyIdList") == "true"}
	r.Categories, err = each(root, "Attributes", readCategory)
	return r, err
}

func readCategory(e *element) (Category, error) {
	values, err := e.required("Category")
	if err != nil {
		return Category{}, err
	}
	if err := e.holds(part{"Content", 0, 1}, part{"Attribute", 0, 0}); err != nil {
		return Category{}, err
	}
	c := Category{ID: values[0]}
	attributes, err := each(e, "Attribute", readAttribute)
	for _, a := range attributes {
		c.Attributes = append(c.Attributes, a...)
	}
	return c, err
}

// readAttribute gives one attribute for each data type of the values.
func readAttribute(e *element) ([]Attribute, error) {
	ids, err := e.required("AttributeId")
	if err != nil {
		return nil, err
	}
	if err := e.holds(part{"AttributeValue", 1, 0}); err != nil {
		return nil, err
	}
	var all []Attribute
	for _, value := range e.children {
		types, err := value.required("DataType")
		if err != nil {
			return nil, err
		}
		text := value.text
		if types[0] != String {
			text = strings.TrimSpace(text)
		}
		if n := len(all); n > 0 && all[n-1].DataType == types[0] {
			all[n-1].Values = append(all[n-1].Values, text)
			continue
		}
		all = append(all, Attribute{
			ID: ids[0], DataType: types[0], Issuer: e.attribute("Issuer"),
			Include: e.attribute("IncludeInResult") == "true", Values: []string{text},
		})
	}
	return all, nil
}

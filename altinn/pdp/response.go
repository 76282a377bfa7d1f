package pdp

import "encoding/json"

// Response is what a document of requests is answered with.
type Response struct{ Results []*Result }

// resultJSON is a result in Altinn's form of the JSON profile, which writes every member.
type resultJSON struct {
	Decision Decision `json:"decision"`
	Status   struct {
		Message *string `json:"statusMessage"` // never written, whatever it would say
		Details *string `json:"statusDetails"`
		Code    struct {
			Value string  `json:"value"`
			Code  *string `json:"statusCode"`
		} `json:"statusCode"`
	} `json:"status"`
	Obligations []obligationJSON `json:"obligations"`
	Advice      *string          `json:"associateAdvice"`
	Categories  []echoedCategory `json:"category"`
	Policies    *string          `json:"policyIdentifierList"`
}

type obligationJSON struct {
	ID         string           `json:"id"`
	Assignment []assignmentJSON `json:"attributeAssignment"`
}

type assignmentJSON struct {
	AttributeID string  `json:"attributeId"`
	Value       string  `json:"value"`
	Category    *string `json:"category"`
	DataType    string  `json:"dataType"`
	Issuer      *string `json:"issuer"`
}

type echoedCategory struct {
	CategoryID string            `json:"categoryId"`
	ID         *string           `json:"id"`
	Content    *string           `json:"content"`
	Attribute  []echoedAttribute `json:"attribute"`
}

type echoedAttribute struct {
	AttributeID string  `json:"attributeId"`
	Value       string  `json:"value"`
	Issuer      *string `json:"issuer"`
	DataType    string  `json:"dataType"`
	Include     bool    `json:"includeInResult"` // false, whatever was asked
}

// MarshalJSON writes the response as Altinn does: every member, null where there is nothing to say. Messages, advice and
// the names of policies are not part of it.
func (r Response) MarshalJSON() ([]byte, error) {
	all := make([]resultJSON, len(r.Results))
	for i, result := range r.Results {
		all[i].write(result)
	}
	return json.Marshal(struct {
		Response []resultJSON `json:"response"`
	}{all})
}

func (j *resultJSON) write(r *Result) {
	j.Decision = r.Decision
	j.Status.Code.Value = r.Status.Code
	for _, o := range r.Obligations {
		one := obligationJSON{ID: o.ID}
		for _, a := range o.Assignments {
			one.Assignment = append(one.Assignment, assignmentJSON{
				AttributeID: a.AttributeID, Value: a.Value.Text, Category: orNull(a.Category), DataType: a.Value.DataType,
				Issuer: orNull(a.Issuer),
			})
		}
		j.Obligations = append(j.Obligations, one)
	}
	for _, c := range r.Categories {
		echoed := echoedCategory{CategoryID: c.ID}
		for _, a := range c.Attributes {
			for _, value := range a.Values {
				echoed.Attribute = append(echoed.Attribute, echoedAttribute{AttributeID: a.ID, Value: value, DataType: a.DataType})
			}
		}
		j.Categories = append(j.Categories, echoed)
	}
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

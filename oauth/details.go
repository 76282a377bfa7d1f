package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"mpe/oauth/org"
)

// The types of authorization details (RFC 9396) that Maskinporten knows.
const (
	SystemUserType = "urn:altinn:systemuser"
	ConsentType    = "urn:altinn:consent"
)

// DetailsTypes are all of them, in the order that the metadata lists them.
var DetailsTypes = []string{SystemUserType, ConsentType}

// AuthorizationDetail is a system user as the token has it. The order of the members is Maskinporten's.
type AuthorizationDetail struct {
	Type          string         `json:"type"`
	SystemUserOrg org.Identifier `json:"systemuser_org"`
	SystemUserID  []string       `json:"systemuser_id,omitempty"`
	SystemID      string         `json:"system_id,omitempty"`
	ExternalRef   string         `json:"externalRef,omitempty"`
}

// appendDetail writes a detail as its tags say.
func appendDetail(b []byte, d AuthorizationDetail) []byte {
	b = appendText(append(b, `{"type":`...), d.Type)
	b = appendIdentifier(append(b, `,"systemuser_org":`...), d.SystemUserOrg)
	if len(d.SystemUserID) > 0 {
		b = appendArray(append(b, `,"systemuser_id":`...), d.SystemUserID, appendText)
	}
	if d.SystemID != "" {
		b = appendText(append(b, `,"system_id":`...), d.SystemID)
	}
	if d.ExternalRef != "" {
		b = appendText(append(b, `,"externalRef":`...), d.ExternalRef)
	}
	return append(b, '}')
}

// rawDetail is one authorization detail as the grant has it.
type rawDetail struct{ rawMembers }

func (d rawDetail) text(name string) string {
	s, _ := readText(d.get(name)) // another type than string counts as missing; validDetails refuses it
	return s
}

// members of each type, and of systemuser_org.
var (
	detailFields = map[string][]string{
		SystemUserType: {"type", "systemuser_org", "externalRef"},
		ConsentType:    {"type", "id", "from"},
	}
	orgFields = []string{"authority", "ID"}
)

func knownDetails(_ context.Context, e *examination) (finding, error) {
	if e.Details == nil {
		return skip, nil
	}
	for _, d := range e.Details {
		if got := d.text("type"); !slices.Contains(DetailsTypes, got) {
			return fail(unknownDetails.with(), ReasonDetailsType, Facts{"got": got, "want": SystemUserType}), nil
		}
	}
	return finding{}, nil
}

func knownFields(_ context.Context, e *examination) (finding, error) {
	if e.Details == nil {
		return skip, nil
	}
	for _, d := range e.Details {
		if f := onlyFields(d.rawMembers, "", detailFields[d.text("type")]); f.refusal != nil {
			return f, nil
		}
		var room [2]rawMember
		organisation := rawMembers(room[:0])
		if raw := d.get("systemuser_org"); raw != nil && kind(raw) == "an object" { // validDetails refuses what is none
			organisation = membersOf(organisation, raw)
		}
		if f := onlyFields(organisation, "systemuser_org.", orgFields); f.refusal != nil {
			return f, nil
		}
	}
	return finding{}, nil
}

func onlyFields(members rawMembers, in string, known []string) finding {
	if known == nil {
		return finding{} // an unknown type, refused before
	}
	name, found := members.unknown(known)
	if !found {
		return finding{}
	}
	reason := ReasonDetailsField
	if in != "" && name == "id" {
		reason = ReasonDetailsLowerCaseID
	}
	return fail(unknownField.with(), reason, Facts{
		"field": in + name, "want": strings.Join(known, ", "), "nearest": Nearest(name, known),
	})
}

func validDetails(_ context.Context, e *examination) (finding, error) {
	if e.Details == nil {
		return skip, nil
	}
	if len(e.Details) != 1 {
		count := strconv.Itoa(len(e.Details))
		return fail(invalidDetails.with(), ReasonDetailsSeveral, Facts{"got": count}), nil
	}
	switch d := e.Details[0]; d.text("type") {
	case SystemUserType:
		return e.readSystemUserOrg(d), nil
	case ConsentType: // no consents can be registered here, so none is ever found
		return fail(noSystemUser.with(), ReasonConsentUnknown, Facts{"id": d.text("id")}), nil
	default:
		return skip, nil
	}
}

func (e *examination) readSystemUserOrg(d rawDetail) finding {
	if ref := d.get("externalRef"); ref != nil && kind(ref) != "a string" {
		return fail(invalidDetails.with(), ReasonDetailsValue,
			Facts{"field": "externalRef", "got": kind(ref), "want": "a string"})
	}
	var id org.Identifier
	switch raw := d.get("systemuser_org"); {
	case raw == nil:
		return fail(invalidDetails.with(), ReasonOrgMissing, Facts{"field": "systemuser_org"})
	case kind(raw) != "an object" || !readIdentifier(raw, &id):
		return fail(invalidDetails.with(), ReasonDetailsValue,
			Facts{"field": "systemuser_org", "got": kind(raw), "want": "an object with authority and ID"})
	}
	owner, err := id.Number()
	switch {
	case errors.Is(err, org.ErrAuthority):
		return fail(invalidDetails.with(), ReasonOrgAuthority, Facts{"got": id.Authority, "want": org.Authority})
	case err != nil:
		return fail(invalidDetails.with(), ReasonOrgFormat, Facts{"got": id.ID, "want": corrected(id.ID), "why": err.Error()})
	}
	e.systemUserOrg = owner
	return finding{}
}

// readIdentifier reads an object with two strings; false where that is not what there is. It takes an id in lower case
// for the ID that was meant: knownFields has refused it, and the explanation goes on.
func readIdentifier(raw json.RawMessage, id *org.Identifier) bool {
	var room [2]rawMember
	members := membersOf(room[:0], raw)
	authority, hasAuthority := readText(members.get("authority"))
	number, hasNumber := readText(members.get("ID"))
	if hasAuthority && hasNumber {
		*id = org.Identifier{Authority: authority, ID: number}
		return true
	}
	return json.Unmarshal(raw, id) == nil
}

// corrected is what an ID was probably meant to be.
func corrected(id string) string {
	digits := id[strings.LastIndex(id, ":")+1:]
	if n, err := org.Parse(digits); err == nil {
		return n.Identifier().ID
	}
	return "0192:<nine digits>"
}

func (e *examination) systemUserQuery() SystemUserQuery {
	return SystemUserQuery{
		Client:      e.ClientID,
		Vendor:      e.Client.Org,
		Owner:       e.systemUserOrg,
		ExternalRef: e.Details[0].text("externalRef"),
	}
}

func clientOnSystem(ctx context.Context, e *examination) (finding, error) {
	if e.systemUserOrg == "" || e.Client == nil {
		return skip, nil
	}
	found, err := e.issuer.SystemUsers.FindSystemUser(ctx, e.systemUserQuery())
	if missing, ok := errors.AsType[*NoSystemUser](err); ok {
		e.missing = missing
		return e.refuseSystemUser(SystemUserSystem), nil
	}
	if err != nil {
		return finding{}, err
	}
	e.found = found
	return finding{}, nil
}

func matchingSystemUser(_ context.Context, e *examination) (finding, error) {
	if e.found.ID == "" && e.missing == nil || e.missing != nil && e.missing.Check != SystemUserMatch {
		return skip, nil
	}
	return e.refuseSystemUser(SystemUserMatch), nil
}

func (e *examination) refuseSystemUser(check CheckID) finding {
	if e.missing == nil || e.missing.Check != check {
		return finding{}
	}
	return fail(noSystemUser.with(), e.missing.Reason, e.missing.Facts)
}

// enriched is the token's authorization details: the grant's, with the system user that was found.
func (e *examination) enriched() []AuthorizationDetail {
	if e.systemUserOrg == "" {
		return nil
	}
	d := AuthorizationDetail{
		Type:          SystemUserType,
		SystemUserOrg: e.systemUserOrg.Identifier(),
		SystemID:      e.found.System,
	}
	if e.found.ID != "" {
		d.SystemUserID = []string{e.found.ID}
	}
	if !e.issuer.Rules.HideExternalRef {
		d.ExternalRef = e.Details[0].text("externalRef")
	}
	return []AuthorizationDetail{d}
}

package seed

import (
	"encoding/json"

	"mpe/oauth/org"
)

// Organisation is an organisation in the Entity Register (Enhetsregisteret) and a party in Altinn.
type Organisation struct {
	Number           org.Number `json:"orgNo"`
	Name             string     `json:"name"`
	Type             string     `json:"type,omitempty"` // AS, ENK, ORGL, …
	ServiceOwnerCode string     `json:"serviceOwnerCode,omitempty"`
	Parent           org.Number `json:"parent,omitempty"` // the main unit of a subunit
	PartyID          int        `json:"partyId,omitempty"`
	PartyUUID        string     `json:"partyUuid,omitempty"`
}

// Person is a synthetic person.
type Person struct {
	PID       string `json:"pid"` // eleven digits, month + 80
	Name      string `json:"name"`
	Language  string `json:"language,omitempty"` // nb, nn or en
	Roles     []Role `json:"roles,omitempty"`
	UserID    int    `json:"userId,omitempty"`
	PartyUUID string `json:"partyUuid,omitempty"`
}

// Role is what a person is for an organisation.
type Role struct {
	Role string     `json:"role"`
	Org  org.Number `json:"org"`
}

// Relation says that From is a client of To.
type Relation struct {
	From org.Number `json:"from"`
	To   org.Number `json:"to"`
	Role string     `json:"role"` // regnskapsforer, revisor or forretningsforer
}

// Texts are a text by language: nb, nn and en.
type Texts map[string]string

// Resource is a resource in Altinn's resource registry.
type Resource struct {
	ID         string       `json:"id"`
	Owner      org.Number   `json:"owner,omitempty"`
	Type       string       `json:"type,omitempty"`
	Title      Texts        `json:"title,omitempty"`
	Delegable  bool         `json:"delegable"`
	AccessList []org.Number `json:"accessList,omitzero"` // nil: the resource has none
	Policy     *Policy      `json:"policy,omitempty"`

	// Registered is what the resource registry knows of it besides, as its API writes it. Nil: nothing.
	Registered json.RawMessage `json:"registered,omitempty"`
}

// Policy is who may do what with a resource: Rules, or XACML.
type Policy struct {
	File                       string `json:"file,omitempty"` // as the seed names it
	MinimumAuthenticationLevel int    `json:"minimumAuthenticationLevel,omitempty"`
	Rules                      []Rule `json:"rules,omitzero"`
	XACML                      string `json:"xacml,omitempty"` // the text, or what File holds
}

// Rule is an inline rule of a policy.
type Rule struct {
	ID       string   `json:"id,omitempty"`
	Effect   string   `json:"effect,omitempty"` // Permit or Deny; empty is Permit
	Actions  []string `json:"actions"`
	Subjects []string `json:"subjects"`
}

// System is an end-user system (sluttbrukersystem) in Altinn's system register.
type System struct {
	ID                  string     `json:"id"`                   // "<vendor>_<name>"
	InternalID          string     `json:"internalId,omitempty"` // a UUID; empty: SystemID
	Vendor              org.Number `json:"vendor"`
	Name                Texts      `json:"name"`
	Description         Texts      `json:"description,omitempty"`
	ClientIDs           []string   `json:"clientIds,omitempty"`
	Rights              []string   `json:"rights,omitempty"` // resource ids
	AccessPackages      []string   `json:"accessPackages,omitempty"`
	AllowedRedirectURLs []string   `json:"allowedRedirectUrls,omitempty"`
	Visible             bool       `json:"visible"`
	Deleted             bool       `json:"deleted,omitempty"`
}

// SystemUser is a system user (systembruker).
type SystemUser struct {
	ID             string       `json:"id"`
	System         string       `json:"system"`
	Owner          org.Number   `json:"owner"`
	ExternalRef    string       `json:"externalRef,omitempty"` // empty stands for the owner's number
	Title          string       `json:"title,omitempty"`
	Type           string       `json:"type"` // standard or agent
	Rights         []string     `json:"rights,omitempty"`
	AccessPackages []string     `json:"accessPackages,omitempty"`
	Clients        []org.Number `json:"clients,omitempty"`      // of an agent
	ActsForOwner   bool         `json:"actsForOwner,omitempty"` // an agent, besides for its clients
	Deleted        bool         `json:"deleted,omitempty"`
}

// Request is a vendor's request for a system user, or for a change of one.
type Request struct {
	ID                     string     `json:"id"`
	Kind                   string     `json:"kind"` // standard, agent or change
	System                 string     `json:"system"`
	Party                  org.Number `json:"party"`
	ExternalRef            string     `json:"externalRef,omitempty"` // empty stands for the party's number
	Title                  string     `json:"title,omitempty"`
	SystemUser             string     `json:"systemUser,omitempty"` // the id of the one that a change is about
	Rights                 []string   `json:"rights,omitempty"`
	AccessPackages         []string   `json:"accessPackages,omitempty"`
	UnwantedRights         []string   `json:"unwantedRights,omitempty"`
	UnwantedAccessPackages []string   `json:"unwantedAccessPackages,omitempty"`
	RedirectURL            string     `json:"redirectUrl,omitempty"`
	Status                 string     `json:"status"` // New, Accepted, Rejected, Denied or Timedout
	Escalated              bool       `json:"escalated,omitempty"`
	Age                    Duration   `json:"age,omitempty"`
	Deleted                bool       `json:"deleted,omitempty"`
}

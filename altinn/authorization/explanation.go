package authorization

import (
	"mpe/altinn/party"
	"mpe/altinn/pdp"
	"mpe/altinn/resource"
	"mpe/altinn/systemuser"
)

// Explanation is a decision and what it was made from.
type Explanation struct {
	Request *pdp.Request // nil: it could not be read
	Result  *pdp.Result

	// Stage is the one that decided: the one that failed, if any did.
	Stage Stage

	Party        *party.Party           // that is asked about; nil: none, or nobody knows it
	SystemUserID string                 // as it was sent; empty: the subject is no system user
	SystemUser   *systemuser.SystemUser // nil: there is none with the id
	Person       *party.Person          // the subject, when it is one
	As           *party.Party           // the subject, when it is an organisation

	ResourceID string
	Resource   *resource.Resource // nil: not found, or not come to
	Policy     *pdp.Policy        // nil: not found, or not come to

	Packages []string // codes that the subject was given
	Roles    []string

	RulesResult *pdp.Result     // of the resource's policy; nil: not come to
	Delegated   *resource.Right // the single right that permits; nil: none
	Denied      bool            // by the access lists
}

// Stage is a step of Altinn's way to a decision.
type Stage string

// The stages, in the order in which they are shown. Altinn looks for the party before it looks at the subject.
const (
	StageRequest     Stage = "request"
	StageSubject     Stage = "subject"
	StageParty       Stage = "party"
	StagePolicy      Stage = "policy"
	StageEnriched    Stage = "enrichment"
	StageRules       Stage = "rules"
	StageDelegations Stage = "delegations"
	StageAccessList  Stage = "access-list"
	StageObligations Stage = "obligations"
)

// Report is an explanation that can be kept and shown.
type Report struct {
	Decision pdp.Decision `json:"decision"`
	Status   string       `json:"status"` // the code's last part
	Stage    Stage        `json:"stage"`  // that decided
	Why      string       `json:"why"`

	Subject  string `json:"subject,omitempty"`
	Action   string `json:"action,omitempty"`
	Resource string `json:"resource,omitempty"`
	Party    string `json:"party,omitempty"`

	Stages  []Step   `json:"stages"`
	Nearest *Nearest `json:"nearest,omitempty"` // of a decision that is no Permit
	Help    []string `json:"help,omitempty"`    // what would have led to a Permit
}

// Step is what a stage came to.
type Step struct {
	Stage   Stage   `json:"stage"`
	Outcome Outcome `json:"outcome"`
	Found   string  `json:"found,omitempty"`
}

// Outcome is how a stage ended.
type Outcome string

// The outcomes.
const (
	Passed  Outcome = "passed"
	Stopped Outcome = "stopped" // it is why the decision is no Permit
	Skipped Outcome = "skipped" // it was not come to, or there was nothing to do
)

// Nearest is the rule that came closest to permitting.
type Nearest struct {
	Rule     string    `json:"rule"`
	Resource Outcome   `json:"resource"` // what that part of it came to
	Action   Outcome   `json:"action"`
	Subject  Outcome   `json:"subject"`
	Actions  []string  `json:"actions,omitempty"`  // that it is about
	Subjects []Subject `json:"subjects,omitempty"` // that it is for: alternatives
}

// Subject is an attribute that a subject must have.
type Subject struct {
	Attribute string `json:"attribute"`
	Value     string `json:"value"`
}

package pdp

// Decision is what an evaluation comes to.
type Decision string

// The decisions.
const (
	DecisionPermit Decision = "Permit"
	DecisionDeny   Decision = "Deny"
	NotApplicable  Decision = "NotApplicable" // no rule says anything
	Indeterminate  Decision = "Indeterminate" // it could not be told
)

// The status codes.
const (
	StatusOK          = "urn:oasis:names:tc:xacml:1.0:status:ok"
	MissingAttribute  = "urn:oasis:names:tc:xacml:1.0:status:missing-attribute"
	ProcessingError   = "urn:oasis:names:tc:xacml:1.0:status:processing-error"
	SyntaxErrorStatus = "urn:oasis:names:tc:xacml:1.0:status:syntax-error"
)

// Error is a status: a code, and for a person what it is about.
type Error struct {
	Code    string
	Message string

	ends bool // nothing more is evaluated
}

func (e *Error) Error() string { return e.Message }

// Result is a decision and how it came about.
type Result struct {
	Decision    Decision
	Status      Error
	Obligations []Obligation
	Advice      []Obligation
	Categories  []Category // those attributes that the request wanted back
	PolicyIDs   []string   // if the request wanted them

	// Rules is what each of the policy's rules came to. Of those after one that ended the evaluation only the zero value.
	Rules []RuleResult
}

// Undecided is the result of an error.
func Undecided(err *Error) *Result { return &Result{Decision: Indeterminate, Status: *err} }

// Applicable tells whether a rule is about the resource and the action.
func (r *Result) Applicable() bool {
	for i := range r.Rules {
		if r.Rules[i].Resource == Met && r.Rules[i].Action == Met {
			return true
		}
	}
	return false
}

// Obligation is what the caller has to see to before it acts on the decision, or advice.
type Obligation struct {
	ID          string
	Assignments []AssignedValue
}

// AssignedValue is a value that goes with an obligation.
type AssignedValue struct {
	AttributeID, Category, Issuer string
	Value                         Value
}

// RuleResult is what a rule came to, step by step. The steps are told apart when Altinn's way is followed; one that
// was not come to is Unasked.
type RuleResult struct {
	Rule                                 *Rule // nil: not come to
	Resource, Action, Subject, Condition State

	outcome outcome
}

// Permits and Denies tell what the rule said.
func (r *RuleResult) Permits() bool { return r.outcome == permits }
func (r *RuleResult) Denies() bool  { return r.outcome == denies }

// State is what a part of a rule came to.
type State uint8

// The states.
const (
	Unasked State = iota
	Met
	Unmet
	Unclear // an attribute is missing, or a value cannot be read
)

// Package journal keeps the exchanges that the emulator had, each with the explanation of its answer.
package journal

import (
	"encoding/json"
	"fmt"
	"time"

	"mpe/altinn/authorization"
	"mpe/oauth"
)

// Entry is one exchange. It holds no assertion, no token and no key: grants and tokens are kept decoded, without
// their signatures.
type Entry struct {
	ID       string    `json:"id"`   // the trace id, as in the Mpe-Trace-Id header and the error body: 32 hex digits
	Time     time.Time `json:"time"` // by the emulator's clock
	Endpoint string    `json:"endpoint"`
	Method   string    `json:"method"`
	Path     string    `json:"path"`
	Status   int       `json:"status"`
	Micros   int64     `json:"micros"` // how long the answer took
	Verdict  Verdict   `json:"verdict"`

	Client        string `json:"client,omitempty"`
	Org           string `json:"org,omitempty"` // who owns the client
	Scope         string `json:"scope,omitempty"`
	SystemUserOrg string `json:"systemuser_org,omitempty"`

	Error  string       `json:"error,omitempty"` // the OAuth error
	Code   string       `json:"code,omitempty"`  // the MP number, or Altinn's code
	Why    string       `json:"why,omitempty"`   // the reason of one of Altinn's refusals, in a sentence
	Reason oauth.Reason `json:"reason,omitempty"`

	// Fault is the rule that spoiled the answer on purpose, or Mpe-Fault where the request asked for it itself.
	Fault string `json:"fault,omitempty"`

	// Decisions are those of the policy decision point, each with how it came about.
	Decisions []*authorization.Report `json:"decisions,omitempty"`

	Trace    *oauth.Trace    `json:"trace,omitempty"`
	Response json.RawMessage `json:"response,omitempty"` // the body of a refusal
}

// appendJSON writes the entry as JSON, and its trace without reflection: it is most of an entry.
func (e Entry) appendJSON(b []byte) ([]byte, error) {
	trace := e.Trace
	e.Trace = nil
	encoded, err := json.Marshal(e)
	if err != nil {
		return b, err
	}
	b = append(b, encoded...)
	if trace == nil {
		return b, nil
	}
	whole, err := trace.AppendJSON(append(b[:len(b)-1], `,"trace":`...))
	if err != nil {
		return b, err
	}
	return append(whole, '}'), nil
}

// Verdict is how an exchange ended.
type Verdict string

// The verdicts.
const (
	Issued   Verdict = "issued"   // a token
	Answered Verdict = "answered" // by one of Altinn's APIs
	Refused  Verdict = "refused"
	Fault    Verdict = "fault"    // the emulator failed
	Injected Verdict = "injected" // spoiled on purpose, before any of these could come about
)

// ParseVerdict knows the verdicts.
func ParseVerdict(name string) (Verdict, error) {
	switch v := Verdict(name); v {
	case Issued, Answered, Refused, Fault, Injected:
		return v, nil
	}
	return "", fmt.Errorf("%q is no verdict: want issued, answered, refused, fault or injected", name)
}

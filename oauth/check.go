package oauth

import (
	"context"
	"time"
)

// rule is one check with the code that holds a grant to it.
type rule struct {
	id   CheckID
	hold func(context.Context, *examination) (finding, error)
}

// finding is what a rule found. The zero finding is that the grant passes.
type finding struct {
	refusal *Error
	reason  Reason
	facts   Facts
	skipped bool
}

var skip = finding{skipped: true}

func fail(refusal *Error, reason Reason, facts Facts) finding {
	return finding{refusal: refusal, reason: reason, facts: facts}
}

// examination is one grant being held to the rules.
type examination struct {
	*Grant
	issuer     *Issuer
	now        time.Time
	generation string // of the registry, as it is read from

	// foreseeing: an earlier rule has failed, and the rest is judged for the explanation only. Nothing may be changed.
	foreseeing bool

	key     any // the public key that the signature must fit; nil until it is known
	scopes  []*Scope
	found   SystemUser
	missing *NoSystemUser
}

// judge holds the grant to each rule until one fails. Its error is the refusal, or a fault.
func (e *examination) judge(ctx context.Context, rules []rule) error {
	for i, r := range rules {
		f, err := r.hold(ctx, e)
		switch {
		case err != nil:
			e.Trace.record(r.id, Failed, finding{reason: ReasonFault})
			return err
		case f.refusal != nil:
			e.Trace.record(r.id, Failed, f)
			e.foresee(ctx, rules[i+1:])
			return f.refusal
		case f.skipped:
			e.Trace.record(r.id, Skipped, f)
		default:
			e.Trace.record(r.id, Passed, f)
		}
	}
	return nil
}

// foresee judges the rules that come after the one that failed, so that one answer can explain several mistakes. A
// rule that lacks what an earlier one should have found skips itself.
func (e *examination) foresee(ctx context.Context, rules []rule) {
	e.foreseeing = true
	for _, r := range rules {
		f, err := r.hold(ctx, e)
		switch {
		case err != nil || f.skipped:
			e.Trace.record(r.id, Skipped, finding{})
		case f.refusal != nil:
			e.Trace.record(r.id, WouldFail, f)
		default:
			e.Trace.record(r.id, WouldPass, f)
		}
	}
}

func (t *Trace) record(id CheckID, outcome Outcome, f finding) {
	c := Check{ID: id, Outcome: outcome, Reason: f.reason, Facts: f.facts}
	if f.refusal != nil {
		c.Code = f.refusal.Name()
	}
	if t.Checks == nil {
		t.Checks = make([]Check, 0, len(CheckOrder))
	}
	t.Checks = append(t.Checks, c)
}

func (t *Trace) note(id CheckID, reason Reason, facts Facts) {
	t.Notes = append(t.Notes, Note{Check: id, Reason: reason, Facts: facts})
}

// RefusedBefore is the trace of a request whose grant was never looked at, because the check failed first.
func RefusedBefore(id CheckID, refusal *Error, reason Reason, facts Facts) Trace {
	var t Trace
	outcome := Passed
	for _, check := range CheckOrder {
		if check == id {
			t.record(id, Failed, fail(refusal, reason, facts))
			outcome = Skipped
			continue
		}
		t.record(check, outcome, finding{})
	}
	return t
}

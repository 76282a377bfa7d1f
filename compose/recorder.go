package compose

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"time"

	"mpe/altinn/altinnhttp"
	"mpe/altinn/authorization"
	"mpe/altinn/pdp"
	"mpe/compose/explain"
	"mpe/compose/journal"
	"mpe/compose/telemetry"
	"mpe/oauth"
	"mpe/oauth/oauthhttp"
)

// recorder hands exchanges to the journal, counts them, and writes a line about each to the log.
type recorder struct {
	journal *journal.Journal
	metrics *telemetry.Metrics
	log     *slog.Logger
}

func (r recorder) keep(entry journal.Entry) {
	r.journal.Record(entry)
	labels := telemetry.Labels{Endpoint: entry.Endpoint, Verdict: string(entry.Verdict), Code: entry.Code}
	r.metrics.Count(labels, time.Duration(entry.Micros)*time.Microsecond)
}

func (r recorder) RecordToken(x oauthhttp.Exchange) {
	entry := journal.Entry{
		ID:       x.ID,
		Time:     x.Time,
		Endpoint: "token",
		Method:   x.Method,
		Path:     x.Path,
		Status:   x.Status,
		Micros:   x.Took.Microseconds(),
		Verdict:  journal.Issued,
		Trace:    x.Trace,
		Response: x.Body,
		Fault:    x.Spoiled,
	}
	describeGrant(&entry, x.Grant)
	describeRefusal(&entry, x)
	r.keep(entry)
	r.write(entry, x)
}

func describeGrant(entry *journal.Entry, g *oauth.Grant) {
	if g == nil {
		return
	}
	entry.Client = g.ClientID
	entry.Scope = strings.Join(g.Scopes, " ")
	entry.SystemUserOrg = string(g.SystemUserOrg())
	if g.Client != nil {
		entry.Org = string(g.Client.Org)
	}
}

func describeRefusal(entry *journal.Entry, x oauthhttp.Exchange) {
	if x.Refusal == nil {
		return
	}
	entry.Verdict = journal.Refused
	entry.Error, entry.Code = x.Refusal.Code, x.Refusal.Reason
	if x.Fault != nil {
		entry.Verdict, entry.Reason = journal.Fault, oauth.ReasonFault
	}
	if x.Trace == nil {
		return
	}
	if failure, failed := x.Trace.Failure(); failed {
		entry.Reason = failure.Reason
	}
}

// write is the line in the log. It never holds a grant, a token or a key.
func (r recorder) write(entry journal.Entry, x oauthhttp.Exchange) {
	level, message := slog.LevelInfo, "token issued"
	switch entry.Verdict {
	case journal.Refused:
		level, message = slog.LevelWarn, "token refused"
	case journal.Fault:
		level, message = slog.LevelError, "token failed"
	}
	if !r.log.Enabled(context.Background(), level) {
		return
	}
	attributes := append(make([]slog.Attr, 0, 10), slog.String("trace", entry.ID))
	add := func(key, value string) {
		if value != "" {
			attributes = append(attributes, slog.String(key, value))
		}
	}
	add("client", entry.Client)
	add("scope", entry.Scope)
	add("systemuser_org", entry.SystemUserOrg)
	if x.Refusal != nil {
		add("code", x.Refusal.Name())
		add("reason", string(entry.Reason))
		add("hint", hint(x.Trace))
		add("explain", x.Base+"_mpe/v1/journal/"+x.ID)
	}
	add("fault", x.Spoiled)
	if x.Fault != nil {
		add("error", x.Fault.Error())
	}
	attributes = append(attributes, slog.Float64("ms", float64(entry.Micros)/1000))
	r.tell(level, message, attributes)
}

// tell writes a line without looking for its place in the code, which no log shows.
func (r recorder) tell(level slog.Level, message string, attributes []slog.Attr) {
	record := slog.NewRecord(time.Now(), level, message, 0)
	record.AddAttrs(attributes...)
	_ = r.log.Handler().Handle(context.Background(), record) // there is nowhere to tell
}

// hint is why the exchange was refused, in a sentence.
func hint(t *oauth.Trace) string {
	if t == nil {
		return ""
	}
	failure, failed := t.Failure()
	if !failed {
		return ""
	}
	return hintOf(failure)
}

func hintOf(c oauth.Check) string { return explain.Refusal(c, explain.EN).Why }

// RecordCall keeps a call to one of Altinn's APIs.
func (r recorder) RecordCall(x altinnhttp.Exchange) {
	entry := journal.Entry{
		ID: x.ID, Time: x.Time, Endpoint: "altinn", Method: x.Method, Path: x.Path, Status: x.Status,
		Micros: x.Took.Microseconds(), Verdict: journal.Answered, Client: x.Client, Org: x.Org, Scope: x.Scope,
		Code: x.Code, Why: x.Why, Decisions: x.Decisions, Fault: x.Spoiled,
	}
	if x.Decisions != nil {
		entry.Endpoint = "pdp"
	}
	level := slog.LevelInfo
	switch {
	case x.Fault != nil:
		entry.Verdict, entry.Reason, level = journal.Fault, oauth.ReasonFault, slog.LevelError
	case x.Why != "":
		entry.Verdict, level = journal.Refused, slog.LevelWarn
		if json.Valid(x.Body) {
			entry.Response = x.Body
		}
	}
	r.keep(entry)
	if !r.log.Enabled(context.Background(), level) {
		return
	}
	attributes := []slog.Attr{
		slog.String("trace", x.ID), slog.String("method", x.Method), slog.String("path", x.Path), slog.Int("status", x.Status),
	}
	if x.Why != "" {
		attributes = append(attributes, slog.String("code", x.Code), slog.String("hint", x.Why),
			slog.String("explain", x.Base+"_mpe/v1/journal/"+x.ID))
	}
	if x.Spoiled != "" {
		attributes = append(attributes, slog.String("fault", x.Spoiled))
	}
	if x.Fault != nil {
		attributes = append(attributes, slog.String("error", x.Fault.Error()))
	}
	message := "altinn " + string(entry.Verdict)
	if d := notPermitted(x.Decisions); d != nil {
		message = "pdp " + decisions[d.Decision]
		attributes = append(attributes, slog.String("stage", string(d.Stage)))
		if d.Nearest != nil {
			attributes = append(attributes, slog.String("nearest", d.Nearest.Rule))
		}
	}
	r.tell(level, message, attributes)
}

// decisions are those that are no Permit, in words.
var decisions = map[pdp.Decision]string{
	pdp.DecisionDeny: "deny", pdp.NotApplicable: "not applicable", pdp.Indeterminate: "indeterminate",
}

// notPermitted is the first of the decisions that is no Permit; nil: there is none.
func notPermitted(all []*authorization.Report) *authorization.Report {
	for _, d := range all {
		if d.Decision != pdp.DecisionPermit {
			return d
		}
	}
	return nil
}

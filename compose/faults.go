package compose

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"mpe/altinn/altinnhttp"
	"mpe/altinn/problem"
	"mpe/compose/control"
	"mpe/compose/fault"
	"mpe/compose/journal"
	"mpe/compose/seed"
	"mpe/keys"
	"mpe/oauth"
	"mpe/oauth/oauthhttp"
)

// faults are the rules of a sandbox that spoil answers on purpose, with what they need to do so.
type faults struct {
	*fault.Rules
	forger   *fault.Forger
	released context.Context // done: nobody is kept waiting any more
	release  func()
}

func openFaults(client redis.UniversalClient, prefix string, config Config) *faults {
	f := &faults{
		Rules: fault.New(client, prefix, config.Chance),
		forger: &fault.Forger{Stranger: sync.OnceValues(func() (*keys.Key, error) {
			return keys.Generate(config.Rand, keys.MinBits, config.Now())
		})},
	}
	f.released, f.release = context.WithCancel(context.Background())
	return f
}

// toldFaults changes the rules, and tells the other emulators.
type toldFaults struct {
	*faults
	of *sandbox
}

func (f toldFaults) Add(ctx context.Context, rules ...seed.Fault) error {
	return f.told(ctx, f.faults.Add(ctx, rules...))
}

func (f toldFaults) Remove(ctx context.Context, id string) error {
	return f.told(ctx, f.faults.Remove(ctx, id))
}

func (f toldFaults) Clear(ctx context.Context) error { return f.told(ctx, f.faults.Clear(ctx)) }

func (f toldFaults) told(ctx context.Context, err error) error {
	if err == nil {
		f.of.others.tell(ctx, f.of.id)
	}
	return err
}

func (s *edition) injector() *fault.Injector {
	return &fault.Injector{
		Rules:     s.faults.Rules,
		Forger:    s.faults.forger,
		NoHeader:  s.config.NoFaultHeader,
		Refuse:    control.Refuse,
		CrossSite: control.CrossSite,
		Record:    recorder{journal: s.journal, metrics: s.metrics, log: s.config.Log}.RecordFault,
		Log:       s.config.Log,
		Now:       s.config.Now,
		TraceID:   traceID,
		HideHints: s.config.HideHints,
		Released:  s.faults.released.Done(),
	}
}

// spoilToken is how an answer of the token endpoint is spoiled.
func (s *edition) spoilToken(r *http.Request) oauthhttp.Spoiled {
	h := fault.Take(r.Context())
	if h == nil {
		return oauthhttp.Spoiled{}
	}
	spoiled := oauthhttp.Spoiled{By: h.Rule}
	switch {
	case h.Then.Code != "":
		spoiled.Refusal, spoiled.Check, _ = oauth.Refuse(h.Then.Code, s.subject(r.Context(), h.Caller))
	case h.Then.Token != "":
		spoiled.Token = func(t *oauth.Token) (*oauth.Token, error) {
			compact, err := s.faults.forger.Spoil(t.Compact, h.Then.Token, s.keyring.Sign)
			if err != nil {
				return nil, err
			}
			made := *t
			made.Compact, made.Claims = compact, fault.Payload(compact)
			return &made, nil
		}
	}
	return spoiled
}

// subject is what the refusals name, of a grant that nobody has verified.
func (s *edition) subject(ctx context.Context, c fault.Caller) oauth.Subject {
	about := oauth.Subject{Scopes: c.Scopes, Consumer: c.ConsumerOrg}
	if client, err := s.maskinporten.Client(ctx, c.Client); err == nil { // the text of a client that is unknown names none
		about.Supplier = string(client.Org)
	}
	return about
}

// spoilCall is how an answer of Altinn's APIs is spoiled.
func (s *edition) spoilCall(r *http.Request) altinnhttp.Spoiled {
	h := fault.Take(r.Context())
	if h == nil {
		return altinnhttp.Spoiled{}
	}
	spoiled := altinnhttp.Spoiled{By: h.Rule}
	switch {
	case h.Then.Code != "":
		why := fmt.Sprintf("The fault %s answers with %s on purpose.", h.Rule, h.Then.Code)
		spoiled.Refusal = altinnRefusal(problem.Code(h.Then.Code), why)
	case h.Then.Token != "":
		spoiled.Token = func(compact string) (string, error) {
			return s.faults.forger.Spoil(compact, h.Then.Token, s.altinn.tokens.Altinn.Sign)
		}
	}
	return spoiled
}

// altinnRefusal is the refusal with that code: one of those that Altinn collects names a path.
func altinnRefusal(code problem.Code, why string) error {
	path, collected := violationPaths[code]
	if !collected {
		return problem.New(code, why)
	}
	return &problem.Invalid{Violations: []problem.Violation{{Code: code, Path: path, Why: why}}}
}

// violationPaths are where Altinn says that these codes come from.
var violationPaths = map[problem.Code]string{
	"AUTH.VLD-00000": "/registersystemrequest/vendor/id",
	"AUTH.VLD-00001": "/registersystemrequest/systemid",
	"AUTH.VLD-00002": "/registersystemrequest/systemid",
	"AUTH.VLD-00003": "/registersystemrequest/rights/resource",
	"AUTH.VLD-00004": "/registersystemrequest/clientid",
	"AUTH.VLD-00005": "/registersystemrequest/allowedredirecturls",
	"AUTH.VLD-00006": "/registersystemrequest/rights/resource",
	"AUTH.VLD-00007": "/registersystemrequest/accesspackages",
	"AUTH.VLD-00008": "/registersystemrequest/accesspackages",
	"AUTH.VLD-00009": "/registersystemrequest/rights/resource",
	"AUTH.VLD-00011": "/registersystemrequest/clientid",
	"AUTH.VLD-00012": "/registersystemrequest/systemid",
	"AUTH.VLD-00013": "/registersystemrequest/systemid",
	"AUTH.VLD-00014": "?agent",
	"AUTH.VLD-00015": "?agent",
	"AUTH.VLD-00016": "?client",
	"AUTH.VLD-00017": "/registersystemrequest/rights/resource",
	"AUTH.VLD-00018": "/registersystemrequest/accesspackages",
}

// RecordFault keeps a request that no endpoint has answered, or none that keeps its own.
func (r recorder) RecordFault(x fault.Exchange) {
	entry := journal.Entry{
		ID: x.ID, Time: x.Time, Endpoint: "altinn", Method: x.Method, Path: x.Path, Status: x.Status,
		Micros: x.Took.Microseconds(), Verdict: journal.Injected, Reason: oauth.ReasonInjected, Fault: x.Hit.Rule,
		Client: x.Hit.Caller.Client, Scope: strings.Join(x.Hit.Caller.Scopes, " "), SystemUserOrg: x.Hit.Caller.SystemUserOrg,
	}
	if slices.Contains([]string{"token", "jwks", "metadata", "pdp"}, x.Endpoint) { // the others are one to the journal
		entry.Endpoint = x.Endpoint
	}
	r.keep(entry)
	r.log.LogAttrs(context.Background(), slog.LevelWarn, "fault injected", slog.String("trace", x.ID),
		slog.String("fault", x.Hit.Rule), slog.String("method", x.Method), slog.String("path", x.Path),
		slog.Int("status", x.Status), slog.String("connection", x.Hit.Then.Connection))
}

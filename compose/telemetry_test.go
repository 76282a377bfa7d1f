package compose_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	spans "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"mpe/compose"
	"mpe/compose/telemetry"
)

// Prometheus' own parser reads how many tokens were issued and refused, in all sandboxes.
func TestMetrics(t *testing.T) {
	e := start(t, compose.Config{Version: `1"2`})
	if got := e.send(t, sign(t, e.grant(), vendorKey)); got.Status != http.StatusOK {
		t.Fatalf("got %d %s", got.Status, got.Description)
	}
	for range 2 {
		e.send(t, sign(t, e.grant(), vendorKey, "sig"))
	}
	var text string
	if status := e.get(t, "metrics", &text); status != http.StatusOK {
		t.Fatalf("got %d %s", status, text)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	counted := map[string]float64{}
	for _, m := range families["mpe_requests_total"].GetMetric() {
		labels := map[string]string{}
		for _, pair := range m.GetLabel() {
			labels[pair.GetName()] = pair.GetValue()
		}
		counted[fmt.Sprint(labels["endpoint"], " ", labels["verdict"], " ", labels["code"])] = m.GetUntyped().GetValue()
	}
	if len(counted) != 2 || counted["token issued "] != 1 || counted["token refused MP-124"] != 2 {
		t.Errorf("counted %v, want one token issued and two refused", counted)
	}
	for _, name := range []string{
		`mpe_request_duration_seconds_count{endpoint="token"} 3`, `mpe_build_info{version="1\"2"} 1`,
		"mpe_sandboxes 1", "mpe_journal_dropped_entries 0", "process_resident_memory_bytes ", "go_goroutines ",
	} {
		if !strings.Contains(text, name) {
			t.Errorf("there is no %s in\n%s", name, text)
		}
	}
}

// collected is what a collector is sent.
type collected struct {
	header http.Header
	path   string
	body   []byte
}

// trace lets an emulator answer calls, and gives what the collector got when the emulator has been told to stop.
func trace(t *testing.T, variables map[string]string, calls func(*emulator)) *collected {
	t.Helper()
	var got *collected
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = &collected{r.Header, r.URL.Path, body}
	}))
	defer collector.Close()
	lookup := func(name string) (string, bool) {
		value, set := variables[name]
		return strings.ReplaceAll(value, "{collector}", collector.URL), set
	}
	tracing, err := telemetry.NewTracing(t.Context(), lookup, "1.2", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	calls(start(t, compose.Config{Tracer: tracing.Tracer()}))
	if err := tracing.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return got
}

// A request is a span of its caller's trace, with the id that it has in the journal.
func TestTraces(t *testing.T) {
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	var id string
	got := trace(t, map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": "{collector}/base", "OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%20b, other=c",
	}, func(e *emulator) {
		answer, err := e.raw(t, sign(t, e.grant(), vendorKey), http.Header{"Traceparent": {parent}})
		if err != nil {
			t.Fatal(err)
		}
		id = answer.header.Get("Mpe-Trace-Id")
		var entry struct{ ID string }
		if e.get(t, "_mpe/v1/journal/"+id, &entry); entry.ID != id {
			t.Errorf("the journal has %q, want %q", entry.ID, id)
		}
	})
	if got == nil || got.path != "/base/v1/traces" || got.header.Get("api-key") != "a b" || got.header.Get("other") != "c" ||
		got.header.Get("Content-Type") != "application/json" {
		t.Fatalf("the collector got %+v", got)
	}
	var sent spans.TracesData
	if err := protojson.Unmarshal(got.body, &sent); err != nil {
		t.Fatalf("%v in %s", err, got.body)
	}
	of := sent.GetResourceSpans()[0]
	if text := of.GetResource().String(); !strings.Contains(text, "service.name") || !strings.Contains(text, `"mpe"`) {
		t.Errorf("the resource is %s", text)
	}
	scopes := make([]string, len(of.GetScopeSpans()))
	for i, one := range of.GetScopeSpans() {
		scopes[i] = one.GetScope().GetName()
	}
	ours := slices.Index(scopes, "mpe")
	if ours < 0 || len(scopes) != 2 {
		t.Fatalf("got spans of %q, want them of mpe and of fosite", scopes)
	}
	s := of.GetScopeSpans()[ours].GetSpans()[0]
	attributes := map[string]string{}
	for _, a := range s.GetAttributes() {
		attributes[a.GetKey()] = a.GetValue().GetStringValue() + strings.TrimPrefix(fmt.Sprint(a.GetValue().GetIntValue()), "0")
	}
	for name, want := range map[string]string{
		"http.request.method": "POST", "http.route": "/token", "url.path": "/token", "http.response.status_code": "200",
		"mpe.sandbox": "default", "mpe.trace_id": id,
	} {
		if attributes[name] != want {
			t.Errorf("%s is %q, want %q", name, attributes[name], want)
		}
	}
	if s.GetName() != "POST /token" || s.GetKind() != spans.Span_SPAN_KIND_SERVER || s.GetEndTimeUnixNano() <= s.GetStartTimeUnixNano() {
		t.Errorf("got %v", s)
	}
	if time.Since(time.Unix(0, int64(s.GetStartTimeUnixNano()))) > time.Hour {
		t.Errorf("it began at %d", s.GetStartTimeUnixNano())
	}
	// Ids are hexadecimal, which is the one thing that JSON of protobuf does otherwise.
	var raw struct {
		ResourceSpans []struct {
			ScopeSpans []struct {
				Spans []struct{ TraceID, SpanID, ParentSpanID string }
			}
		}
	}
	if err := json.Unmarshal(got.body, &raw); err != nil {
		t.Fatal(err)
	}
	ids := raw.ResourceSpans[0].ScopeSpans[ours].Spans[0]
	own, err := hex.DecodeString(ids.SpanID)
	if ids.TraceID != "0af7651916cd43dd8448eb211c80319c" || ids.ParentSpanID != "b7ad6b7169203331" || err != nil || len(own) != 8 {
		t.Errorf("got the ids %+v", ids)
	}
}

// A request that the emulator fails is marked as an error.
func TestTracesOfErrors(t *testing.T) {
	got := trace(t, map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "{collector}/here", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"},
		func(e *emulator) {
			if _, err := e.raw(t, sign(t, e.grant(), vendorKey), asking("503")); err != nil {
				t.Fatal(err)
			}
		})
	if got == nil || got.path != "/here" || !bytes.Contains(got.body, []byte(`"status":{"message":"Service Unavailable","code":2}`)) {
		t.Errorf("the collector got %+v", got)
	}
}

// Without an endpoint, or when the variables say so, nothing is traced.
func TestNoTraces(t *testing.T) {
	for _, variables := range []map[string]string{
		{},
		{"OTEL_EXPORTER_OTLP_ENDPOINT": "{collector}", "OTEL_SDK_DISABLED": "true"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT": "{collector}", "OTEL_TRACES_EXPORTER": "none"},
	} {
		if got := trace(t, variables, func(e *emulator) { e.send(t, sign(t, e.grant(), vendorKey)) }); got != nil {
			t.Errorf("%v: the collector got %s", variables, got.body)
		}
	}
}

// Variables that cannot be followed are named, and secrets are not repeated.
func TestBadVariablesAreNamed(t *testing.T) {
	const endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT"
	for name, variables := range map[string]map[string]string{
		endpoint:                             {endpoint: "user:secret@localhost:4317"},
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "ftp://x"},
		"OTEL_EXPORTER_OTLP_PROTOCOL":        {endpoint: "http://x", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
		"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": {endpoint: "http://x", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "grpc"},
		"OTEL_EXPORTER_OTLP_TIMEOUT":         {endpoint: "http://x", "OTEL_EXPORTER_OTLP_TIMEOUT": "1s"},
		"OTEL_EXPORTER_OTLP_HEADERS":         {endpoint: "http://x", "OTEL_EXPORTER_OTLP_HEADERS": "api-key=secret%zz"},
		"OTEL_TRACES_EXPORTER":               {"OTEL_TRACES_EXPORTER": "zipkin"},
	} {
		lookup := func(name string) (string, bool) { value, set := variables[name]; return value, set }
		_, err := telemetry.NewTracing(t.Context(), lookup, "1", slog.New(slog.DiscardHandler))
		if err == nil || !strings.HasPrefix(err.Error(), name+": ") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

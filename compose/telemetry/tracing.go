package telemetry

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Tracing sends spans to a collector, some at once and in its own time.
type Tracing struct{ provider *sdk.TracerProvider }

// VariableError is an environment variable with a value that cannot be used. Got is empty where it may hold a secret.
type VariableError struct{ Name, Got, Want string }

func (e *VariableError) Error() string {
	if e.Got == "" {
		return fmt.Sprintf("%s: it has to be %s", e.Name, e.Want)
	}
	return fmt.Sprintf("%s: %q is not %s", e.Name, e.Got, e.Want)
}

// NewTracing reads OpenTelemetry's standard variables (opentelemetry.io, "Environment Variable Specification" and "OTLP
// Exporter Configuration"): OTEL_EXPORTER_OTLP_ENDPOINT, _PROTOCOL (not grpc), _HEADERS and _TIMEOUT, each also with TRACES_
// before the last word, OTEL_TRACES_EXPORTER (otlp or none) and OTEL_SDK_DISABLED. The SDK itself reads
// OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_TRACES_SAMPLER and OTEL_BSP_* from the process's environment. Without an
// endpoint or an exporter nothing is traced, and Tracing is nil. The error is a *VariableError.
func NewTracing(ctx context.Context, lookup func(string) (string, bool), version string, log *slog.Logger) (*Tracing, error) {
	c, err := newCollector(variables(lookup), log)
	if err != nil || c == nil {
		return nil, err
	}
	described, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", "mpe"), attribute.String("service.version", version)),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, &VariableError{"OTEL_RESOURCE_ATTRIBUTES", variables(lookup).get("OTEL_RESOURCE_ATTRIBUTES"), "a list of name=value"}
	}
	return &Tracing{sdk.NewTracerProvider(sdk.WithBatcher(c), sdk.WithResource(described))}, nil
}

// Tracer makes the spans; nil when nothing is traced.
func (t *Tracing) Tracer() trace.Tracer {
	if t == nil {
		return nil
	}
	return t.provider.Tracer("mpe")
}

// Close sends what is still to be sent.
func (t *Tracing) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

type variables func(string) (string, bool)

func (v variables) get(name string) string {
	value, _ := v(name)
	return strings.TrimSpace(value)
}

// ofTraces is the variable that is meant for traces, or else the one for every signal.
func (v variables) ofTraces(name string) (variable, value string) {
	for _, variable := range []string{"OTEL_EXPORTER_OTLP_TRACES_" + name, "OTEL_EXPORTER_OTLP_" + name} {
		if value := v.get(variable); value != "" {
			return variable, value
		}
	}
	return "", ""
}

// collector is where spans are sent to: OTLP over HTTP, in JSON, which collectors take at the address where they take the
// binary form. OpenTelemetry's own exporters would link gRPC or all of protobuf, more than the image has room for.
type collector struct {
	url     string
	headers http.Header
	http    *http.Client
	log     *slog.Logger
}

// newCollector is nil where nothing is to be traced.
func newCollector(v variables, log *slog.Logger) (*collector, error) {
	variable, endpoint := v.ofTraces("ENDPOINT")
	exporter := v.get("OTEL_TRACES_EXPORTER")
	switch {
	case strings.EqualFold(v.get("OTEL_SDK_DISABLED"), "true") || exporter == "none" || exporter == "" && endpoint == "":
		return nil, nil
	case exporter != "" && exporter != "otlp":
		return nil, &VariableError{"OTEL_TRACES_EXPORTER", exporter, "otlp or none"}
	}
	if name, protocol := v.ofTraces("PROTOCOL"); protocol != "" && !strings.HasPrefix(protocol, "http/") {
		return nil, &VariableError{name, protocol, "http/json, which collectors take at port 4318"}
	}
	at, err := url.Parse(cmp.Or(endpoint, "http://localhost:4318"))
	if err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" {
		return nil, &VariableError{Name: variable, Want: "a URL with http or https"}
	}
	if variable != "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" { // which is the whole address
		at = at.JoinPath("v1", "traces")
	}
	c := &collector{url: at.String(), headers: http.Header{}, log: log, http: &http.Client{Timeout: 10 * time.Second}}
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if name, millis := v.ofTraces("TIMEOUT"); millis != "" {
		n, err := strconv.Atoi(millis)
		if err != nil || n <= 0 {
			return nil, &VariableError{name, millis, "a number of milliseconds"}
		}
		c.http.Timeout = time.Duration(n) * time.Millisecond
	}
	return c, c.readHeaders(v)
}

// readHeaders reads a list as in W3C Baggage: name=value,name=value. Their values are secrets, which no error repeats.
func (c *collector) readHeaders(v variables) error {
	name, list := v.ofTraces("HEADERS")
	if list == "" {
		return nil
	}
	for header := range strings.SplitSeq(list, ",") {
		key, value, ok := strings.Cut(header, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if key = strings.TrimSpace(key); !ok || err != nil || key == "" {
			return &VariableError{name, key, "followed by = and a value in percent encoding"}
		}
		c.headers.Add(key, value)
	}
	return nil
}

// ExportSpans sends spans. What cannot be sent is lost, and said in the log: nobody waits for it.
func (c *collector) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	if err := c.send(ctx, spans); err != nil {
		c.log.WarnContext(ctx, "spans could not be sent", "error", err)
	}
	return nil
}

func (c *collector) send(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	body, err := json.Marshal(encode(spans))
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header = c.headers.Clone()
	r.Header.Set("Content-Type", "application/json")
	answer, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		return fmt.Errorf("the collector answers %s", answer.Status)
	}
	return nil
}

func (c *collector) Shutdown(context.Context) error {
	c.http.CloseIdleConnections()
	return nil
}

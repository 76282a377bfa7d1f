package telemetry

import (
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// The parts of an ExportTraceServiceRequest that are used here, in OTLP's JSON encoding (opentelemetry.io, "OTLP
// Specification", section "JSON Protobuf Encoding"): ids are hexadecimal, and 64 bit numbers are strings.
type (
	request struct {
		ResourceSpans []resourceSpans `json:"resourceSpans"`
	}
	resourceSpans struct {
		Resource   attributes   `json:"resource"`
		ScopeSpans []scopeSpans `json:"scopeSpans"`
	}
	attributes struct {
		Attributes []keyValue `json:"attributes"`
	}
	scopeSpans struct {
		Scope scope  `json:"scope"`
		Spans []span `json:"spans"`
	}
	scope struct {
		Name string `json:"name"`
	}
	span struct {
		TraceID string `json:"traceId"`
		SpanID  string `json:"spanId"`
		Parent  string `json:"parentSpanId,omitempty"`
		Name    string `json:"name"`
		Kind    int    `json:"kind"`
		Start   string `json:"startTimeUnixNano"`
		End     string `json:"endTimeUnixNano"`
		attributes
		Status status `json:"status"`
	}
	status struct {
		Message string `json:"message,omitempty"`
		Code    int    `json:"code,omitempty"`
	}
	keyValue struct {
		Key   string `json:"key"`
		Value value  `json:"value"`
	}
	value struct {
		String *string `json:"stringValue,omitempty"`
		Int    *string `json:"intValue,omitempty"`
	}
)

// statusError is STATUS_CODE_ERROR, which the SDK counts otherwise.
const statusError = 2

// encode writes spans of one resource: those of this package's, and those that libraries make within them.
func encode(spans []sdk.ReadOnlySpan) request {
	var of resourceSpans
	scopes := map[string]int{} // where in of.ScopeSpans a tracer's are
	for _, s := range spans {
		of.Resource.Attributes = keyValues(s.Resource().Attributes())
		name := s.InstrumentationScope().Name
		at, known := scopes[name]
		if !known {
			at = len(of.ScopeSpans)
			scopes[name] = at
			of.ScopeSpans = append(of.ScopeSpans, scopeSpans{Scope: scope{name}})
		}
		of.ScopeSpans[at].Spans = append(of.ScopeSpans[at].Spans, encodeSpan(s))
	}
	return request{ResourceSpans: []resourceSpans{of}}
}

func encodeSpan(s sdk.ReadOnlySpan) span {
	encoded := span{
		TraceID:    s.SpanContext().TraceID().String(),
		SpanID:     s.SpanContext().SpanID().String(),
		Name:       s.Name(),
		Kind:       int(s.SpanKind()), // counted alike
		Start:      strconv.FormatInt(s.StartTime().UnixNano(), 10),
		End:        strconv.FormatInt(s.EndTime().UnixNano(), 10),
		attributes: attributes{keyValues(s.Attributes())},
	}
	if s.Parent().SpanID().IsValid() {
		encoded.Parent = s.Parent().SpanID().String()
	}
	if s.Status().Code == codes.Error {
		encoded.Status = status{Message: s.Status().Description, Code: statusError}
	}
	return encoded
}

func keyValues(all []attribute.KeyValue) []keyValue {
	encoded := make([]keyValue, len(all))
	for i, one := range all {
		text := one.Value.Emit()
		encoded[i].Key = string(one.Key)
		if one.Value.Type() == attribute.INT64 {
			encoded[i].Value.Int = &text
		} else {
			encoded[i].Value.String = &text
		}
	}
	return encoded
}

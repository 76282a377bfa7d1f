// Package otelx ends spans.
package otelx

import "go.opentelemetry.io/otel/trace"

// End ends the span of a function that returns the error. Nobody records spans here, so the error is not told to it.
func End(span trace.Span, _ *error) { span.End() }

package telemetry

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Spans makes a span of each request, as part of the trace that its traceparent names (W3C Trace Context). Beside
// OpenTelemetry's attributes for HTTP servers it has mpe.sandbox, and as mpe.trace_id the answer's header of that name,
// which is the request's id in the journal and the log.
func Spans(tracer trace.Tracer, sandbox, idHeader string) gin.HandlerFunc {
	return func(c *gin.Context) {
		route := c.FullPath()
		name := c.Request.Method
		if route != "" {
			name += " " + route
		}
		ctx := propagation.TraceContext{}.Extract(c.Request.Context(), propagation.HeaderCarrier(c.Request.Header))
		ctx, span := tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
			attribute.String("http.request.method", c.Request.Method),
			attribute.String("http.route", route),
			attribute.String("url.path", c.Request.URL.Path),
			attribute.String("mpe.sandbox", sandbox),
		))
		defer span.End()
		c.Request = c.Request.WithContext(ctx)
		c.Next()
		status := c.Writer.Status()
		span.SetAttributes(attribute.Int("http.response.status_code", status))
		if id := c.Writer.Header().Get(idHeader); id != "" {
			span.SetAttributes(attribute.String("mpe.trace_id", id))
		}
		if status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, http.StatusText(status))
		}
	}
}

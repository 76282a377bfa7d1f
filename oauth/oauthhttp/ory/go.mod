// What fosite uses of github.com/ory/x, which would link exporters of traces, gRPC and more that nothing here calls.
module github.com/ory/x

go 1.26.0

require go.opentelemetry.io/otel/trace v1.47.0

require (
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	go.opentelemetry.io/otel v1.47.0 // indirect
)

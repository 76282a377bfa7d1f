// Package telemetry tells monitoring what an emulator does: as metrics in Prometheus' text format, and as traces over OTLP.
package telemetry

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/VictoriaMetrics/metrics"
)

// Metrics are those of one emulator, with all its sandboxes.
type Metrics struct {
	set     *metrics.Set
	counted sync.Map // Labels to *metrics.Counter
	timed   sync.Map // endpoint to *metrics.PrometheusHistogram
}

// Labels are what exchanges are counted by. Each has few values, whatever is asked.
type Labels struct {
	Endpoint string // token, altinn or pdp
	Verdict  string // as in the journal: issued, answered, refused, fault or injected
	Code     string // the MP number or Altinn's code of a refusal, or empty
}

// buckets are the upper bounds of the histogram, in seconds. A token takes a millisecond, a delay on purpose seconds.
var buckets = []float64{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}

// NewMetrics begins to count, for an emulator of that version.
func NewMetrics(version string) *Metrics {
	m := &Metrics{set: metrics.NewSet()}
	m.Gauge(fmt.Sprintf("mpe_build_info{version=%q}", version), func() float64 { return 1 })
	return m
}

// Count takes an exchange into mpe_requests_total and mpe_request_duration_seconds. It costs two look-ups.
func (m *Metrics) Count(l Labels, took time.Duration) {
	counter, known := m.counted.Load(l)
	if !known {
		counter, _ = m.counted.LoadOrStore(l, m.set.GetOrCreateCounter(
			fmt.Sprintf("mpe_requests_total{endpoint=%q,verdict=%q,code=%q}", l.Endpoint, l.Verdict, l.Code)))
	}
	counter.(*metrics.Counter).Inc()
	histogram, known := m.timed.Load(l.Endpoint)
	if !known {
		histogram, _ = m.timed.LoadOrStore(l.Endpoint, m.set.GetOrCreatePrometheusHistogramExt(
			fmt.Sprintf("mpe_request_duration_seconds{endpoint=%q}", l.Endpoint), buckets))
	}
	histogram.(*metrics.PrometheusHistogram).Update(took.Seconds())
}

// Gauge shows what read gives, whenever the metrics are read. It may be called once for a name.
func (m *Metrics) Gauge(name string, read func() float64) { m.set.NewGauge(name, read) }

// ServeHTTP writes the metrics, and those of the process (go_ and process_), in Prometheus' text format.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	m.set.WritePrometheus(w)
	metrics.WriteProcessMetrics(w)
}

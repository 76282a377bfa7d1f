package journal_test

import (
	"testing"

	"mpe/compose/journal"
	"mpe/compose/redistest"
)

// BenchmarkRecord measures what an exchange costs the request that it was, beside a writer that has work.
func BenchmarkRecord(b *testing.B) {
	j := open(b, redistest.Embedded(b), redistest.Prefix(), 5000)
	e := numbered(1)
	e.Endpoint, e.Verdict, e.Client = "token", journal.Issued, "c"
	for i := 1; b.Loop(); i++ {
		j.Record(e)
		if i%(journal.MaxQueued/2) == 0 { // so that nothing is dropped
			b.StopTimer()
			if err := j.Flush(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
	}
	if j.Dropped() > 0 {
		b.Errorf("%d were dropped: dropping was measured", j.Dropped())
	}
}

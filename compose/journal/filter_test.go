package journal_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mpe/compose/journal"
	"mpe/compose/redistest"
)

func TestListGivesWhatTheFilterWants(t *testing.T) {
	j := open(t, redistest.Embedded(t), redistest.Prefix(), 5000)
	for i, e := range []journal.Entry{
		{Endpoint: "token", Client: "a", Verdict: journal.Issued},
		{Endpoint: "token", Client: "b", Verdict: journal.Refused, Error: "invalid_grant", Code: "MP-110"},
		{Endpoint: "token", Client: "a", Verdict: journal.Refused, Error: "invalid_request"},
		{Endpoint: "jwk", Verdict: journal.Issued},
		{Endpoint: "token", Client: "a", Verdict: journal.Refused, Error: "invalid_grant", Code: "MP-012"},
	} {
		e.ID, e.Time = numbered(i).ID, numbered(i).Time
		j.Record(e)
	}
	for _, c := range []struct {
		rule   string
		filter journal.Filter
		want   []int
	}{
		{"an empty filter wants all, newest first", journal.Filter{}, []int{4, 3, 2, 1, 0}},
		{"since includes its own time", journal.Filter{Since: numbered(3).Time}, []int{4, 3}},
		{"since a later time is nothing", journal.Filter{Since: numbered(4).Time.Add(time.Nanosecond)}, []int{}},
		{"an endpoint", journal.Filter{Endpoint: "jwk"}, []int{3}},
		{"a client", journal.Filter{Client: "a"}, []int{4, 2, 0}},
		{"a code is the MP number", journal.Filter{Code: "MP-110"}, []int{1}},
		{"a code is the OAuth error", journal.Filter{Code: "invalid_grant"}, []int{4, 1}},
		{"a verdict", journal.Filter{Verdict: "refused"}, []int{4, 2, 1}},
		{"everything has to fit", journal.Filter{Client: "a", Verdict: "refused", Code: "MP-012"}, []int{4}},
		{"only whole names fit", journal.Filter{Endpoint: "tok"}, []int{}},
		{"the limit counts what is wanted", journal.Filter{Client: "a", Limit: 2}, []int{4, 2}},
		{"a limit below zero is the default", journal.Filter{Limit: -1}, []int{4, 3, 2, 1, 0}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if diff := cmp.Diff(c.want, list(t, j, c.filter)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestListReadsInChunks(t *testing.T) {
	const all = 1200
	j := open(t, redistest.Embedded(t), redistest.Prefix(), all)
	record(j, 0, all)
	for _, c := range []struct {
		rule  string
		limit int
		want  []int
	}{
		{"a hundred where nothing is said", 0, down(all-1, all-100)},
		{"one less than a chunk", journal.Chunk - 1, down(all-1, all-journal.Chunk+1)},
		{"a whole chunk", journal.Chunk, down(all-1, all-journal.Chunk)},
		{"one more than a chunk", journal.Chunk + 1, down(all-1, all-journal.Chunk-1)},
		{"never more than a thousand", all, down(all-1, all-1000)},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if diff := cmp.Diff(c.want, list(t, j, journal.Filter{Limit: c.limit})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("the oldest is found", func(t *testing.T) {
		j.Record(journal.Entry{ID: numbered(all).ID, Time: start.Add(-time.Hour)}) // takes the place of the first
		j.Record(journal.Entry{ID: numbered(all + 1).ID, Time: start.Add(-time.Hour), Client: "wanted"})
		record(j, all+2, 2*all+1)
		if diff := cmp.Diff([]int{all + 1}, list(t, j, journal.Filter{Client: "wanted"})); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestAnEntryRecordedTwiceIsListedOnce(t *testing.T) {
	j := open(t, redistest.Embedded(t), redistest.Prefix(), 10)
	for _, i := range []int{1, 2, 1} {
		j.Record(numbered(i))
	}
	if diff := cmp.Diff([]int{1, 2}, list(t, j, journal.Filter{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnEntryThatIsJustBeingDeletedIsNotListed(t *testing.T) {
	client, prefix := redistest.Embedded(t), redistest.Prefix()
	j := open(t, client, prefix, 10)
	record(j, 0, 3)
	if err := j.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := client.HDel(t.Context(), prefix+"journal", numbered(1).ID).Err(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{2, 0}, list(t, j, journal.Filter{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

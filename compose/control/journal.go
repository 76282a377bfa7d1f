package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"mpe/compose/explain"
	"mpe/compose/journal"
	"mpe/oauth"
)

func (a API) listJournal(c *gin.Context) {
	filter, err := readFilter(c, "since", "limit")
	if err != nil {
		refuse(c, http.StatusBadRequest, err.Error())
		return
	}
	entries, err := a.Journal.List(c.Request.Context(), filter)
	if err != nil {
		fault(c, err)
		return
	}
	if strings.Contains(c.GetHeader("Accept"), ndjson) {
		writeLines(c, entries)
		return
	}
	c.JSON(http.StatusOK, gin.H{"entries": entries})
}

const ndjson = "application/x-ndjson"

// writeLines answers with an entry on each line.
func writeLines(c *gin.Context, entries []journal.Entry) {
	c.Header("Content-Type", ndjson)
	lines := json.NewEncoder(c.Writer)
	for _, e := range entries {
		if err := lines.Encode(e); err != nil {
			_ = c.Error(err)
			return
		}
	}
}

// filters are the parameters that say which entries are meant.
var filters = []string{"endpoint", "client", "code", "verdict", "reason", "org", "systemuser_org"}

// readFilter reads the query, which may hold filters and some other parameters. One that is not known would leave
// something out, or wait for something, that nobody asked for.
func readFilter(c *gin.Context, others ...string) (journal.Filter, error) {
	if err := checkParameters(c, slices.Concat(filters, others)); err != nil {
		return journal.Filter{}, err
	}
	f := journal.Filter{
		Endpoint:      c.Query("endpoint"),
		Client:        c.Query("client"),
		Code:          c.Query("code"),
		Verdict:       c.Query("verdict"),
		Reason:        c.Query("reason"),
		Org:           c.Query("org"),
		SystemUserOrg: c.Query("systemuser_org"),
	}
	var err error
	if f.Verdict != "" {
		if _, err = journal.ParseVerdict(f.Verdict); err != nil {
			return f, fmt.Errorf("verdict: %w", err)
		}
	}
	if since := c.Query("since"); since != "" {
		if f.Since, err = time.Parse(time.RFC3339, since); err != nil {
			return f, fmt.Errorf("since: %q is not a time as in 2026-01-31T12:00:00Z", since)
		}
	}
	if limit := c.Query("limit"); limit != "" {
		if f.Limit, err = strconv.Atoi(limit); err != nil || f.Limit < 1 || f.Limit > 1000 {
			return f, fmt.Errorf("limit: %q is not a number from 1 to 1000", limit)
		}
	}
	return f, nil
}

func checkParameters(c *gin.Context, known []string) error {
	for _, name := range slices.Sorted(maps.Keys(c.Request.URL.Query())) {
		if slices.Contains(known, name) {
			continue
		}
		meant := ""
		if near := oauth.Nearest(name, known); near != "" {
			meant = "did you mean " + near + "? "
		}
		return fmt.Errorf("%s: no parameter is called so; %sthere are %s", name, meant, strings.Join(known, ", "))
	}
	return nil
}

// Explained is an entry with its explanation in words, by language.
type Explained struct {
	journal.Entry
	Explanation map[explain.Language]Explanation `json:"explanation,omitempty"`
}

// Explanation is what happened, why, and what to do about it.
type Explanation struct {
	*explain.Text // nil where nothing was refused

	Checks map[oauth.CheckID]string `json:"checks"`         // what each check is called
	Also   []explain.Text           `json:"also,omitempty"` // what would have failed after the first
	Notes  []string                 `json:"notes,omitempty"`
}

func (a API) showEntry(c *gin.Context) {
	entry, err := a.find(c)
	switch {
	case errors.Is(err, journal.ErrNotFound):
		refuse(c, http.StatusNotFound, "The journal has no entry "+strconv.Quote(c.Param("id"))+
			"; it keeps the newest ones. GET /_mpe/v1/journal lists them, and /journal/last is the newest.")
	case err != nil:
		fault(c, err)
	default:
		c.JSON(http.StatusOK, explained(entry))
	}
}

func (a API) find(c *gin.Context) (journal.Entry, error) {
	if id := c.Param("id"); id != "last" {
		return a.Journal.Entry(c.Request.Context(), id)
	}
	return a.Journal.Last(c.Request.Context())
}

func explained(entry journal.Entry) Explained {
	e := Explained{Entry: entry}
	if entry.Trace == nil {
		return e
	}
	e.Explanation = map[explain.Language]Explanation{
		explain.NB: explanation(entry.Trace, explain.NB),
		explain.EN: explanation(entry.Trace, explain.EN),
	}
	return e
}

func explanation(t *oauth.Trace, lang explain.Language) Explanation {
	e := Explanation{Checks: map[oauth.CheckID]string{}}
	for _, check := range t.Checks {
		e.Checks[check.ID] = explain.Label(check.ID, lang)
		switch check.Outcome {
		case oauth.Failed:
			text := explain.Refusal(check, lang)
			e.Text = &text
		case oauth.WouldFail:
			e.Also = append(e.Also, explain.Refusal(check, lang))
		}
	}
	for _, note := range t.Notes {
		e.Notes = append(e.Notes, explain.Note(note, lang))
	}
	return e
}

func (a API) clearJournal(c *gin.Context) {
	if err := a.Journal.Clear(c.Request.Context()); err != nil {
		fault(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

// fault answers when the emulator itself fails. What failed is for the log, which gin's errors go to.
func fault(c *gin.Context, err error) {
	_ = c.Error(err)
	refuse(c, http.StatusInternalServerError, "The emulator failed; its log says how")
}

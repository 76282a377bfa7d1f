package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"mpe/compose/journal"
)

// maxWait is the longest that a call waits for something to happen.
const maxWait = 5 * time.Minute

// expectation is what a caller expects of the journal.
type expectation struct {
	Match map[string]json.RawMessage `json:"match"`
	Count journal.Count              `json:"count"`
	Order []json.RawMessage          `json:"order"`
	Wait  string                     `json:"wait"`
}

// maxOrder bounds what each exchange is compared with.
const maxOrder = 100

func (x expectation) read() (journal.Expectation, error) {
	read := journal.Expectation{Count: x.Count}
	if x.Match == nil && x.Order == nil {
		return read, errors.New(`there is neither match nor order; {"match": {}} counts every exchange`)
	}
	if len(x.Order) > maxOrder {
		return read, fmt.Errorf("order: %d are more than %d", len(x.Order), maxOrder)
	}
	if err := x.Count.Check(); err != nil {
		return read, err
	}
	var err error
	if read.Match, err = journal.ParseMatch(x.Match); err != nil {
		return read, fmt.Errorf("match: %w", err)
	}
	for i, each := range x.Order {
		m, err := readPlace(each)
		if err != nil {
			return read, fmt.Errorf("order[%d]: %w", i, err)
		}
		read.Order = append(read.Order, m)
	}
	return read, nil
}

// readPlace reads one of the order: conditions, or the id of an exchange.
func readPlace(encoded json.RawMessage) (journal.Match, error) {
	if bytes.HasPrefix(encoded, []byte(`"`)) {
		return journal.ParseMatch(map[string]json.RawMessage{"id": encoded})
	}
	var conditions map[string]json.RawMessage
	if json.Unmarshal(encoded, &conditions) != nil || conditions == nil {
		return nil, fmt.Errorf("%s is neither the id of an exchange nor an object of conditions", encoded)
	}
	return journal.ParseMatch(conditions)
}

// Verified is whether the journal is as expected.
type Verified struct {
	journal.Result
	Matched []string `json:"matched"` // the ids of the newest that were found, the oldest first
}

func (a API) verifyJournal(c *gin.Context) {
	var asked expectation
	if !read(c, &asked) {
		return
	}
	expected, err := asked.read()
	if err != nil {
		refuse(c, http.StatusBadRequest, err.Error())
		return
	}
	wait, err := readWait("wait", asked.Wait, 0)
	if err != nil {
		refuse(c, http.StatusBadRequest, err.Error())
		return
	}
	result, err := a.Journal.Verify(c.Request.Context(), expected, wait)
	if err != nil {
		a.cannotWait(c, err)
		return
	}
	answer := Verified{Result: result, Matched: []string{}}
	for _, e := range result.Matched {
		answer.Matched = append(answer.Matched, e.ID)
	}
	c.JSON(statusOf(result, http.StatusUnprocessableEntity), answer)
}

// awaited is what was waited for.
type awaited struct {
	journal.Result
	Entries []journal.Entry `json:"entries"` // the oldest first
}

func (a API) awaitJournal(c *gin.Context) {
	filter, err := readFilter(c, "since", "limit", "count", "timeout")
	if err != nil {
		refuse(c, http.StatusBadRequest, err.Error())
		return
	}
	least, err := strconv.Atoi(c.DefaultQuery("count", "1"))
	if err != nil || least < 1 {
		refuse(c, http.StatusBadRequest, fmt.Sprintf("count: %q is not a number from 1", c.Query("count")))
		return
	}
	timeout, err := readWait("timeout", c.Query("timeout"), 5*time.Second)
	if err != nil {
		refuse(c, http.StatusBadRequest, err.Error())
		return
	}
	result, err := a.Journal.Verify(c.Request.Context(),
		journal.Expectation{Since: filter.Since, Match: filter.Match(), Count: journal.Count{Min: &least}}, timeout)
	if err != nil {
		a.cannotWait(c, err)
		return
	}
	answer := awaited{Result: result, Entries: []journal.Entry{}}
	if result.OK {
		answer.Entries = result.Matched
	}
	if limit := filter.Limit; limit > 0 && len(answer.Entries) > limit {
		answer.Entries = answer.Entries[len(answer.Entries)-limit:]
	}
	c.JSON(statusOf(result, http.StatusRequestTimeout), answer)
}

func statusOf(r journal.Result, failed int) int {
	if r.OK {
		return http.StatusOK
	}
	return failed
}

// readWait reads how long to wait.
func readWait(name, value string, otherwise time.Duration) (time.Duration, error) {
	if value == "" {
		return otherwise, nil
	}
	d, err := time.ParseDuration(value)
	if err != nil || d < 0 || d > maxWait {
		return 0, fmt.Errorf("%s: %q is not a duration from 0s to %s, as in 5s", name, value, maxWait)
	}
	return d, nil
}

// cannotWait answers when the journal could not be waited for or read.
func (a API) cannotWait(c *gin.Context, err error) {
	switch {
	case errors.Is(err, journal.ErrBusy):
		c.Header("Retry-After", "1")
		refuse(c, http.StatusTooManyRequests, err.Error()+"; end one of them")
	case errors.Is(err, journal.ErrReleased):
		refuse(c, http.StatusServiceUnavailable, "The emulator closes, or what it holds is replaced; ask again")
	case errors.Is(err, context.Canceled): // the caller has gone
		c.Abort()
	default:
		fault(c, err)
	}
}

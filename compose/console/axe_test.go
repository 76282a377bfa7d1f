package console_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// axe is the source of axe-core, whose file MPE_TEST_AXE names.
var axe = sync.OnceValues(func() (string, error) {
	source, err := os.ReadFile(os.Getenv("MPE_TEST_AXE"))
	return string(source), err
})

// withoutAxe skips the test where there is no axe-core, which is an error under CI.
func withoutAxe(t *testing.T) {
	t.Helper()
	_, err := axe()
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatalf("axe-core, which MPE_TEST_AXE names, cannot be read: %v", err)
	default:
		t.Skip("MPE_TEST_AXE does not name an axe.min.js: the pages are not held to WCAG")
	}
}

// accessible fails the test when axe-core finds that the page breaks a rule of WCAG 2.2 AA.
func (b *tab) accessible() {
	b.t.Helper()
	source, err := axe()
	if err != nil {
		b.t.Fatal(err)
	}
	const run = `axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
		.then(found => JSON.stringify(found.violations))`
	var found string
	b.do("running axe-core", chromedp.ActionFunc(func(ctx context.Context) error {
		if _, thrown, err := runtime.Evaluate(source).Do(ctx); err != nil || thrown != nil {
			return fmt.Errorf("%v %v", err, thrown)
		}
		result, thrown, err := runtime.Evaluate(run).WithAwaitPromise(true).WithReturnByValue(true).Do(ctx)
		if err != nil || thrown != nil {
			return fmt.Errorf("%v %v", err, thrown)
		}
		return json.Unmarshal(result.Value, &found)
	}))
	var violations []struct {
		ID, Help string
		Nodes    []struct {
			HTML           string
			FailureSummary string
		}
	}
	if err := json.Unmarshal([]byte(found), &violations); err != nil {
		b.t.Fatal(err)
	}
	for _, v := range violations {
		for _, n := range v.Nodes {
			b.t.Errorf("%s: %s: %s\n  %s\n  %s", b.at(), v.ID, v.Help, n.HTML, strings.ReplaceAll(n.FailureSummary, "\n", "\n  "))
		}
	}
}

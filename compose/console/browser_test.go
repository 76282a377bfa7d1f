package console_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// chromium is the one browser of all tests: starting it takes seconds. Each test has a profile of its own in it.
var chromium struct {
	once sync.Once
	ctx  context.Context // nil: none is installed
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if chromium.ctx != nil {
		_ = chromedp.Cancel(chromium.ctx)
	}
	os.Exit(code)
}

func startChromium() {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
			chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WSURLReadTimeout(patience),
			chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		)
		ctx, _ := chromedp.NewExecAllocator(context.Background(), options...)
		quiet := func(string, ...any) {} // of events that the library does not know
		ctx, _ = chromedp.NewContext(ctx, chromedp.WithErrorf(quiet))
		chromium.ctx, chromium.err = ctx, chromedp.Run(ctx)
		return
	}
}

// visit is how a page is looked at.
type visit struct {
	lang     string // of the browser: nb, nn or en; empty: nb
	noScript bool
	keyboard bool  // instead of the mouse
	width    int64 // in CSS pixels; 0: 1280
}

// tab is what a person has before them. Elements are found by role and accessible name, as the person finds them.
type tab struct {
	t   *testing.T
	ctx context.Context
	URL string // of the emulator; it ends in a slash

	lang     string // of the visit
	keyboard bool
}

// patience is how long anything may take until it counts as not coming; on a busy machine Chromium is slow to start.
const patience = 60 * time.Second

// browse looks at an emulator with a profile that nothing is known of. Without Chromium the test is skipped, which is an
// error under CI.
func browse(t *testing.T, url string, v visit) *tab {
	t.Helper()
	chromium.once.Do(startChromium)
	switch {
	case chromium.err != nil:
		t.Fatal(chromium.err)
	case chromium.ctx != nil:
	case os.Getenv("CI") == "true":
		t.Fatal("Chromium is not installed")
	default:
		t.Skip("Chromium is not installed: pages are not looked at")
	}
	ctx, stop := chromedp.NewContext(chromium.ctx, chromedp.WithTargetID(window(t)))
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, 2*patience)
	t.Cleanup(stop)
	b := &tab{t: t, ctx: ctx, URL: url, lang: v.lang, keyboard: v.keyboard}
	b.do("preparing the browser",
		network.Enable(),
		network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": cmp.Or(v.lang, "nb")}),
		emulation.SetDeviceMetricsOverride(cmp.Or(v.width, 1280), 900, 1, false),
		emulation.SetScriptExecutionDisabled(v.noScript),
		accessibility.Enable(),
	)
	b.scheme("light")
	return b
}

// window opens one with a profile of its own, which is gone after the test.
func window(t *testing.T) target.ID {
	t.Helper()
	ctx := cdp.WithExecutor(chromium.ctx, chromedp.FromContext(chromium.ctx).Browser)
	profile, err := target.CreateBrowserContext().Do(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = target.DisposeBrowserContext(profile).Do(ctx) })
	opened, err := target.CreateTarget("about:blank").WithBrowserContextID(profile).WithNewWindow(true).Do(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

func (b *tab) do(what string, actions ...chromedp.Action) {
	b.t.Helper()
	if err := chromedp.Run(b.ctx, actions...); err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}

// visit goes to an address below the emulator's.
func (b *tab) visit(path string) {
	b.t.Helper()
	b.load("visiting "+path, chromedp.ActionFunc(func(ctx context.Context) error {
		_, _, failed, _, err := page.Navigate(b.URL + path).Do(ctx)
		if err == nil && failed != "" {
			err = fmt.Errorf("%s", failed)
		}
		return err
	}))
}

// load does what leads to another page, and waits until that is there.
func (b *tab) load(what string, action chromedp.Action) {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	if _, err := chromedp.RunResponse(ctx, action); err != nil {
		b.t.Errorf("%s: %v", what, err) // at once: the page may not answer any more
		b.t.Fatalf("%s:\n%s", b.at(), b.outline())
	}
}

// at is the address that the browser shows, without the emulator's where it is below that.
func (b *tab) at() string {
	b.t.Helper()
	var url string
	b.do("reading the address", chromedp.Location(&url))
	return strings.TrimPrefix(url, b.URL)
}

// element is a node of the accessibility tree.
type element = accessibility.Node

// tree is what assistive technology is told of the page, and what it is not told of but has children.
func (b *tab) tree() (all []*element) {
	b.t.Helper()
	b.do("reading the accessibility tree", chromedp.ActionFunc(func(ctx context.Context) (err error) {
		all, err = accessibility.GetFullAXTree().Do(ctx)
		return err
	}))
	return all
}

func role(n *element) string { return valueOf(n.Role) }
func name(n *element) string { return valueOf(n.Name) }

func valueOf(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var s string
	_ = json.Unmarshal(v.Value, &s) // what is no string has no text
	return strings.Join(strings.Fields(s), " ")
}

// all are the elements with the role whose name is, or for a name that ends in an ellipsis begins with, that.
func (b *tab) all(wanted, named string) []*element {
	b.t.Helper()
	begin, open := strings.CutSuffix(named, "…")
	return slices.DeleteFunc(b.tree(), func(n *element) bool {
		return n.Ignored || role(n) != wanted || name(n) != named && (!open || !strings.HasPrefix(name(n), begin))
	})
}

// one is the only element with that role and name. What a script or the browser itself shows may take a moment.
func (b *tab) one(wanted, named string) *element {
	b.t.Helper()
	found := b.all(wanted, named)
	for deadline := time.Now().Add(patience / 4); len(found) == 0 && time.Now().Before(deadline); {
		found = b.all(wanted, named)
	}
	if len(found) != 1 {
		b.t.Fatalf("%s: there are %d of %s %q, want one\n%s", b.at(), len(found), wanted, named, b.outline())
	}
	return found[0]
}

// inDialog is the only element with that role and name in an open dialog.
func (b *tab) inDialog(wanted, named string) *element {
	b.t.Helper()
	inside := map[accessibility.NodeID]bool{}
	var found []*element
	for _, n := range b.tree() { // parents come before their children
		inside[n.NodeID] = inside[n.ParentID] || role(n) == "dialog"
		if inside[n.NodeID] && role(n) == wanted && name(n) == named {
			found = append(found, n)
		}
	}
	if len(found) != 1 {
		b.t.Fatalf("%s: there are %d of %s %q in dialogs, want one\n%s", b.at(), len(found), wanted, named, b.outline())
	}
	return found[0]
}

// has fails the test unless there is an element with that role and each of the names.
func (b *tab) has(wanted string, names ...string) {
	b.t.Helper()
	for _, named := range names {
		if len(b.all(wanted, named)) == 0 {
			b.t.Errorf("%s: no %s %q\n%s", b.at(), wanted, named, b.outline())
		}
	}
}

// lacks fails the test when there is an element with that role and one of the names.
func (b *tab) lacks(wanted string, names ...string) {
	b.t.Helper()
	for _, named := range names {
		if len(b.all(wanted, named)) > 0 {
			b.t.Errorf("%s: there is a %s %q, want none\n%s", b.at(), wanted, named, b.outline())
		}
	}
}

// outline is the page as assistive technology tells it.
func (b *tab) outline() string {
	var lines []string
	for _, n := range b.tree() {
		if n.Ignored {
			continue
		}
		switch role(n) {
		case "heading", "button", "link", "textbox", "radio", "checkbox", "combobox", "alert", "dialog", "searchbox", "DisclosureTriangle", "status":
			lines = append(lines, fmt.Sprintf("  %s %q", role(n), name(n)))
		}
	}
	return strings.Join(lines, "\n")
}

// click presses the element.
func (b *tab) click(wanted, named string) {
	b.t.Helper()
	b.do("pressing "+named, b.pressing(b.one(wanted, named)))
}

// follow presses what leads to another page.
func (b *tab) follow(wanted, named string) {
	b.t.Helper()
	b.followTo(b.one(wanted, named))
}

func (b *tab) followTo(n *element) {
	b.t.Helper()
	b.load("pressing "+name(n), b.pressing(n))
}

// pressing is a click with the mouse, or Enter once the tabulator has led there.
func (b *tab) pressing(n *element) chromedp.Action {
	b.t.Helper()
	if !b.keyboard {
		return clicking(n)
	}
	b.tabTo(n)
	return chromedp.KeyEvent(kb.Enter)
}

func clicking(n *element) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		if err := dom.ScrollIntoViewIfNeeded().WithBackendNodeID(n.BackendDOMNodeID).Do(ctx); err != nil {
			return err
		}
		quads, err := dom.GetContentQuads().WithBackendNodeID(n.BackendDOMNodeID).Do(ctx)
		if err != nil {
			return err
		}
		if len(quads) == 0 {
			return fmt.Errorf("%s %q is not to be seen", role(n), name(n))
		}
		q := quads[0]
		return chromedp.MouseClickXY((q[0]+q[4])/2, (q[1]+q[5])/2).Do(ctx)
	})
}

// fill types into the field with that name.
func (b *tab) fill(wanted, named, value string) {
	b.t.Helper()
	n := b.one(wanted, named)
	if b.keyboard {
		b.tabTo(n)
		b.press(value)
		return
	}
	b.do("typing into "+named, clicking(n), chromedp.KeyEvent(value))
}

// tabTo presses the tabulator until the element has the focus. It fails the test when the element cannot be reached so.
func (b *tab) tabTo(n *element) {
	b.t.Helper()
	const enough = 200
	for range enough {
		b.do("pressing the tabulator", chromedp.KeyEvent(kb.Tab))
		if b.focused() == n.BackendDOMNodeID {
			return
		}
	}
	b.t.Fatalf("%s: the tabulator does not lead to %s %q\n%s", b.at(), role(n), name(n), b.outline())
}

func (b *tab) focused() (id cdp.BackendNodeID) {
	b.t.Helper()
	b.do("finding the focus", chromedp.ActionFunc(func(ctx context.Context) error {
		object, _, err := runtime.Evaluate("document.activeElement").Do(ctx)
		if err != nil || object.ObjectID == "" {
			return err
		}
		node, err := dom.DescribeNode().WithObjectID(object.ObjectID).Do(ctx)
		if err == nil {
			id = node.BackendNodeID
		}
		return err
	}))
	return id
}

// press presses keys on what has the focus.
func (b *tab) press(keys string) {
	b.t.Helper()
	b.do("pressing keys", chromedp.KeyEvent(keys))
}

// text is what the element of that tag says.
func (b *tab) text(tag string) (said string) {
	b.t.Helper()
	b.do("reading "+tag, chromedp.Text(tag, &said, chromedp.ByQuery))
	return said
}

func disabled(n *element) bool {
	return slices.ContainsFunc(n.Properties, func(p *accessibility.Property) bool {
		var on bool
		return p.Name == accessibility.PropertyNameDisabled && json.Unmarshal(p.Value.Value, &on) == nil && on
	})
}

// choose picks the option that begins so, by typing that on the list with that name.
func (b *tab) choose(named, option string) {
	b.t.Helper()
	n := b.one("combobox", named)
	if b.keyboard {
		b.tabTo(n)
	} else {
		b.do("focusing "+named, chromedp.ActionFunc(func(ctx context.Context) error {
			return dom.Focus().WithBackendNodeID(n.BackendDOMNodeID).Do(ctx)
		}))
	}
	b.press(option)
}

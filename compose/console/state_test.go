package console_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// states are the pages, each in every state that it has, by the way a person comes there.
var states = []struct {
	name string
	walk func(*world, *tab)
}{
	{"login", func(_ *world, b *tab) { b.visit(requestAt + waiting) }},
	{"login-testid", func(_ *world, b *tab) {
		b.visit(requestAt + waiting)
		b.follow("link", "TestID Lag din egen testbruker")
	}},
	{"login-wrong", func(_ *world, b *tab) { b.logIn(requestAt+waiting, "01017010055") }},
	{"request", func(_ *world, b *tab) { b.logIn(requestAt+waiting, hawkManager) }},
	{"request-drawer", func(_ *world, b *tab) {
		b.logIn(requestAt+waiting, hawkManager)
		b.openDrawer()
	}},
	{"request-accepted", func(_ *world, b *tab) { b.logIn(requestAt+accepted, hawkManager) }},
	{"request-rejected", func(_ *world, b *tab) { b.logIn(requestAt+rejected, hawkManager) }},
	{"request-expired", func(_ *world, b *tab) { b.logIn(requestAt+expired, hawkManager) }},
	{"request-wrong-party", func(_ *world, b *tab) { b.logIn(requestAt+waiting, elgManager) }},
	{"request-unknown", func(_ *world, b *tab) { b.logIn(requestAt+unknown, hawkManager) }},
	{"request-without-id", func(_ *world, b *tab) { b.logIn(userPages+"request", hawkManager) }},
	{"request-failed", func(_ *world, b *tab) {
		b.logIn(requestAt+waiting, hawkAccess)
		b.follow("button", b.name("approve"))
	}},
	{"request-escalate", func(_ *world, b *tab) { b.logIn(requestAt+waiting, hawkEmployee) }},
	{"request-escalated", func(_ *world, b *tab) {
		b.logIn(requestAt+waiting, hawkEmployee)
		b.follow("button", b.name("forward"))
	}},
	{"agentrequest", func(_ *world, b *tab) { b.logIn(agentAt+forAgent, clientAdmin) }},
	{"changerequest", func(_ *world, b *tab) { b.logIn(changeAt+forChange, elgManager) }},
	{"loggedout", func(_ *world, b *tab) {
		b.logIn(requestAt+withoutVendor, hawkManager)
		b.follow("button", b.name("approve"))
	}},
	{"overview", func(_ *world, b *tab) { b.logIn(overviewAt, elgManager) }},
	{"overview-pending", func(_ *world, b *tab) { b.logIn(overviewAt, hawkManager) }},
	{"overview-agents", func(_ *world, b *tab) { b.logIn(overviewAt, clientAdmin) }},
	{"overview-employee", func(_ *world, b *tab) { b.logIn(overviewAt, hawkEmployee) }},
	{"create", func(_ *world, b *tab) { b.logIn(userPages+"create", elgManager) }},
	{"create-confirm", func(_ *world, b *tab) {
		b.logIn(userPages+"create", hawkManager)
		b.choose(b.name("choose"), "Fakturapro N")
		b.follow("button", b.name("proceed"))
	}},
	{"details", func(_ *world, b *tab) { b.logIn(userPages+elgsUser, elgManager) }},
	{"details-delete", func(_ *world, b *tab) {
		b.logIn(userPages+elgsUser, elgManager)
		b.click("button", b.name("delete"))
	}},
	{"details-agent", func(_ *world, b *tab) { b.logIn(userPages+accountantsOwn, clientAdmin) }},
	{"details-unknown", func(_ *world, b *tab) { b.logIn(userPages+unknown, elgManager) }},
	{"clients", func(_ *world, b *tab) { b.logIn(userPages+accountantsOwn+"/agentdelegation", clientAdmin) }},
	{"clients-choose", func(_ *world, b *tab) {
		b.logIn(userPages+accountantsOwn+"/agentdelegation", clientAdmin)
		b.follow("button", b.name("edit"))
	}},
	{"clients-added", func(_ *world, b *tab) {
		b.logIn(userPages+accountantsOwn+"/agentdelegation", clientAdmin)
		b.follow("button", b.name("edit"))
		b.follow("button", b.name("add"))
	}},
	{"clients-added-all", func(_ *world, b *tab) {
		b.logIn(userPages+accountantsOwn+"/agentdelegation", clientAdmin)
		b.follow("button", b.name("edit"))
		b.follow("button", b.name("addAll"))
	}},
	{"clients-none-fit", func(_ *world, b *tab) {
		b.logIn(userPages+accountantsOwn+"/agentdelegation?clients=choose&search=ulv", clientAdmin)
	}},
	{"error-code", func(_ *world, b *tab) { b.visit("errors/MP-303") }},
	{"error-code-unknown", func(_ *world, b *tab) { b.visit("errors/MP-3") }},
	{"api", func(_ *world, b *tab) { b.visit("_mpe/api") }},
}

// name is what Altinn's pages call it in the language of the visit.
func (b *tab) name(key string) string { return altinnsNames[b.lang][key] }

func (b *tab) openDrawer() {
	b.t.Helper()
	b.do("opening the drawer", chromedp.Click("aside summary", chromedp.ByQuery))
}

// Every page in every state keeps the rules of WCAG 2.2 AA, in both colour schemes.
func TestPagesAreAccessible(t *testing.T) {
	withoutAxe(t)
	for _, s := range states {
		t.Run(s.name, func(t *testing.T) {
			w := newWorld(t)
			b := browse(t, w.url, visit{lang: "nb"})
			s.walk(w, b)
			b.accessible()
			b.scheme("dark")
			b.accessible()
		})
	}
}

// Once a page is there, nothing of it moves by itself: what does is missed by those who press it.
func TestPagesStayStill(t *testing.T) {
	for _, s := range states {
		t.Run(s.name, func(t *testing.T) {
			w := newWorld(t)
			b := browse(t, w.url, visit{lang: "nb"})
			s.walk(w, b)
			b.stayedStill()
		})
	}
}

// However a page comes in parts, what of it is drawn stays where it is: long pages, and any page of a busy machine, do so.
func TestPagesStayStillWhileTheyArrive(t *testing.T) {
	for _, s := range []struct {
		name, page string
		walk       func(*tab)
		rests      []string
	}{
		{"altinn", overviewAt, func(b *tab) { b.logIn(overviewAt, clientAdmin) },
			[]string{`logout">`, `<nav class="languages"`, `lang="nn"`, `<main`, `</main>`}},
		{"tool", "errors/MP-303", func(*tab) {}, []string{`<nav class="languages"`, `lang="en" hreflang`, `<main`, `</main>`}},
		{"api", "_mpe/api", func(*tab) {}, []string{`<option value="full"`, `<p><button>`, `</form>`}},
	} {
		t.Run(s.name, func(t *testing.T) {
			w := newWorld(t)
			cuts := make(chan string, 1)
			slow := httptest.NewServer(inTwoParts(t, w.url, cuts))
			defer slow.Close()
			b := browse(t, slow.URL+"/", visit{lang: "nb"})
			s.walk(b)
			for _, rest := range s.rests {
				cuts <- rest
				b.visit(s.page)
				b.stayedStill()
				if len(cuts) > 0 {
					t.Fatalf("%s: came in one part: nothing in it begins with %s", s.page, <-cuts)
				}
			}
		})
	}
}

// inTwoParts passes on what is at the address. A page that has in it what the next cut names waits there for as long as the
// part before takes to be drawn.
func inTwoParts(t *testing.T, address string, cuts chan string) http.Handler {
	t.Helper()
	behind, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return &httputil.ReverseProxy{
		FlushInterval: -1,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(behind)
			r.Out.Host = r.In.Host
			r.Out.Header.Del("Accept-Encoding") // a cut is looked for in plain text
		},
		ModifyResponse: func(answer *http.Response) error {
			if !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
				return nil
			}
			select {
			case rest := <-cuts:
				body, err := io.ReadAll(answer.Body)
				at := bytes.Index(body, []byte(rest))
				if at < 0 {
					cuts <- rest // this is another page
					at = len(body)
				}
				answer.Header.Del("Content-Length")
				answer.ContentLength = -1
				answer.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body[:at]), pause{}, bytes.NewReader(body[at:])))
				return err
			default:
				return nil
			}
		},
	}
}

// pause is nothing that takes as long to read as a page to be drawn.
type pause struct{}

func (pause) Read([]byte) (int, error) {
	time.Sleep(500 * time.Millisecond)
	return 0, io.EOF
}

// stayedStill looks for what has moved since the page came.
func (b *tab) stayedStill() {
	b.t.Helper()
	const watch = `new Promise(done => {
		const moved = [];
		new PerformanceObserver(list => {
			for (const entry of list.getEntries())
				for (const {node} of entry.sources) moved.push(node?.outerHTML?.slice(0, 120) ?? node?.nodeName ?? "what is gone");
		}).observe({type: "layout-shift", buffered: true});
		setTimeout(() => done(moved), 300);
	})`
	var moved []string
	b.do("watching", chromedp.Evaluate(watch, &moved, func(p *runtime.EvaluateParams) *runtime.EvaluateParams {
		return p.WithAwaitPromise(true)
	}))
	if len(moved) > 0 {
		b.t.Errorf("%s: these moved: %q", b.at(), moved)
	}
}

// Nothing is cut off at 320 pixels, which is also 400 % of 1280, and the page never scrolls sideways.
func TestPagesFitNarrowScreens(t *testing.T) {
	for _, s := range states {
		t.Run(s.name, func(t *testing.T) {
			w := newWorld(t)
			b := browse(t, w.url, visit{lang: "nb", width: 320})
			s.walk(w, b)
			var wide []string
			b.do("measuring", chromedp.Evaluate(`[...document.querySelectorAll("body *")].filter(e => {
				const box = e.getBoundingClientRect();
				return box.width > 0 && box.right > 320.5 && !e.closest("pre, .skip, [hidden]") && getComputedStyle(e).visibility === "visible";
			}).map(e => e.outerHTML.slice(0, 120))`, &wide))
			if len(wide) > 0 {
				t.Errorf("%s: beyond the right edge: %q", b.at(), wide)
			}
		})
	}
}

// TestScreens takes a picture of every state into the folder that MPE_SCREENS names, for eyes to look at.
func TestScreens(t *testing.T) {
	folder := os.Getenv("MPE_SCREENS")
	if folder == "" {
		t.Skip("MPE_SCREENS does not name a folder: use make screens")
	}
	for _, s := range states {
		for _, lang := range []string{"nb", "nn", "en"} {
			w := newWorld(t)
			b := browse(t, w.url, visit{lang: lang})
			s.walk(w, b)
			for _, width := range []int64{1280, 320} {
				for _, scheme := range []string{"light", "dark"} {
					b.scheme(scheme)
					b.picture(filepath.Join(folder, fmt.Sprintf("%s-%s-%d-%s.png", s.name, lang, width, scheme)), width)
				}
			}
		}
	}
}

// picture is of the whole page, at that width.
func (b *tab) picture(file string, width int64) {
	b.t.Helper()
	var png []byte
	b.do("taking a picture", emulation.SetDeviceMetricsOverride(width, 900, 1, false), chromedp.ActionFunc(func(ctx context.Context) (err error) {
		png, err = page.CaptureScreenshot().WithCaptureBeyondViewport(true).Do(ctx)
		return err
	}))
	if err := os.WriteFile(file, png, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// scheme has the browser prefer light or dark.
func (b *tab) scheme(preferred string) {
	b.t.Helper()
	b.do("choosing the colours", emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: preferred}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}))
}

package console_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"mpe/compose"
	"mpe/compose/seed"
)

// The names of Altinn's pages, as a Playwright test against them finds its way: nothing here is taken from the pages
// under test.
var altinnsNames = map[string]map[string]string{
	"nb": {
		"continue": "Fortsett", "request": "Gi tilgang til system", "approve": "Godkjenn systemtilgang", "reject": "Avvis",
		"header": "Fakturapro ber om godkjenning til å lage en systemtilgang",
		"agent":  "Godkjenn systemtilgang for klientene dine", "change": "Oppdatering av systemtilgang",
		"approveChange": "Godkjenn oppdatert systemtilgang", "forward": "Ja, send videre", "finish": "Avslutt",
		"close": "Lukk og logg ut", "forwarded": "Forespørselen er videresendt", "lacks": "Du mangler nødvendig fullmakt",
		"create": "Lag ny systemtilgang", "choose": "Velg fagsystem", "proceed": "Gå videre", "confirmCreate": "Opprett systemtilgang",
		"delete": "Slett systemtilgang", "edit": "Legg til eller fjern klienter",
		"add": "Legg til VÅKEN FJELLREV ENK i systemtilgang", "remove": "Fjern LUN BAKERIMUS AS fra systemtilgang",
		"addAll": "Legg til alle klienter", "done": "Bekreft og lukk", "search": "Søk i klienter",
	},
	"nn": {
		"continue": "Hald fram", "request": "Gi tilgang til system", "approve": "Godkjenn systemtilgang", "reject": "Avvis",
		"header": "Fakturapro ber om godkjenning til å lage ein systemtilgang",
		"agent":  "Godkjenn systemtilgang for klientane dine", "change": "Oppdatering av systemtilgang",
		"approveChange": "Godkjenn oppdatert systemtilgang", "forward": "Ja, send vidare", "finish": "Avslutt",
		"close": "Lukk og logg ut", "forwarded": "Førespurnaden er videresendt", "lacks": "Du manglar nødvendig fullmakt",
		"create": "Lag ny systemtilgang", "choose": "Vel systemleverandør og system", "proceed": "Gå vidare", "confirmCreate": "Opprett systemtilgang",
		"delete": "Slett systemtilgang", "edit": "Legg til eller fjern klientar",
		"add": "Legg til VÅKEN FJELLREV ENK i systemtilgang", "remove": "Fjern LUN BAKERIMUS AS frå systemtilgang",
		"addAll": "Legg til alle klientar", "done": "Bekreft og lukk", "search": "Søk i klientar",
	},
	"en": {
		"continue": "Continue", "request": "Give access to system", "approve": "Approve system access", "reject": "Reject",
		"header": "Fakturapro is requesting permission to create a system access",
		"agent":  "Approve system access for your clients", "change": "Change system access",
		"approveChange": "Approve updated system access", "forward": "Yes, forward request", "finish": "Finish",
		"close": "Close and log out", "forwarded": "Request forwarded", "lacks": "You lack required authorization",
		"create": "Create new system access", "choose": "Choose vendor system", "proceed": "Proceed", "confirmCreate": "Create system access",
		"delete": "Delete system access", "edit": "Add or remove clients",
		"add": "Add VÅKEN FJELLREV ENK to system access", "remove": "Remove LUN BAKERIMUS AS from system access",
		"addAll": "Add all clients", "done": "Confirm and close", "search": "Search in clients",
	},
}

// Persons of the demo.
const (
	elgManager     = "01817010055"
	hawkManager    = "07835530013"
	hawkAccess     = "30878812065" // may approve, and lacks the power
	hawkEmployee   = "15826420070" // may only pass on
	clientAdmin    = "23908111028"
	waiting        = "00000000-0000-4000-8000-000000000001"
	withoutVendor  = "00000000-0000-4000-8000-000000000002"
	forAgent       = "00000000-0000-4000-8000-000000000003"
	forChange      = "00000000-0000-4000-8000-000000000004"
	expired        = "00000000-0000-4000-8000-000000000005"
	accepted       = "00000000-0000-4000-8000-000000000006"
	rejected       = "00000000-0000-4000-8000-000000000007"
	timedOut       = "00000000-0000-4000-8000-000000000008"
	unknown        = "00000000-0000-4000-8000-00000000000f"
	elgsUser       = "7c2e9a10-0000-4000-8000-000000000001"
	accountantsOwn = "7c2e9a10-0000-4000-8000-000000000003"
)

// world is an emulator with requests of every kind, and the vendor's site that customers are sent back to.
type world struct {
	t    *testing.T
	url  string // ends in a slash
	site string // where the vendor sends customers
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<!doctype html><title>Receipt</title><h1>Receipt</h1>")
	}))
	t.Cleanup(site.Close)
	w.site = site.URL + "/done"
	addition := `version: 1
systems:
  - id: 310000019_fakturapro
    vendor: "310000019"
    name: { nb: Fakturapro, nn: Fakturapro, en: Fakturapro }
    clientIds: [5f0c1a52-6c1b-4f6e-9d38-1c0f7a4b9e01]
    rights: [mun-fakturagrunnlag]
    accessPackages: ["urn:altinn:accesspackage:skattegrunnlag"]
    allowedRedirectUrls: ["` + w.site + `"]
  - id: 310000019_fakturapro-byraa
    vendor: "310000019"
    name: { nb: Fakturapro Byrå, nn: Fakturapro Byrå, en: Fakturapro Agency }
    clientIds: [5f0c1a52-6c1b-4f6e-9d38-1c0f7a4b9e05]
    accessPackages: ["urn:altinn:accesspackage:regnskapsforer-med-signeringsrettighet"]
    allowedRedirectUrls: ["` + w.site + `"]
    visible: false
requests:
  - { id: ` + waiting + `, system: 310000019_fakturapro, party: "310000035", externalRef: one, rights: [mun-fakturagrunnlag], redirectUrl: "` + w.site + `" }
  - { id: ` + withoutVendor + `, system: 310000019_fakturapro, party: "310000035", externalRef: two, rights: [mun-fakturagrunnlag] }
  - { id: ` + forAgent + `, kind: agent, system: 310000019_fakturapro-byraa, party: "310000043", externalRef: three, accessPackages: ["urn:altinn:accesspackage:regnskapsforer-med-signeringsrettighet"], redirectUrl: "` + w.site + `" }
  - { id: ` + forChange + `, kind: change, system: 310000019_fakturapro, party: "310000027", accessPackages: ["urn:altinn:accesspackage:skattegrunnlag"], unwantedRights: [mun-fakturagrunnlag], redirectUrl: "` + w.site + `" }
  - { id: ` + expired + `, system: 310000019_fakturapro, party: "310000035", externalRef: five, rights: [mun-fakturagrunnlag], age: 181d }
  - { id: ` + accepted + `, system: 310000019_fakturapro, party: "310000035", externalRef: six, rights: [mun-fakturagrunnlag], status: Accepted }
  - { id: ` + rejected + `, system: 310000019_fakturapro, party: "310000035", externalRef: seven, rights: [mun-fakturagrunnlag], status: Rejected }
  - { id: ` + timedOut + `, system: 310000019_fakturapro, party: "310000035", externalRef: eight, rights: [mun-fakturagrunnlag], status: Timedout }
`
	e, err := compose.New(t.Context(), compose.Config{Seeds: []seed.Source{compose.Demo(), {Name: "pages.yaml", Data: []byte(addition)}}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(e.Handler())
	w.url = server.URL + "/"
	t.Cleanup(func() {
		server.Close()
		if err := e.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return w
}

// status is the request's, as the control API tells it.
func (w *world) status(id string) string {
	w.t.Helper()
	answer, err := http.Get(w.url + "_mpe/v1/requests/" + id)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	var shown struct{ Status string }
	if err := json.NewDecoder(answer.Body).Decode(&shown); err != nil {
		w.t.Fatal(err)
	}
	return shown.Status
}

// control calls the control API, and gives the body of its answer.
func (w *world) control(method, path, body string) string {
	w.t.Helper()
	r, err := http.NewRequest(method, w.url+"_mpe/v1/"+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(data)
}

func (w *world) wantStatus(id, want string) {
	w.t.Helper()
	if got := w.status(id); got != want {
		w.t.Errorf("the request is %s, want %s", got, want)
	}
}

const (
	userPages  = "accessmanagement/ui/systemuser/"
	requestAt  = userPages + "request?DONTCHOOSEREPORTEE=true&id="
	agentAt    = userPages + "agentrequest?DONTCHOOSEREPORTEE=true&id="
	changeAt   = userPages + "changerequest?DONTCHOOSEREPORTEE=true&id="
	overviewAt = userPages + "overview"
)

// logIn goes to a page as a person who is not logged in yet: by their number, as in Altinn's test environment.
func (b *tab) logIn(path, pid string) {
	b.t.Helper()
	b.visit(path)
	b.readIn()
	b.follow("link", "TestID Lag din egen testbruker")
	b.fill("textbox", "Personidentifikator", pid)
	b.follow("button", "Autentiser")
}

// readIn chooses the language of the visit; without a choice it is the person's.
func (b *tab) readIn() {
	b.t.Helper()
	if link := map[string]string{"nn": "Norsk (nynorsk)", "en": "English"}[b.lang]; link != "" {
		b.follow("link", link)
	}
}

// backAt fails the test unless the browser is where the vendor wanted it, and nothing was appended.
func (b *tab) backAt(site string) {
	b.t.Helper()
	if got := b.at(); got != site {
		b.t.Errorf("the browser is at %s, want %s", got, site)
	}
}

// In every language, by the keyboard alone and without scripts, customers answer requests of each kind and look after
// system users, by the names of Altinn's pages.
func TestJourneys(t *testing.T) {
	for lang, n := range altinnsNames {
		journeys := map[string]func(*world, *tab){
			"approve": func(w *world, b *tab) {
				b.logIn(requestAt+waiting, hawkManager)
				b.has("heading", n["request"], n["header"])
				b.follow("button", n["approve"])
				b.backAt(w.site)
				w.wantStatus(waiting, "Accepted")
			},
			"reject": func(w *world, b *tab) {
				b.logIn(requestAt+waiting, hawkManager)
				b.follow("button", n["reject"])
				b.backAt(w.site)
				w.wantStatus(waiting, "Rejected")
			},
			"approve for an agent": func(w *world, b *tab) {
				b.logIn(agentAt+forAgent, clientAdmin)
				b.has("heading", n["agent"])
				b.follow("button", n["approve"])
				b.backAt(w.site)
				w.wantStatus(forAgent, "Accepted")
			},
			"approve a change": func(w *world, b *tab) {
				b.logIn(changeAt+forChange, elgManager)
				b.has("heading", n["change"])
				b.follow("button", n["approveChange"])
				b.backAt(w.site)
				w.wantStatus(forChange, "Accepted")
			},
			"reject a change": func(w *world, b *tab) {
				b.logIn(changeAt+forChange, elgManager)
				b.follow("button", n["reject"])
				b.backAt(w.site)
				w.wantStatus(forChange, "Rejected")
			},
			"pass on": func(w *world, b *tab) {
				b.logIn(requestAt+waiting, hawkEmployee)
				b.lacks("button", n["approve"], n["reject"])
				b.has("heading", n["lacks"])
				b.follow("button", n["forward"])
				b.has("heading", n["forwarded"])
				b.follow("button", n["finish"])
				b.backAt(w.site)
				w.wantStatus(waiting, "New")
			},
			"close instead of passing on": func(w *world, b *tab) {
				b.logIn(requestAt+waiting, hawkEmployee)
				b.follow("button", n["close"])
				b.backAt(w.site)
			},
			"delete": func(w *world, b *tab) {
				b.logIn(overviewAt, elgManager)
				b.follow("link", "Fakturapro for Elg …")
				b.click("button", n["delete"])
				b.one("dialog", "…")
				b.followTo(b.inDialog("button", n["delete"]))
				if at := b.at(); at != overviewAt {
					t.Errorf("the browser is at %s, want the overview", at)
				}
				if left := b.all("link", "Fakturapro for Elg …"); len(left) != 0 {
					t.Errorf("the list still has %d of the deleted one", len(left))
				}
			},
			"create": func(w *world, b *tab) {
				b.logIn(overviewAt, hawkManager)
				b.follow("link", n["create"])
				b.choose(n["choose"], "Fakturapro N")
				b.follow("button", n["proceed"])
				b.follow("button", n["confirmCreate"])
				b.has("link", "Fakturapro N…")
			},
			"clients of an agent": func(w *world, b *tab) {
				b.logIn(userPages+accountantsOwn+"/agentdelegation", clientAdmin)
				b.follow("button", n["edit"])
				b.has("searchbox", n["search"])
				b.follow("button", n["add"])
				b.follow("button", n["remove"])
				b.follow("button", n["done"])
				if text := b.text("main"); !strings.Contains(text, "VÅKEN FJELLREV ENK") || strings.Contains(text, "LUN BAKERIMUS AS") {
					t.Errorf("the page says %q, want the fox and not the mouse", text)
				}
			},
		}
		ways := map[string]visit{lang: {lang: lang}}
		if lang == "nb" {
			ways["nb by the keyboard alone"] = visit{lang: lang, keyboard: true}
			ways["nb without scripts"] = visit{lang: lang, noScript: true}
		}
		for way, v := range ways {
			for journey, walk := range journeys {
				t.Run(way+"/"+journey, func(t *testing.T) {
					w := newWorld(t)
					walk(w, browse(t, w.url, v))
				})
			}
		}
	}
}

// The picker tells what will come of each choice, and lets the person in.
func TestThePickerForetells(t *testing.T) {
	w := newWorld(t)
	b := browse(t, w.url, visit{})
	b.visit(requestAt + waiting)
	b.has("heading", "Hvem er du?")
	b.click("radio", "Havørn, Daglig…")
	b.press(kb.ArrowDown)
	b.follow("button", "Fortsett")
	b.has("heading", "Gi tilgang til system")
}

// What cannot be answered says so, and cannot be answered.
func TestRequestsThatCannotBeAnswered(t *testing.T) {
	for name, at := range map[string]struct{ path, pid, alert string }{
		"answered with yes":       {requestAt + accepted, hawkManager, ""},
		"answered with no":        {requestAt + rejected, hawkManager, ""},
		"to somebody else":        {requestAt + waiting, elgManager, "AMUI"},
		"not there":               {requestAt + unknown, hawkManager, "AMUI"},
		"without an id":           {userPages + "request", hawkManager, "id"},
		"of another kind":         {agentAt + waiting, hawkManager, "AMUI"},
		"a change that is not it": {changeAt + waiting, hawkManager, "AMUI"},
		"timed out":               {requestAt + timedOut, hawkManager, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			b := browse(t, w.url, visit{})
			b.logIn(at.path, at.pid)
			if text := b.text("main"); !strings.Contains(text, at.alert) {
				t.Errorf("the page says %q, want %q in it", text, at.alert)
			}
			for _, button := range []string{"Godkjenn systemtilgang", "Avvis", "Godkjenn oppdatert systemtilgang"} {
				for _, n := range b.all("button", button) {
					if !disabled(n) {
						t.Errorf("%q can be pressed", button)
					}
				}
			}
			w.wantStatus(waiting, "New")
		})
	}
}

// One who may answer, but has not got what is asked for, is told which services.
func TestAnAccessManagerWithoutThePower(t *testing.T) {
	w := newWorld(t)
	b := browse(t, w.url, visit{})
	b.logIn(requestAt+waiting, hawkAccess)
	b.follow("button", "Godkjenn systemtilgang")
	if text := b.text("main"); !strings.Contains(text, "Fakturagrunnlag") || !strings.Contains(text, "AMUI-000") {
		t.Errorf("the page says %q, want the service and the code", text)
	}
	w.wantStatus(waiting, "New")
}

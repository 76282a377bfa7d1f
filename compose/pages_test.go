package compose_test

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"

	"mpe/compose"
)

// The persons of the demo, and what they are for STILLE BLÅ HAVØRN AS.
const (
	manager       = "07835530013" // represents it
	accessManager = "30878812065" // may answer, and lacks the power itself
	employee      = "15826420070" // may only pass on
	stranger      = "01817010055" // of RASK GRØNN ELG AS
	accountant    = "23908111028"
)

const (
	standardPage = "accessmanagement/ui/systemuser/request"
	agentPage    = "accessmanagement/ui/systemuser/agentrequest"
	changePage   = "accessmanagement/ui/systemuser/changerequest"
)

// waiting is the demo's request to STILLE BLÅ HAVØRN AS.
const waiting = "9b1d0c00-0000-4000-8000-000000000001"

// requests are what the tests have besides the demo's.
const requests = `
requests:
  - { id: 9b1d0c00-0000-4000-8000-0000000000a1, system: 310000019_fakturapro, party: "310000035", externalRef: a1, rights: [mun-fakturagrunnlag], status: Accepted }
  - { id: 9b1d0c00-0000-4000-8000-0000000000a2, system: 310000019_fakturapro, party: "310000035", externalRef: a2, rights: [mun-fakturagrunnlag], status: Rejected }
  - { id: 9b1d0c00-0000-4000-8000-0000000000a3, system: 310000019_fakturapro, party: "310000035", externalRef: a3, rights: [mun-fakturagrunnlag], status: Timedout }
  - { id: 9b1d0c00-0000-4000-8000-0000000000a4, system: 310000019_fakturapro, party: "310000035", externalRef: a4, rights: [mun-fakturagrunnlag], status: Denied }
  - { id: 9b1d0c00-0000-4000-8000-0000000000b1, system: 310000019_fakturapro, party: "310000035", externalRef: b1, rights: [mun-fakturagrunnlag], accessPackages: ["urn:altinn:accesspackage:skattegrunnlag"] }
  - { id: 9b1d0c00-0000-4000-8000-0000000000c1, kind: change, system: 310000019_fakturapro, party: "310000027", accessPackages: ["urn:altinn:accesspackage:skattegrunnlag"], unwantedRights: [mun-fakturagrunnlag], redirectUrl: "https://fakturapro.example/kvittering?x=1" }
`

// browser is one that keeps cookies, sends forms and follows nothing.
type browser struct {
	*http.Client
	*emulator
	header http.Header
}

func (e *emulator) browser(t *testing.T, languages string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{&http.Client{Jar: jar, CheckRedirect: stay}, e, http.Header{"Accept-Language": {languages}}}
}

// loggedIn is a browser in which the person has logged in.
func (e *emulator) loggedIn(t *testing.T, pid string) *browser {
	t.Helper()
	b := e.browser(t, "nb")
	b.send(t, "_mpe/login", url.Values{"pid": {pid}}).want(t, http.StatusSeeOther)
	return b
}

func (b *browser) open(t *testing.T, path string) reply {
	t.Helper()
	return b.do(t, http.MethodGet, path, nil)
}

// send posts a form as a browser does, with the origin of the page.
func (b *browser) send(t *testing.T, path string, form url.Values) reply {
	t.Helper()
	return b.do(t, http.MethodPost, path, form)
}

func (b *browser) do(t *testing.T, method, path string, form url.Values) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, b.URL+strings.TrimPrefix(path, "/"), strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = b.header.Clone()
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if r.Header.Get("Origin") == "" {
			r.Header.Set("Origin", strings.TrimSuffix(b.URL, "/"))
		}
	}
	answer, err := b.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{answer.StatusCode, answer.Header, string(body)}
}

func (r reply) location() string { return r.header.Get("Location") }

var (
	heading = regexp.MustCompile(`(?s)<(h[1-4])[^>]*>(.*?)</h[1-4]>`)
	button  = regexp.MustCompile(`(?s)<button([^>]*)>(.*?)</button>`)
	alert   = regexp.MustCompile(`(?s)<div class="alert[^>]*>(.*?)</div>`)
	aside   = regexp.MustCompile(`(?s)<aside.*?</aside>`)
	dialog  = regexp.MustCompile(`(?s)<dialog.*?</dialog>`)
	tag     = regexp.MustCompile(`<[^>]*>`)
)

// page is what the person sees, without the drawer and what is behind buttons.
func (r reply) page() string { return dialog.ReplaceAllString(aside.ReplaceAllString(r.body, ""), "") }

func words(markup string) string {
	return strings.Join(strings.Fields(html.UnescapeString(tag.ReplaceAllString(markup, " "))), " ")
}

// headings are those of the page with their levels; buttons their names, with a minus before those that are disabled;
// alerts what they say.
func (r reply) headings() (all []string) {
	for _, found := range heading.FindAllStringSubmatch(r.page(), -1) {
		all = append(all, found[1]+" "+words(found[2]))
	}
	return all
}

func (r reply) buttons() (all []string) {
	for _, found := range button.FindAllStringSubmatch(r.page(), -1) {
		name := words(found[2])
		if strings.Contains(found[1], `aria-disabled="true"`) {
			name = "-" + name
		}
		all = append(all, name)
	}
	return all
}

func (r reply) alerts() (all []string) {
	for _, found := range alert.FindAllStringSubmatch(r.page(), -1) {
		all = append(all, words(found[1]))
	}
	return all
}

// status is the request's, as the control API tells it.
func (e *emulator) status(t *testing.T, id string) string {
	t.Helper()
	var request struct {
		Status    string
		Escalated bool
	}
	e.get(t, "_mpe/v1/requests/"+id, &request)
	if request.Escalated {
		return request.Status + ", escalated"
	}
	return request.Status
}

// B-12 to B-15: what each person sees of each request.
func TestPagesOfRequests(t *testing.T) {
	e := start(t, seeded(requests))
	standard := []string{
		"h1 Gi tilgang til system", "h2 Fakturapro ber om godkjenning til å lage en systemtilgang",
		"h3 Systemtilgangen vil få denne fullmakten:", "h4 1 enkelttjeneste",
	}
	decided := []string{"Fakturagrunnlag MUNTER ETAT", "-Godkjenn systemtilgang", "-Avvis"}
	for name, c := range map[string]struct {
		person, page string
		status       int
		headings     []string
		buttons      []string
		alerts       []string
	}{
		"who may approve": {
			manager, standardPage + "?id=" + waiting + "&DONTCHOOSEREPORTEE=true", 200, standard,
			[]string{"Fakturagrunnlag MUNTER ETAT", "Godkjenn systemtilgang", "Avvis"}, nil,
		},
		"who may answer, and lacks the power": {
			accessManager, standardPage + "?id=" + waiting, 200, standard,
			[]string{"Fakturagrunnlag MUNTER ETAT", "Godkjenn systemtilgang", "Avvis"}, nil,
		},
		"who may only pass on": {
			employee, standardPage + "?id=" + waiting, 200, append(slices.Clone(standard), "h3 Du mangler nødvendig fullmakt"),
			[]string{"Fakturagrunnlag MUNTER ETAT", "Ja, send videre", "Lukk og logg ut"},
			[]string{"Du mangler nødvendig fullmakt Bare en tilgangsstyrer kan svare på denne forespørselen. " +
				"Skal vi gi den til tilgangsstyreren i virksomheten? Ja, send videre Lukk og logg ut"},
		},
		"a stranger": {
			stranger, standardPage + "?id=" + waiting, 403, standard[:1], nil,
			[]string{"Du har ikke fullmakt til å svare på denne forespørselen. AMUI-00066"},
		},
		"no id": {
			manager, standardPage, 400, standard[:1], nil, []string{"id må være med som query-parameter i url"},
		},
		"no such request": {
			manager, standardPage + "?id=9b1d0c00-0000-4000-8000-00000000ffff", 404, standard[:1], nil,
			[]string{"Aktøren har ingen slik forespørsel. Kanskje gjelder lenken en annen aktør. AMUI-00010"},
		},
		"a request of another kind": {
			manager, agentPage + "?id=" + waiting, 404, []string{"h1 Godkjenn systemtilgang for klientene dine"}, nil,
			[]string{"Aktøren har ingen slik forespørsel. Kanskje gjelder lenken en annen aktør. AMUI-00010"},
		},
		"an id that is none": {
			manager, standardPage + "?id=%3Cscript%3E", 404, standard[:1], nil,
			[]string{"Aktøren har ingen slik forespørsel. Kanskje gjelder lenken en annen aktør. AMUI-00010"},
		},
		"accepted": {
			manager, standardPage + "?id=9b1d0c00-0000-4000-8000-0000000000a1", 200, standard, decided,
			[]string{"Forespørselen er godkjent fra før."},
		},
		"rejected": {
			manager, standardPage + "?id=9b1d0c00-0000-4000-8000-0000000000a2", 200, standard, decided,
			[]string{"Forespørselen er avvist fra før."},
		},
		"timed out": {
			manager, standardPage + "?id=9b1d0c00-0000-4000-8000-0000000000a3", 200, standard, decided,
			[]string{"Fristen for å svare har gått ut."},
		},
		"denied, which Altinn has no text for": {
			manager, standardPage + "?id=9b1d0c00-0000-4000-8000-0000000000a4", 200, standard, decided,
			[]string{"Forespørselen er avslått."},
		},
		"rejected, to who could only have passed it on": {
			employee, standardPage + "?id=9b1d0c00-0000-4000-8000-0000000000a2", 200, standard, decided,
			[]string{"Forespørselen er avvist fra før."},
		},
		"rights and access packages": {
			manager, standardPage + "?id=9b1d0c00-0000-4000-8000-0000000000b1", 200, []string{
				"h1 Gi tilgang til system", "h2 Fakturapro ber om godkjenning til å lage en systemtilgang",
				"h3 Systemtilgangen vil få disse fullmaktene:", "h4 1 tilgangspakke", "h4 1 enkelttjeneste",
			}, []string{"Skattegrunnlag 1 tjeneste", "Fakturagrunnlag MUNTER ETAT", "Godkjenn systemtilgang", "Avvis"}, nil,
		},
		"an agent": {
			accountant, agentPage + "?id=9b1d0c00-0000-4000-8000-000000000002", 200, []string{
				"h1 Godkjenn systemtilgang for klientene dine",
				"h2 Fakturapro Byrå ber om godkjenning til å lage en systemtilgang",
				"h3 Systemtilgangen vil få denne fullmakten:",
			}, []string{"Regnskapsfører med signeringsrettighet 0 tjenester", "Godkjenn systemtilgang", "Avvis"}, nil,
		},
		"a change": {
			stranger, changePage + "?id=9b1d0c00-0000-4000-8000-0000000000c1", 200, []string{
				"h1 Oppdatering av systemtilgang",
				"h2 Fakturapro ber om godkjenning til å gjøre endringer i systemtilgang",
				"h3 Dette vil endres i systemtilgangen:",
				"h4 Denne tilgangspakken vil legges til", "h4 Denne enkelttjenesten vil fjernes",
			}, []string{
				"Skattegrunnlag 1 tjeneste", "Fakturagrunnlag MUNTER ETAT", "Godkjenn oppdatert systemtilgang", "Avvis",
			}, nil,
		},
		"a change, to somebody else": {
			manager, changePage + "?id=9b1d0c00-0000-4000-8000-0000000000c1", 403, []string{"h1 Oppdatering av systemtilgang"}, nil,
			[]string{"Du har ikke fullmakt til å svare på denne forespørselen. AMUI-00066"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := e.loggedIn(t, c.person).open(t, c.page).want(t, c.status)
			for what, diff := range map[string]string{
				"headings": cmp.Diff(c.headings, got.headings()), "buttons": cmp.Diff(c.buttons, got.buttons()),
				"alerts": cmp.Diff(c.alerts, got.alerts()),
			} {
				if diff != "" {
					t.Errorf("%s (-want +got):\n%s", what, diff)
				}
			}
		})
	}
}

// The names by which tests of the real pages find their way, in each language.
func TestNamesOnThePagesOfRequests(t *testing.T) {
	e := start(t, seeded(requests))
	for name, c := range map[string]struct {
		person, page string
		want         map[string]string
	}{
		"a request": {manager, standardPage + "?id=" + waiting, map[string]string{
			"nb": "Gi tilgang til system|Godkjenn systemtilgang|Avvis", "nn": "Gi tilgang til system|Godkjenn systemtilgang|Avvis",
			"en": "Give access to system|Approve system access|Reject",
		}},
		"escalation": {employee, standardPage + "?id=" + waiting, map[string]string{
			"nb": "Gi tilgang til system|Ja, send videre|Lukk og logg ut", "nn": "Gi tilgang til system|Ja, send vidare|Lukk og logg ut",
			"en": "Give access to system|Yes, forward request|Close and log out",
		}},
		"a change": {stranger, changePage + "?id=9b1d0c00-0000-4000-8000-0000000000c1", map[string]string{
			"nb": "Oppdatering av systemtilgang|Godkjenn oppdatert systemtilgang|Avvis",
			"nn": "Oppdatering av systemtilgang|Godkjenn oppdatert systemtilgang|Avvis",
			"en": "Change system access|Approve updated system access|Reject",
		}},
		"an agent": {accountant, agentPage + "?id=9b1d0c00-0000-4000-8000-000000000002", map[string]string{
			"nb": "Godkjenn systemtilgang for klientene dine|Godkjenn systemtilgang|Avvis",
			"nn": "Godkjenn systemtilgang for klientane dine|Godkjenn systemtilgang|Avvis",
			"en": "Approve system access for your clients|Approve system access|Reject",
		}},
	} {
		for lang, want := range c.want {
			t.Run(name+" in "+lang, func(t *testing.T) {
				got := e.loggedIn(t, c.person).open(t, c.page+"&lang="+lang).want(t, 200, `<html lang="`+lang+`">`)
				buttons := got.buttons()
				names := append([]string{strings.TrimPrefix(got.headings()[0], "h1 ")}, buttons[len(buttons)-2:]...)
				if joined := strings.Join(names, "|"); joined != want {
					t.Errorf("got %q, want %q", joined, want)
				}
			})
		}
	}
}

// S30: after either answer the browser goes through the logout address to the redirectUrl, and nothing is appended.
func TestAnAnswerLeadsToTheRedirectURL(t *testing.T) {
	for name, c := range map[string]struct{ person, page, id, do, logout, redirect, status string }{
		"approve": {manager, standardPage, waiting, "approve", "request", "http://localhost:3000/kvittering", "Accepted"},
		"reject":  {manager, standardPage, waiting, "reject", "request", "http://localhost:3000/kvittering", "Rejected"},
		"approve a change": {
			stranger, changePage, "9b1d0c00-0000-4000-8000-0000000000c1", "approve", "changerequest",
			"https://fakturapro.example/kvittering?x=1", "Accepted",
		},
		"reject a change": {
			stranger, changePage, "9b1d0c00-0000-4000-8000-0000000000c1", "reject", "changerequest",
			"https://fakturapro.example/kvittering?x=1", "Rejected",
		},
		"approve an agent, without a redirectUrl": {
			accountant, agentPage, "9b1d0c00-0000-4000-8000-000000000002", "approve", "agentrequest",
			"/_mpe/loggedout?request=9b1d0c00-0000-4000-8000-000000000002", "Accepted",
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := start(t, seeded(requests))
			b := e.loggedIn(t, c.person)
			page := c.page + "?id=" + c.id + "&DONTCHOOSEREPORTEE=true"
			left := b.send(t, page, url.Values{"do": {c.do}}).want(t, http.StatusSeeOther)
			if want := "/accessmanagement/api/v1/systemuser/" + c.logout + "/" + c.id + "/logout"; left.location() != want {
				t.Fatalf("the page leads to %q, want %q", left.location(), want)
			}
			out := b.open(t, left.location()).want(t, http.StatusFound)
			if out.location() != c.redirect {
				t.Errorf("the logout leads to %q, want %q", out.location(), c.redirect)
			}
			if got := e.status(t, c.id); got != c.status {
				t.Errorf("the request is %s, want %s", got, c.status)
			}
			if again := b.open(t, page).want(t, http.StatusSeeOther); !strings.HasPrefix(again.location(), "/_mpe/login?goto=") {
				t.Errorf("after the logout the page leads to %q", again.location())
			}
		})
	}
}

// B-16: without a redirectUrl there is a receipt.
func TestReceipt(t *testing.T) {
	e := start(t, seeded(requests))
	b := e.loggedIn(t, manager)
	page := standardPage + "?id=9b1d0c00-0000-4000-8000-0000000000b1"
	out := b.open(t, b.send(t, page, url.Values{"do": {"approve"}}).want(t, http.StatusSeeOther).location())
	receipt := b.open(t, out.location()).want(t, 200, "Fakturapro", "STILLE BLÅ HAVØRN AS", "info.altinn.no")
	if diff := cmp.Diff([]string{"h1 Du er logget ut"}, receipt.headings()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Logg inn"}, receipt.buttons()); diff != "" {
		t.Error(diff)
	}
}

// From inside the portal the way leads to the overview, and nobody is logged out.
func TestSkipLogout(t *testing.T) {
	e := start(t, compose.Config{})
	b := e.loggedIn(t, manager)
	left := b.send(t, standardPage+"?id="+waiting+"&skiplogout=true", url.Values{"do": {"approve"}}).want(t, http.StatusSeeOther)
	if want := "/accessmanagement/ui/systemuser/overview?created=" + waiting; left.location() != want {
		t.Errorf("got %q, want %q", left.location(), want)
	}
	b.open(t, standardPage+"?id="+waiting).want(t, 200, "Logg ut")
}

// B-15: who may not answer passes the request on, once.
func TestEscalation(t *testing.T) {
	e := start(t, compose.Config{})
	b := e.loggedIn(t, employee)
	page := standardPage + "?id=" + waiting
	for _, do := range []string{"approve", "reject"} {
		b.send(t, page, url.Values{"do": {do}}).want(t, http.StatusForbidden)
	}
	if got := e.status(t, waiting); got != "New" {
		t.Fatalf("who may only pass it on has made the request %s", got)
	}
	sent := b.send(t, page, url.Values{"do": {"escalate"}}).want(t, 200, `action="/accessmanagement/api/v1/systemuser/request/`+waiting+`/logout"`)
	if got := sent.headings(); got[len(got)-1] != "h3 Forespørselen er videresendt" {
		t.Errorf("headings %q", got)
	}
	if got := sent.buttons(); got[len(got)-1] != "Avslutt" {
		t.Errorf("buttons %q", got)
	}
	if got := e.status(t, waiting); got != "New, escalated" {
		t.Errorf("the request is %s", got)
	}
	again := b.open(t, page).want(t, 200)
	if diff := cmp.Diff([]string{"Tilgangsstyreren har fått forespørselen fra før."}, again.alerts()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Fakturagrunnlag MUNTER ETAT"}, again.buttons()); diff != "" {
		t.Error(diff)
	}
	e.loggedIn(t, manager).send(t, page, url.Values{"do": {"approve"}}).want(t, http.StatusSeeOther)
	e.loggedIn(t, manager).send(t, page, url.Values{"do": {"escalate"}}).want(t, http.StatusBadRequest) // who may answer does not
}

// S17: a person who lacks the power is told service by service, and nothing is stored.
func TestARefusedAnswerIsToldAndStoresNothing(t *testing.T) {
	e := start(t, seeded(requests))
	for name, c := range map[string]struct {
		person, page, id, do string
		status               int
		alert                string
	}{
		"a service": {
			accessManager, standardPage, waiting, "approve", 403, "Du kan ikke gi bort alle tjenestene som systemet ber om. " +
				"Det gjelder disse tjenestene: Fakturagrunnlag Rollen din gir ikke rett til den. Ingen har gitt den videre til deg.",
		},
		"a service and an access package": {
			accessManager, standardPage, "9b1d0c00-0000-4000-8000-0000000000b1", "approve", 403,
			"Du kan ikke gi bort alle tjenestene og tilgangspakkene som systemet ber om. " +
				"Det gjelder disse tjenestene: Fakturagrunnlag Rollen din gir ikke rett til den. Ingen har gitt den videre til deg.",
		},
		"a stranger": {
			stranger, standardPage, waiting, "approve", 403, "Du har ikke fullmakt til å svare på denne forespørselen. AMUI-00066",
		},
		"a stranger who says no": {
			stranger, standardPage, waiting, "reject", 403, "Du har ikke fullmakt til å svare på denne forespørselen. AMUI-00066",
		},
		"nothing that can be done": {
			manager, standardPage, waiting, "delete", 400, "Skjemaet kunne ikke leses, eller er for stort. Ingenting er endret.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := e.loggedIn(t, c.person).send(t, c.page+"?id="+c.id, url.Values{"do": {c.do}}).want(t, c.status)
			if alerts := got.alerts(); len(alerts) != 1 || alerts[0] != c.alert {
				t.Errorf("got %q, want %q", alerts, c.alert)
			}
			if status := e.status(t, c.id); status != "New" {
				t.Errorf("the request is %s", status)
			}
		})
	}
	b := e.loggedIn(t, manager)
	b.send(t, standardPage+"?id="+waiting, url.Values{"do": {"reject"}}).want(t, http.StatusSeeOther)
	late := e.loggedIn(t, manager).send(t, standardPage+"?id="+waiting, url.Values{"do": {"approve"}}).want(t, http.StatusConflict)
	if diff := cmp.Diff([]string{"Forespørselen er avvist fra før."}, late.alerts()); diff != "" {
		t.Error(diff)
	}
}

// S31: what the system no longer has cannot be given to it.
func TestAnAnswerIsHeldToTheSystemAsItIsNow(t *testing.T) {
	e := start(t, altinnConfig())
	vendor := e.vendor(t)
	id := e.request(t, vendor)
	system := altinnAPI + "systemregister/vendor/310000019_lonnpro"
	e.api(t, vendor, http.MethodPut, system+"/rights", `[]`).want(t, 200)
	b := e.loggedIn(t, manager)
	got := b.send(t, standardPage+"?id="+id, url.Values{"do": {"approve"}}).want(t, http.StatusBadRequest, "AMUI-00001")
	if want := "En tjeneste finnes ikke lenger, eller kan ikke gis bort. AMUI-00001"; !slices.Equal(got.alerts(), []string{want}) {
		t.Errorf("got %q", got.alerts())
	}
	if status := e.status(t, id); status != "New" {
		t.Errorf("the request is %s", status)
	}
}

// B-11: the login page foretells what each person could do.
func TestLoginForetells(t *testing.T) {
	e := start(t, compose.Config{})
	b := e.browser(t, "nb")
	sent := b.open(t, standardPage+"?id="+waiting+"&DONTCHOOSEREPORTEE=true").want(t, http.StatusSeeOther)
	page := b.open(t, sent.location()).want(t, 200)
	var got []string
	for _, label := range regexp.MustCompile(`(?s)<label class="person-choice">(.*?)</label>`).FindAllStringSubmatch(page.body, -1) {
		got = append(got, words(label[1]))
	}
	want := []string{
		"Havørn, Daglig Daglig leder, STILLE BLÅ HAVØRN AS kan godkjenne",
		"Havørn, Tilgangsstyrer Tilgangsstyrer, STILLE BLÅ HAVØRN AS mangler selv fullmakten, feiler med AMUI-00016",
		"Havørn, Ansatt Ansatt, STILLE BLÅ HAVØRN AS kan bare sende videre",
		"Elg, Daglig Daglig leder, RASK GRØNN ELG AS har ikke tilgang",
		"Kodebever, Daglig Daglig leder, SINDIG KODEBEVER AS har ikke tilgang",
		"Regnskapsrev, Klientadmin Daglig leder, RYDDIG REGNSKAPSREV AS Klientadministrator, RYDDIG REGNSKAPSREV AS har ikke tilgang",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if status := e.status(t, waiting); status != "New" {
		t.Errorf("foretelling has made the request %s", status)
	}
	in := b.send(t, sent.location(), url.Values{"pid": {manager}}).want(t, http.StatusSeeOther)
	if want := "/" + standardPage + "?id=" + waiting + "&DONTCHOOSEREPORTEE=true"; in.location() != want {
		t.Errorf("the login leads to %q, want %q", in.location(), want)
	}
}

// The names of the real login: a link, a field and a button.
func TestTestID(t *testing.T) {
	e := start(t, compose.Config{})
	b := e.browser(t, "en")
	link := regexp.MustCompile(`<a href="([^"]*)" lang="nb">TestID Lag din egen testbruker</a>`).FindStringSubmatch(
		b.open(t, "_mpe/login?goto="+url.QueryEscape("/"+standardPage+"?id="+waiting)).want(t, 200).body)
	if link == nil {
		t.Fatal("the login page has no link to TestID")
	}
	path := "_mpe/login" + html.UnescapeString(link[1])
	form := b.open(t, path).want(t, 200, `<label for="pid" lang="nb">Personidentifikator</label>`, `<input id="pid" name="pid" type="text"`)
	if diff := cmp.Diff([]string{"Autentiser"}, form.buttons()); diff != "" {
		t.Error(diff)
	}
	for name, c := range map[string]struct{ pid, want string }{
		"a real person's":       {"07035530013", "The number is not synthetic, and is not let in: the month of a synthetic number is 81 to 92 (month + 80)."},
		"nobody's":              {"01817010056", "No person in the seed file has the number 01817010056."},
		"no number":             {"abc", "The number has to have eleven digits."},
		"nothing":               {"", "The number has to have eleven digits."},
		"what is to be escaped": {`"><script>`, "The number has to have eleven digits."},
	} {
		t.Run(name, func(t *testing.T) {
			got := b.send(t, path, url.Values{"pid": {c.pid}}).want(t, http.StatusUnprocessableEntity)
			if !strings.Contains(words(got.body), c.want) || strings.Contains(got.body, "<script>") {
				t.Errorf("got %s, want %q", words(got.body), c.want)
			}
			if c.pid == "07035530013" && strings.Contains(got.body, c.pid) {
				t.Error("the page repeats a number that may be a real person's")
			}
			if got.header.Get("Set-Cookie") != "" {
				t.Error("the page sets a cookie")
			}
		})
	}
	in := b.send(t, path, url.Values{"pid": {manager}}).want(t, http.StatusSeeOther)
	if want := "/" + standardPage + "?id=" + waiting; in.location() != want {
		t.Errorf("got %q, want %q", in.location(), want)
	}
}

func TestLoginLeadsOnlyToPagesOfTheSandbox(t *testing.T) {
	e := start(t, compose.Config{})
	const overview = "/accessmanagement/ui/systemuser/overview"
	for to, want := range map[string]string{
		"/" + agentPage + "?id=1&skiplogout=true": "/" + agentPage + "?id=1&skiplogout=true",
		"":                                  overview,
		"https://evil.example/":             overview,
		"//evil.example/accessmanagement/":  overview,
		`/\evil.example/accessmanagement/`:  overview,
		"/accessmanagement/../token":        overview,
		"/accessmanagement/%2e%2e/%2e%2e/x": overview,
		"/s/other/accessmanagement/ui/x":    overview,
		"javascript:alert(1)":               overview,
		"/accessmanagement/ui/x\r\nA: b":    overview,
	} {
		b := e.browser(t, "nb")
		if got := b.send(t, "_mpe/login?goto="+url.QueryEscape(to), url.Values{"pid": {manager}}).location(); got != want {
			t.Errorf("%q leads to %q, want %q", to, got, want)
		}
	}
}

// A link logs somebody in only when the browser says that it was not another site's.
func TestLoginByLink(t *testing.T) {
	e := start(t, compose.Config{})
	for site, want := range map[string]int{
		"none": http.StatusSeeOther, "same-origin": http.StatusSeeOther, "cross-site": http.StatusOK, "same-site": http.StatusOK, "": http.StatusOK,
	} {
		b := e.browser(t, "nb")
		b.header.Set("Sec-Fetch-Site", site)
		got := b.open(t, "_mpe/login?as="+employee).want(t, want)
		if opened := strings.Contains(got.header.Get("Set-Cookie"), "mpe-session"); opened != (want == http.StatusSeeOther) {
			t.Errorf("%q: a session is opened: %t", site, opened)
		}
		if want == http.StatusOK && !strings.Contains(got.body, `value="`+employee+`" checked`) {
			t.Errorf("%q: the person is not marked", site)
		}
	}
}

// Pages of other sites can send no form, whoever is logged in.
func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	e := start(t, compose.Config{Autologin: manager})
	for name, header := range map[string]http.Header{
		"by its site":   {"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}},
		"by its origin": {"Origin": {"https://evil.example"}},
		"without one":   {"Origin": {"null"}},
		"a neighbour":   {"Sec-Fetch-Site": {"same-site"}, "Origin": {"http://localhost:9"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := e.browser(t, "en")
			b.header = header
			for _, path := range []string{standardPage + "?id=" + waiting, "_mpe/login"} {
				got := b.send(t, path, url.Values{"do": {"approve"}, "pid": {manager}}).want(t, http.StatusForbidden)
				if got.header.Get("Set-Cookie") != "" {
					t.Errorf("%s sets a cookie", path)
				}
			}
			if status := e.status(t, waiting); status != "New" {
				t.Errorf("the request is %s", status)
			}
		})
	}
	got := e.browser(t, "nb").send(t, standardPage+"?id="+waiting, url.Values{"do": {"approve"}, "x": {strings.Repeat("x", 20_000)}})
	got.want(t, http.StatusBadRequest, "for stort")
	if status := e.status(t, waiting); status != "New" {
		t.Errorf("after a form that is too large the request is %s", status)
	}
}

func TestSessions(t *testing.T) {
	var moved atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(moved.Load())) }
	e, other := start(t, compose.Config{Now: now}), start(t, compose.Config{})
	page := standardPage + "?id=" + waiting

	in := e.browser(t, "nb").send(t, "_mpe/login", url.Values{"pid": {manager}})
	cookies, err := http.ParseSetCookie(in.header.Get("Set-Cookie"))
	if err != nil {
		t.Fatal(err)
	}
	if !cookies.HttpOnly || cookies.SameSite != http.SameSiteLaxMode || cookies.Path != "/" || cookies.Domain != "" {
		t.Errorf("the cookie is %s", in.header.Get("Set-Cookie"))
	}
	with := func(e *emulator, secret string) int {
		b := e.browser(t, "nb")
		b.header.Set("Cookie", "mpe-session="+secret)
		return b.open(t, page).status
	}
	if got := with(e, cookies.Value); got != 200 {
		t.Errorf("the session gets %d", got)
	}
	if got := with(other, cookies.Value); got != http.StatusSeeOther {
		t.Errorf("in another sandbox the session gets %d", got)
	}
	if got := with(e, "guessed"); got != http.StatusSeeOther {
		t.Errorf("a guess gets %d", got)
	}
	moved.Store(int64(31 * time.Minute))
	if got := with(e, cookies.Value); got != http.StatusSeeOther {
		t.Errorf("after half an hour the session gets %d", got)
	}
	moved.Store(0)

	b := e.loggedIn(t, manager)
	b.send(t, "_mpe/login", url.Values{"pid": {employee}}).want(t, http.StatusSeeOther)
	b.open(t, page).want(t, 200, "Logget inn som Havørn, Ansatt")
	b.open(t, "authentication/api/v1/logout").want(t, http.StatusFound)
	b.open(t, page).want(t, http.StatusSeeOther)
}

// Replicas on one Redis share the sessions.
func TestSessionsOfReplicas(t *testing.T) {
	redis := "redis://" + miniredis.RunT(t).Addr()
	one, two := start(t, compose.Config{Redis: redis}), start(t, compose.Config{Redis: redis})
	in := one.browser(t, "nb").send(t, "_mpe/login", url.Values{"pid": {manager}})
	b := two.browser(t, "nb")
	b.header.Set("Cookie", in.header.Get("Set-Cookie"))
	b.open(t, standardPage+"?id="+waiting).want(t, 200, "Logget inn som Havørn, Daglig")
}

func TestAutologin(t *testing.T) {
	e := start(t, compose.Config{Autologin: manager})
	page := standardPage + "?id=" + waiting
	b := e.browser(t, "nb")
	b.open(t, page).want(t, 200, "Logget inn som Havørn, Daglig")
	b.send(t, "_mpe/login", url.Values{"pid": {employee}}).want(t, http.StatusSeeOther)
	b.open(t, page).want(t, 200, "Logget inn som Havørn, Ansatt")

	unknown := start(t, compose.Config{Autologin: "01817010056"}).browser(t, "en")
	to := unknown.open(t, page).want(t, http.StatusSeeOther)
	unknown.open(t, to.location()).want(t, 200, "01817010056, whom the seed file does not have")
}

// Altinn keeps the language in a cookie; the person's own is the default.
func TestLanguageOfAltinnsPages(t *testing.T) {
	e := start(t, compose.Config{})
	for name, c := range map[string]struct{ person, query, cookie, accept, want string }{
		"the person's own":                    {manager, "", "", "en", "nb"},
		"of a person who speaks English":      {"12869214025", "", "", "nb", "en"},
		"the one that was chosen":             {manager, "", "no_nn", "en", "nn"},
		"the address is stronger":             {manager, "lang=en", "no_nn", "nb", "en"},
		"an unknown one in the address":       {manager, "lang=xx", "", "en", "nb"},
		"the browser's for nobody":            {"", "", "", "nn-NO, en;q=0.5", "nn"},
		"English for nobody who says nothing": {"", "", "", "", "en"},
	} {
		t.Run(name, func(t *testing.T) {
			b, path := e.browser(t, c.accept), "_mpe/login?"
			if c.person != "" {
				b, path = e.loggedIn(t, c.person), standardPage+"?id="+waiting+"&"
				b.header.Set("Accept-Language", c.accept)
			}
			if c.cookie != "" {
				b.header.Set("Cookie", "selectedLanguage="+c.cookie)
			}
			got := b.open(t, path+c.query)
			if !strings.Contains(got.body, `<html lang="`+c.want+`">`) || got.header.Get("Content-Language") != c.want {
				t.Errorf("the page is in %s, want %s", got.header.Get("Content-Language"), c.want)
			}
		})
	}
	b := e.loggedIn(t, manager)
	b.open(t, standardPage+"?id="+waiting+"&lang=nn").want(t, 200, `<html lang="nn">`)
	b.open(t, standardPage+"?id="+waiting).want(t, 200, `<html lang="nn">`)
}

// The drawer tells the vendor's developer what happens, and can show what goes wrong without storing anything.
func TestDrawer(t *testing.T) {
	e := start(t, altinnConfig())
	vendor, b := e.vendor(t), e.loggedIn(t, manager)
	id := e.request(t, vendor)
	page := standardPage + "?id=" + id
	drawer := func() string { return words(aside.FindString(b.open(t, page).want(t, 200).body)) }

	call := "authentication/api/v1/systemuser/request/vendor/" + id
	for _, part := range []string{"GET " + e.URL + call, "har ikke spurt ennå", "ingen redirectUrl", "mpe request approve " + id + " --as " + manager} {
		if got := drawer(); !strings.Contains(got, part) {
			t.Errorf("the drawer does not say %q: %s", part, got)
		}
	}
	e.api(t, vendor, http.MethodGet, call, "").want(t, 200)
	e.api(t, vendor, http.MethodGet, altinnAPI+"systemuser/request/vendor/byexternalref/310000019_lonnpro/"+newCustomer+"/"+newCustomer, "").want(t, 200)
	if got := drawer(); !strings.Contains(got, "Spurt 2 ganger, sist for") {
		t.Errorf("after two calls the drawer says %s", got)
	}

	forced := b.send(t, page, url.Values{"do": {"force"}, "code": {"AMUI-00053"}}).want(t, http.StatusBadRequest)
	if diff := cmp.Diff([]string{"Du kan ikke gi bort alle tilgangspakkene. AMUI-00053"}, forced.alerts()); diff != "" {
		t.Error(diff)
	}
	if got := b.open(t, page).want(t, 200).alerts(); got != nil {
		t.Errorf("the refusal is shown again: %q", got)
	}
	b.send(t, page, url.Values{"do": {"force"}, "code": {"AMUI-00066"}}).want(t, http.StatusForbidden)
	b.send(t, page, url.Values{"do": {"force"}, "code": {"AMUI-77777"}}).want(t, http.StatusBadRequest, "ingen tekst om den koden")

	b.send(t, page, url.Values{"do": {"expire"}}).want(t, http.StatusSeeOther)
	e.api(t, vendor, http.MethodGet, call, "").want(t, 200, `"timedOut":true`)
	if got := drawer(); !strings.Contains(got, "eldre enn 180 dager") {
		t.Errorf("the drawer of an old request says %s", got)
	}
	b.send(t, page, url.Values{"do": {"approve"}}).want(t, http.StatusSeeOther) // as in Altinn
}

// What an answer comes to is told before it is given.
func TestTheDrawerForeseesTheEffect(t *testing.T) {
	e := start(t, seeded(requests))
	for name, c := range map[string]struct{ person, page, want string }{
		"of a new system user": {manager, standardPage + "?id=" + waiting, "Hva et ja fører til Systembrukeren får Fakturagrunnlag: read"},
		"of a change": {
			stranger, changePage + "?id=9b1d0c00-0000-4000-8000-0000000000c1",
			"Systembrukeren får Skattegrunnlag Systembrukeren mister Fakturagrunnlag: read Fakturagrunnlag: write",
		},
		"of a refusal, which has none": {accessManager, standardPage + "?id=" + waiting, "ikke spurt ennå. Se siden med andre øyne"},
	} {
		got := words(aside.FindString(e.loggedIn(t, c.person).open(t, c.page).want(t, 200).body))
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: the drawer does not say %q: %s", name, c.want, got)
		}
	}
}

// Nothing in the drawer is named as on the page, lest a test of the real page finds the wrong thing.
func TestTheDrawerTakesNoName(t *testing.T) {
	e := start(t, seeded(requests))
	names := regexp.MustCompile(`(?s)<(?:button|a|label|h[1-6]|summary)\b[^>]*>(.*?)</`)
	for _, lang := range []string{"nb", "nn", "en"} {
		for person, path := range map[string]string{
			manager: standardPage + "?id=" + waiting, employee: standardPage + "?id=" + waiting, accountant: agentPage + "?id=" + waiting,
			stranger: changePage + "?id=9b1d0c00-0000-4000-8000-0000000000c1",
		} {
			got := e.loggedIn(t, person).open(t, path+"&lang="+lang)
			taken := append(got.buttons(), "Godkjenn", "Avvis", "Avslutt", "Approve", "Reject", "Finish", "Logg", "Log ", "Lukk", "Close")
			drawer := names.FindAllStringSubmatch(aside.FindString(got.body), -1)
			if len(drawer) < 3 {
				t.Fatalf("the drawer has %d names", len(drawer))
			}
			for _, own := range drawer {
				for _, name := range taken {
					if strings.Contains(strings.ToLower(words(own[1])), strings.ToLower(name)) {
						t.Errorf("%s: the drawer has %q, and the page %q", lang, words(own[1]), name)
					}
				}
			}
		}
	}
}

func TestTheDrawerCanBeHidden(t *testing.T) {
	b := start(t, compose.Config{HideDevtools: true}).loggedIn(t, manager)
	page := standardPage + "?id=" + waiting
	if got := b.open(t, page).want(t, 200); strings.Contains(got.body, "<aside") {
		t.Error("the drawer is there")
	}
	for _, do := range []string{"force", "expire"} {
		b.send(t, page, url.Values{"do": {do}, "code": {"AMUI-00053"}}).want(t, http.StatusBadRequest)
	}
}

// A request of another kind is found where it is.
func TestTheDrawerKnowsTheRightPage(t *testing.T) {
	e := start(t, compose.Config{})
	e.loggedIn(t, manager).open(t, agentPage+"?id="+waiting).want(t, 404, `<a href="/`+standardPage+"?id="+waiting+`">`)
}

// Altinn has retired the pages' old addresses.
func TestOldAddressesLeadToTheNewPages(t *testing.T) {
	b := start(t, compose.Config{}).browser(t, "nb")
	for old, want := range map[string]string{
		"authfront/ui/auth/vendorrequest?id=1": "/" + standardPage + "?id=1",
		"authfront/ui/auth/agentrequest?id=1":  "/" + agentPage + "?id=1",
		"authfront/ui/auth/changerequest?id=1": "/" + changePage + "?id=1",
		"authfront/ui/auth/overview":           "/accessmanagement/ui/systemuser/overview",
	} {
		if got := b.open(t, old).want(t, http.StatusFound).location(); got != want {
			t.Errorf("%s leads to %q, want %q", old, got, want)
		}
	}
}

// A form may lead to the redirectUrl, for browsers hold redirects to the policy too, and nowhere else.
func TestThePolicyNamesWhereAFormLeads(t *testing.T) {
	e := start(t, seeded(requests))
	for page, want := range map[string]string{
		standardPage + "?id=" + waiting:                           "form-action 'self' http://localhost:3000",
		standardPage + "?id=9b1d0c00-0000-4000-8000-0000000000b1": "form-action 'self'",
	} {
		got := e.loggedIn(t, manager).open(t, page).want(t, 200).header.Get("Content-Security-Policy")
		if !strings.HasSuffix(got, want) || !strings.Contains(got, "default-src 'none'") || strings.Contains(got, "unsafe") {
			t.Errorf("%s: the policy is %q, want it to end in %q", page, got, want)
		}
	}
}

// One h1, a main, nothing that the policy would block, and every field named.
func TestPagesAreWellFormed(t *testing.T) {
	e := start(t, seeded(requests))
	blocked := regexp.MustCompile(`<style|<base|\sstyle=|\son[a-z]+=|<script>|(src|action)="([a-z]+:|//)`)
	for _, path := range []string{
		standardPage + "?id=" + waiting, standardPage, agentPage + "?id=" + waiting, "_mpe/login", "_mpe/login?testid=1", "_mpe/loggedout",
	} {
		got := e.loggedIn(t, manager).open(t, path)
		for part, want := range map[string]int{"<h1": 1, "<main ": 1, `href="#content"`: 1, "EMULATOR": 1} {
			if n := strings.Count(got.body, part); n != want {
				t.Errorf("%s has %q %d times, want %d", path, part, n, want)
			}
		}
		if found := blocked.FindString(got.body); found != "" {
			t.Errorf("%s has %q", path, found)
		}
		if got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be stored", path)
		}
	}
}

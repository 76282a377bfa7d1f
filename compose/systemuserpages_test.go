package compose_test

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpe/compose"
)

const (
	userPages = "accessmanagement/ui/systemuser/"

	ownUser  = "7c2e9a10-0000-4000-8000-000000000004" // of the accountant, for itself
	agent    = "7c2e9a10-0000-4000-8000-000000000003" // of the accountant, for its clients
	foreign  = "7c2e9a10-0000-4000-8000-000000000001" // of RASK GRØNN ELG AS
	noClient = "7c2e9a10-0000-4000-8000-0000000000d1" // an agent of the accountant with a package that anyone can use
)

// The persons that these tests add for RYDDIG REGNSKAPSREV AS.
const (
	clientAdmin = "01818012337" // looks after clients, and nothing else
	accessOnly  = "02828012366" // may make and delete, and not look after clients
)

const lookedAfter = `
parties:
  persons:
    - { pid: "` + clientAdmin + `", name: "Revskinn, Klientadmin", roles: [{ role: klientadministrator, org: "310000043" }] }
    - { pid: "` + accessOnly + `", name: "Revskinn, Tilgangsstyrer", roles: [{ role: tilgangsstyrer, org: "310000043" }, { role: ansatt, org: "310000035" }] }
systemUsers:
  - { id: ` + noClient + `, system: 310000019_fakturapro, owner: "310000043", externalRef: egen, title: Byrå for alle, type: agent, accessPackages: ["urn:altinn:accesspackage:skattegrunnlag"] }
requests:
  - { id: 9b1d0c00-0000-4000-8000-0000000000e1, kind: agent, system: 310000019_fakturapro-byraa, party: "310000043", externalRef: e1, accessPackages: ["urn:altinn:accesspackage:regnskapsforer-lonn"] }
`

var named = map[string]*regexp.Regexp{"a": regexp.MustCompile(`(?s)<a\b([^>]*)>(.*?)</a>`), "button": button}

var label = regexp.MustCompile(`aria-label="([^"]*)"`)

// names are those by which links and buttons are found, in that part of a page.
func names(markup, element string) (all []string) {
	for _, found := range named[element].FindAllStringSubmatch(markup, -1) {
		name := words(found[2])
		if labelled := label.FindStringSubmatch(found[1]); labelled != nil {
			name = words(labelled[1])
		}
		name = strings.TrimSpace(strings.TrimLeft(name, "+−← "))
		all = append(all, name)
	}
	return all
}

// main is the content of the page, choosing the dialog that the page came with.
func (r reply) main() string {
	_, after, _ := strings.Cut(r.body, "<main")
	main, _, _ := strings.Cut(after, "</main>")
	return main
}

func (r reply) choosing() string {
	_, after, open := strings.Cut(r.body, `<dialog class="dialog choose"`)
	if !open {
		return ""
	}
	inside, _, _ := strings.Cut(after, "</dialog>")
	return inside
}

// B-17: what each person sees of the list.
func TestOverviewOfSystemUsers(t *testing.T) {
	e := start(t, seeded(lookedAfter))
	const vendorName = " SINDIG KODEBEVER AS "
	own := "Fakturapro for Regnskapsrev" + vendorName + "Se fullmakter"
	agents := []string{"Byrå" + vendorName + "Administrere klienter", "Byrå for alle" + vendorName + "Administrere klienter"}
	for name, c := range map[string]struct {
		person          string
		headings, links []string
		alerts          []string
	}{
		"who may do all": {accountant,
			[]string{"h1 Systemtilganger for RYDDIG REGNSKAPSREV AS", "h2 Egne systemtilganger", "h2 Systemtilganger for klienter"},
			append([]string{"Lag ny systemtilgang", own}, agents...), nil},
		"who may make and delete": {accessOnly,
			[]string{"h1 Systemtilganger for RYDDIG REGNSKAPSREV AS", "h2 Egne systemtilganger", "h2 Systemtilganger for klienter"},
			append([]string{"Lag ny systemtilgang", own}, agents...), nil},
		"who looks after clients": {clientAdmin,
			[]string{"h1 Systemtilganger for RYDDIG REGNSKAPSREV AS", "h2 Systemtilganger for klienter"}, agents, nil},
		"who may do nothing": {employee, []string{"h1 Systemtilganger for STILLE BLÅ HAVØRN AS"}, nil,
			[]string{"Du kan verken lage systemtilganger eller ta deg av klienter for denne aktøren. Til det trengs en rolle som " +
				"daglig leder, tilgangsstyrer eller klientadministrator."}},
		"an organisation without any": {manager, []string{"h1 Systemtilganger for STILLE BLÅ HAVØRN AS"},
			[]string{"Lag ny systemtilgang"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			page := e.loggedIn(t, c.person).open(t, userPages+"overview").want(t, http.StatusOK)
			if diff := cmp.Diff(c.headings, page.headings()); diff != "" {
				t.Errorf("headings (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.links, sorted(names(page.main(), "a"), c.links)); diff != "" {
				t.Errorf("links (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.alerts, page.alerts()); diff != "" {
				t.Errorf("alerts (-want +got):\n%s", diff)
			}
		})
	}
}

// sorted are the names in the order of those that are wanted: system users that a seed makes are equally old.
func sorted(got, like []string) []string {
	slices.SortStableFunc(got, func(a, b string) int { return slices.Index(like, a) - slices.Index(like, b) })
	return got
}

func TestOverviewSpeaksThreeLanguages(t *testing.T) {
	e := start(t, seeded(lookedAfter))
	b := e.loggedIn(t, accountant)
	for lang, want := range map[string][]string{
		"nb": {"h1 Systemtilganger for RYDDIG REGNSKAPSREV AS", "h2 Egne systemtilganger", "h2 Systemtilganger for klienter", "Lag ny systemtilgang"},
		"nn": {"h1 Systemtilgangar for RYDDIG REGNSKAPSREV AS", "h2 Egne systemtilgangar", "h2 Systemtilganger for klientar", "Lag ny systemtilgang"},
		"en": {"h1 System accesses for RYDDIG REGNSKAPSREV AS", "h2 Own system accesses", "h2 System accesses for clients", "Create new system access"},
	} {
		page := b.open(t, userPages+"overview?lang="+lang)
		if diff := cmp.Diff(want, append(page.headings(), names(page.main(), "a")[0])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", lang, diff)
		}
	}
}

// Altinn's list has a request once somebody has passed it on. It leads to the request, and from there back to the list,
// where what came of it is new.
func TestPendingRequestIsListedOncePassedOn(t *testing.T) {
	e := start(t, seeded(""))
	b := e.loggedIn(t, manager)
	const link = "request?id=" + waiting + "&amp;skiplogout=true"
	if page := b.open(t, userPages+"overview"); strings.Contains(page.main(), waiting) || !strings.Contains(page.body, link) {
		t.Error("a request that nobody has passed on belongs in the drawer, and not in the list")
	}
	e.loggedIn(t, employee).send(t, standardPage+"?id="+waiting, url.Values{"do": {"escalate"}}).want(t, http.StatusOK)

	page := b.open(t, userPages+"overview")
	if want := "h2 Ventende systemtilgang-forespørsler"; !slices.Contains(page.headings(), want) || !strings.Contains(page.main(), link) {
		t.Errorf("the list has the headings %q, want %q and the link %s", page.headings(), want, link)
	}
	if want := "Fakturapro (ref: 00001) SINDIG KODEBEVER AS Godkjenn egen systemtilgang"; !slices.Contains(names(page.main(), "a"), want) {
		t.Errorf("the links are %q, want %q", names(page.main(), "a"), want)
	}

	back := b.send(t, standardPage+"?id="+waiting+"&skiplogout=true", url.Values{"do": {"approve"}}).want(t, http.StatusSeeOther)
	page = b.open(t, back.location()).want(t, http.StatusOK)
	if want := "Fakturapro NY SINDIG KODEBEVER AS Se fullmakter"; !slices.Contains(names(page.main(), "a"), want) {
		t.Errorf("the links are %q, want %q", names(page.main(), "a"), want)
	}
}

// A person who is something for several organisations looks at one of them at a time.
func TestPartyThatIsLookedAt(t *testing.T) {
	e := start(t, seeded(lookedAfter))
	b := e.loggedIn(t, accessOnly)
	title := func(page reply) string { return page.headings()[0] }
	for _, step := range []struct{ name, query, want string }{
		{"the first that the person looks after", "", "h1 Systemtilganger for RYDDIG REGNSKAPSREV AS"},
		{"another that is asked for", "?party=31000003", "h1 Systemtilganger for STILLE BLÅ HAVØRN AS"},
		{"which is remembered", "", "h1 Systemtilganger for STILLE BLÅ HAVØRN AS"},
		{"not one that the person has nothing to do with", "?party=31000002", "h1 Systemtilganger for STILLE BLÅ HAVØRN AS"},
	} {
		if got := title(b.open(t, userPages+"overview"+step.query)); got != step.want {
			t.Errorf("%s: got %q, want %q", step.name, got, step.want)
		}
	}
	b.open(t, userPages+agent+"/agentdelegation").want(t, http.StatusForbidden)
	b.open(t, userPages+"overview?party=31000004")
	b.open(t, userPages+agent+"/agentdelegation").want(t, http.StatusOK)
}

// B-18.
func TestPageOfASystemUser(t *testing.T) {
	e := start(t, seeded(lookedAfter))
	for name, c := range map[string]struct {
		person, id        string
		status            int
		headings, buttons []string
	}{
		"its owner's": {accountant, ownUser, 200, []string{"h1 Fakturapro for Regnskapsrev", "h2 1 enkelttjeneste"},
			[]string{"Slett systemtilgang", "Slett systemtilgang", "Avbryt", "Fakturagrunnlag MUNTER ETAT"}},
		"in capitals":       {accountant, strings.ToUpper(ownUser), 200, []string{"h1 Fakturapro for Regnskapsrev", "h2 1 enkelttjeneste"}, []string{"Slett systemtilgang", "Slett systemtilgang", "Avbryt", "Fakturagrunnlag MUNTER ETAT"}},
		"another party's":   {accountant, foreign, 404, nil, nil},
		"none":              {accountant, "7c2e9a10-0000-4000-8000-00000000ffff", 404, nil, nil},
		"no id":             {accountant, "%3Cscript%3E", 404, nil, nil},
		"deleted":           {accountant, "7c2e9a10-0000-4000-8000-000000000005", 404, nil, nil},
		"without the right": {clientAdmin, ownUser, 403, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			page := e.loggedIn(t, c.person).open(t, userPages+c.id).want(t, c.status)
			if diff := cmp.Diff(c.headings, page.headings()); diff != "" {
				t.Errorf("headings (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.buttons, names(page.pageMain(), "button")); diff != "" {
				t.Errorf("buttons (-want +got):\n%s", diff)
			}
			if c.status != 200 && (len(page.alerts()) != 1 || strings.Contains(page.body, "<script>")) {
				t.Errorf("the page says %q", page.alerts())
			}
		})
	}
}

// pageMain is main without what is behind buttons.
func (r reply) pageMain() string { return dialog.ReplaceAllString(r.main(), "") }

func TestDeletingASystemUser(t *testing.T) {
	e := start(t, seeded(lookedAfter))
	deleted := url.Values{"do": {"delete"}}
	for name, c := range map[string]struct {
		person, page string
		form         url.Values
		status       int
	}{
		"without the right":                        {clientAdmin, ownUser, deleted, http.StatusForbidden},
		"another party's":                          {accountant, foreign, deleted, http.StatusNotFound},
		"none":                                     {accountant, "7c2e9a10-0000-4000-8000-00000000ffff", deleted, http.StatusNotFound},
		"an agent, not on its own page":            {accountant, agent, deleted, http.StatusBadRequest},
		"an agent without the right":               {clientAdmin, agent + "/agentdelegation", deleted, http.StatusForbidden},
		"a standard one on the page of agents":     {accountant, ownUser + "/agentdelegation", deleted, http.StatusNotFound},
		"without saying so":                        {accountant, ownUser, url.Values{}, http.StatusBadRequest},
		"without saying so, on the page of agents": {accountant, agent + "/agentdelegation", url.Values{}, http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			e.loggedIn(t, c.person).send(t, userPages+c.page, c.form).want(t, c.status)
		})
	}
	t.Run("from another site", func(t *testing.T) {
		b := e.loggedIn(t, accountant)
		b.header.Set("Origin", "https://elsewhere.example")
		b.header.Set("Sec-Fetch-Site", "cross-site")
		b.send(t, userPages+ownUser, deleted).want(t, http.StatusForbidden)
		b.send(t, userPages+"create", url.Values{"system": {"310000019_fakturapro"}}).want(t, http.StatusForbidden)
		b.send(t, userPages+agent+"/agentdelegation", url.Values{"do": {"addAll"}}).want(t, http.StatusForbidden)
	})
	b := e.loggedIn(t, accountant)
	all := names(b.open(t, userPages+"overview").main(), "a")
	if len(all) != 4 {
		t.Fatalf("after all refusals there are %q", all)
	}

	page := b.send(t, userPages+agent, deleted)
	if got := page.alerts(); len(got) != 1 || got[0] != "Systemtilgangen ble ikke slettet." {
		t.Errorf("after a refusal the page says %q", got)
	}
	for _, one := range []string{ownUser, agent + "/agentdelegation"} {
		if back := b.send(t, userPages+one, deleted).want(t, http.StatusSeeOther).location(); !strings.HasSuffix(back, "/overview") {
			t.Errorf("deleting leads to %s", back)
		}
		b.open(t, userPages+one).want(t, http.StatusNotFound)
		b.send(t, userPages+one, deleted).want(t, http.StatusNotFound)
	}
	if left := names(b.open(t, userPages+"overview").main(), "a"); len(left) != 2 {
		t.Errorf("left are %q", left)
	}
}

// An agent's clients go with it, so the person is told.
func TestDeletingAnAgentWarnsOfItsClients(t *testing.T) {
	e := start(t, seeded(lookedAfter))
	b := e.loggedIn(t, accountant)
	const warning = "Klientene som er lagt til, blir også borte."
	if page := b.open(t, userPages+agent+"/agentdelegation"); !strings.Contains(page.main(), warning) {
		t.Error("there is no warning about the clients of an agent")
	}
	if page := b.open(t, userPages+noClient+"/agentdelegation"); strings.Contains(page.main(), warning) {
		t.Error("there is a warning about the clients of an agent that has none")
	}
}

// B-19.
func TestMakingASystemUser(t *testing.T) {
	e := start(t, seeded(lookedAfter))
	const page = userPages + "create"
	b := e.loggedIn(t, manager)

	choice := b.open(t, page).want(t, http.StatusOK, "Velg fagsystem", "310000019_fakturapro", "310000019_fakturapro-ny")
	if strings.Contains(choice.main(), "310000019_fakturapro-byraa") {
		t.Error("a system that is not visible is offered")
	}
	if got, want := choice.headings(), []string{"h1 Velg fagsystem"}; !slices.Equal(got, want) {
		t.Errorf("headings are %q, want %q", got, want)
	}

	given := b.open(t, page+"?system=310000019_fakturapro").want(t, http.StatusOK)
	want := []string{"h1 Systemtilgangen Fakturapro vil få disse fullmaktene for STILLE BLÅ HAVØRN AS", "h2 1 tilgangspakke", "h2 1 enkelttjeneste"}
	if diff := cmp.Diff(want, given.headings()); diff != "" {
		t.Errorf("headings (-want +got):\n%s", diff)
	}
	want = []string{"Tilbake", "Skattegrunnlag 1 tjeneste", "Fakturagrunnlag MUNTER ETAT", "Opprett systemtilgang"}
	if diff := cmp.Diff(want, names(given.pageMain(), "button")); diff != "" {
		t.Errorf("buttons (-want +got):\n%s", diff)
	}
	if got, want := b.open(t, page+"?system=310000019_fakturapro-ny").headings()[0], "h1 Systemtilgangen Fakturapro Ny vil få denne fullmakten for STILLE BLÅ HAVØRN AS"; got != want {
		t.Errorf("with one power the heading is %q, want %q", got, want)
	}

	made := b.send(t, page, url.Values{"system": {"310000019_fakturapro"}}).want(t, http.StatusSeeOther)
	list := b.open(t, made.location()).want(t, http.StatusOK)
	if want := "Fakturapro NY SINDIG KODEBEVER AS Se fullmakter"; !slices.Contains(names(list.main(), "a"), want) {
		t.Errorf("the list has %q, want %q", names(list.main(), "a"), want)
	}
	again := b.send(t, page, url.Values{"system": {"310000019_fakturapro"}}).want(t, http.StatusBadRequest)
	if got, want := again.alerts(), []string{"Virksomheten har allerede en systemtilgang for dette systemet. AMUI-00004"}; !slices.Equal(got, want) {
		t.Errorf("the second time the page says %q, want %q", got, want)
	}
}

func TestWhoMayNotMakeASystemUser(t *testing.T) {
	e := start(t, seeded(lookedAfter))
	const page = userPages + "create"
	for name, c := range map[string]struct {
		person, system string
		status         int
		want           string
	}{
		"a person without the right":    {employee, "310000019_fakturapro", 403, "Fullmakten din rekker ikke."},
		"a person who lacks the powers": {accessManager, "310000019_fakturapro", 403, "Rollen din gir ikke rett til den."},
		"a system that is not visible":  {manager, "310000019_fakturapro-byraa", 404, "Systemet finnes ikke."},
		"no system":                     {manager, "310000019_none", 404, "Systemet finnes ikke."},
		"without a choice":              {manager, "", 400, ""},
	} {
		t.Run(name, func(t *testing.T) {
			e.loggedIn(t, c.person).send(t, page, url.Values{"system": {c.system}}).want(t, c.status, c.want)
			list := e.loggedIn(t, manager).open(t, userPages+"overview")
			if got := names(list.main(), "a"); len(got) != 1 {
				t.Errorf("the party has %q", got)
			}
		})
	}
	if page := e.loggedIn(t, employee).open(t, page).want(t, http.StatusOK); len(page.alerts()) != 1 || len(names(page.main(), "button")) != 0 {
		t.Errorf("a person without the right sees %q and the buttons %q", page.alerts(), names(page.main(), "button"))
	}
	e.loggedIn(t, manager).open(t, page+"?system=310000019_fakturapro-byraa").want(t, http.StatusNotFound, "Systemet finnes ikke.")
}

// B-19: clients are chosen in a dialog that the page comes with.
func TestChoosingClients(t *testing.T) {
	e := start(t, seeded(lookedAfter))
	const page = userPages + agent + "/agentdelegation"
	b := e.loggedIn(t, accountant)

	closed := b.open(t, page).want(t, http.StatusOK)
	want := []string{"h1 Byrå", "h2 Fullmakt til 1 tilgangspakke", "h2 Klienter tilknyttet systemtilgangen"}
	if diff := cmp.Diff(want, closed.headings()); diff != "" {
		t.Errorf("headings (-want +got):\n%s", diff)
	}
	if got := names(closed.pageMain(), "button"); !slices.Contains(got, "Legg til eller fjern klienter") || closed.choosing() != "" {
		t.Errorf("the page has the buttons %q and the dialog %q", got, closed.choosing())
	}
	closed.want(t, http.StatusOK, "LUN BAKERIMUS AS", "Org.nr. 310 000 078")

	open := b.open(t, page+"?clients=choose")
	want = []string{"Søk", "Legg til alle klienter", "Fjern LUN BAKERIMUS AS fra systemtilgang", "Legg til VÅKEN FJELLREV ENK i systemtilgang", "Bekreft og lukk"}
	if diff := cmp.Diff(want, names(open.choosing(), "button")); diff != "" {
		t.Errorf("buttons of the dialog (-want +got):\n%s", diff)
	}
	if title := "Hvilke klienter skal knyttes til systemtilgangen Byrå?"; !strings.Contains(open.choosing(), title) {
		t.Errorf("the dialog is not called %q", title)
	}

	fjellrev := field.FindStringSubmatch(open.choosing()[strings.Index(open.choosing(), "VÅKEN"):])[1]
	added := b.send(t, page+"?clients=choose", url.Values{"do": {"add"}, "client": {fjellrev}}).want(t, http.StatusSeeOther)
	said := b.open(t, strings.Split(added.location(), "#")[0])
	if want := "VÅKEN FJELLREV ENK er lagt til systemtilgangen"; !strings.Contains(said.choosing(), want) {
		t.Errorf("the dialog does not say %q", want)
	}
	if got := names(said.choosing(), "button"); !slices.Contains(got, "Fjern VÅKEN FJELLREV ENK fra systemtilgang") {
		t.Errorf("after adding the dialog has %q", got)
	}
	removed := b.send(t, page+"?clients=choose", url.Values{"do": {"remove"}, "client": {fjellrev}}).want(t, http.StatusSeeOther)
	said = b.open(t, strings.Split(removed.location(), "#")[0])
	if want := "VÅKEN FJELLREV ENK er fjernet fra systemtilgangen"; !strings.Contains(said.choosing(), want) {
		t.Errorf("the dialog does not say %q", want)
	}

	twice := b.send(t, page+"?clients=choose", url.Values{"do": {"remove"}, "client": {fjellrev}}).want(t, http.StatusBadRequest)
	if !strings.Contains(twice.choosing(), "Klienten kom ikke med.") {
		t.Error("the row does not say that nothing was done")
	}
	b.send(t, page, url.Values{"do": {"add"}, "client": {"00000000-0000-4000-8000-000000000000"}}).want(t, http.StatusBadRequest)

	all := b.send(t, page+"?clients=choose", url.Values{"do": {"addAll"}}).want(t, http.StatusOK)
	if want := "Alle klienter er lagt til."; !strings.Contains(all.choosing(), want) {
		t.Errorf("the dialog does not say %q", want)
	}
	b.open(t, page).want(t, http.StatusOK, "LUN BAKERIMUS AS", "VÅKEN FJELLREV ENK")
}

// field is the client that a button is about.
var field = regexp.MustCompile(`name="client" value="([^"]*)"`)

func TestSearchingClients(t *testing.T) {
	e := start(t, seeded(lookedAfter))
	const page = userPages + agent + "/agentdelegation?clients=choose"
	b := e.loggedIn(t, clientAdmin)
	const bakerimus, fjellrev = "Fjern LUN BAKERIMUS AS fra systemtilgang", "Legg til VÅKEN FJELLREV ENK i systemtilgang"
	for name, c := range map[string]struct {
		query string
		want  []string
	}{
		"nothing":                  {"", []string{bakerimus, fjellrev}},
		"part of a name":           {"&search=bakeri", []string{bakerimus}},
		"other letters":            {"&search=v%C3%A5ken", []string{fjellrev}},
		"a number":                 {"&search=310000086", []string{fjellrev}},
		"a number in groups":       {"&search=310+000+086", []string{fjellrev}},
		"no one":                   {"&search=zzz", nil},
		"without those added":      {"&hide=yes", []string{fjellrev}},
		"both":                     {"&hide=yes&search=bakeri", nil},
		"what would be a script":   {"&search=%22%3E%3Cscript%3E", nil},
		"a part of all the names ": {"&search=+", []string{bakerimus, fjellrev}},
	} {
		t.Run(name, func(t *testing.T) {
			answer := b.open(t, page+c.query).want(t, http.StatusOK)
			var rows []string
			for _, one := range names(answer.choosing(), "button") {
				if strings.HasSuffix(one, " systemtilgang") {
					rows = append(rows, one)
				}
			}
			if diff := cmp.Diff(c.want, rows); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if strings.Contains(answer.body, "<script>") {
				t.Error("what is searched for is not escaped")
			}
		})
	}
}

// Who manages access and not clients sees the agent and can delete it. The owner itself is added by who manages access,
// where all packages allow that.
func TestWhoMayChangeAnAgent(t *testing.T) {
	e := start(t, seeded(lookedAfter))
	anyone, clientsOnly := userPages+noClient+"/agentdelegation", userPages+agent+"/agentdelegation"
	for name, c := range map[string]struct {
		person, page string
		want         []string
	}{
		"all, with a package for anyone":       {accountant, anyone, []string{"Slett systemtilgang", "Slett systemtilgang", "Avbryt", "Skattegrunnlag 1 tjeneste", "Legg til din virksomhet", "Legg til klienter"}},
		"access only, with such a package":     {accessOnly, anyone, []string{"Slett systemtilgang", "Slett systemtilgang", "Avbryt", "Skattegrunnlag 1 tjeneste", "Legg til din virksomhet"}},
		"clients only, with such a package":    {clientAdmin, anyone, []string{"Skattegrunnlag 1 tjeneste", "Legg til klienter"}},
		"all, with a package for clients":      {accountant, clientsOnly, []string{"Slett systemtilgang", "Slett systemtilgang", "Avbryt", "Regnskapsfører med signeringsrettighet 0 tjenester", "Søk", "Legg til eller fjern klienter"}},
		"access only, with a package for them": {accessOnly, clientsOnly, []string{"Slett systemtilgang", "Slett systemtilgang", "Avbryt", "Regnskapsfører med signeringsrettighet 0 tjenester"}},
	} {
		t.Run(name, func(t *testing.T) {
			page := e.loggedIn(t, c.person).open(t, c.page).want(t, http.StatusOK)
			if diff := cmp.Diff(c.want, names(page.pageMain(), "button")); diff != "" {
				t.Errorf("buttons (-want +got):\n%s", diff)
			}
		})
	}
	e.loggedIn(t, accessOnly).send(t, clientsOnly, url.Values{"do": {"addAll"}}).want(t, http.StatusForbidden)
	e.loggedIn(t, accessOnly).send(t, clientsOnly, url.Values{"do": {"add"}, "client": {"x"}}).want(t, http.StatusForbidden)
	e.loggedIn(t, clientAdmin).send(t, anyone, url.Values{"do": {"addOwn"}}).want(t, http.StatusForbidden)
	e.loggedIn(t, employee).open(t, clientsOnly).want(t, http.StatusForbidden)
	e.loggedIn(t, accountant).open(t, userPages+ownUser+"/agentdelegation").want(t, http.StatusNotFound)

	b := e.loggedIn(t, accountant)
	b.send(t, anyone, url.Values{"do": {"addOwn"}}).want(t, http.StatusSeeOther)
	if got := names(b.open(t, anyone).pageMain(), "button"); !slices.Contains(got, "Fjern din virksomhet fra systemtilgang") {
		t.Errorf("when the owner has been added, the buttons are %q", got)
	}
	b.send(t, anyone, url.Values{"do": {"removeOwn"}}).want(t, http.StatusSeeOther)
	if got := names(b.open(t, anyone).pageMain(), "button"); !slices.Contains(got, "Legg til din virksomhet") {
		t.Errorf("when the owner has been taken away, the buttons are %q", got)
	}
}

func TestClientsInThreeLanguages(t *testing.T) {
	e := start(t, seeded(lookedAfter))
	b := e.loggedIn(t, accountant)
	for lang, want := range map[string][]string{
		"nn": {"Søk", "Legg til alle klientar", "Fjern LUN BAKERIMUS AS frå systemtilgang", "Legg til VÅKEN FJELLREV ENK i systemtilgang", "Bekreft og lukk"},
		"en": {"Search", "Add all clients", "Remove LUN BAKERIMUS AS from system access", "Add VÅKEN FJELLREV ENK to system access", "Confirm and close"},
	} {
		page := b.open(t, userPages+agent+"/agentdelegation?clients=choose&lang="+lang)
		if diff := cmp.Diff(want, names(page.choosing(), "button")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", lang, diff)
		}
	}
}

// The commands of the drawer do what the page does.
func TestCommandsOfTheDrawerRun(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err == nil {
		_, err = exec.LookPath("curl")
	}
	if err != nil {
		t.Skip("there is no sh or no curl")
	}
	e := start(t, seeded(lookedAfter))
	run := func(t *testing.T, command string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), shell, "-c", strings.ReplaceAll(command, "curl ", "curl -sf ")).Output()
		if err != nil {
			t.Fatalf("%s: %v, %s", command, err, out)
		}
		return string(out)
	}
	b := e.loggedIn(t, accountant)
	create := b.commands(t, userPages+"create?system=310000019_fakturapro")
	var made struct{ ID, ReporteeOrgNo string }
	if err := json.Unmarshal([]byte(run(t, create[0])), &made); err != nil || made.ReporteeOrgNo != "310000043" {
		t.Errorf("creating gives %v and the error %v", made, err)
	}
	b.open(t, userPages+made.ID).want(t, http.StatusOK)
	run(t, b.commands(t, userPages+made.ID)[1])
	b.open(t, userPages+made.ID).want(t, http.StatusNotFound)

	clients := b.commands(t, userPages+agent+"/agentdelegation")
	run(t, clients[0])
	b.open(t, userPages+agent+"/agentdelegation").want(t, http.StatusOK, "VÅKEN FJELLREV ENK")
	run(t, clients[1])
	if page := b.open(t, userPages+agent+"/agentdelegation"); strings.Contains(page.main(), "VÅKEN") {
		t.Error("the client is still there")
	}
	run(t, clients[2])
	b.open(t, userPages+agent+"/agentdelegation").want(t, http.StatusNotFound)
	if list := run(t, b.commands(t, userPages+"overview")[0]); !strings.Contains(list, ownUser) {
		t.Errorf("the list is %s", list)
	}
}

var commands = regexp.MustCompile(`(?s)<pre[^>]*><code>(.*?)</code></pre>`)

func (b *browser) commands(t *testing.T, page string) []string {
	t.Helper()
	found := commands.FindStringSubmatch(b.open(t, page).want(t, http.StatusOK).body)
	if found == nil {
		t.Fatalf("%s has no commands", page)
	}
	return strings.Split(html.UnescapeString(found[1]), "\n")
}

// Without developers there is no drawer.
func TestHiddenDrawerOfSystemUsers(t *testing.T) {
	config := seeded(lookedAfter)
	config.HideDevtools = true
	e := start(t, config)
	b := e.loggedIn(t, accountant)
	for _, page := range []string{"overview", "create", ownUser, agent + "/agentdelegation", foreign} {
		if answer := b.open(t, userPages+page); strings.Contains(answer.body, "<aside") || strings.Contains(answer.body, "curl") {
			t.Errorf("%s has a drawer", page)
		}
	}
}

// Nobody sees anything without logging in.
func TestSystemUsersAskWhoIsThere(t *testing.T) {
	e := start(t, compose.Config{})
	b := e.browser(t, "nb")
	for _, page := range []string{"overview", "create", ownUser, agent + "/agentdelegation"} {
		to := b.open(t, userPages+page).want(t, http.StatusSeeOther).location()
		if want := "/_mpe/login?goto=" + url.QueryEscape("/"+userPages+page); to != want {
			t.Errorf("%s leads to %s, want %s", page, to, want)
		}
		b.send(t, userPages+strings.Replace(page, "overview", "create", 1), url.Values{"do": {"delete"}}).want(t, http.StatusSeeOther)
	}
}

package explain

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpe/oauth"
)

func TestMatch(t *testing.T) {
	for name, c := range map[string]struct {
		accept string
		want   Language
	}{
		"nothing said reads English":           {"", EN},
		"bokmål":                               {"nb", NB},
		"bokmål as browsers send it":           {"nb-NO,nb;q=0.9,no;q=0.8,nn;q=0.6,en-US;q=0.5,en;q=0.4", NB},
		"Norwegian without saying which":       {"no", NB},
		"nynorsk reads bokmål":                 {"nn-NO", NB},
		"the preferred comes first":            {"en-GB,nb;q=0.9", EN},
		"a weight counts for more than order":  {"en;q=0.2, nb;q=0.8", NB},
		"a language that nobody speaks here":   {"ja, zh;q=0.5", EN},
		"an unknown language before bokmål":    {"se, nb;q=0.7", NB},
		"anything goes":                        {"*", EN},
		"a header that cannot be read":         {";;q=,", EN},
		"bokmål that is not acceptable at all": {"en, nb;q=0", EN},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Match(c.accept); got != c.want {
				t.Errorf("Match(%q) is %s, want %s", c.accept, got, c.want)
			}
		})
	}
}

func TestRefusal(t *testing.T) {
	for name, c := range map[string]struct {
		check oauth.Check
		lang  Language
		want  Text
	}{
		"it names what came, what was expected and what to do": {
			oauth.Check{Reason: oauth.ReasonAudHost, Facts: facts[oauth.ReasonAudHost]}, EN, Text{
				What: "The grant is meant for another host.",
				Why: "The grant's `aud` is `http://mpe:6730/`; this issuer is `http://localhost:6730/`. Only the address " +
					"differs. In containers the client and the server often know mpe by different names.",
				Do: "Start mpe with `--issuer http://mpe:6730/`, or set `aud` to `http://localhost:6730/`, as in the " +
					"metadata that your client reads.",
			},
		},
		"in Norwegian, what facts hold is Norwegian too": {
			oauth.Check{Reason: oauth.ReasonDetailsValue, Facts: facts[oauth.ReasonDetailsValue]}, NB, Text{
				What: "Et felt i authorization_details har feil type.",
				Why:  "`externalRef` er et tall, og skal være en tekst.",
				Do:   "Skriv `externalRef` som en tekst.",
			},
		},
		"seconds are shown as a time as well": {
			oauth.Check{Reason: oauth.ReasonExpired, Facts: facts[oauth.ReasonExpired]}, EN, Text{
				What: "The grant has expired.",
				Why: "Its `exp` is 1767225597 (2025-12-31T23:59:57Z); the emulator's clock is at 1767225600 " +
					"(2026-01-01T00:00:00Z), 3 seconds later.",
				Do: "Make a new grant for each request, right before you send it, and set the clock by NTP.",
			},
		},
		"another language reads English": {
			oauth.Check{Reason: oauth.ReasonSystemDeleted, Facts: facts[oauth.ReasonSystemDeleted]}, "sv", Text{
				What: "The system has been deleted.",
				Why: "The client belongs to `310000019_fakturapro`, which was deleted from the system register. Its system " +
					"users cannot be used any more.",
				Do: "Declare the system again under `systems` in the seed, or use a client of another system.",
			},
		},
		"a reason without a text is explained by its check": {
			oauth.Check{ID: oauth.JWTSignature, Reason: "moonshine", Facts: oauth.Facts{"got": "a full moon"}}, EN, Text{
				What: "The grant did not pass a check.",
				Why:  `The check that failed is "Signature", for the reason ` + "`moonshine`.",
				Do:   "Compare the grant with the facts of the journal's entry; `mpe explain --last` shows the newest.",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, Refusal(c.check, c.lang)); diff != "" {
				t.Error("-want +got\n" + diff)
			}
		})
	}
}

func TestOneSecondIsSingular(t *testing.T) {
	given := oauth.Facts{"behind": "1"}
	for lang, want := range map[Language]string{EN: ", 1 second later.", NB: ", 1 sekund senere."} {
		got := Refusal(oauth.Check{Reason: oauth.ReasonExpired, Facts: given}, lang).Why
		if !strings.HasSuffix(got, want) {
			t.Errorf("got %q, want %q at its end", got, want)
		}
	}
}

// An owner's only system user that was made without an externalRef answers to none, or to the owner's number.
func TestExternalRefOfASystemUserWithoutOne(t *testing.T) {
	given := oauth.Facts{"owner": "310000027", "got": "oslo", "nearest": "310000027", "refs": "310000027"}
	got := Refusal(oauth.Check{Reason: oauth.ReasonExternalRefMismatch, Facts: given}, EN).Do
	if !strings.HasPrefix(got, "Leave `externalRef` out") {
		t.Errorf("got %q", got)
	}
}

func TestVendorWithoutSystems(t *testing.T) {
	given := oauth.Facts{"client": "fremmed", "vendor": "310000108"}
	got := Refusal(oauth.Check{Reason: oauth.ReasonClientNotOnSystem, Facts: given}, EN)
	if !strings.HasSuffix(got.Why, " The vendor `310000108` has no system.") {
		t.Errorf("got %q", got.Why)
	}
}

func TestClientWithoutKeysMustShowACertificate(t *testing.T) {
	with := Refusal(oauth.Check{Reason: oauth.ReasonKeyRefMissing, Facts: oauth.Facts{"kids": "a, b"}}, EN).Do
	without := Refusal(oauth.Check{Reason: oauth.ReasonKeyRefMissing, Facts: oauth.Facts{"kids": ""}}, EN).Do
	if strings.Contains(with, "x5c") || !strings.Contains(without, "x5c") {
		t.Errorf("with keys %q, without %q", with, without)
	}
}

func TestNote(t *testing.T) {
	given := oauth.Note{Check: oauth.JWTIssuedAt, Reason: oauth.ReasonIssuedAccepted}
	for name, c := range map[string]struct {
		limit, want string
	}{
		"a limit is told":      {"120", "A setting tolerates that up to 120 seconds; Maskinporten documents 10."},
		"no limit is not told": {"-1", "A setting tolerates that; Maskinporten documents 10."},
	} {
		t.Run(name, func(t *testing.T) {
			given.Facts = oauth.Facts{"behind": "40", "limit": c.limit}
			if diff := cmp.Diff("The `iat` lies 40 seconds back. "+c.want, Note(given, EN)); diff != "" {
				t.Error("-want +got\n" + diff)
			}
		})
	}
	if got := Note(oauth.Note{Reason: "moonshine"}, EN); got != "" {
		t.Errorf("a note without a text reads %q, want nothing", got)
	}
}

func TestLabelOfAnUnknownCheckIsItsID(t *testing.T) {
	if got := Label("moon.phase", NB); got != "moon.phase" {
		t.Errorf("got %q", got)
	}
}

func TestFactsOfAnyKindFitIntoASentence(t *testing.T) {
	for name, c := range map[string]struct{ fact, want string }{
		"control characters are not passed on to terminals": {"a\x1b[2J\nb", "a?[2J?b"},
		"a backtick does not end what is literal":           {"a`b", "a'b"},
		"long ones are cut":                                 {strings.Repeat("æ", 201), strings.Repeat("æ", 200) + "..."},
		"short ones are not":                                {strings.Repeat("æ", 200), strings.Repeat("æ", 200)},
	} {
		t.Run(name, func(t *testing.T) {
			given := oauth.Facts{"client": c.fact}
			got := Refusal(oauth.Check{Reason: oauth.ReasonClientInactive, Facts: given}, EN).Why
			if want := "The client `" + c.want + "` is registered"; !strings.HasPrefix(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			if given["client"] != c.fact {
				t.Error("the caller's facts have been changed")
			}
		})
	}
}

func TestCommandsQuoteWhatAShellWouldRead(t *testing.T) {
	for fact, want := range map[string]string{
		"http://mpe:6730/":       "--issuer http://mpe:6730/`",
		"http://a/;rm":           "--issuer 'http://a/;rm'`",
		"http://$HOME/it's mine": `--issuer 'http://$HOME/it'\''s mine'` + "`",
	} {
		given := oauth.Facts{"got": fact, "want": "http://localhost:6730/"}
		if got := Refusal(oauth.Check{Reason: oauth.ReasonAudHost, Facts: given}, EN).Do; !strings.Contains(got, want) {
			t.Errorf("%q: got %q, want %q in it", fact, got, want)
		}
	}
}

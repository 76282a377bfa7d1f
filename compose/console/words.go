package console

import "mpe/compose/explain"

// words are what the pages say besides the explanations.
type words struct {
	Band, Skip, Languages string

	OAuthError, Status                    string
	Meaning, Causes, Provoke, Fix, Handle string
	ProvokeIntro, Why                     string

	UnknownTitle, UnknownLead, Perhaps, AllCodes string

	Footer string
}

func in(lang explain.Language) words {
	if lang == explain.NB {
		return norwegian
	}
	return english
}

var norwegian = words{
	Band:         "Emulator – bare syntetiske data",
	Skip:         "Hopp til innholdet",
	Languages:    "Språk",
	OAuthError:   "OAuth-feil",
	Status:       "HTTP-status",
	Meaning:      "Hva det betyr",
	Causes:       "Vanlige årsaker",
	Provoke:      "Se det skje",
	ProvokeIntro: "Mot en emulator med demodataene gir dette samme svar:",
	Fix:          "Slik retter du det",
	Handle:       "Slik tar koden din høyde for det",
	Why: "Hvorfor akkurat din forespørsel ble avvist, står i journalen: `mpe explain --last`, " +
		"eller følg `Link` i svaret.",
	UnknownTitle: "Ukjent kode",
	UnknownLead:  "mpe har ingen side om denne koden: ingen offentlig kilde som mpe bygger på, beskriver den.",
	Perhaps:      "Kanskje mente du",
	AllCodes:     "Alle koder",
	Footer:       "mpe etterligner Maskinporten og Altinns systembrukere til testing. Den er ikke laget av Digdir.",
}

var english = words{
	Band:         "Emulator – synthetic data only",
	Skip:         "Skip to the content",
	Languages:    "Language",
	OAuthError:   "OAuth error",
	Status:       "HTTP status",
	Meaning:      "What it means",
	Causes:       "Common causes",
	Provoke:      "See it happen",
	ProvokeIntro: "With the demo data, this gets the same answer from the emulator:",
	Fix:          "How to fix it",
	Handle:       "How your code should handle it",
	Why: "Why your own request was refused is in the journal: `mpe explain --last`, " +
		"or follow the answer's `Link`.",
	UnknownTitle: "Unknown code",
	UnknownLead:  "mpe has no page about this code: no public source that mpe builds on describes it.",
	Perhaps:      "Perhaps you mean",
	AllCodes:     "All codes",
	Footer:       "mpe emulates Maskinporten and Altinn's system users for testing. It is not made by Digdir.",
}

// Package explain says what an outcome means and what to do about it, in Norwegian (bokmål) and in English.
package explain

import (
	"golang.org/x/text/language"

	"mpe/oauth"
)

// Language is one that every text is written in, as in BCP 47.
type Language string

// The languages. Any other value reads as EN.
const (
	NB Language = "nb"
	EN Language = "en"
)

// Match is the language that suits an Accept-Language header (RFC 9110 section 12.5.4) best; EN when none does.
func Match(acceptLanguage string) Language {
	offered := language.NewMatcher([]language.Tag{language.English, language.MustParse("nb"), language.MustParse("nn")})
	if _, i := language.MatchStrings(offered, acceptLanguage); i > 0 {
		return NB
	}
	return EN
}

// Label names a check in a few words. A check that is not in the catalogue is named by its id.
func Label(check oauth.CheckID, lang Language) string {
	if label := catalogue().checks[check].in(lang); label != "" {
		return label
	}
	return string(check)
}

// Text explains a refusal. What lies between backticks is literal: a claim, a value, a command.
type Text struct {
	What string `json:"what" yaml:"what"` // the verdict
	Why  string `json:"why" yaml:"why"`   // what was found, what was wanted, and what comes nearest
	Do   string `json:"do" yaml:"do"`     // one thing to do about it
}

// Refusal explains a check that failed, or would have. A reason that has no text is explained by the check's label.
func Refusal(c oauth.Check, lang Language) Text {
	sheet := catalogue()
	reason := string(c.Reason)
	facts := c.Facts
	if !sheet.explains(reason) {
		reason, facts = unexplained, oauth.Facts{"check": Label(c.ID, lang), "reason": reason}
	}
	return Text{
		What: sheet.say(lang, reason+what, facts),
		Why:  sheet.say(lang, reason+why, facts),
		Do:   sheet.say(lang, reason+do, facts),
	}
}

// Note explains something that changed no answer, in a sentence or two; empty when the note has no text.
func Note(n oauth.Note, lang Language) string {
	return catalogue().say(lang, string(n.Reason)+note, n.Facts)
}

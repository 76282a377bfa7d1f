package console

import (
	"net/http"

	"github.com/gin-gonic/gin"
	tags "golang.org/x/text/language"

	"mpe/compose/explain"
)

// language is one that pages are written in, as in BCP 47.
type language string

// The languages. Altinn's pages have all three, the emulator's own have nb and en.
const (
	nb language = "nb"
	nn language = "nn"
	en language = "en"
)

// languages are those of Altinn's pages, as Altinn names them, in its order.
var languages = [...]struct {
	language
	Name   string // in the language itself
	cookie string // what Altinn's cookie calls it
}{{nb, "Norsk (bokmål)", "no_nb"}, {nn, "Norsk (nynorsk)", "no_nn"}, {en, "English", "en"}}

// languageCookie is where Altinn keeps the language that was chosen.
const languageCookie = "selectedLanguage"

// parseLanguage reads a language, as BCP 47 or as Altinn's cookie writes it.
func parseLanguage(s string) (language, bool) {
	for _, l := range languages {
		if s == string(l.language) || s == l.cookie {
			return l.language, true
		}
	}
	return "", false
}

// languageOf is the one of a page of Altinn's: that of the address, which is then remembered, that which was chosen
// earlier, the person's own, or the one that the browser prefers.
func (p *Pages) languageOf(c *gin.Context, persons string) language {
	if l, ok := parseLanguage(c.Query("lang")); ok {
		p.remember(c, l)
		return l
	}
	chosen, _ := c.Cookie(languageCookie)
	if l, ok := parseLanguage(chosen); ok {
		return l
	}
	if l, ok := parseLanguage(persons); ok {
		return l
	}
	offered := tags.NewMatcher([]tags.Tag{tags.English, tags.MustParse("nb"), tags.MustParse("nn")})
	_, i := tags.MatchStrings(offered, c.GetHeader("Accept-Language"))
	return [...]language{en, nb, nn}[i]
}

func (p *Pages) remember(c *gin.Context, l language) {
	for _, one := range languages {
		if one.language == l {
			p.setCookie(c, &http.Cookie{Name: languageCookie, Value: one.cookie, MaxAge: 365 * 24 * 60 * 60})
		}
	}
}

// toolLanguage is the one of the emulator's own pages: asked for by ?lang= or, without that, the one that the browser
// prefers.
func toolLanguage(c *gin.Context) language {
	switch l, _ := parseLanguage(c.Query("lang")); l {
	case nb, en:
		return l
	default:
		return language(explain.Match(c.GetHeader("Accept-Language")))
	}
}

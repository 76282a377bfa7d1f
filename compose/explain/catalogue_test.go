package explain

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"mpe/oauth"
)

var languages = []Language{NB, EN}

// constants are the values of oauth's constants of a type.
func constants(t *testing.T, kind string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), "../../oauth/trace.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if named, ok := spec.Type.(*ast.Ident); ok && named.Name == kind {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
		}
		return true
	})
	if len(values) == 0 {
		t.Fatalf("oauth/trace.go has no constants of type %s", kind)
	}
	return values
}

func TestEveryCheckHasALabelInBothLanguages(t *testing.T) {
	for _, id := range constants(t, "CheckID") {
		nb, en := Label(oauth.CheckID(id), NB), Label(oauth.CheckID(id), EN)
		if nb == id || en == id {
			t.Errorf("%s is labelled %q and %q, want words", id, nb, en)
		}
		if nb == en {
			t.Errorf("%s is labelled %q in both languages", id, nb)
		}
	}
}

func TestNoCheckIsLabelledThatDoesNotExist(t *testing.T) {
	known := constants(t, "CheckID")
	for id := range catalogue().checks {
		if !slices.Contains(known, string(id)) {
			t.Errorf("the label of %s is for no check", id)
		}
	}
}

func TestEveryReasonHasTestFacts(t *testing.T) {
	for _, reason := range constants(t, "Reason") {
		if _, known := facts[oauth.Reason(reason)]; !known {
			t.Errorf("%s has no facts here: say what it comes with", reason)
		}
	}
}

// sentences are the texts of a reason by their part, with the facts filled in.
func sentences(reason oauth.Reason, given oauth.Facts, lang Language) map[string]string {
	if notes[reason] {
		return map[string]string{note: Note(oauth.Note{Reason: reason, Facts: given}, lang)}
	}
	text := Refusal(oauth.Check{ID: oauth.JWTParse, Reason: reason, Facts: given}, lang)
	return map[string]string{what: text.What, why: text.Why, do: text.Do}
}

func TestEveryReasonHasASentenceOfItsOwn(t *testing.T) {
	for _, lang := range languages {
		seen := map[string]oauth.Reason{}
		for reason, given := range facts {
			for part, s := range sentences(reason, given, lang) {
				if other, repeated := seen[s]; repeated && part != do {
					t.Errorf("%s%s in %s is what %s says: %q", reason, part, lang, other, s)
				}
				seen[s] = reason
			}
			unknown := Refusal(oauth.Check{ID: oauth.JWTParse}, lang).What
			if !notes[reason] && sentences(reason, given, lang)[what] == unknown {
				t.Errorf("%s has no text in %s", reason, lang)
			}
		}
	}
}

func TestNoReasonReadsTheSameInBothLanguages(t *testing.T) {
	for reason, given := range facts {
		nb, en := sentences(reason, given, NB), sentences(reason, given, EN)
		for part := range en {
			if nb[part] == en[part] {
				t.Errorf("%s%s is %q in both languages", reason, part, en[part])
			}
		}
	}
}

func TestSentencesReadWellWhateverFactsAreMissing(t *testing.T) {
	for _, lang := range languages {
		for reason, all := range facts {
			hold(t, reason, lang, all)
			hold(t, reason, lang, nil)
			for missing := range all {
				some := maps.Clone(all)
				delete(some, missing)
				hold(t, reason, lang, some)
				some[missing] = ""
				hold(t, reason, lang, some)
			}
		}
	}
}

var (
	literal = regexp.MustCompile("`[^`]+`")
	gap     = regexp.MustCompile("``|\\(\\)|\"\"|<no value>|  |\n| [.,;:]|[.,;:][.,;:]|\\( ")
	whole   = regexp.MustCompile(`^[\pL0-9].*[.!]$`)
	tired   = regexp.MustCompile(`(?i)\b(simply|easily|obviously|bare|enkelt og greit|rett og slett)\b`)
)

func hold(t *testing.T, reason oauth.Reason, lang Language, given oauth.Facts) {
	t.Helper()
	for part, s := range sentences(reason, given, lang) {
		prose := literal.ReplaceAllString(s, "X")
		if gap.MatchString(prose) || !whole.MatchString(prose) || tired.MatchString(prose) || strings.Contains(prose, "`") {
			t.Errorf("%s%s in %s with %v does not read well: %q", reason, part, lang, given, s)
		}
	}
}

func TestEveryFactIsTold(t *testing.T) {
	for _, lang := range languages {
		for reason, given := range facts {
			told := strings.Join(slices.Collect(maps.Values(sentences(reason, given, lang))), " ")
			for name, fact := range given {
				if reason == oauth.ReasonAlgUnsupported && name == "want" {
					continue // the algorithms are listed in each language
				}
				if term := catalogue().terms[fact].in(lang); term != "" {
					fact = term
				}
				if !strings.Contains(told, fact) {
					t.Errorf("%s in %s does not tell %s, %q: %s", reason, lang, name, fact, told)
				}
			}
		}
	}
}

func TestTextsUseOnlyTheFactsOfTheirReason(t *testing.T) {
	for _, lang := range languages {
		for _, text := range catalogue().templates.in(lang).Templates() {
			reason, _, _ := strings.Cut(text.Name(), ".")
			known := facts[oauth.Reason(reason)]
			if reason == unexplained {
				known = oauth.Facts{"check": "", "reason": ""}
			}
			if known == nil && text.Name() != "" {
				t.Errorf("%s in %s is for no reason", text.Name(), lang)
				continue
			}
			for _, name := range fields(text.Root.String()) {
				if _, ok := known[name]; !ok {
					t.Errorf("%s in %s uses .%s, which the reason does not come with", text.Name(), lang, name)
				}
			}
		}
	}
}

var (
	action = regexp.MustCompile(`\{\{[^}]*\}\}`)
	field  = regexp.MustCompile(`\.([a-z]+)`)
)

// fields are the facts that a template looks up.
func fields(text string) []string {
	var names []string
	for _, a := range action.FindAllString(text, -1) {
		for _, match := range field.FindAllStringSubmatch(a, -1) {
			names = append(names, match[1])
		}
	}
	return names
}

func TestEnglishIsASCIIForHeadersHaveNothingElse(t *testing.T) {
	for reason, given := range facts {
		for part, s := range sentences(reason, given, EN) {
			if i := strings.IndexFunc(s, func(c rune) bool { return c < ' ' || c > '~' }); i >= 0 {
				t.Errorf("%s%s: %q in %q", reason, part, s[i:], s)
			}
		}
	}
}

func TestReadRefusesTextsThatWouldNotBeUsed(t *testing.T) {
	for name, text := range map[string]string{
		"a member that does not exist":   "reasons: { expired: { en: { what: a, why: b, because: c } } }",
		"a third language":               "notes: { expired: { en: a, sv: b } }",
		"a template that does not parse": "notes: { expired: { en: '{{with .exp}}', nb: b } }",
		"an unknown function":            "notes: { expired: { en: a, nb: '{{shout .exp}}' } }",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := read(fstest.MapFS{"texts/a.yaml": {Data: []byte(text)}}); err == nil {
				t.Error("read without an error")
			}
		})
	}
}

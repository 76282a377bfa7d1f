package explain

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"text/template"

	"go.yaml.in/yaml/v3"

	"mpe/oauth"
)

// texts are all that is said, in both languages side by side.
//
//go:embed texts/*.yaml
var texts embed.FS

// catalogue reads the texts the first time that something is explained.
var catalogue = sync.OnceValue(func() *sheet {
	s, err := read(texts)
	if err != nil {
		panic(fmt.Sprintf("the embedded texts: %v", err)) // the files are part of the binary and covered by tests
	}
	return s
})

// bilingual is the same in both languages.
type bilingual[T any] struct{ EN, NB T }

func (b bilingual[T]) in(lang Language) T {
	if lang == NB {
		return b.NB
	}
	return b.EN
}

// file is the form of the files. Each holds a part.
type file struct {
	Checks  map[oauth.CheckID]bilingual[string]
	Reasons map[string]bilingual[Text]
	Notes   map[string]bilingual[string]
	Codes   map[string]entry
	Terms   map[string]bilingual[string]
}

// sheet is all the texts, ready for use.
type sheet struct {
	checks    map[oauth.CheckID]bilingual[string]
	codes     map[string]entry
	terms     map[string]bilingual[string]
	templates bilingual[*template.Template] // by reason and part, as in "aud-host.why"
}

// The parts of a reason's text, as they end the names of templates.
const (
	what = ".what"
	why  = ".why"
	do   = ".do"
	note = ".note"
)

// unexplained is the reason of what has no text of its own.
const unexplained = "unexplained"

func read(dir fs.FS) (*sheet, error) {
	var all file
	names, err := fs.Glob(dir, "texts/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if err := all.add(dir, name); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	s := &sheet{checks: all.Checks, codes: all.Codes, terms: all.Terms}
	s.templates.EN, err = all.templates(EN)
	if err != nil {
		return nil, err
	}
	s.templates.NB, err = all.templates(NB)
	return s, err
}

func (f *file) add(dir fs.FS, name string) error {
	raw, err := fs.ReadFile(dir, name)
	if err != nil {
		return err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	decoder.KnownFields(true)
	if err := decoder.Decode(f); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

func (f *file) templates(lang Language) (*template.Template, error) {
	set := template.New("").Option("missingkey=zero").Funcs(f.functions(lang))
	add := func(name, text string) error {
		_, err := set.New(name).Parse(strings.TrimSpace(text))
		return err
	}
	var errs []error
	for reason, both := range f.Reasons {
		text := both.in(lang)
		errs = append(errs, add(reason+what, text.What), add(reason+why, text.Why), add(reason+do, text.Do))
	}
	for reason, both := range f.Notes {
		errs = append(errs, add(reason+note, both.in(lang)))
	}
	return set, errors.Join(errs...)
}

func (s *sheet) explains(reason string) bool { return s.templates.EN.Lookup(reason+what) != nil }

// say fills the facts into a text; empty when there is no such text.
func (s *sheet) say(lang Language, name string, facts oauth.Facts) string {
	text := s.templates.in(lang).Lookup(name)
	if text == nil {
		return ""
	}
	var b strings.Builder
	_ = text.Execute(&b, presentable(facts)) // neither a Builder nor the functions fail, and tests run every text
	return b.String()
}

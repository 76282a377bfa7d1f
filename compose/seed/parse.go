package seed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parse reads YAML or JSON. It gives nil when the source cannot be read at all.
func parse(s Source, lookup func(string) (string, bool), found *problems) *document {
	p := &parser{doc: &document{file: s.Name, dir: s.Dir}, lookup: lookup, found: found}
	if len(s.Data) > maxSize {
		p.report(1, 1, "", fmt.Sprintf("the file is larger than %d MiB", maxSize>>20))
		return nil
	}
	read := parseYAML
	if json.Valid(s.Data) {
		read = parseJSON
	}
	y, err := read(s.Data)
	if err != nil {
		p.syntax(err)
		return nil
	}
	if p.doc.root = p.node(y, "", 0); p.doc.root.absent() {
		p.empty()
		return nil
	}
	return p.doc
}

// parseYAML reads the one document that there may be. The error is io.EOF when there is none.
func parseYAML(data []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	first, second := new(yaml.Node), new(yaml.Node)
	if err := dec.Decode(first); err != nil {
		return nil, err
	}
	switch err := dec.Decode(second); {
	case err == nil:
		return nil, secondDocument(second.Line)
	case !errors.Is(err, io.EOF):
		return nil, err
	}
	return first, nil
}

// secondDocument is the error that a document starts on that line after the one that counts.
type secondDocument int

func (e secondDocument) Error() string { return "a seed file holds one document, this is the second" }

type parser struct {
	doc     *document
	lookup  func(string) (string, bool)
	found   *problems
	aliases int // how many aliases lead here
	aliased int // how many values aliases have repeated
}

func (p *parser) report(line, column int, path, what string) {
	p.found.add(Problem{File: p.doc.file, Line: max(line, 1), Column: max(column, 1), Path: path, What: what})
}

func (p *parser) empty() {
	p.report(1, 1, "", `the file is empty; it needs at least "version: 1"`)
}

// syntax reports an error of the YAML package, which tells the position in its text only: "yaml: line 5: what".
func (p *parser) syntax(err error) {
	if errors.Is(err, io.EOF) {
		p.empty()
		return
	}
	if line, ok := errors.AsType[secondDocument](err); ok {
		p.report(int(line), 1, "", line.Error())
		return
	}
	what := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 1
	if rest, ok := strings.CutPrefix(what, "line "); ok {
		if digits, text, ok := strings.Cut(rest, ": "); ok {
			if n, err := strconv.Atoi(digits); err == nil {
				line, what = n, text
			}
		}
	}
	p.report(line, 1, "", "not valid YAML or JSON: "+what)
}

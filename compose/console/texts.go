package console

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"regexp"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// textFiles are what the pages say, by key and language. Those of tool.yaml and api.yaml are not there in nn,
// all others are.
//
//go:embed texts/*.yaml
var textFiles embed.FS

// texts reads them the first time that something is said.
var texts = sync.OnceValue(func() map[string]map[language]string {
	all := map[string]map[language]string{}
	files, err := fs.Glob(textFiles, "texts/*.yaml")
	for _, file := range files {
		var data []byte
		if data, err = textFiles.ReadFile(file); err == nil {
			err = yaml.Unmarshal(data, &all)
		}
		if err != nil {
			break
		}
	}
	if err != nil {
		panic(fmt.Sprintf("the embedded texts: %v", err)) // the files are part of the binary and covered by tests
	}
	return all
})

// text is what the key stands for, with what stands for its {names}: names and values take turns. **This** is strong,
// and what is between backticks is code.
func (l language) text(key string, named ...any) (template.HTML, error) {
	said, ok := texts()[key][l]
	if !ok {
		return "", fmt.Errorf("there is no text %q in %s", key, l)
	}
	html := marked(template.HTMLEscapeString(said))
	for i := 0; i+1 < len(named); i += 2 {
		html = strings.ReplaceAll(html, "{"+fmt.Sprint(named[i])+"}", template.HTMLEscapeString(fmt.Sprint(named[i+1])))
	}
	return template.HTML(html), nil // the text and the values have been escaped
}

var (
	strong = regexp.MustCompile(`\*\*(.+?)\*\*`)
	code   = regexp.MustCompile("`(.+?)`")
)

func marked(escaped string) string {
	return code.ReplaceAllString(strong.ReplaceAllString(escaped, "<strong>$1</strong>"), "<code>$1</code>")
}

// prose marks what lies between backticks as code.
func prose(text string) template.HTML {
	return template.HTML(code.ReplaceAllString(template.HTMLEscapeString(text), "<code>$1</code>")) // it has been escaped
}

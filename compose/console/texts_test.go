package console

import (
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestEveryTextIsThereInEveryLanguage(t *testing.T) {
	files, err := fs.Glob(textFiles, "texts/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no texts: %v", err)
	}
	seen := map[string]string{}
	for _, file := range files {
		want := []language{en, nb, nn}
		if file == "texts/tool.yaml" || file == "texts/api.yaml" {
			want = []language{en, nb}
		}
		data, err := textFiles.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		said := map[string]map[language]string{}
		if err := yaml.Unmarshal(data, &said); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for key, in := range said {
			if other, twice := seen[key]; twice {
				t.Errorf("%s is in %s and in %s", key, other, file)
			}
			seen[key] = file
			if got := slices.Sorted(maps.Keys(in)); !slices.Equal(got, want) {
				t.Errorf("%s is there in %s, want %s", key, got, want)
			}
			for _, l := range want {
				if in[l] == "" || strings.Count(in[l], "**")%2 != 0 || strings.Count(in[l], "`")%2 != 0 {
					t.Errorf("%s in %s does not read well: %q", key, l, in[l])
				}
				if got := names(in[l]); !slices.Equal(got, names(in[en])) {
					t.Errorf("%s in %s names %s, in en %s", key, l, got, names(in[en]))
				}
			}
		}
	}
}

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

func names(text string) []string {
	found := placeholder.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// A key that no page asks for is left over; one that is asked for and not there shows when the page does.
func TestEveryTextIsSaid(t *testing.T) {
	var sources strings.Builder
	for _, pattern := range []string{"templates/*.html", "*.go"} {
		files, err := fs.Glob(os.DirFS("."), pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sources.Write(source)
		}
	}
	for key := range texts() {
		group, _, _ := strings.Cut(key, ".")
		key = strings.TrimSuffix(strings.TrimSuffix(key, ".one"), ".many")
		if strings.Contains(sources.String(), `"`+key+`"`) || strings.Contains(sources.String(), `"`+group+`."`) {
			continue
		}
		t.Errorf("no page says %s", key)
	}
}

func TestWhatATextNamesIsEscaped(t *testing.T) {
	got, err := nb.text("frame.loggedIn", "name", `<script>**x**`)
	if err != nil {
		t.Fatal(err)
	}
	if want := "Logget inn som &lt;script&gt;**x**"; string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

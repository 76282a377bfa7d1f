package compose_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport is the project's picture of itself: for each package what it may import, of this module and of the
// libraries that are kept to one place. Everything goes down; a package that is not listed fails the test.
var mayImport = map[string][]string{
	"keys":      {},
	"oauth/org": {},
	"oauth":     {"keys", "oauth/org"},

	"oauth/oauthclient": {"keys", "oauth/org"},
	"oauth/oauthhttp":   {"oauth", "oauth/org", libGin, libFosite},
	"oauth/oauthredis":  {"oauth", "oauth/org", libRedis},
	"oauth/oauthtest":   {"oauth", "oauth/org"},

	"oauth/oauthhttp/ory/errorsx": {}, // a module of their own, which stands in for a library of fosite's
	"oauth/oauthhttp/ory/otelx":   {},

	"altinn/problem":    {},
	"altinn/party":      {"oauth/org"},
	"altinn/pdp":        {},
	"altinn/resource":   {"oauth/org", "altinn/pdp", "altinn/problem"},
	"altinn/system":     {"oauth/org", "altinn/problem", "altinn/resource"},
	"altinn/systemuser": {"oauth/org", "altinn/problem", "altinn/party", "altinn/resource", "altinn/system"},
	"altinn/authorization": {
		"oauth/org", "altinn/pdp", "altinn/problem", "altinn/party", "altinn/resource", "altinn/systemuser",
	},
	"altinn/altinnhttp": {
		"altinn/problem", "altinn/party", "altinn/pdp", "altinn/resource", "altinn/system", "altinn/systemuser",
		"altinn/authorization", "keys", "oauth", "oauth/org", libGin,
	},
	"altinn/altinnredis": {
		"oauth/org", "altinn/pdp", "altinn/resource", "altinn/system", "altinn/systemuser", "altinn/authorization", libRedis,
	},

	"compose/seed":    {"altinn/party", "altinn/pdp", "altinn/problem", "altinn/resource", "altinn/system", "oauth", "oauth/org", "oauth/oauthclient", "keys"},
	"compose/journal": {"altinn/authorization", "oauth", libRedis},
	"compose/fault":   {"altinn/problem", "oauth", "keys", "compose/seed", libGin, libRedis},
	"compose/explain": {"oauth"},
	"compose/control": {"keys", "altinn/authorization", "altinn/pdp", "altinn/resource", "altinn/problem", "altinn/systemuser", "oauth", "oauth/org", "oauth/oauthclient", "compose/journal", "compose/explain", "compose/fault", "compose/seed", libGin},
	"compose/console": {
		"altinn/party", "altinn/problem", "altinn/resource", "altinn/system", "altinn/systemuser", "oauth/org",
		"compose/explain", "compose/openapi", libGin,
	},
	"compose/hijack":    {},
	"compose/telemetry": {libGin},
	"compose/redistest": {libRedis, libMiniredis},
	"compose/mpetest":   {"compose", "compose/control", "compose/journal", "compose/seed"},

	"compose/openapi":     {},
	"compose/openapitest": {"compose/openapi"},

	"compose": {
		"keys", "oauth", "oauth/org", "oauth/oauthclient", "oauth/oauthhttp", "oauth/oauthredis",
		"altinn/system", "altinn/systemuser", "altinn/authorization", "altinn/altinnredis",
		"altinn/altinnhttp", "altinn/party", "altinn/pdp", "altinn/resource", "altinn/problem",
		"compose/seed", "compose/journal", "compose/explain", "compose/fault", "compose/control", "compose/console", "compose/openapi", "compose/telemetry",
		libGin, libRedis, libRedisLog, libMiniredis,
	},

	"cmd/mpe": {
		"altinn/authorization", "altinn/pdp", "altinn/systemuser", "compose", "compose/control", "compose/fault", "compose/seed", "compose/journal", "compose/explain", "compose/hijack", "compose/telemetry",
		"keys", "oauth", "oauth/org", "oauth/oauthclient",
	},
}

// The libraries that only some packages may know.
const (
	libGin       = "github.com/gin-gonic/gin"
	libFosite    = "github.com/ory/fosite"
	libRedis     = "github.com/redis/go-redis/v9"
	libRedisLog  = libRedis + "/logging"
	libMiniredis = "github.com/alicebob/miniredis/v2"
	netHTTP      = "net/http"
)

// domain packages know the rules and nothing of how they are reached.
var domain = []string{
	"keys", "oauth", "oauth/org", "altinn/problem", "altinn/party", "altinn/pdp", "altinn/resource", "altinn/system",
	"altinn/systemuser", "altinn/authorization",
}

func TestImportsGoDown(t *testing.T) {
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Name() == "testdata" {
			return fs.SkipDir // not of the project: programs that its tests run
		}
		if !d.IsDir() && strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go") {
			checkImports(t, file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkImports(t *testing.T, file string) {
	t.Helper()
	in := path.Dir(file)
	allowed, known := mayImport[in]
	if !known {
		t.Errorf("%s: package %s is not in the table of imports", file, in)
		return
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", file), nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range parsed.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		own, ours := strings.CutPrefix(imported, "mpe/")
		kept := slices.ContainsFunc([]string{libGin, libFosite, libRedis, libMiniredis}, func(library string) bool {
			return imported == library || strings.HasPrefix(imported, library+"/")
		})
		switch {
		case ours && !slices.Contains(allowed, own),
			kept && !slices.Contains(allowed, imported),
			imported == netHTTP && slices.Contains(domain, in):
			t.Errorf("%s: package %s may not import %s", file, in, imported)
		}
	}
}

func TestTheTableOfImportsHasNoStrangers(t *testing.T) {
	for listed := range mayImport {
		if sources, _ := filepath.Glob(filepath.Join("..", listed, "*.go")); len(sources) == 0 {
			t.Errorf("package %s is in the table of imports, but not in the project", listed)
		}
	}
}

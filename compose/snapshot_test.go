package compose_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"

	"mpe/compose"
	"mpe/compose/redistest"
)

func (e *emulator) snapshot(t *testing.T) string {
	t.Helper()
	var taken struct{ ID string }
	made := e.bare(t, http.MethodPost, "snapshots", `{"name":"før"}`).want(t, http.StatusCreated)
	if err := json.Unmarshal([]byte(made.body), &taken); err != nil {
		t.Fatal(err)
	}
	return taken.ID
}

// A snapshot that is restored is what was there then: records, used grants, seed, clock and settings. It can be again.
func TestASnapshotIsGoneBackTo(t *testing.T) {
	t.Run("embedded", func(t *testing.T) { testSnapshot(t, "") })
	t.Run("server", func(t *testing.T) {
		testSnapshot(t, "redis://"+miniredis.RunT(t).Addr())
	})
	t.Run("cluster", func(t *testing.T) {
		nodes := strings.Split(redistest.Required(t, "MPE_TEST_REDIS_CLUSTER"), ",")
		testSnapshot(t, "redis+cluster://"+nodes[0]+"?addr="+strings.Join(nodes[1:], "&addr="))
	})
}

func testSnapshot(t *testing.T, redis string) {
	config := altinnConfig()
	config.Redis, config.Issuer = redis, "http://mpe.example/"
	e := start(t, config)
	other := e
	if redis != "" {
		other = start(t, config)
	}
	e.control(t, http.MethodPost, "reset", nil, nil) // on a Cluster others have been before
	e.request(t, e.vendor(t))
	e.bare(t, http.MethodPost, "clients", `{"clientId":"ny","org":"310000019","scopes":["mun:faktura.read"],"keys":[{"kid":"k","wellKnown":"dev"}]}`).want(t, 201)
	e.control(t, http.MethodPatch, "settings", object{"approvals": "auto"}, nil)
	used := sign(t, e.grant(), vendorKey)
	if got := e.send(t, used); got.code() != "" {
		t.Fatal(got.code())
	}
	e.control(t, http.MethodPost, "clock:freeze", nil, nil)
	want, id := e.export(t), e.snapshot(t)

	for range 2 {
		e.bare(t, http.MethodPost, "seed?mode=replace", small("mun:faktura.read")).want(t, http.StatusOK)
		e.control(t, http.MethodPost, "clock:real", nil, nil)
		e.control(t, http.MethodPatch, "settings", object{"approvals": "manual"}, nil)
		e.bare(t, http.MethodPost, "snapshots/"+id+":restore", "").want(t, http.StatusNoContent)
		for name, at := range map[string]*emulator{"here": e, "at the replica": other} {
			if diff := cmp.Diff(want, at.export(t)); diff != "" {
				t.Errorf("%s (-then +restored):\n%s", name, diff)
			}
			if got := at.send(t, used); got.code() != "MP-012" {
				t.Errorf("%s, a grant that was used then: got %q, want MP-012", name, got.code())
			}
			at.bare(t, http.MethodPost, "grants", `{"client":"ny"}`).want(t, http.StatusOK)
		}
	}
	other.bare(t, http.MethodGet, "snapshots", "").want(t, http.StatusOK, id, `"name":"før"`)
	e.bare(t, http.MethodDelete, "snapshots/"+id, "").want(t, http.StatusNoContent)
	e.bare(t, http.MethodDelete, "snapshots/"+id, "").want(t, http.StatusNotFound, "snapshots")
	e.bare(t, http.MethodPost, "snapshots/"+id+":restore", "").want(t, http.StatusNotFound)
	e.bare(t, http.MethodPost, "snapshots/"+id+":forget", "").want(t, http.StatusNotFound, ":restore")
}

func TestSnapshotsAreBounded(t *testing.T) {
	e := start(t, compose.Config{}).sandboxed(t, object{"id": "mange", "seed": "version: 1"})
	e.bare(t, http.MethodPost, "snapshots", fmt.Sprintf(`{"name":%q}`, strings.Repeat("a", 101))).want(t, 422, "name")
	for range 100 {
		e.snapshot(t)
	}
	e.bare(t, http.MethodPost, "snapshots", "").want(t, 422, "100 snapshots already")
}

func TestSnapshotsEndWithTheirSandbox(t *testing.T) {
	e := start(t, compose.Config{})
	own := e.sandboxed(t, object{"id": "egen"})
	own.snapshot(t)
	if len(e.KeysOf(t.Context(), "egen")) == 0 {
		t.Fatal("the sandbox has no keys")
	}
	e.control(t, http.MethodDelete, "sandboxes/egen", nil, nil)
	compose.CollectSandboxes(t.Context(), e.Emulator)
	if left := e.KeysOf(t.Context(), "egen"); len(left) > 0 {
		t.Errorf("it left behind %v", left)
	}
}

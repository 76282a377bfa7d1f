package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"mpe/compose/control"
)

// defaultURL is where the emulator is when nobody says.
const defaultURL = "http://localhost:6730"

func registerURL(flags *pflag.FlagSet, url *string) {
	flags.StringVar(url, "url", "", "the running emulator (default: that of .mpe/ready.json, or "+defaultURL+")")
}

// emulator is a running emulator, as seen from outside.
type emulator struct {
	base   string // ends in a slash
	token  string // admin token; may be empty
	client *http.Client
}

func (a *app) emulator(url string) *emulator {
	ca := filepath.Join(a.caPath(""), caFile)
	if url == "" {
		at := readReady(".mpe/ready.json")
		url, ca = cmp.Or(at.URL, defaultURL), cmp.Or(at.CA, ca)
	}
	token, _ := a.LookupEnv("MPE_ADMIN_TOKEN")
	return &emulator{base: strings.TrimSuffix(url, "/") + "/", token: token, client: client(ca)}
}

// readReady is what a ready file says; zero when there is none.
func readReady(name string) ready {
	var at ready
	data, err := os.ReadFile(name)
	if err != nil || json.Unmarshal(data, &at) != nil {
		return ready{}
	}
	return at
}

// status is that of a GET.
func (e *emulator) status(ctx context.Context, path string) (int, error) {
	answer, err := e.do(ctx, http.MethodGet, path, "", nil)
	if err != nil {
		return 0, err
	}
	return answer.status, nil
}

// answer is an HTTP response that has been read.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// maxAnswer is the most that is read of an answer, in bytes.
const maxAnswer = 16 << 20

func (e *emulator) do(ctx context.Context, method, path, media string, body io.Reader) (answer, error) {
	r, err := e.request(ctx, method, path, media, body)
	if err != nil {
		return answer{}, err
	}
	return e.send(r)
}

// bearing is a GET with that token.
func (e *emulator) bearing(ctx context.Context, token, path string) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, e.base+path, nil)
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	return e.send(r)
}

func (e *emulator) send(r *http.Request) (answer, error) {
	response, err := e.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	return answer{response.StatusCode, response.Header, data}, err
}

func (e *emulator) request(ctx context.Context, method, path, media string, body io.Reader) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, method, e.base+path, body)
	if err != nil {
		return nil, err
	}
	if media != "" {
		r.Header.Set("Content-Type", media)
	}
	if e.token != "" && strings.HasPrefix(path, "_mpe/") {
		r.Header.Set("Authorization", "Bearer "+e.token)
	}
	return r, nil
}

// unreachable says of an error that nobody answers, where that is what it is.
func (e *emulator) unreachable(err error) error {
	if _, unreachable := errors.AsType[*url.Error](err); !unreachable || errors.Is(err, context.Canceled) {
		return err
	}
	return &failure{code: exitNotReady, what: "no emulator answers at " + e.base, why: err.Error(), try: "mpe serve"}
}

// control calls the control API. The error is a *failure when it refuses.
func (e *emulator) control(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		encoded, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(encoded)
	}
	got, err := e.do(ctx, method, "_mpe/v1/"+path, "application/json", body)
	if err != nil {
		return err
	}
	if got.status >= 300 {
		return problem(got)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(got.body, out)
}

func problem(got answer) error {
	var p struct{ Title, Detail string }
	if json.Unmarshal(got.body, &p) != nil {
		p.Title = fmt.Sprintf("the emulator answers %d", got.status)
	}
	return &failure{code: exitAfter(got.status), what: strings.ToLower(p.Title), why: p.Detail}
}

// exitAfter is the exit code when the control API has answered with that status.
func exitAfter(status int) int {
	switch {
	case status == http.StatusConflict:
		return exitRefused
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		return exitNotReady
	case status >= 500:
		return exitUnexpected
	default:
		return exitUsage
	}
}

// explained is the journal's entry for a trace id, or "last".
func (e *emulator) explained(ctx context.Context, id string) (control.Explained, error) {
	var entry control.Explained
	err := e.control(ctx, http.MethodGet, "journal/"+url.PathEscape(id), nil, &entry)
	return entry, err
}

package mpetest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// api is the control API of a server or a sandbox.
type api struct {
	base       string // ends in a slash
	http       *http.Client
	adminToken string
}

// must calls, and ends the test when that fails.
func (a *api) must(t T, method, path string, body, into any) {
	t.Helper()
	if err := a.call(method, path, body, into); err != nil {
		t.Fatalf("mpetest: %v", err)
	}
}

// call sends the body, unless it is nil, and reads the answer. A refusal's error is what the emulator says.
func (a *api) call(method, path string, body, into any) error {
	status, answer, err := a.send(method, path, body)
	if err != nil {
		return err
	}
	if status/100 != 2 {
		return fmt.Errorf("%s %s: %d: %s", method, path, status, detail(answer))
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

func (a *api) send(method, path string, body any) (status int, answer []byte, err error) {
	var encoded []byte
	if body != nil {
		if encoded, err = json.Marshal(body); err != nil {
			return 0, nil, fmt.Errorf("%s %s: %w", method, path, err)
		}
	}
	r, err := http.NewRequest(method, a.base+path, bytes.NewReader(encoded))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	if a.adminToken != "" {
		r.Header.Set("Authorization", "Bearer "+a.adminToken)
	}
	return read(a.http.Do(r))
}

// detail is what a refusal says is wrong.
func detail(answer []byte) string {
	var problem struct{ Detail string }
	_ = json.Unmarshal(answer, &problem) // what is no problem document is shown as it is
	return cmp.Or(problem.Detail, string(answer))
}

// read takes the whole answer, so that the connection can be used again.
func read(r *http.Response, err error) (status int, answer []byte, _ error) {
	if err != nil {
		return 0, nil, err
	}
	defer r.Body.Close()
	answer, err = io.ReadAll(r.Body)
	return r.StatusCode, answer, err
}

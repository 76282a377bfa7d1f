package main

import (
	"cmp"
	"context"
	"net/http"
	"net/url"

	"mpe/compose/control"
)

// credentials are those of a client, by its id or part of its name, or of the seed's first that can sign.
func (e *emulator) credentials(ctx context.Context, client, kid string) (control.Described, error) {
	var d control.Described
	path := "clients/" + url.PathEscape(cmp.Or(client, "first")) + "/credentials?" + url.Values{"kid": {kid}}.Encode()
	err := e.control(ctx, http.MethodGet, path, nil, &d)
	return d, err
}

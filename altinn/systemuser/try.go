package systemuser

import (
	"context"

	"mpe/altinn/party"
)

// Try tells what would come of it if the person approved the request of the kind now, and changes nothing: no error
// when it would be accepted, or the refusal. The person may pass it on but not answer it when escalates is true.
func (g *Registry) Try(ctx context.Context, kind Kind, id string, by *party.Person) (escalates bool, err error) {
	request, _, escalates, err := g.RequestFor(ctx, kind, id, by)
	if err != nil {
		return false, err
	}
	if err := request.open(); err != nil || escalates {
		return escalates && err == nil, err
	}
	if kind == ChangeRequest {
		_, err = g.change(ctx, g.Store, request, by)
	} else {
		_, err = g.accept(ctx, g.Store, request, by)
	}
	return false, err
}

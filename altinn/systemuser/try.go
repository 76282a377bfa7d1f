package systemuser

import (
	"context"

	"mpe/altinn/party"
)

// Trial is what would come of it if a person approved a request.
type Trial struct {
	Escalates bool // nothing: the person may only pass it on

	// Before and After are the system user; Before is nil where there is none yet.
	Before, After *SystemUser
}

// Try tells what would come of it if the person approved the request of the kind now, and changes nothing. The error is
// the refusal.
func (g *Registry) Try(ctx context.Context, kind Kind, id string, by *party.Person) (Trial, error) {
	request, _, escalates, err := g.RequestFor(ctx, kind, id, by)
	if err == nil {
		err = request.open()
	}
	if err != nil || escalates {
		return Trial{Escalates: err == nil}, err
	}
	if kind != ChangeRequest {
		after, err := g.accept(ctx, g.Store, request, by)
		return Trial{After: after}, err
	}
	before, err := liveUser(ctx, g.Store, request.SystemUser)
	if err != nil {
		return Trial{}, err
	}
	after, err := g.change(ctx, g.Store, request, by)
	return Trial{Before: before, After: after}, err
}

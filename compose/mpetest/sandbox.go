package mpetest

import (
	"errors"

	"mpe/compose/control"
)

// Sandbox makes another world on the same server, until t ends: an issuer, records, clock, faults and journal of its own,
// in a fraction of the time that New takes. It has the server's seed, or the one of an option; that one cannot name files
// or environment variables. An hour after it was made it ends by itself.
func (s *Server) Sandbox(t T, opts ...Option) *Server {
	t.Helper()
	wanted, err := newSandbox(opts)
	if err != nil {
		t.Fatalf("mpetest: %v", err)
	}
	var made control.Sandbox
	s.root.api.must(t, "POST", "sandboxes", wanted, &made)
	box := &Server{root: s.root, api: &api{http: s.root.api.http, adminToken: s.root.api.adminToken}}
	box.shut = func() error {
		select {
		case <-s.root.closed: // and the sandbox with it
			return nil
		default:
			return s.root.api.call("DELETE", "sandboxes/"+made.ID, nil, nil)
		}
	}
	box.open(t, made.URL, made.Issuer)
	return box
}

func newSandbox(opts []Option) (control.NewSandbox, error) {
	o, err := collect(opts)
	switch {
	case err != nil:
		return control.NewSandbox{}, err
	case len(o.changes) > 0:
		return control.NewSandbox{}, errors.New("Config is for New: a sandbox has its server's configuration")
	case len(o.seeds) > 1:
		return control.NewSandbox{}, errors.New("a sandbox takes one seed; New merges several")
	case len(o.seeds) == 1:
		return control.NewSandbox{Seed: string(o.seeds[0].Data)}, nil
	}
	return control.NewSandbox{}, nil
}

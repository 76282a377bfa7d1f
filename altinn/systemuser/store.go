package systemuser

import (
	"context"

	"mpe/altinn/party"
	"mpe/altinn/resource"
	"mpe/altinn/system"
	"mpe/oauth/org"
)

// Store is where system users and requests are.
type Store interface {
	Reader

	// ChangeSystemUsers runs change on one state of the store, and stores what it puts, all or nothing. It can run more
	// than once.
	ChangeSystemUsers(ctx context.Context, change func(Writer) error) error
}

// Reader is what can be read of them, and of the systems. Empty lists are no error; deleted records are found unless a
// method says otherwise.
type Reader interface {
	Systems
	Users
	Requests

	// System gives system.ErrNotFound for an id that no system ever had.
	System(ctx context.Context, id string) (*system.System, error)

	// SystemUser and Request give ErrNotFound for an id that there never was.
	SystemUser(ctx context.Context, id string) (*SystemUser, error)
	Request(ctx context.Context, id string) (*Request, error)

	// SystemUsersByRef are those with exactly that owner and Ref, deleted ones included.
	SystemUsersByRef(ctx context.Context, owner org.Number, ref string) ([]*SystemUser, error)

	// RequestsTo and RequestsOfSystem leave out deleted ones. The latter are at most limit, in the order of their ids and
	// from that id on.
	RequestsTo(ctx context.Context, party org.Number) ([]*Request, error)
	RequestsOfSystem(ctx context.Context, kind Kind, system, from string, limit int) ([]*Request, error)

	// SystemUsersOfSystem, without deleted ones, and SystemUsers, of all, are at most limit, in the order of their
	// Sequence and from that one on.
	SystemUsersOfSystem(ctx context.Context, system string, from int64, limit int) ([]*SystemUser, error)
	SystemUsers(ctx context.Context, from int64, limit int) ([]*SystemUser, error)

	// LastSystemUser is the highest Sequence.
	LastSystemUser(ctx context.Context) (int64, error)
}

// Writer stores records, each in place of the one with the same id. Each system user gets the next Sequence.
type Writer interface {
	Reader
	PutSystemUsers(ctx context.Context, users ...*SystemUser) error
	PutRequests(ctx context.Context, requests ...*Request) error
}

// Parties is who there is. False: there is no such party.
type Parties interface {
	Organisation(n org.Number) (*party.Party, bool)
	Party(id int) (*party.Party, bool)
	ByUUID(uuid string) (*party.Party, bool)

	// Clients are the relations in which the organisation serves others.
	Clients(of org.Number) []party.Relation
}

// Delegations tells what a person may pass on, on behalf of an organisation.
type Delegations interface {
	// Rights are what the person can pass on of the rights: one for each action. It gives a *problem.Problem when for one
	// of the resources that is nothing.
	Rights(ctx context.Context, by *party.Person, from org.Number, rights []resource.Right) ([]resource.Right, error)

	// Packages gives a *problem.Problem when the person may not pass on one of the access packages (URNs).
	Packages(ctx context.Context, by *party.Person, from org.Number, packages []string) error
}

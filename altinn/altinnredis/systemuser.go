package altinnredis

import (
	"context"

	"mpe/altinn/systemuser"
	"mpe/oauth/org"
)

func systemUsers(db database) table[systemuser.SystemUser] {
	return table[systemuser.SystemUser]{
		database: db,
		name:     "systemuser",
		id:       func(u *systemuser.SystemUser) string { return u.ID },
		home:     func(u *systemuser.SystemUser) string { return refKey(u.Owner, u.Ref()) },
		sets: func(u *systemuser.SystemUser) []string {
			sets := []string{ownerKey(u.Owner)}
			for _, client := range u.Clients {
				sets = append(sets, agentKey(client))
			}
			return sets
		},
	}
}

func refKey(owner org.Number, ref string) string {
	return "systemuser:ref:" + string(owner) + ":" + ref
}
func ownerKey(owner org.Number) string  { return "systemuser:owner:" + string(owner) }
func agentKey(client org.Number) string { return "systemuser:client:" + string(client) }

// PutSystemUsers stores system users. One with the same id is replaced.
func (s *Store) PutSystemUsers(ctx context.Context, users ...*systemuser.SystemUser) error {
	return s.users.put(ctx, users)
}

// DeleteSystemUsers forgets system users, which is more than to mark them as deleted.
func (s *Store) DeleteSystemUsers(ctx context.Context, ids ...string) error {
	return s.users.remove(ctx, ids)
}

// SystemUsersByRef are those with exactly that owner and Ref, deleted ones included.
func (s *Store) SystemUsersByRef(
	ctx context.Context, owner org.Number, ref string,
) ([]*systemuser.SystemUser, error) {
	return s.users.in(ctx, refKey(owner, ref))
}

// SystemUsersOfOwner are the owner's, deleted ones included.
func (s *Store) SystemUsersOfOwner(ctx context.Context, owner org.Number) ([]*systemuser.SystemUser, error) {
	return s.users.of(ctx, ownerKey(owner))
}

// SystemUsersOfClient are those that have the organisation among their clients, deleted ones included.
func (s *Store) SystemUsersOfClient(ctx context.Context, client org.Number) ([]*systemuser.SystemUser, error) {
	return s.users.of(ctx, agentKey(client))
}

// Package altinnredis keeps Altinn's records in Redis.
package altinnredis

import (
	"sync"
	"sync/atomic"

	"github.com/redis/go-redis/v9"

	"mpe/altinn/authorization"
	"mpe/altinn/resource"
	"mpe/altinn/system"
	"mpe/altinn/systemuser"
)

// Store keeps systems, system users, requests, resources and scope delegations in Redis. Every write counts up the generation, in
// the same transaction, so that what others remember of the data can be checked by it.
type Store struct {
	records
	client redis.UniversalClient

	// writing keeps this process's changes from making each other run again.
	writing sync.Mutex

	view atomic.Pointer[View] // the latest; nil: none yet
}

// New makes a store whose keys have the prefix. It has to hold a hash tag, as "mpe:{default}:" does, so that a Redis
// Cluster keeps them on one node.
func New(client redis.UniversalClient, prefix string) *Store {
	return &Store{records: newRecords(database{client, prefix}), client: client}
}

// records are what can be read, from the store or within a change of it.
type records struct {
	systems     table[system.System]
	users       table[systemuser.SystemUser]
	requests    table[systemuser.Request]
	delegations table[authorization.ScopeDelegation]
	resources   table[resource.Resource]
	policies    table[policy]
	suppliers   table[authorization.Supplier]
}

func newRecords(db database) records {
	return records{
		systems:     systems(db),
		users:       systemUsers(db),
		requests:    requests(db),
		delegations: scopeDelegations(db),
		resources:   resources(db),
		policies:    policies(db),
		suppliers:   suppliers(db),
	}
}

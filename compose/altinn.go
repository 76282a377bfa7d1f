package compose

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"mpe/altinn/altinnhttp"
	"mpe/altinn/authorization"
	"mpe/altinn/party"
	"mpe/altinn/resource"
	"mpe/altinn/system"
	"mpe/altinn/systemuser"
	"mpe/compose/seed"
	"mpe/keys"
	"mpe/oauth/org"
)

// altinn is Altinn's part of a sandbox.
type altinn struct {
	parties *party.Register
	tokens  *altinnhttp.Tokens
	systems *system.Register
	users   *systemuser.Registry
	owners  altinnhttp.ServiceOwners
	pdp     *authorization.Authorizer
	supply  *authorization.Suppliers
}

func (s *edition) newAltinn(world *seed.World) *altinn {
	parties := parties(world, s.config.StrictParties)
	newID := func() string { return uuid.Must(uuid.NewRandomFromReader(s.config.Rand)).String() }
	return &altinn{
		parties: parties,
		owners:  serviceOwners(world),
		pdp:     &authorization.Authorizer{Store: s.records, Parties: parties},
		supply:  &authorization.Suppliers{Store: s.records, Parties: parties, Now: s.config.Now, NewID: newID},
		tokens: &altinnhttp.Tokens{
			Maskinporten: s.keyring, Altinn: s.altinnKeys, Now: s.config.Now,
		},
		systems: &system.Register{
			Store: s.records, LoopbackRedirects: !s.config.Strict,
			Bugs: s.config.AltinnBugs, Now: s.config.Now, NewID: newID,
		},
		users: &systemuser.Registry{
			Store: s.records, Parties: parties, Delegations: &authorization.DelegationCheck{Resources: s.records},
			PageSize: cmp.Or(s.config.PageSize, defaultPageSize), Bugs: s.config.AltinnBugs, Now: s.config.Now, NewID: newID,
		},
	}
}

// defaultPageSize is that of Altinn's shipped settings.
const defaultPageSize = 50

func (s *edition) altinnEndpoints() *altinnhttp.Endpoints {
	return &altinnhttp.Endpoints{
		Systems:          s.altinn.systems,
		Users:            s.altinn.users,
		Finder:           &systemuser.Finder{Systems: s.records, Users: s.records, Requests: s.records},
		Parties:          s.altinn.parties,
		Authorizer:       s.altinn.pdp,
		Suppliers:        s.altinn.supply,
		ScopeDelegations: &authorization.ScopeDelegations{Store: s.records, Parties: s.altinn.parties},
		Resources:        &resource.Registry{Store: s.records},
		Tokens:           s.altinn.tokens,
		ServiceOwners:    s.altinn.owners,
		Asked:            s.approvals.asked,
		Base:             s.addresses.base,
		ConfirmBase:      s.config.ConfirmBase,
		OldProblems:      s.config.OldProblems,
		Spoil:            s.spoilCall,
		Recorder:         recorder{journal: s.journal, metrics: s.metrics, log: s.config.Log},
		Now:              s.config.Now,
		TraceID:          traceID,
		HideHints:        s.config.HideHints,
		NoTestTokens:     s.config.AdminToken != "",
	}
}

// parties are those of the seed. An organisation that it does not name counts as existing, unless that is strict.
func parties(world *seed.World, strict bool) *party.Register {
	organisations := make([]*party.Party, len(world.Organisations))
	for i, o := range world.Organisations {
		organisations[i] = organisation(o)
	}
	persons := make([]*party.Person, len(world.Persons))
	for i, p := range world.Persons {
		persons[i] = &party.Person{
			Party: party.Party{ID: personParty + p.UserID, UUID: p.PartyUUID, Name: p.Name}, PID: p.PID, UserID: p.UserID, Language: p.Language,
		}
		for _, r := range p.Roles {
			persons[i].Roles = append(persons[i].Roles, party.Role{Role: r.Role, Org: r.Org})
		}
	}
	relations := make([]party.Relation, len(world.Relations))
	for i, r := range world.Relations {
		relations[i] = party.Relation{From: r.From, To: r.To, Role: r.Role}
	}
	unnamed := func(n org.Number) *party.Party { return organisation(seed.Unnamed(n)) }
	if strict {
		unnamed = nil
	}
	return party.NewRegister(organisations, persons, relations, unnamed)
}

// personParty keeps the party ids of persons, who are known by user id, apart from those of organisations.
const personParty = 1_000_000_000

func organisation(o seed.Organisation) *party.Party {
	return &party.Party{ID: o.PartyID, UUID: o.PartyUUID, Number: o.Number, Name: o.Name, UnitType: o.Type, Parent: o.Parent}
}

func serviceOwners(world *seed.World) altinnhttp.ServiceOwners {
	codes := altinnhttp.ServiceOwners{}
	for _, o := range world.Organisations {
		if o.ServiceOwnerCode != "" {
			codes[o.Number] = o.ServiceOwnerCode
		}
	}
	return codes
}

// altinnKeys is the key that Altinn signs with. Most emulators never need it, so it is made when it is asked for first.
type altinnKeys struct {
	open func() (*keys.Set, error)

	making sync.Mutex
	made   *keys.Set // nil: not yet
}

// newAltinnKeys opens the key below the prefix. A sandbox that tests made borrows the key of the one at the root, with
// a certificate of its own: by its thumbprint Altinn's tokens name their key, so that those of one sandbox are not
// believed in another.
func newAltinnKeys(client redis.UniversalClient, prefix, shared string, config Config) *altinnKeys {
	made := func(context.Context) (*keys.Key, error) {
		return keys.Generate(config.Rand, config.SigningKeyBits, config.Now())
	}
	borrowed := func(ctx context.Context) (*keys.Key, error) {
		lent, err := altinnKey(ctx, client, shared, config, made)
		if err != nil {
			return nil, err
		}
		encoded, err := keys.EncodePEM(lent.Signer)
		if err != nil {
			return nil, err
		}
		return keys.Load(encoded, config.Now())
	}
	return &altinnKeys{open: func() (*keys.Set, error) {
		first := made
		if prefix != shared {
			first = borrowed
		}
		key, err := altinnKey(context.Background(), client, prefix, config, first)
		if err != nil {
			return nil, err
		}
		return keys.NewThumbprintSet(key)
	}}
}

// altinnKey is the key that stands in Redis, or the first one, which is left there unless another emulator is faster.
func altinnKey(
	ctx context.Context, client redis.UniversalClient, prefix string, config Config,
	first func(context.Context) (*keys.Key, error),
) (*keys.Key, error) {
	at := prefix + "altinn-signing-key"
	stored, err := client.Get(ctx, at).Bytes()
	if err == nil {
		return keys.Load(stored, config.Now())
	}
	if !errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("reading Altinn's signing key: %w", err)
	}
	key, err := first(ctx)
	if err != nil {
		return nil, fmt.Errorf("making Altinn's signing key: %w", err)
	}
	encoded, err := key.Marshal()
	if err != nil {
		return nil, err
	}
	theirs, err := client.SetArgs(ctx, at, encoded, redis.SetArgs{Mode: "NX", Get: true}).Bytes()
	switch {
	case errors.Is(err, redis.Nil):
		return key, nil
	case err != nil:
		return nil, fmt.Errorf("storing Altinn's signing key: %w", err)
	default:
		return keys.Load(theirs, config.Now())
	}
}

// set is the key; a Redis that does not answer is asked again the next time.
func (k *altinnKeys) set() (*keys.Set, error) {
	k.making.Lock()
	defer k.making.Unlock()
	if k.made != nil {
		return k.made, nil
	}
	made, err := k.open()
	k.made = made
	return made, err
}

func (k *altinnKeys) Sign(payload []byte) (string, error) {
	set, err := k.set()
	if err != nil {
		return "", err
	}
	return set.Sign(payload)
}

func (k *altinnKeys) Verify(compact string) ([]byte, error) {
	set, err := k.set()
	if err != nil {
		return nil, err
	}
	return set.Verify(compact)
}

func (k *altinnKeys) JWKS() ([]byte, error) {
	set, err := k.set()
	if err != nil {
		return nil, err
	}
	return set.JWKS(), nil
}

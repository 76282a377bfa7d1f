package compose

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"mpe/compose/seed"
)

// made is what was made besides the seed and stands in no record: parties, and the keys that clients sign with.
type made struct {
	Parties *seed.Parties `json:"parties,omitempty"` // all of them; nil: the seed's
	Clients []seed.Client `json:"clients,omitempty"` // with their private keys
}

func (st state) made() (made, error) {
	var m made
	if st.Made == nil {
		return m, nil
	}
	if err := json.Unmarshal(st.Made, &m); err != nil {
		return m, fmt.Errorf("reading what was made: %w", err)
	}
	return m, nil
}

// around is the seed with what was made besides it.
func (st state) around(world *seed.World) (*seed.World, error) {
	m, err := st.made()
	if err != nil {
		return nil, err
	}
	around := *world
	if m.Parties != nil {
		around.Parties = *m.Parties
	}
	around.Clients = m.with(world.Clients)
	return &around, nil
}

// with are the clients with those that were made, which go before.
func (m made) with(clients []seed.Client) []seed.Client {
	var all []seed.Client
	for _, c := range clients {
		if i := m.client(c.ID); i < 0 {
			all = append(all, c)
		}
	}
	return append(all, m.Clients...)
}

func (m made) client(id string) int {
	return slices.IndexFunc(m.Clients, func(c seed.Client) bool { return c.ID == id })
}

// keeping is what is left of it beside another seed, when that world is to be there.
func (m made) keeping(declared, wanted *seed.World) made {
	kept := made{}
	if !reflect.DeepEqual(declared.Parties, wanted.Parties) {
		kept.Parties = &wanted.Parties
	}
	clients := seed.KindOf("clients")
	for _, c := range m.Clients {
		if !clients.Has(declared, c.ID) && clients.Has(wanted, c.ID) {
			kept.Clients = append(kept.Clients, c)
		}
	}
	return kept
}

// encoded is nil when there is nothing.
func (m made) encoded() (json.RawMessage, error) {
	if m.Parties == nil && m.Clients == nil {
		return nil, nil
	}
	text, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("writing what was made: %w", err)
	}
	return text, nil
}

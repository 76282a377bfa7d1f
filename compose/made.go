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

// besides is what the seed does not say of a world.
func besides(declared, wanted *seed.World) made {
	var m made
	if !reflect.DeepEqual(declared.Parties, wanted.Parties) {
		m.Parties = &wanted.Parties
	}
	said := map[string]seed.Client{}
	for _, c := range declared.Clients {
		said[c.ID] = c
	}
	for _, c := range wanted.Clients {
		if !reflect.DeepEqual(c, said[c.ID]) && signs(c) {
			m.Clients = append(m.Clients, c)
		}
	}
	return m
}

// signs tells whether the emulator can sign as the client: with a key, or a certificate.
func signs(c seed.Client) bool {
	return len(c.Keys) == 0 || slices.ContainsFunc(c.Keys, func(k seed.Key) bool { return k.JWK == nil || !k.JWK.IsPublic() })
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

package seed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// written is a world as a seed writes it, in the order in which a person would.
type written struct {
	Version     int          `json:"version"`
	Name        string       `json:"name,omitempty"`
	Description string       `json:"description,omitempty"`
	Settings    Settings     `json:"settings,omitzero"`
	Parties     Parties      `json:"parties,omitzero"`
	Scopes      []Scope      `json:"scopes,omitempty"`
	Clients     []Client     `json:"clients,omitempty"`
	Delegations []Delegation `json:"delegations,omitempty"`
	Resources   []Resource   `json:"resources,omitempty"`
	Systems     []System     `json:"systems,omitempty"`
	SystemUsers []SystemUser `json:"systemUsers,omitempty"`
	Requests    []Request    `json:"requests,omitempty"`
	Faults      []Fault      `json:"faults,omitempty"`
	Clock       Clock        `json:"clock,omitzero"`
}

// JSON is the world as a seed of its own: it names no files and no variables, and Read gives the world back. Private
// keys of clients are in it.
func (w *World) JSON() ([]byte, error) {
	resources := make([]Resource, len(w.Resources))
	for i, r := range w.Resources {
		resources[i] = r.own()
	}
	text, err := json.Marshal(written{
		1, w.Name, w.Description, w.Settings, w.Parties, w.Scopes, w.Clients, w.Delegations, resources, w.Systems,
		w.SystemUsers, w.Requests, w.Faults, w.Clock,
	})
	if err != nil {
		return nil, fmt.Errorf("seed: writing: %w", err)
	}
	return literal(text), nil
}

// own is the resource with its policy in it.
func (r Resource) own() Resource {
	if r.Policy != nil && r.Policy.File != "" {
		p := *r.Policy
		p.File, r.Policy = "", &p
	}
	return r
}

// literal writes "${" so that it stands for itself. In JSON it can be nowhere but in text.
func literal(text []byte) []byte { return bytes.ReplaceAll(text, []byte("${"), []byte("$${")) }

// YAML is JSON for people to read.
func (w *World) YAML() ([]byte, error) {
	text, err := w.JSON()
	if err != nil {
		return nil, err
	}
	root, err := parseJSON(text)
	if err != nil {
		return nil, fmt.Errorf("seed: writing: %w", err)
	}
	style(root)
	var b bytes.Buffer
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := encoder.Encode(root); err != nil {
		return nil, fmt.Errorf("seed: writing: %w", err)
	}
	return b.Bytes(), encoder.Close()
}

// style quotes text of which YAML would not keep every character as a block.
func style(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!str" && !plainBlock(n.Value) {
		n.Style = yaml.DoubleQuotedStyle
	}
	for _, below := range n.Content {
		style(below)
	}
}

// plainBlock tells whether the text is one line, or lines that nothing happens to.
func plainBlock(text string) bool {
	if strings.ContainsFunc(text, func(r rune) bool {
		return r < ' ' && r != '\n' || r == '\x7f' || r == '\u0085' || r == '\u2028' || r == '\u2029' || r == '\ufeff'
	}) {
		return false
	}
	if !strings.Contains(text, "\n") {
		return true
	}
	return !strings.HasPrefix(text, " ") && !strings.HasPrefix(text, "\n") && !strings.Contains(text, " \n") &&
		!strings.HasSuffix(text, " ")
}

// Public is the world with the public halves of the keys only.
func (w *World) Public() *World {
	public := *w
	public.Clients = make([]Client, len(w.Clients))
	for i, c := range w.Clients {
		public.Clients[i] = c.Public()
	}
	return &public
}

// Public is the client with the public halves of its keys only.
func (c Client) Public() Client {
	keys := c.Keys
	c.Keys = nil
	for _, k := range keys {
		if k.JWK != nil {
			public := k.JWK.Public()
			k.JWK = &public
		}
		c.Keys = append(c.Keys, k)
	}
	return c
}

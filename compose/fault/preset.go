package fault

import (
	"time"

	"mpe/compose/seed"
)

// Preset is a shelf of rules that make up one well-known trouble.
type Preset struct {
	Name  string       `json:"name"`
	What  string       `json:"what"` // in a line
	Rules []seed.Fault `json:"rules"`
}

// Presets are all of them.
func Presets() []Preset {
	return []Preset{
		preset("maskinporten-down", "Maskinporten answers 503, with a page that is no JSON",
			at("token", seed.FaultThen{Status: 503}), at("jwks", seed.FaultThen{Status: 503}),
			at("metadata", seed.FaultThen{Status: 503})),
		preset("slow", "every answer takes two seconds",
			at("any", seed.FaultThen{Delay: seed.Duration(2 * time.Second)})),
		preset("too-many-requests", "Maskinporten answers 429", at("token", seed.FaultThen{Status: 429})),
		preset("jwks-without-key", "the key set lacks the key that tokens are signed with, as in the middle of a rotation",
			at("jwks", seed.FaultThen{JWKS: "without-key"})),
		preset("expired-token", "tokens have expired when they are issued", at("token", seed.FaultThen{Token: "expired"})),
		preset("altinn-silent", "Altinn does not answer Maskinporten's question for the system user (MP-303 without faults)",
			seed.Fault{
				When: seed.FaultWhen{Endpoint: "token", SystemUser: true},
				Then: seed.FaultThen{Code: "server_error", Delay: seed.Duration(5 * time.Second)},
			}),
	}
}

func at(endpoint string, then seed.FaultThen) seed.Fault {
	return seed.Fault{When: seed.FaultWhen{Endpoint: endpoint}, Then: then}
}

// preset names the rules: one is called as the preset is, of several each by its endpoint, too.
func preset(name, what string, rules ...seed.Fault) Preset {
	for i := range rules {
		rules[i].ID, rules[i].Probability = name, 1
		if len(rules) > 1 {
			rules[i].ID += "." + rules[i].When.Endpoint
		}
	}
	return Preset{Name: name, What: what, Rules: rules}
}

package mpetest

import "strings"

// Claim is something of a token: what Token asks for, what MintToken makes, and what RequireToken looks for in the journal.
type Claim struct {
	member string // of the body with which grants and tokens are asked for
	value  any
	path   string // in the journal
	want   any    // there
}

// Scope is the scopes. A token that is looked for may have others, too.
func Scope(scopes ...string) Claim {
	joined := strings.Join(scopes, " ")
	return Claim{"scope", joined, "grant.scope", contains(joined)}
}

// SystemUserOrg is the customer whose system user the token is for: nine digits.
func SystemUserOrg(number string) Claim {
	return Claim{"systemUser", number, "systemuser_org", number}
}

// ExternalRef says which of a customer's system users it is.
func ExternalRef(ref string) Claim {
	return Claim{"externalRef", ref, "grant.authorization_details.0.externalRef", ref}
}

// ConsumerOrg is on whose behalf the client acts, by a delegated scope: nine digits.
func ConsumerOrg(number string) Claim {
	return Claim{"consumerOrg", number, "grant.consumer_org", number}
}

// Resource is the API that the token is for: its aud.
func Resource(uri string) Claim {
	return Claim{"resource", []string{uri}, "grant.resource", contains(uri)}
}

// ClientID is the client, by its id. Token and MintToken are told the client anyway, so this is for the journal.
func ClientID(id string) Claim { return Claim{"client", id, "client", id} }

func contains(value string) map[string]string { return map[string]string{"contains": value} }

// asked is the body that asks for a grant or a token.
func asked(client string, claims []Claim) map[string]any {
	body := map[string]any{"client": client}
	for _, c := range claims {
		body[c.member] = c.value
	}
	return body
}

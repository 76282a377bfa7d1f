package mpetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"mpe/compose/control"
)

// Grant signs a grant as the client would: one of the seed, by its id or part of its name. Without Scope it is for the
// client's first. It is issued now, by the emulator's clock, lives for 120 s and is for this server.
func (s *Server) Grant(t T, client string, claims ...Claim) string {
	t.Helper()
	var signed control.Signed
	s.api.must(t, "POST", "grants", asked(client, claims), &signed)
	return signed.Grant
}

// jwtBearer is the grant type of RFC 7523.
const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"

// Token is an access token that the client got with a grant, with everything checked as for any other. A refusal ends the
// test with its reason.
func (s *Server) Token(t T, client string, claims ...Claim) string {
	t.Helper()
	form := url.Values{"grant_type": {jwtBearer}, "assertion": {s.Grant(t, client, claims...)}}
	r, err := s.api.http.PostForm(s.TokenEndpoint, form)
	status, answer, err := read(r, err)
	if err != nil {
		t.Fatalf("mpetest: POST token: %v", err)
	}
	var told struct {
		AccessToken string `json:"access_token"`
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if err := json.Unmarshal(answer, &told); err != nil || status != http.StatusOK {
		t.Fatalf("mpetest: POST token: %d: %s: %s%s", status, told.Error, told.Description, hint(r))
	}
	return told.AccessToken
}

// hint is what the emulator says beside a refusal, in its own header.
func hint(r *http.Response) string {
	if said := r.Header.Get("Mpe-Hint"); said != "" {
		return ": " + said
	}
	return ""
}

// MintToken makes a token without a grant, for the test of an API. It holds to none of Maskinporten's rules: any scope can
// be had, and any organisation acted for. Only a system user has to be there. Nothing of it is in the journal.
func (s *Server) MintToken(t T, client string, claims ...Claim) string {
	t.Helper()
	var minted control.Minted
	s.api.must(t, "POST", "tokens", asked(client, claims), &minted)
	return minted.AccessToken
}

// MintSystemUserToken is MintToken for a customer's system user; the customer is nine digits.
func (s *Server) MintSystemUserToken(t T, client, customer string, claims ...Claim) string {
	t.Helper()
	return s.MintToken(t, client, append([]Claim{SystemUserOrg(customer)}, claims...)...)
}

// BadTokens are tokens with a defect each, by name, with what an API should do ("reject", or "accept" for one that only
// looks bad) and why. Claims can be Scope, SystemUserOrg and ExternalRef; without them the tokens are for the client's first
// scope, and the first system user of its systems.
func (s *Server) BadTokens(t T, client string, claims ...Claim) []control.BadToken {
	t.Helper()
	query := url.Values{}
	for name, value := range asked(client, claims) {
		query.Set(name, fmt.Sprint(value)) // the emulator refuses others
	}
	var suite control.BadTokens
	s.api.must(t, "GET", "tokens/bad-suite?"+query.Encode(), nil, &suite)
	return suite.Cases
}

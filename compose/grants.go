package compose

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"mpe/compose/control"
	"mpe/compose/seed"
	"mpe/keys"
	"mpe/oauth/oauthclient"
	"mpe/oauth/org"
)

// SignGrant signs a grant as the client would.
func (c *credentials) SignGrant(_ context.Context, issuer string, r control.GrantRequest) (control.Signed, error) {
	client, err := c.client(r.Client)
	if err != nil {
		return control.Signed{}, err
	}
	key, err := c.key(client, r.Kid)
	if err != nil {
		return control.Signed{}, err
	}
	grant, err := c.grant(client, issuer, r)
	if err != nil {
		return control.Signed{}, err
	}
	compact, err := grant.SignBroken(c.rand, key, r.Break...)
	if unknown, ok := errors.AsType[*oauthclient.UnknownDefectError](err); ok {
		return control.Signed{}, &control.BadGrantError{Field: "break", What: unknown.Error()}
	}
	return control.Signed{Grant: compact, ClientID: client.ID, Kid: key.ID, Scope: grant.Scope, Issuer: issuer}, err
}

func (c *credentials) grant(client seed.Client, issuer string, r control.GrantRequest) (oauthclient.Grant, error) {
	for field, number := range map[string]string{"systemUser": r.SystemUser, "consumerOrg": r.ConsumerOrg} {
		if number == "" {
			continue
		}
		if _, err := org.Parse(number); err != nil {
			return oauthclient.Grant{}, &control.BadGrantError{Field: field, What: err.Error()}
		}
	}
	grant := oauthclient.Grant{
		ClientID: client.ID, Audience: issuer, Scope: r.Scope, JTI: r.JTI, PID: r.PID,
		ConsumerOrg: r.ConsumerOrg, Resource: r.Resource, SystemUserOrg: r.SystemUser, ExternalRef: r.ExternalRef,
		IssuedAt: c.now(), Lifetime: time.Duration(r.Lifetime),
	}
	if r.Audience != "" {
		grant.Audience = r.Audience
	}
	if grant.Scope == "" && len(client.Scopes) > 0 {
		grant.Scope = client.Scopes[0]
	}
	return grant, nil
}

// client finds a client by its id, by how its name begins, or by a part of its name that no other has. Without any of
// them it is the first that can sign.
func (c *credentials) client(named string) (seed.Client, error) {
	var begin, hold []seed.Client
	for _, client := range c.clients {
		name, part := strings.ToLower(client.Name), strings.ToLower(named)
		switch {
		case client.ID == named, named == "" && c.signs(client):
			return client, nil
		case named != "" && strings.HasPrefix(name, part):
			begin = append(begin, client)
		case named != "" && strings.Contains(name, part):
			hold = append(hold, client)
		}
	}
	switch {
	case len(begin) == 1:
		return begin[0], nil
	case len(begin) == 0 && len(hold) == 1:
		return hold[0], nil
	}
	return seed.Client{}, &control.BadGrantError{Field: "client", What: c.whichClient(named, append(begin, hold...))}
}

func (c *credentials) whichClient(named string, found []seed.Client) string {
	if named == "" {
		return "the seed has no client with a private key"
	}
	what := "several clients of the seed have %q in their names: %s"
	if len(found) == 0 {
		what, found = "no client of the seed has the id %q or that in its name; there are %s", c.clients
	}
	const enough = 10
	names := make([]string, 0, enough)
	for _, client := range found[:min(len(found), enough)] {
		names = append(names, fmt.Sprintf("%s (%s)", client.ID, client.Name))
	}
	return fmt.Sprintf(what, named, strings.Join(names, ", "))
}

func (c *credentials) signs(client seed.Client) bool {
	_, err := c.key(client, "")
	return err == nil
}

// key is the client's key of that id, or the first that can sign and has not expired. A client without keys signs with
// an enterprise certificate.
func (c *credentials) key(client seed.Client, kid string) (oauthclient.Key, error) {
	if len(client.Keys) == 0 && kid == "" {
		return c.certified(client)
	}
	for _, k := range c.keys[client.ID] {
		expired := !k.Expires.IsZero() && !c.now().Before(k.Expires)
		if k.private != nil && (k.KID == kid || kid == "" && !expired) {
			return oauthclient.Key{ID: k.KID, Alg: k.public.Algorithm, Signer: k.private}, nil
		}
	}
	what := "the seed has no private key of client " + client.ID
	if kid != "" {
		what += " with the kid " + kid
	}
	return oauthclient.Key{}, &control.BadGrantError{Field: "kid", What: what}
}

// certified is the public test key, with a certificate of the test CA for the client's organisation.
func (c *credentials) certified(client seed.Client) (oauthclient.Key, error) {
	signer := oauthclient.DevKey()
	leaf, err := c.certificate(client, signer.Public())
	if err != nil {
		return oauthclient.Key{}, err
	}
	return oauthclient.Key{Signer: signer, X5C: []string{base64.StdEncoding.EncodeToString(leaf.Raw)}}, nil
}

// certificate is one of the test CA for the client's organisation.
func (c *credentials) certificate(client seed.Client, key crypto.PublicKey) (*x509.Certificate, error) {
	now := c.now()
	leaf, err := keys.TestAuthority().Issue(c.rand, key, keys.Subject{
		Org: string(client.Org), Name: client.Name, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
	})
	if err != nil {
		return nil, fmt.Errorf("certificate for client %s: %w", client.ID, err)
	}
	return leaf, nil
}

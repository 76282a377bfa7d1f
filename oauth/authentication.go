package oauth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"mpe/keys"
)

// authentication is what a grant must pass before it is believed, in Maskinporten's order as far as it is known.
var authentication = []rule{
	{JWTParse, readable},
	{JWTAlg, supportedAlg},
	{ClientKnown, knownClient},
	{JWTKeyRef, keyReference},
	{ClientKeyCheck, currentKey},
	{JWTX5C, trustedCertificate},
	{JWTSignature, verifiedSignature},
	{JWTAudience, meantForUs},
	{JWTIssuedAt, issuedNow},
	{JWTExpiry, notExpired},
	{JWTLifetime, shortLived},
	{JWTID, unused},
}

// algorithms is all that Maskinporten takes.
var algorithms = []string{"RS256", "RS384", "RS512"}

func supportedAlg(_ context.Context, e *examination) (finding, error) {
	if !e.readable {
		return skip, nil
	}
	if !slices.Contains(algorithms, e.Alg) {
		return fail(unsupportedAlg.with(), ReasonAlgUnsupported, Facts{"got": e.Alg, "want": "RS256, RS384 or RS512"}), nil
	}
	return finding{}, nil
}

func knownClient(ctx context.Context, e *examination) (finding, error) {
	if !e.readable {
		return skip, nil
	}
	client, err := e.issuer.Registry.Client(ctx, e.ClientID)
	switch {
	case errors.Is(err, ErrNotFound):
		return fail(clientNotFound.with(), ReasonClientUnknown, Facts{"client": e.ClientID}), nil
	case err != nil:
		return finding{}, err
	}
	e.Client = client
	if client.Inactive {
		return fail(clientNotFound.with(), ReasonClientInactive, Facts{"client": e.ClientID}), nil
	}
	return finding{}, nil
}

// keyReference is the rule that a client with registered keys says which one it used (kid), and that one without uses
// its enterprise certificate (x5c). A grant with both is judged by its kid.
func keyReference(_ context.Context, e *examination) (finding, error) {
	if e.Client == nil {
		return skip, nil
	}
	if e.Kid != "" {
		return finding{}, nil
	}
	kids := Facts{"kids": strings.Join(e.Client.kids(), ", ")}
	switch {
	case e.X5C.present && e.X5C.certificates == nil:
		return finding{}, nil // left to jwt.x5c, whose refusal comes before kidRequired
	case len(e.Client.Keys) > 0 && e.X5C.present:
		return fail(kidRequired.with(), ReasonKidRequired, kids), nil
	case len(e.Client.Keys) > 0:
		return fail(kidRequired.with(), ReasonKeyRefMissing, kids), nil
	case !e.X5C.present:
		return fail(noKeyReference.with(), ReasonKeyRefMissing, kids), nil
	}
	return finding{}, nil
}

func (c *Client) kids() []string {
	kids := make([]string, len(c.Keys))
	for i, k := range c.Keys {
		kids[i] = k.JWK.KeyID
	}
	return kids
}

func currentKey(_ context.Context, e *examination) (finding, error) {
	if e.Client == nil || e.Kid == "" {
		return skip, nil
	}
	e.AMR = PrivateKeyJWT
	key, found := e.Client.Key(e.Kid)
	if !found && len(e.Client.Keys) == 0 {
		return fail(unknownKid.with(), ReasonClientWithoutKeys, Facts{"kid": e.Kid}), nil
	}
	if !found {
		kids := e.Client.kids()
		return fail(unknownKid.with(), ReasonKidUnknown,
			Facts{"kid": e.Kid, "kids": strings.Join(kids, ", "), "nearest": Nearest(e.Kid, kids)}), nil
	}
	e.key = key.JWK.Key
	if key.Expired(e.now) {
		expired := key.Expires.UTC().Format(time.RFC3339)
		return fail(expiredKey.with(), ReasonKeyExpired, Facts{"kid": e.Kid, "expired": expired}), nil
	}
	return finding{}, nil
}

// x5c is the header member of that name (RFC 7515 section 4.1.6).
type x5c struct {
	present      bool
	certificates []string // nil when the member is not an array of strings
}

func readX5C(raw json.RawMessage) x5c {
	if raw == nil {
		return x5c{}
	}
	var certificates []string
	if json.Unmarshal(raw, &certificates) != nil || len(certificates) == 0 {
		return x5c{present: true}
	}
	return x5c{present: true, certificates: certificates}
}

func trustedCertificate(_ context.Context, e *examination) (finding, error) {
	if e.Client == nil || e.Kid != "" || !e.X5C.present {
		return skip, nil
	}
	e.AMR = EnterpriseCertificate
	if e.X5C.certificates == nil {
		return fail(invalidX5C.with(), ReasonX5CNotArray, nil), nil
	}
	enterprise, err := e.issuer.Trust.Verify(e.X5C.certificates, e.now)
	if err != nil {
		return badCertificate(err)
	}
	e.key = enterprise.PublicKey
	if enterprise.Org != string(e.Client.Org) {
		return fail(otherOrg.with(), ReasonCertOtherOrg,
			Facts{"certificate": enterprise.Org, "client": string(e.Client.Org)}), nil
	}
	return finding{}, nil
}

func badCertificate(err error) (finding, error) {
	bad, ok := errors.AsType[*keys.CertificateError](err)
	if !ok {
		return finding{}, err
	}
	facts := Facts{"subject": bad.Subject}
	switch bad.Kind {
	case keys.Malformed:
		return fail(invalidX5C.with(), ReasonX5CNotCertificate,
			Facts{"position": strconv.Itoa(bad.Position), "error": bad.Error()}), nil
	case keys.Expired:
		facts["expired"] = bad.Time.UTC().Format(time.RFC3339)
		return fail(invalidCert.with(), ReasonCertExpired, facts), nil
	case keys.NotYetValid:
		facts["from"] = bad.Time.UTC().Format(time.RFC3339)
		return fail(invalidCert.with(), ReasonCertNotYetValid, facts), nil
	case keys.Usage:
		return fail(invalidCert.with(), ReasonCertUsage, facts), nil
	case keys.WithoutOrg:
		return fail(invalidCert.with(), ReasonCertWithoutOrg, facts), nil
	default:
		facts["issuer"] = bad.Issuer
		return fail(invalidCert.with(), ReasonCertUntrusted, facts), nil
	}
}

// verifiedSignature fails whatever it cannot check: only a grant that is refused already may go without.
func verifiedSignature(_ context.Context, e *examination) (finding, error) {
	if e.foreseeing && (e.key == nil || !slices.Contains(algorithms, e.Alg)) {
		return skip, nil
	}
	if keys.Signed(e.Compact, e.Alg, e.key) {
		return finding{}, nil
	}
	for _, other := range e.Client.Keys {
		if other.JWK.KeyID != e.Kid && keys.Signed(e.Compact, e.Alg, other.JWK.Key) {
			return fail(invalidSignature.with(), ReasonOtherKey, Facts{"kid": e.Kid, "signed": other.JWK.KeyID}), nil
		}
	}
	return fail(invalidSignature.with(), ReasonSignature, Facts{"kid": e.Kid}), nil
}

// unused is the rule that a grant is used once. It comes after the signature, so that strangers cannot use up a
// client's ids, and it is the one rule that changes something.
func unused(ctx context.Context, e *examination) (finding, error) {
	if !e.readable || e.Client == nil {
		return skip, nil
	}
	used := fail(grantUsed.with(), ReasonGrantUsed, Facts{"jti": e.ID})
	use := e.use()
	if e.foreseeing {
		replayed, err := e.issuer.Grants.GrantUsed(ctx, use.Client, use.ID, e.now)
		if replayed {
			return used, err
		}
		return finding{}, err
	}
	err := e.issuer.Grants.UseGrant(ctx, use, e.now)
	if errors.Is(err, ErrGrantUsed) {
		return used, nil
	}
	return finding{}, err
}

func (e *examination) use() GrantUse {
	id := "jti:" + e.ID
	if e.ID == "" {
		id = "sha256:" + digest(e.Compact)
		e.Trace.note(JWTID, ReasonWithoutJTI, nil)
	}
	return GrantUse{
		Client:     e.ClientID,
		ID:         id,
		Request:    e.Request,
		Until:      time.Unix(e.Expires, 0).Add(remember),
		Generation: e.generation,
	}
}

func digest(compact string) string {
	sum := sha256.Sum256([]byte(compact))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

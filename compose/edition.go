package compose

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"mpe/altinn/altinnredis"
	"mpe/compose/seed"
	"mpe/keys"
	"mpe/oauth"
	"mpe/oauth/oauthhttp"
	"mpe/oauth/oauthredis"
)

// edition is a sandbox as it was made from its seed and its settings. It is never changed: a reset, another seed and
// another setting make a new one, and requests that are under way end in the one in which they began.
type edition struct {
	*sandbox
	world        *seed.World // the seed in force
	parties      seed.Parties
	addresses    addresses
	maskinporten *oauthredis.Store
	records      *altinnredis.Store // Altinn's
	altinn       *altinn
	approvals    *approvals
	credentials  *credentials
	sessions     *sessions // on the pages
	issuer       *oauth.Issuer
	handler      http.Handler
}

// newEdition makes the edition that the state tells of. The seed has to be applied to a new one's records.
func (b *sandbox) newEdition(ctx context.Context, st state, world *seed.World) (*edition, error) {
	prefix := b.editionPrefix(st.Edition)
	s := &edition{
		sandbox:      b,
		world:        world,
		addresses:    b.addresses(st, world),
		maskinporten: oauthredis.New(b.stores, prefix),
		records:      altinnredis.New(b.stores, prefix),
		sessions:     &sessions{redis: b.redis, prefix: prefix, now: b.config.Now, rand: b.config.Rand},
	}
	around, err := st.around(world)
	if err != nil {
		return nil, err
	}
	s.parties = around.Parties
	if s.credentials, err = openCredentials(ctx, b.redis, b.shared, b.config, around); err != nil {
		return nil, fmt.Errorf("reading the clients' keys: %w", err)
	}
	s.issuer = s.newIssuer(world)
	s.altinn = s.newAltinn(around)
	s.approvals = &approvals{
		store: s.records, users: s.altinn.users, parties: s.altinn.parties, now: b.config.Now, log: b.config.Log,
		schedule: b.schedule,
	}
	mode := cmp.Or(st.Approvals, b.config.Approvals, world.Settings.Approvals)
	if s.approvals.mode, s.approvals.after, err = parseApprovals(mode); err != nil {
		return nil, &ConfigError{"--approvals", err.Error()}
	}
	s.handler = s.routes()
	return s, nil
}

func (b *sandbox) editionPrefix(number int64) string {
	return b.prefix + strconv.FormatInt(number, 10) + ":"
}

// addresses are where the sandbox is reached. What the state says of the issuer is stronger than a flag, and a flag is
// stronger than the seed.
func (b *sandbox) addresses(st state, world *seed.World) addresses {
	a := addresses{path: b.path, trusted: b.config.TrustedProxies}
	switch {
	case st.Issuer != "":
		a.issuer = st.Issuer
	case b.config.Issuer != "":
		a.issuer = b.config.Issuer + b.path
	case world.Settings.Issuer != "" && world.Settings.Issuer != autoIssuer:
		a.issuer = world.Settings.Issuer
	}
	if a.issuer == autoIssuer {
		a.issuer = ""
	}
	return a
}

// autoIssuer stands for the address of each request.
const autoIssuer = "auto"

func (s *edition) newIssuer(world *seed.World) *oauth.Issuer {
	roots := append([]*x509.Certificate{keys.TestAuthority().Certificate}, s.config.TrustedCAs...)
	finder := newFinder(s.records, s.maskinporten.Generation, s.config.Now)
	return &oauth.Issuer{
		Registry:    s.maskinporten,
		Grants:      s.maskinporten,
		Delegations: finder,
		SystemUsers: finder,
		Signer:      s.keyring,
		Trust:       keys.NewTrust(roots...),
		Rules: oauth.Rules{
			Audiences:             world.Settings.AcceptAudiences,
			TokenEndpointAudience: s.config.AcceptTokenEndpointAudience,
			SlashlessAudience:     s.config.AcceptSlashlessAudience,
			MaxIssuedAge:          s.config.MaxIssuedAge,
			HideExternalRef:       s.config.HideExternalRef,
			DefaultLifetime:       time.Duration(world.Settings.TokenLifetime),
		},
		Now:  s.config.Now,
		Rand: s.config.Rand,
	}
}

func (s *edition) endpoints() *oauthhttp.Endpoints {
	return &oauthhttp.Endpoints{
		Issuer:    s.issuer,
		JWKS:      s.keyring.JWKS,
		Name:      s.addresses.name,
		Base:      s.addresses.base,
		Recorder:  recorder{journal: s.journal, metrics: s.metrics, log: s.config.Log},
		Now:       s.config.Now,
		TraceID:   traceID,
		Hint:      hintOf,
		Spoil:     s.spoilToken,
		HideHints: s.config.HideHints,
	}
}

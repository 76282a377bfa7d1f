package compose

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"mpe/altinn/altinnredis"
	"mpe/compose/journal"
	"mpe/compose/seed"
	"mpe/keys"
	"mpe/oauth"
	"mpe/oauth/oauthhttp"
	"mpe/oauth/oauthredis"
)

// sandbox is one emulated world: all that holds state. Nothing of it is shared with another.
type sandbox struct {
	config       Config
	addresses    addresses
	keyring      *keyring
	maskinporten *oauthredis.Store
	records      *altinnredis.Store // Altinn's
	altinn       *altinn
	approvals    *approvals
	journal      *journal.Journal
	sessions     *sessions // on the pages
	credentials  *credentials
	issuer       *oauth.Issuer
}

func newSandbox(
	ctx context.Context, id string, config Config, world *seed.World, client redis.UniversalClient,
) (*sandbox, error) {
	prefix := "mpe:{" + id + "}:" // the braces keep a sandbox on one node of a Redis Cluster
	s := &sandbox{
		config:       config,
		addresses:    addresses{issuer: issuerName(config, world), trusted: config.TrustedProxies},
		maskinporten: oauthredis.New(client, prefix),
		records:      altinnredis.New(client, prefix),
	}
	var err error
	if s.keyring, err = openKeyring(ctx, client, prefix, config); err != nil {
		return nil, err
	}
	if s.credentials, err = openCredentials(ctx, client, prefix, config, world); err != nil {
		return nil, fmt.Errorf("reading the clients' keys: %w", err)
	}
	if err := s.apply(ctx, world); err != nil {
		return nil, fmt.Errorf("applying the seed: %w", err)
	}
	s.issuer = s.newIssuer(world)
	s.altinn = s.newAltinn(client, prefix, world)
	s.approvals = &approvals{
		store: s.records, users: s.altinn.users, parties: s.altinn.parties, now: config.Now, log: config.Log,
	}
	if s.approvals.mode, s.approvals.after, err = parseApprovals(cmp.Or(config.Approvals, world.Settings.Approvals)); err != nil {
		return nil, &ConfigError{"--approvals", err.Error()}
	}
	s.journal = journal.New(client, prefix, config.JournalSize, config.Log)
	s.sessions = &sessions{redis: client, prefix: prefix, now: config.Now, rand: config.Rand}
	return s, nil
}

func (s *sandbox) close(ctx context.Context) error { return s.journal.Close(ctx) }

// issuerName is the fixed name of the issuer, if there is one: a flag is stronger than the seed.
func issuerName(config Config, world *seed.World) string {
	if config.Issuer != "" || world.Settings.Issuer == "auto" {
		return config.Issuer
	}
	return world.Settings.Issuer
}

func (s *sandbox) newIssuer(world *seed.World) *oauth.Issuer {
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

func (s *sandbox) endpoints() *oauthhttp.Endpoints {
	return &oauthhttp.Endpoints{
		Issuer:    s.issuer,
		JWKS:      s.keyring.JWKS,
		Name:      s.addresses.name,
		Base:      s.addresses.base,
		Recorder:  recorder{journal: s.journal, log: s.config.Log},
		Now:       s.config.Now,
		TraceID:   traceID,
		Hint:      hintOf,
		HideHints: s.config.HideHints,
	}
}

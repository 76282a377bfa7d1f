package compose

import (
	"crypto/x509"
	"io"
	"log/slog"
	"net/netip"
	"time"

	"go.opentelemetry.io/otel/trace"

	"mpe/compose/seed"
)

// Config is what an emulator can be told. The zero value is a working emulator with the demo seed: its own Redis, its
// own keys, the real clock, and the strictness of the real services.
type Config struct {
	// Issuer is our name in tokens and grants, a URL that ends in a slash. Empty or "auto": the scheme and host of each
	// request.
	Issuer string

	// TrustedProxies are whose X-Forwarded-Proto and X-Forwarded-Host are believed. None by default.
	TrustedProxies []netip.Prefix

	// Redis is where state is kept: redis://HOST:PORT/DB (rediss for TLS), redis+sentinel://HOST:PORT?master_name=NAME,
	// or redis+cluster://HOST:PORT?addr=HOST:PORT. Empty: in this process, and gone with it.
	Redis string

	// Seeds are the seed files, merged in this order. None: the demo.
	Seeds []seed.Source

	// ReadSeeds reads the files that Seeds are from once more. Nil: they are from no files.
	ReadSeeds func() ([]seed.Source, error)

	// Getenv resolves ${NAME} in seeds. Nil: no variable is set.
	Getenv func(string) (string, bool)

	// StrictParties refuses organisations that the seed does not name.
	StrictParties bool

	// Strict refuses redirect URLs with http on a loopback host, as Altinn does.
	Strict bool

	// Approvals is who answers requests: manual, auto, reject or auto-after:<duration>. Empty: as the seed says.
	Approvals string

	// ConfirmBase is where the links that customers open begin, a URL that ends in a slash. Empty: as the request's.
	ConfirmBase string

	// PageSize is how many records a page of Altinn's lists has; 0 is 50.
	PageSize int

	// AltinnBugs answers as Altinn does where that is plainly a mistake of Altinn's.
	AltinnBugs bool

	// OldProblems writes Altinn's problems as before July 2026.
	OldProblems bool

	// SigningKey is the issuer's key as PEM, a certificate chain may follow. Nil: one is generated, or, when others
	// already run on the same Redis, theirs is used.
	SigningKey []byte

	// SigningKeyBits is the size of a generated key; 0 is 2048. The real service's has 3072.
	SigningKeyBits int

	// TrustedCAs are accepted as issuers of enterprise certificates, besides the emulator's own test CA.
	TrustedCAs []*x509.Certificate

	// AcceptTokenEndpointAudience and AcceptSlashlessAudience take grants that the real service refuses (MP-110).
	AcceptTokenEndpointAudience bool
	AcceptSlashlessAudience     bool

	// MaxIssuedAge is how long ago a grant may have been issued; 0 is 10 s, negative sets no limit.
	MaxIssuedAge time.Duration

	// HideExternalRef leaves externalRef out of tokens.
	HideExternalRef bool

	// HideHints leaves out the response headers that the real services do not have.
	HideHints bool

	// NoFaultHeader leaves the request header Mpe-Fault unread, which asks for a refusal or another fault.
	NoFaultHeader bool

	// Chance chooses which requests a fault with a probability spoils: the same number chooses the same ones.
	Chance uint64

	// AdminToken guards the control API when it is set.
	AdminToken string

	// Autologin is the number of the person who is logged in on Altinn's pages when nobody else is. Empty: nobody.
	Autologin string

	// HideDevtools leaves the developer's drawer off those pages.
	HideDevtools bool

	// JournalSize is how many exchanges are kept; 0 is 5 000.
	JournalSize int

	// Tracer makes a span of each request. Nil: nothing is traced.
	Tracer trace.Tracer

	Version string
	Log     *slog.Logger     // nil: nothing is logged
	Now     func() time.Time // called from several goroutines at once; nil: the machine's clock
	Rand    io.Reader        // nil: crypto/rand
}

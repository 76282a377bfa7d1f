package main

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"mpe/compose/seed"
	"mpe/keys"
	"mpe/oauth/org"
)

// keygenFlags say what key to make.
type keygenFlags struct {
	out, alg, kid, certificate, name, password, file string

	bits, days    int
	public, seid1 bool
}

func (a *app) keygen() *cobra.Command {
	var f keygenFlags
	c := &cobra.Command{
		Use:   "keygen",
		Short: "Make an RSA key for a client, with a test certificate if wanted",
		Args:  usage(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			data, err := f.generate(a)
			if err != nil {
				return err
			}
			if f.file != "" {
				return os.WriteFile(f.file, data, 0o600)
			}
			_, err = a.Stdout.Write(data)
			return err
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.out, "out", "jwk", "jwk, pem or p12")
	flags.StringVar(&f.alg, "alg", "RS256", "RS256, RS384 or RS512")
	flags.IntVar(&f.bits, "bits", 2048, "size of the key")
	flags.StringVar(&f.kid, "kid", "", "the key's id (default: a random one)")
	flags.BoolVar(&f.public, "public", false, "print the public key only, as a JWK")
	flags.StringVar(&f.certificate, "certificate", "", "issue an enterprise certificate to that organisation `NUMBER`")
	flags.BoolVar(&f.seid1, "seid1", false, "of the older profile, SEID 1")
	flags.StringVar(&f.name, "name", "", "the organisation's name in it (default: a generated one)")
	flags.IntVar(&f.days, "days", 3*365, "how long it is valid")
	flags.StringVar(&f.password, "password", "", "of the p12 file")
	flags.StringVar(&f.file, "file", "", "write to that `FILE`, readable by you alone, in place of standard output")
	return c
}

func (f *keygenFlags) generate(a *app) ([]byte, error) {
	if f.bits < keys.MinBits || f.bits > 8192 {
		return nil, &failure{code: exitUsage, what: fmt.Sprintf("--bits: %d is not between %d and 8192", f.bits, keys.MinBits)}
	}
	switch jose.SignatureAlgorithm(f.alg) {
	case jose.RS256, jose.RS384, jose.RS512:
	default:
		return nil, &failure{code: exitUsage, what: fmt.Sprintf("--alg: %q is not RS256, RS384 or RS512", f.alg)}
	}
	key, err := rsa.GenerateKey(a.Rand, f.bits)
	if err != nil {
		return nil, err
	}
	certificate, err := f.certify(a, key)
	if err != nil {
		return nil, err
	}
	switch f.out {
	case "jwk":
		return f.jwk(a, key, certificate)
	case "pem":
		return encodePEM(key, certificate)
	case "p12":
		return f.p12(key, certificate)
	default:
		return nil, &failure{code: exitUsage, what: fmt.Sprintf("--out: %q is not jwk, pem or p12", f.out)}
	}
}

// certify gives the key a certificate, or nil when none was asked for.
func (f *keygenFlags) certify(a *app, key *rsa.PrivateKey) (*x509.Certificate, error) {
	if f.certificate == "" {
		return nil, nil
	}
	number, err := org.Parse(f.certificate)
	if err != nil {
		return nil, &failure{code: exitUsage, what: "--certificate: " + err.Error()}
	}
	name := f.name
	if name == "" {
		name = seed.Unnamed(number).Name
	}
	now := a.Now()
	return keys.TestAuthority().Issue(a.Rand, key.Public(), keys.Subject{
		Org: string(number), Name: name, SEID1: f.seid1,
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Duration(f.days) * 24 * time.Hour),
	})
}

func (f *keygenFlags) jwk(a *app, key *rsa.PrivateKey, certificate *x509.Certificate) ([]byte, error) {
	kid := f.kid
	if kid == "" {
		random, err := uuid.NewRandomFromReader(a.Rand)
		if err != nil {
			return nil, err
		}
		kid = random.String()
	}
	made := jose.JSONWebKey{Key: key, KeyID: kid, Algorithm: f.alg, Use: "sig"}
	if certificate != nil {
		made.Certificates = []*x509.Certificate{certificate}
	}
	if f.public {
		made = made.Public()
	}
	data, err := json.Marshal(made)
	return append(data, '\n'), err
}

func encodePEM(key *rsa.PrivateKey, certificate *x509.Certificate) ([]byte, error) {
	if certificate == nil {
		return keys.EncodePEM(key)
	}
	return keys.EncodePEM(key, certificate, keys.TestAuthority().Certificate)
}

func (f *keygenFlags) p12(key *rsa.PrivateKey, certificate *x509.Certificate) ([]byte, error) {
	if certificate == nil {
		return nil, &failure{code: exitUsage, what: "a p12 file holds a certificate", try: "--certificate 310000019"}
	}
	return keys.TestAuthority().PKCS12(key, certificate, f.password)
}

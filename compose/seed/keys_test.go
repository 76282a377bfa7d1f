package seed_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"mpe/compose/seed"
)

// keyring writes the files that a seed names, into a directory of its own.
type keyring struct {
	t          *testing.T
	dir        string
	good, weak *rsa.PrivateKey
	elliptic   *ecdsa.PrivateKey
}

func newKeyring(t *testing.T) *keyring {
	k := &keyring{t: t, dir: t.TempDir()}
	var errs [3]error
	k.good, errs[0] = rsa.GenerateKey(rand.Reader, 2048)
	k.weak, errs[1] = rsa.GenerateKey(rand.Reader, 1024)
	k.elliptic, errs[2] = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	return k
}

func (k *keyring) jwk(key any, kid, alg, use string) string {
	k.t.Helper()
	text, err := json.Marshal(jose.JSONWebKey{Key: key, KeyID: kid, Algorithm: alg, Use: use})
	if err != nil {
		k.t.Fatal(err)
	}
	return string(text)
}

func (k *keyring) file(name string, data []byte) {
	k.t.Helper()
	if err := os.WriteFile(filepath.Join(k.dir, name), data, 0o600); err != nil {
		k.t.Fatal(err)
	}
}

func (k *keyring) pem(name, kind string, der []byte, err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
	k.file(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func (k *keyring) certificate(name string, key crypto.Signer) {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	k.pem(name, "CERTIFICATE", der, err)
}

// files writes one of each kind.
func (k *keyring) files() {
	k.pem("rsa.pub", "RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&k.good.PublicKey), nil)
	k.pem("rsa.pem", "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(k.good), nil)
	der, err := x509.MarshalPKIXPublicKey(&k.good.PublicKey)
	k.pem("pkix.pub", "PUBLIC KEY", der, err)
	der, err = x509.MarshalPKCS8PrivateKey(k.good)
	k.pem("pkcs8.pem", "PRIVATE KEY", der, err)
	der, err = x509.MarshalPKCS8PrivateKey(k.elliptic)
	k.pem("ec.pem", "PRIVATE KEY", der, err)
	k.pem("locked.pem", "ENCRYPTED PRIVATE KEY", []byte{1}, nil)
	k.certificate("good.crt", k.good)
	k.certificate("ec.crt", k.elliptic)
	k.file("set.json", fmt.Appendf(nil, `{"keys":[%s,%s]}`, k.jwk(&k.weak.PublicKey, "weak", "", ""),
		k.jwk(&k.good.PublicKey, "k", "RS512", "sig")))
	k.file("set2.json", fmt.Appendf(nil, `{"keys":[%s,%s]}`, k.jwk(&k.weak.PublicKey, "weak", "", ""),
		k.jwk(&k.good.PublicKey, "x", "", "")))
	k.file("text", []byte("text"))
}

// read reads a client with the key {kid: k, …}.
func (k *keyring) read(source string) (*seed.World, error) {
	text := "version: 1\nclients:\n  - clientId: c\n    org: \"310000019\"\n    keys:\n" +
		"      - kid: k\n        " + source + "\n"
	return seed.Read([]seed.Source{{Name: "seed.yaml", Data: []byte(text), Dir: k.dir}}, noEnv, seed.Options{})
}

func TestKeySources(t *testing.T) {
	k := newKeyring(t)
	k.files()
	for _, c := range []struct {
		rule, source string
		private      bool
	}{
		{"a public JWK", "jwk: " + k.jwk(&k.good.PublicKey, "", "", ""), false},
		{"a private JWK", "jwk: " + k.jwk(k.good, "k", "RS384", "sig"), true},
		{"the key of that kid in a JWK set", "jwksFile: set.json", false},
		{"a PKCS #1 public key", "pemFile: rsa.pub", false},
		{"a PKCS #1 private key", "pemFile: rsa.pem", true},
		{"a PKIX public key", "pemFile: ./pkix.pub", false},
		{"a PKCS #8 private key", "pemFile: " + filepath.Join(k.dir, "pkcs8.pem"), true},
		{"a certificate", "certificateFile: good.crt", false},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w, err := k.read(c.source)
			if err != nil {
				t.Fatal(err)
			}
			got := w.Clients[0].Keys[0].JWK
			public, _ := got.Public().Key.(*rsa.PublicKey)
			if got.KeyID != "k" || !k.good.PublicKey.Equal(public) || got.IsPublic() == c.private {
				t.Errorf("got kid %q, public %t, want kid \"k\", public %t, and the key that was written",
					got.KeyID, got.IsPublic(), !c.private)
			}
		})
	}
}

func TestUnusableKeys(t *testing.T) {
	k := newKeyring(t)
	k.files()
	good := &k.good.PublicKey
	for _, c := range []struct{ rule, source, want string }{
		{"RSA only", "jwk: " + k.jwk(&k.elliptic.PublicKey, "", "", ""),
			"7:14 jwk  is not an RSA key: Maskinporten takes no other"},
		{"no secret", "jwk: { kty: oct, k: c2VjcmV0 }", "7:14 jwk  is not an RSA key: Maskinporten takes no other"},
		{"2048 bits at least", "jwk: " + k.jwk(&k.weak.PublicKey, "", "", ""),
			"7:14 jwk  has 1024 bits, an RSA key needs at least 2048"},
		{"alg", "jwk: " + k.jwk(good, "", "PS256", ""),
			`7:14 jwk  has alg "PS256", Maskinporten takes RS256, RS384, RS512`},
		{"use", "jwk: " + k.jwk(good, "", "", "enc"), `7:14 jwk  has use "enc", a key that signs has "sig"`},
		{"another kid", "jwk: " + k.jwk(good, "x", "", ""), `7:14 jwk  has kid "x", the entry has "k"`},
		{"a JWK that lacks members", "jwk: { kty: RSA }",
			"7:14 jwk  is not a usable JWK: go-jose/go-jose: invalid RSA key, missing n/e values"},
		{"a set without the kid", "jwksFile: set2.json",
			`7:19 jwksFile  "set2.json" has no key with kid "k", only: weak, x`},
		{"a set that is none", "jwksFile: text",
			`7:19 jwksFile  "text" is not a JWK set: invalid character 'e' in literal true (expecting 'r')`},
		{"PEM of another kind of key", "pemFile: ec.pem", "7:18 pemFile  is not an RSA key: Maskinporten takes no other"},
		{"PEM that is locked", "pemFile: locked.pem", `7:18 pemFile  "locked.pem" cannot be used: ` +
			`it holds "ENCRYPTED PRIVATE KEY", want PUBLIC KEY or PRIVATE KEY`},
		{"PEM of a certificate", "pemFile: good.crt", `7:18 pemFile  "good.crt" cannot be used: ` +
			`it holds a certificate, which belongs under certificateFile`},
		{"PEM that is none", "pemFile: text", `7:18 pemFile  "text" is not PEM`},
		{"a certificate for another kind of key", "certificateFile: ec.crt",
			"7:26 certificateFile  is not an RSA key: Maskinporten takes no other"},
		{"a certificate that is none", "certificateFile: rsa.pem",
			`7:26 certificateFile  "rsa.pem" is not a certificate in PEM`},
		{"a file that is missing", "pemFile: none.pem",
			`7:18 pemFile  "none.pem" cannot be read: no such file or directory`},
	} {
		t.Run(c.rule, func(t *testing.T) {
			_, err := k.read(c.source)
			want := "seed.yaml:" + strings.Replace(c.want, " ", "  clients[0].keys[0].", 1)
			if diff := cmp.Diff(want, problems(t, err)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestKeysOfAClient(t *testing.T) {
	const client = "version: 1\nclients:\n  - clientId: c\n    org: \"310000019\"\n    keys:\n"
	key := func(kid string) string { return "      - { kid: " + kid + ", wellKnown: dev }\n" }
	check(t, []refusal{
		{"five at most", client + key("a") + key("b") + key("c") + key("d") + key("e") + key("f"),
			"seed.yaml:11:9  clients[0].keys[5]  a client has at most 5 keys, this one has 6"},
		{"five", client + key("a") + key("b") + key("c") + key("d") + key("e"), ""},
		{"one to a kid", client + key("a") + key("a"),
			`seed.yaml:7:16  clients[0].keys[1].kid  kid "a" is already the client's key on line 6`},
		{"no files where the seed is none", client + "      - { kid: a, pemFile: key.pem }\n",
			"seed.yaml:6:28  clients[0].keys[0].pemFile  files cannot be named here: this seed is not a file itself"},
	})
}

func TestPolicyFile(t *testing.T) {
	check(t, []refusal{{"none where the seed is no file", "version: 1\nresources: [{ id: r, policy: { file: p.xml } }]\n",
		"seed.yaml:2:38  resources[0].policy.file  files cannot be named here: this seed is not a file itself"}})

	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "p.xml"), make([]byte, 1<<20+1), 0o600); err != nil {
		t.Fatal(err)
	}
	text := "version: 1\nresources: [{ id: r, policy: { file: p.xml } }]\n"
	_, err := seed.Read([]seed.Source{{Name: "seed.yaml", Data: []byte(text), Dir: dir}}, noEnv, seed.Options{})
	want := `seed.yaml:2:38  resources[0].policy.file  "p.xml" is larger than 1 MiB`
	if diff := cmp.Diff(want, problems(t, err)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

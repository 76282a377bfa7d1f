package oauthhttp_test

import (
	"crypto/rand"
	"encoding/base64"
	"testing"
	"time"

	"mpe/keys"
)

// certificate is the x5c of that name; all of them are for the key "certificate".
func (w *world) certificate(t *testing.T, name string) []string {
	t.Helper()
	s := keys.Subject{Org: string(vendor), Name: "Digdir test", NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
	authority := keys.TestAuthority()
	switch name {
	case "seid2":
	case "seid1":
		s.SEID1 = true
	case "otherorg":
		s.Org = "310000019"
	case "expired":
		s.NotAfter = now.Add(-time.Minute)
	case "tomorrow":
		s.NotBefore = now.Add(24 * time.Hour)
		s.NotAfter = s.NotBefore.Add(time.Hour)
	case "selfsigned":
		var err error
		if authority, err = keys.NewAuthority(rand.Reader, "Stranger CA", now); err != nil {
			t.Fatal(err)
		}
	default:
		t.Fatalf("no certificate is called %q", name)
	}
	leaf, err := authority.Issue(rand.Reader, testKeys()["certificate"].Public(), s)
	if err != nil {
		t.Fatal(err)
	}
	return []string{base64.StdEncoding.EncodeToString(leaf.Raw)}
}

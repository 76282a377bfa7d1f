package main

import (
	"crypto/rand"
	"slices"
	"sync"
	"testing"
	"time"
)

// Many commands that start at once on a new machine end up with one CA.
func TestTheLocalCAIsMadeOnce(t *testing.T) {
	a := &app{Now: time.Now, Rand: rand.Reader}
	dir := t.TempDir()
	made := make([]string, 8)
	var group sync.WaitGroup
	for i := range made {
		group.Go(func() {
			authority, _, err := a.authority(dir)
			if err != nil {
				t.Error(err)
				return
			}
			made[i] = authority.Certificate.Subject.CommonName
		})
	}
	group.Wait()
	for _, name := range made {
		if name != made[0] {
			t.Errorf("got the CAs %q, want one", made)
			break
		}
	}
}

func TestTheCertificateIsForWhatIsAsked(t *testing.T) {
	a := &app{Now: time.Now, Rand: rand.Reader}
	for name, c := range map[string]struct {
		listen string
		hosts  []string
		want   []string
	}{
		"this machine":       {"localhost:0", nil, []string{"localhost", "127.0.0.1", "::1"}},
		"every address":      {":0", nil, []string{"localhost", "127.0.0.1", "::1"}},
		"every address of 4": {"0.0.0.0:0", nil, []string{"localhost", "127.0.0.1", "::1"}},
		"another address":    {"192.0.2.1:0", nil, []string{"localhost", "127.0.0.1", "::1", "192.0.2.1"}},
		"further names":      {":0", []string{"mpe", "mpe.test"}, []string{"localhost", "mpe", "mpe.test", "127.0.0.1", "::1"}},
	} {
		secured, _, err := a.secured(&tlsFlags{on: true, hosts: c.hosts, authority: t.TempDir()}, c.listen)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		leaf := secured.Certificates[0].Leaf
		got := leaf.DNSNames
		for _, ip := range leaf.IPAddresses {
			got = append(got, ip.String())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

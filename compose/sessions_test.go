package compose

import (
	"crypto/rand"
	"testing"
	"time"

	"mpe/compose/redistest"
)

// The secret of one sandbox opens nothing in another on the same Redis.
func TestASessionIsOfOneSandbox(t *testing.T) {
	client := redistest.Embedded(t)
	one := &sessions{redis: client, prefix: "mpe:{one}:", now: time.Now, rand: rand.Reader}
	two := &sessions{redis: client, prefix: "mpe:{two}:", now: time.Now, rand: rand.Reader}
	secret, err := one.Open(t.Context(), "01817010055", time.Now().Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		sessions *sessions
		want     string
	}{"its own": {one, "01817010055"}, "another": {two, ""}} {
		if got, err := c.sessions.Person(t.Context(), secret); err != nil || got != c.want {
			t.Errorf("in %s sandbox the session is of %q (%v), want %q", name, got, err, c.want)
		}
	}
	if err := two.Close(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	if got, _ := one.Person(t.Context(), secret); got == "" {
		t.Error("another sandbox has ended the session")
	}
}

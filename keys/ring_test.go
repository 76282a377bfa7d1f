package keys_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mpe/keys"
)

// named are keys with those IDs. They are one and the same, which only a test would do.
func named(names ...string) []*keys.Key {
	all := make([]*keys.Key, len(names))
	for i, name := range names {
		key := *signingKey()
		key.ID = name
		all[i] = &key
	}
	return all
}

// published are the IDs in the JWK Set, the first first.
func published(t *testing.T, set *keys.Set) string {
	t.Helper()
	var jwks struct{ Keys []struct{ KID string } }
	if err := json.Unmarshal(set.JWKS(), &jwks); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, key := range jwks.Keys {
		ids = append(ids, key.KID)
	}
	return strings.Join(ids, " ")
}

// rotation is a key that begins to sign, so long after the first one, and the overlap.
type rotation struct {
	key            string
	after, overlap time.Duration
}

func rotated(t *testing.T, rotations ...rotation) *keys.Ring {
	t.Helper()
	ring, err := keys.NewRing(keys.Held{Key: named("first")[0], Since: now})
	for _, r := range rotations {
		if err == nil {
			ring, err = ring.Rotate(named(r.key)[0], now.Add(r.after), r.overlap)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func TestARotatedKeyIsPublishedUntilTheOverlapEnds(t *testing.T) {
	const second = time.Second
	for name, c := range map[string]struct {
		rotations []rotation
		want      map[time.Duration]string // what is published, by the time since the first key
	}{
		"never rotated": {nil, map[time.Duration]string{-time.Hour: "first", 0: "first", time.Hour: "first"}},
		"once": {
			[]rotation{{"second", 0, 60 * second}},
			map[time.Duration]string{0: "second first", 59 * second: "second first", 60 * second: "second", time.Hour: "second"},
		},
		"without an overlap": {[]rotation{{"second", 0, 0}}, map[time.Duration]string{0: "second"}},
		"twice, the first key staying longest": {
			[]rotation{{"second", 0, 60 * second}, {"third", 10 * second, 5 * second}},
			map[time.Duration]string{
				10 * second: "third second first", 15 * second: "third first", 60 * second: "third",
			},
		},
		"twice, the second after the first has gone": {
			[]rotation{{"second", 0, 60 * second}, {"third", 60 * second, 60 * second}},
			map[time.Duration]string{60 * second: "third second", 0: "third second", 120 * second: "third"},
		},
		"the clock going back": {
			[]rotation{{"second", time.Hour, 60 * second}}, map[time.Duration]string{0: "second first"},
		},
		"back to a key that is still published": {
			[]rotation{{"second", 0, 60 * second}, {"first", 0, 60 * second}},
			map[time.Duration]string{0: "first second", 60 * second: "first"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			ring := rotated(t, c.rotations...)
			for after, want := range c.want {
				at := now.Add(after)
				if diff := cmp.Diff(want, published(t, ring.At(at))); diff != "" {
					t.Errorf("%s after the first: (-want +got):\n%s", after, diff)
				}
				var held []string
				for _, h := range ring.Held(at) {
					held = append(held, h.ID)
				}
				if diff := cmp.Diff(want, strings.Join(held, " ")); diff != "" {
					t.Errorf("%s after the first, held: (-want +got):\n%s", after, diff)
				}
			}
		})
	}
}

func TestTheNewestKeySignsAndTheOneBeforeIsBelievedMeanwhile(t *testing.T) {
	before := rotated(t)
	signed, err := before.At(now).Sign([]byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	after, err := before.Rotate(named("second")[0], now, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if got := after.Signing().ID; got != "second" {
		t.Errorf("%s signs, want second", got)
	}
	again, err := after.At(now).Sign([]byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		ring  *keys.Ring
		token string
		after time.Duration
		want  error
	}{
		"the old key's token during the overlap": {after, signed, 59 * time.Second, nil},
		"the old key's token after the overlap":  {after, signed, time.Minute, keys.ErrUnknownKey},
		"the new key's token after the overlap":  {after, again, time.Minute, nil},
		"the new key's token before it was made": {before, again, 0, keys.ErrUnknownKey},
	} {
		if _, err := c.ring.At(now.Add(c.after)).Verify(c.token); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestARingIsFullUntilAKeyHasGone(t *testing.T) {
	var rotations []rotation
	for i := range keys.MaxPublished - 1 {
		rotations = append(rotations, rotation{fmt.Sprint(i), 0, time.Hour - time.Duration(i)*time.Minute})
	}
	full := rotated(t, rotations...)
	first := now.Add(time.Hour - (keys.MaxPublished-2)*time.Minute)
	_, err := full.Rotate(named("another")[0], now, time.Hour)
	if refused, ok := errors.AsType[*keys.FullError](err); !ok || !refused.Until.Equal(first) {
		t.Fatalf("got %v, want that the first goes at %s", err, first)
	}
	if _, err := full.Rotate(named("another")[0], first, time.Hour); err != nil {
		t.Errorf("when one has gone: %v", err)
	}
}

func TestARingNeedsAKeyThatSigns(t *testing.T) {
	if _, err := keys.NewRing(); err == nil {
		t.Error("a ring without keys")
	}
	if _, err := keys.NewRing(keys.Held{Key: signingKey(), Until: now}); err == nil {
		t.Error("a ring whose first key is on its way out")
	}
}

func TestAKeyUnderAnotherNameIsAnotherKey(t *testing.T) {
	key := signingKey()
	one, other := key.As("one"), key.As("other")
	if one.ID == other.ID || one.ID == key.ID || len(one.ID) != 43 || key.As("one").ID != one.ID {
		t.Errorf("got the ids %s and %s of %s", one.ID, other.ID, key.ID)
	}
	signed, err := newSet(t, one).Sign([]byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newSet(t, one).Verify(signed); err != nil {
		t.Errorf("its own token: %v", err)
	}
	if _, err := newSet(t, other).Verify(signed); !errors.Is(err, keys.ErrUnknownKey) {
		t.Errorf("the other's token: got %v, want %v", err, keys.ErrUnknownKey)
	}
}

func TestForgedTokensAreNotBelieved(t *testing.T) {
	set := newSet(t, signingKey())
	const payload = `{"a":1}`
	good, err := set.Sign([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	for flaw, c := range map[keys.Flaw]struct {
		header string // after the kid
		want   error
	}{
		keys.Tampered:  {`"alg":"RS256"`, keys.ErrSignature},
		keys.Unsigned:  {`"alg":"none"`, keys.ErrUnreadable},
		keys.PublicMAC: {`"alg":"HS256"`, keys.ErrUnreadable},
		keys.Stranger:  {`"alg":"RS256"`, keys.ErrUnknownKey},
	} {
		t.Run(string(flaw), func(t *testing.T) {
			forged, err := set.Forge([]byte(payload), flaw)
			if err != nil {
				t.Fatal(err)
			}
			parts, twin := strings.Split(forged, "."), strings.Split(good, ".")
			if parts[1] != twin[1] || parts[2] == twin[2] {
				t.Errorf("got %s, want the payload of %s and another signature", forged, good)
			}
			if header := decoded(t, parts[0]); !strings.HasSuffix(header, c.header+"}") ||
				strings.Contains(header, signingKey().ID) == (flaw == keys.Stranger) {
				t.Errorf("got the header %s", header)
			}
			if _, err := set.Verify(forged); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	if _, err := set.Forge(nil, "badly"); err == nil {
		t.Error("a flaw that nobody knows")
	}
}

func decoded(t *testing.T, part string) string {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

package compose

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"mpe/compose/redistest"
	"mpe/compose/seed"
	"mpe/keys"
)

// unused is randomness that nobody may ask for.
type unused struct{ t *testing.T }

func (u unused) Read([]byte) (int, error) {
	u.t.Error("a key is made where none is needed")
	return 0, io.ErrUnexpectedEOF
}

// keyringConfig has a clock that the test moves.
func keyringConfig(now *time.Time) Config {
	return Config{SigningKeyBits: 2048, Rand: rand.Reader, Now: func() time.Time { return *now }}
}

func opened(t *testing.T, client redis.UniversalClient, prefix string, config Config, lent *keys.Key) *keyring {
	t.Helper()
	k, err := openKeyring(t.Context(), client, prefix, config, lent)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (k *keyring) ids() []string {
	var ids []string
	for _, held := range k.Published() {
		ids = append(ids, held.ID)
	}
	return ids
}

func wantIDs(t *testing.T, what string, k *keyring, want ...string) {
	t.Helper()
	if got := k.ids(); !slices.Equal(got, want) {
		t.Errorf("%s: got the keys %v, want %v", what, got, want)
	}
}

func rotate(t *testing.T, k *keyring, overlap time.Duration) {
	t.Helper()
	if err := k.Rotate(t.Context(), overlap); err != nil {
		t.Fatal(err)
	}
}

func TestEmulatorsOnOneRedisShareARotation(t *testing.T) {
	redistest.Each(t, func(t *testing.T, client redis.UniversalClient) {
		prefix, now := redistest.Prefix(), time.Unix(1_800_000_000, 0)
		config := keyringConfig(&now)
		one := opened(t, client, prefix, config, nil)
		two := opened(t, client, prefix, config, nil)
		old := one.ids()[0]
		wantIDs(t, "the second at start", two, old)
		rotate(t, one, time.Minute)
		wantIDs(t, "the second before it is told", two, old)
		signed, err := two.Sign([]byte(`{}`))
		if err != nil {
			t.Fatal(err)
		}
		if err := two.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantIDs(t, "the second when it is told", two, one.lend().ID, old)
		if string(one.JWKS()) != string(two.JWKS()) {
			t.Errorf("they publish\n%s and\n%s", one.JWKS(), two.JWKS())
		}
		again, err := two.Sign([]byte(`{}`))
		if err != nil {
			t.Fatal(err)
		}
		for name, token := range map[string]string{"before": signed, "after": again} {
			if _, err := one.Verify(token); err != nil {
				t.Errorf("what the second has signed %s it was told: %v", name, err)
			}
		}
		now = now.Add(time.Minute)
		wantIDs(t, "after the overlap", two, one.lend().ID)
		wantIDs(t, "a third that starts then", opened(t, client, prefix, config, nil), one.lend().ID)
	})
}

// Of rotations at the same time none is lost.
func TestRotationsAtTheSameTimeAllCount(t *testing.T) {
	redistest.Each(t, func(t *testing.T, client redis.UniversalClient) {
		prefix, now := redistest.Prefix(), time.Unix(1_800_000_000, 0)
		config := keyringConfig(&now)
		replicas := []*keyring{opened(t, client, prefix, config, nil), opened(t, client, prefix, config, nil)}
		var group sync.WaitGroup
		for i := range 6 {
			group.Go(func() {
				if err := replicas[i%2].Rotate(t.Context(), time.Minute); err != nil {
					t.Error(err)
				}
				_ = replicas[i%2].JWKS()
			})
		}
		group.Wait()
		for _, k := range replicas {
			if err := k.Reload(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := len(k.ids()); got != 7 {
				t.Errorf("%d keys are published, want 7", got)
			}
			if got := k.current.Load().Version; got != 7 {
				t.Errorf("the keys have changed %d times, want 7", got)
			}
		}
	})
}

func TestAConfiguredKeyTakesOverOnceAndCanBeRotatedAway(t *testing.T) {
	client, now := redistest.Embedded(t), time.Unix(1_800_000_000, 0)
	plain := keyringConfig(&now)
	configured := plain
	key, err := keys.Generate(rand.Reader, 2048, now)
	if err != nil {
		t.Fatal(err)
	}
	if configured.SigningKey, err = key.Marshal(); err != nil {
		t.Fatal(err)
	}
	prefix := redistest.Prefix()
	made := opened(t, client, prefix, plain, nil).ids()[0]
	wantIDs(t, "one that has a key beside one that has none", opened(t, client, prefix, configured, nil), key.ID, made)
	wantIDs(t, "one that has none after it", opened(t, client, prefix, plain, nil), key.ID, made)
	now = now.Add(time.Hour)
	k := opened(t, client, prefix, configured, nil)
	wantIDs(t, "after the overlap", k, key.ID)
	rotate(t, k, time.Minute)
	rotated := k.lend().ID
	wantIDs(t, "rotated away and started anew", opened(t, client, prefix, configured, nil), rotated, key.ID)
	now = now.Add(time.Hour)
	wantIDs(t, "the same, after the overlap", opened(t, client, prefix, configured, nil), rotated)
	rotate(t, k, 0)
	wantIDs(t, "the same, after another rotation", opened(t, client, prefix, configured, nil), k.lend().ID)
	configured.SigningKey = []byte("x")
	if _, err := openKeyring(t.Context(), client, prefix, configured, nil); !isConfigError(err) {
		t.Errorf("what is no key: got %v, want a *ConfigError", err)
	}
}

func isConfigError(err error) bool {
	_, ok := errors.AsType[*ConfigError](err)
	return ok
}

// A sandbox that is lent a key makes none, and does not believe what the lender has signed.
func TestALentKeyIsNotMade(t *testing.T) {
	client, now := redistest.Embedded(t), time.Unix(1_800_000_000, 0)
	config := keyringConfig(&now)
	lender := opened(t, client, redistest.Prefix(), config, nil)
	prefix := redistest.Prefix()
	config.Rand = unused{t}
	borrower := opened(t, client, prefix, config, lender.lend())
	another := opened(t, client, redistest.Prefix(), config, lender.lend())
	signed, err := lender.Sign([]byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []*keyring{borrower, another} {
		if _, err := k.Verify(signed); !errors.Is(err, keys.ErrUnknownKey) {
			t.Errorf("the lender's token: got %v, want %v", err, keys.ErrUnknownKey)
		}
	}
	if own, err := borrower.Sign([]byte(`{}`)); err != nil {
		t.Error(err)
	} else if _, err := another.Verify(own); !errors.Is(err, keys.ErrUnknownKey) {
		t.Errorf("another borrower's token: got %v, want %v", err, keys.ErrUnknownKey)
	}
	wantIDs(t, "a second emulator of the sandbox", opened(t, client, prefix, config, lender.lend()), borrower.ids()...)
	wantIDs(t, "one that starts without a lender", opened(t, client, prefix, config, nil), borrower.ids()...)
	config.Rand = rand.Reader
	rotating := opened(t, client, prefix, config, nil)
	rotate(t, rotating, 0)
	if rotating.lend().Signer == lender.lend().Signer {
		t.Error("after a rotation it still signs with the lender's key")
	}
}

func TestReloadPutsBackKeysThatAreGone(t *testing.T) {
	client, now := redistest.Embedded(t), time.Unix(1_800_000_000, 0)
	config, prefix := keyringConfig(&now), redistest.Prefix()
	k := opened(t, client, prefix, config, nil)
	if err := client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if err := k.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, "a second one", opened(t, client, prefix, config, nil), k.ids()...)
}

func TestAFailedChangeChangesNothing(t *testing.T) {
	client, now := redistest.Embedded(t), time.Unix(1_800_000_000, 0)
	config, prefix := keyringConfig(&now), redistest.Prefix()
	k := opened(t, client, prefix, config, nil)
	before := k.ids()
	if err := client.Set(t.Context(), k.at, `{"keys":[{"kid":"a","pem":"x"}]}`, 0).Err(); err != nil {
		t.Fatal(err)
	}
	if err := k.Reload(t.Context()); err == nil {
		t.Error("keys that cannot be read are taken")
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := k.Rotate(ended, time.Minute); err == nil {
		t.Error("a rotation succeeds that cannot be stored")
	}
	wantIDs(t, "afterwards", k, before...)
}

func TestNoMoreKeysArePublishedThanThereMayBe(t *testing.T) {
	e, err := New(t.Context(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close(t.Context())
	now := time.Unix(1_800_000_000, 0)
	e.Clock().set(seed.Clock{Mode: clockFrozen, At: now})
	k := e.sandboxes.byDefault.keyring
	for i := range keys.MaxPublished - 1 {
		err := k.change(t.Context(), func(before *sharedKeys) (*sharedKeys, error) {
			return before.rotated(k.lend().As(strconv.Itoa(i)), now, time.Minute)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	before := k.ids()
	rotation := func() (int, string) {
		answer := httptest.NewRecorder()
		e.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/_mpe/v1/keys:rotate", nil))
		return answer.Code, answer.Body.String()
	}
	want := "the first of them goes at " + now.Add(time.Minute).UTC().Format(time.RFC3339)
	if status, body := rotation(); status != http.StatusConflict || !strings.Contains(body, want) {
		t.Errorf("got %d %s, want 409 and %q", status, body, want)
	}
	wantIDs(t, "after the refusal", k, before...)
	e.Clock().set(seed.Clock{Mode: clockFrozen, At: now.Add(time.Minute)})
	if status, body := rotation(); status != http.StatusOK {
		t.Errorf("when they have gone: got %d %s, want 200", status, body)
	}
	wantIDs(t, "when they have gone", k, k.lend().ID, before[0])
}

func BenchmarkOpenKeyringWithALentKey(b *testing.B) {
	client, now := redistest.Embedded(b), time.Unix(1_800_000_000, 0)
	lender, err := openKeyring(b.Context(), client, redistest.Prefix(), keyringConfig(&now), nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := openKeyring(b.Context(), client, redistest.Prefix(), keyringConfig(&now), lender.lend()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReloadKeyring(b *testing.B) {
	client, now := redistest.Embedded(b), time.Unix(1_800_000_000, 0)
	k, err := openKeyring(b.Context(), client, redistest.Prefix(), keyringConfig(&now), nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := k.Reload(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

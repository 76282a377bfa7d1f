package fault

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"mpe/compose/seed"
)

// rule decides which of the requests that fit it are spoiled. All that it remembers is how many there were: whether the
// Nth is spoiled follows from the number, and so it is the same one whoever counts, and in each run.
type rule struct {
	seed.Fault
	chance uint64
	burnt  atomic.Bool // it need not be counted any more
}

func newRule(f seed.Fault, chance uint64) *rule {
	sum := fnv.New64a()
	sum.Write([]byte(f.ID)) // a hash takes everything
	return &rule{Fault: f, chance: chance ^ sum.Sum64()}
}

// draw gives the random numbers of the Nth request: whether it is spoiled, and how much longer it waits.
func (r *rule) draw(n int64) *rand.Rand { return rand.New(rand.NewPCG(r.chance, uint64(n))) }

// spoils tells whether the rule, if it has not burnt out, spoils the Nth request that fits it.
func (r *rule) spoils(n int64) bool {
	n -= int64(r.Skip)
	if n < 1 || n%int64(max(r.Every, 1)) != 0 {
		return false
	}
	return r.Probability >= 1 || r.draw(n).Float64() < r.Probability
}

// hits is how many of the first N requests the rule has spoiled.
func (r *rule) hits(n int64) int64 {
	n -= int64(r.Skip)
	if n < 1 {
		return 0
	}
	each := int64(max(r.Every, 1))
	all := n / each
	if r.Probability < 1 {
		all = 0
		for i := each; i <= n && (r.Times == 0 || all < int64(r.Times)); i += each {
			if r.spoils(i + int64(r.Skip)) {
				all++
			}
		}
	}
	if r.Times > 0 {
		all = min(all, int64(r.Times))
	}
	return all
}

func (r *rule) burntOut(n int64) bool { return r.Times > 0 && r.hits(n) >= int64(r.Times) }

func (r *rule) status(seen int64) Status {
	return Status{Fault: r.Fault, Seen: seen, Hits: r.hits(seen), BurntOut: r.burntOut(seen)}
}

// hit is what the rule does to the Nth request.
func (r *rule) hit(n int64) *Hit {
	h := &Hit{Rule: r.ID, Then: r.Then, delay: time.Duration(r.Then.Delay)}
	if r.Then.Jitter > 0 {
		random := r.draw(n - int64(r.Skip))
		random.Float64() // has decided that it is a hit
		h.delay += time.Duration(random.Int64N(int64(r.Then.Jitter) + 1))
	}
	return h
}

// fits tells whether the rule is for such a request. Who asks is read only where a rule wants to know.
func (r *rule) fits(at string, who func() Caller) bool {
	if r.When.Endpoint != "" && r.When.Endpoint != "any" && r.When.Endpoint != at || !answers(at, r.Then) {
		return false
	}
	if r.When.ClientID == "" && r.When.Scope == "" && r.When.SystemUserOrg == "" && !r.When.SystemUser {
		return true
	}
	c := who()
	return (r.When.ClientID == "" || r.When.ClientID == c.Client) &&
		(r.When.Scope == "" || slices.Contains(c.Scopes, r.When.Scope)) &&
		(r.When.SystemUserOrg == "" || string(r.When.SystemUserOrg) == c.SystemUserOrg) &&
		(!r.When.SystemUser || c.SystemUserOrg != "")
}

// answers tells whether the endpoint can answer so.
func answers(at string, then seed.FaultThen) bool {
	_, can := then.Endpoints()
	return can == nil || slices.Contains(can, at)
}

// choose is the hit of the first rule that fits the request and spoils it; nil: none does. A rule that fits and lets the
// request go leaves it to the next.
func (r *Rules) choose(ctx context.Context, at string, who func() Caller) (*Hit, error) {
	for _, rule := range r.all() {
		if rule.burnt.Load() || !rule.fits(at, who) {
			continue
		}
		n, err := r.redis.HIncrBy(ctx, r.counts, rule.ID, 1).Result()
		if err != nil {
			return nil, fmt.Errorf("counting for the fault %s: %w", rule.ID, err)
		}
		before := rule.burntOut(n - 1)
		if rule.burntOut(n) {
			rule.burnt.Store(true)
		}
		if !before && rule.spoils(n) {
			return rule.hit(n), nil
		}
	}
	return nil, nil
}

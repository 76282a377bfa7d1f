package fault

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpe/compose/seed"
)

func ruleOf(f seed.Fault, chance uint64) *rule {
	if f.Probability == 0 {
		f.Probability = 1
	}
	f.ID = "rule"
	return newRule(f, chance)
}

// spoiled are the numbers of the first N requests that the rule spoils until it has burnt out.
func (r *rule) spoiled(n int64) (all []int64) {
	for i := int64(1); i <= n; i++ {
		if !r.burntOut(i-1) && r.spoils(i) {
			all = append(all, i)
		}
	}
	return all
}

func TestWhichRequestsARuleSpoils(t *testing.T) {
	for name, c := range map[string]struct {
		fault seed.Fault
		want  []int64
	}{
		"all":                        {seed.Fault{}, []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
		"none before skip":           {seed.Fault{Skip: 7}, []int64{8, 9, 10}},
		"no more than times":         {seed.Fault{Times: 2}, []int64{1, 2}},
		"every third":                {seed.Fault{Every: 3}, []int64{3, 6, 9}},
		"every third, after skip":    {seed.Fault{Every: 3, Skip: 2}, []int64{5, 8}},
		"skip, every and times":      {seed.Fault{Every: 2, Skip: 1, Times: 3}, []int64{3, 5, 7}},
		"by chance":                  {seed.Fault{Probability: 0.5}, []int64{1, 3, 4, 6, 7, 10}},
		"by chance, and burnt out":   {seed.Fault{Probability: 0.5, Times: 2}, []int64{1, 3}},
		"by chance, after skip":      {seed.Fault{Probability: 0.5, Skip: 3}, []int64{4, 6, 7, 9, 10}},
		"hardly ever, by the chance": {seed.Fault{Probability: 1e-12}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := ruleOf(c.fault, 0)
			got := r.spoiled(10)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if hits := r.hits(10); hits != int64(len(got)) {
				t.Errorf("it says that it has spoiled %d, and has spoiled %d", hits, len(got))
			}
			if burnt := r.burntOut(10); burnt != (c.fault.Times > 0) {
				t.Errorf("burnt out: %v", burnt)
			}
		})
	}
}

func TestChanceIsTheSameEachTimeAndFollowsItsNumber(t *testing.T) {
	f := seed.Fault{Probability: 0.3}
	const n = 10_000
	once := ruleOf(f, 1).spoiled(n)
	if diff := cmp.Diff(once, ruleOf(f, 1).spoiled(n)); diff != "" {
		t.Errorf("the same number chooses others (-once +again):\n%s", diff)
	}
	if cmp.Equal(once, ruleOf(f, 2).spoiled(n)) {
		t.Error("another number chooses the same ones")
	}
	if share := float64(len(once)) / n; share < 0.28 || share > 0.32 {
		t.Errorf("%.3f of the requests are spoiled, want 0.3", share)
	}
}

func TestJitterIsAddedToTheDelay(t *testing.T) {
	r := ruleOf(seed.Fault{Then: seed.FaultThen{Delay: 100, Jitter: 50}}, 0)
	seen := map[int64]bool{}
	for n := int64(1); n <= 1000; n++ {
		d := int64(r.hit(n).delay)
		if d < 100 || d > 150 || d != int64(r.hit(n).delay) {
			t.Fatalf("request %d waits %d, want 100 to 150, and the same each time", n, d)
		}
		seen[d] = true
	}
	if len(seen) < 40 {
		t.Errorf("%d different delays of 51", len(seen))
	}
}

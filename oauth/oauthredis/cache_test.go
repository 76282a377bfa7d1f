package oauthredis_test

import (
	"strconv"
	"sync"
	"testing"

	"mpe/oauth/oauthredis"
)

func TestACacheHoldsOneGeneration(t *testing.T) {
	c := oauthredis.NewCache[string, int]()
	c.Store("1", "a", 10)
	c.Store("2", "b", 20)
	if _, found := c.Load("1", "a"); found {
		t.Error("a value of the old generation is still there")
	}
	if _, found := c.Load("2", "a"); found {
		t.Error("a value of the old generation is taken for one of the new")
	}
	if got, found := c.Load("2", "b"); !found || got != 20 {
		t.Errorf("got %d, %t, want 20", got, found)
	}
}

func TestAValueThatComesLateIsNotTakenForANewOne(t *testing.T) {
	c := oauthredis.NewCache[string, int]()
	c.Store("2", "b", 20)
	c.Store("1", "a", 10) // was read before the generation changed
	if got, found := c.Load("2", "a"); found {
		t.Errorf("got %d, want none", got)
	}
}

func TestAFullCacheStartsAnew(t *testing.T) {
	c := oauthredis.NewCache[int, int]()
	for i := range oauthredis.MaxCached {
		c.Store("1", i, i)
	}
	if _, found := c.Load("1", 0); !found {
		t.Error("a cache that is just full has forgotten its first")
	}
	c.Store("1", -1, -1)
	if _, found := c.Load("1", 0); found {
		t.Error("the first is still there: nothing bounds the cache")
	}
	if _, found := c.Load("1", -1); !found {
		t.Error("the newest is not there")
	}
}

func TestACacheIsSharedByGoroutines(t *testing.T) {
	c := oauthredis.NewCache[int, string]()
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for n := range 1000 {
				generation := strconv.Itoa((i + n) % 3)
				c.Store(generation, n%10, generation)
				if got, found := c.Load(generation, n%10); found && got != generation {
					t.Errorf("in generation %s got a value of %s", generation, got)
				}
			}
		})
	}
	group.Wait()
}

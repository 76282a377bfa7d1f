package oauthredis

import "sync"

// Cache remembers what was read from the store while its data were of one generation. It is safe for concurrent use.
//
// A value must be stored under the generation that was known before it was read: the data may change meanwhile, and a
// newer value under an older generation does no harm, while the reverse would.
type Cache[K comparable, V any] struct {
	mutex      sync.RWMutex
	generation string
	values     map[K]V
}

// maxCached bounds what a cache holds. A full one starts anew, which costs each value one more read.
const maxCached = 50_000

// NewCache makes an empty cache.
func NewCache[K comparable, V any]() *Cache[K, V] { return &Cache[K, V]{values: map[K]V{}} }

// Load gives what was stored under the key in that generation.
func (c *Cache[K, V]) Load(generation string, key K) (V, bool) {
	c.mutex.RLock()
	defer c.mutex.RUnlock()
	if c.generation != generation {
		var none V
		return none, false
	}
	value, found := c.values[key]
	return value, found
}

// Store remembers the value. What was stored in another generation is forgotten.
func (c *Cache[K, V]) Store(generation string, key K, value V) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.generation != generation || len(c.values) >= maxCached {
		c.generation = generation
		c.values = map[K]V{}
	}
	c.values[key] = value
}

package oauth

import (
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// hashOrder gives the keys, which are distinct and stand in the order in which they were inserted, in the order in
// which a java.util.HashMap or HashSet iterates over them. Maskinporten's claims and scopes come in that order: every
// recorded token confirms it.
func hashOrder(keys []string) []string {
	buckets := uint32(16)
	for float64(len(keys)) > 0.75*float64(buckets) { // HashMap doubles when it grows beyond its load factor
		buckets *= 2
	}
	ordered := slices.Clone(keys)
	slices.SortStableFunc(ordered, func(a, b string) int {
		return int(bucket(a, buckets)) - int(bucket(b, buckets))
	})
	return ordered
}

// bucket is where HashMap puts the key: String.hashCode, its upper half folded in, modulo a power of two.
func bucket(key string, buckets uint32) uint32 {
	var h uint32
	for _, char := range key {
		if high, low := utf16.EncodeRune(char); high != utf8.RuneError {
			h = 31*h + uint32(high)
			char = low
		}
		h = 31*h + uint32(char)
	}
	return (h ^ h>>16) & (buckets - 1)
}

package oauth

import (
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// hashOrder gives the items, whose keys are distinct and which stand in the order in which they were inserted, in the
// order in which a java.util.HashMap or HashSet iterates over them. Maskinporten's claims and scopes come in that order:
// every recorded token confirms it.
func hashOrder[T any](items []T, key func(T) string) []T {
	buckets := uint32(16)
	for float64(len(items)) > 0.75*float64(buckets) { // HashMap doubles when it grows beyond its load factor
		buckets *= 2
	}
	type placed struct {
		item   T
		bucket uint32
	}
	all := make([]placed, 0, 16) // enough for most, which then need no allocation
	for _, item := range items {
		all = append(all, placed{item, bucket(key(item), buckets)})
	}
	slices.SortStableFunc(all, func(a, b placed) int { return int(a.bucket) - int(b.bucket) })
	ordered := make([]T, len(items))
	for i, p := range all {
		ordered[i] = p.item
	}
	return ordered
}

func itself(key string) string { return key }

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

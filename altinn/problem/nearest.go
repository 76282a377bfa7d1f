package problem

import (
	"slices"
	"strings"
)

// Nearest is the candidate that holds s, or else the one that takes the fewest edits to become s; of several, the
// alphabetically first.
func Nearest(s string, candidates []string) string {
	all := slices.Sorted(slices.Values(candidates))
	if i := slices.IndexFunc(all, func(c string) bool { return s != "" && strings.Contains(c, s) }); i >= 0 {
		return all[i]
	}
	return slices.MinFunc(all, func(a, b string) int {
		return distance([]rune(s), []rune(a)) - distance([]rune(s), []rune(b))
	})
}

// distance is how many characters must be put in, taken out or changed to make b of a (Levenshtein).
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			cost := diagonal
			if x != y {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

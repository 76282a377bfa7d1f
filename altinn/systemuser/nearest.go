package systemuser

import "slices"

// nearest is the candidate that takes the fewest edits to become s; of several, the alphabetically first.
func nearest(s string, candidates []string) string {
	return slices.MinFunc(sorted(candidates), func(a, b string) int {
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

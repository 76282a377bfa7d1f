package seed

import "unicode/utf8"

// maxNearest bounds the words that are compared, in bytes.
const maxNearest = 100

// nearest is the word of known that is most like s; "" when none is like it.
func nearest(s string, known []string) string {
	if len(s) > maxNearest {
		return ""
	}
	best, limit := "", max(2, utf8.RuneCountInString(s)/3)+1
	for _, k := range known {
		if len(k) > maxNearest {
			continue
		}
		if d := distance([]rune(s), []rune(k)); d < limit {
			best, limit = k, d
		}
	}
	return best
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
			cost := 1
			if x == y {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

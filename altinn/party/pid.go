package party

import "strconv"

// Synthetic tells whether a person number is of nobody, as the gate of Altinn's test environments does: its month is 80
// too high.
func Synthetic(pid string) bool {
	if len(pid) != 11 {
		return false
	}
	month, err := strconv.Atoi(pid[2:4])
	return err == nil && month >= 81 && month <= 92
}

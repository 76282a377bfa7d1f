package systemuser

// Lacking is a right or an access package that a person cannot pass on, as Altinn's pages list them.
type Lacking struct {
	ID      string // of the resource, or the URN of the access package
	Package bool   // it is an access package
	Reasons []string
}

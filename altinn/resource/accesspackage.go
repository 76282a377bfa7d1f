package resource

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strings"
	"sync"
)

// AccessPackage (tilgangspakke) is a bundle of rights that Altinn names and resources' policies refer to.
type AccessPackage struct {
	Code string
	ID   string // a UUID
	Name string
	Area string

	Assignable bool // can be given to somebody: a standard system user may hold it
	Delegable  bool // can be passed on for clients: a system user of type agent may hold it
	InPolicies bool // resources' policies may name it
}

// PackageAttribute is what policies call access packages; the value is a package's code.
const PackageAttribute = "urn:altinn:accesspackage"

// PackagePrefix stands before the code in a package's URN.
const PackagePrefix = PackageAttribute + ":"

// URN names the package.
func (p AccessPackage) URN() string { return PackagePrefix + p.Code }

// Package is the access package with the URN; false when there is none. Those for organisations are known.
func Package(urn string) (AccessPackage, bool) {
	p, ok := packages()[urn]
	return p, ok
}

// packages.csv lists the access packages for organisations, as Altinn's access management has them.
//
//go:embed packages.csv
var listed string

var packages = sync.OnceValue(func() map[string]AccessPackage {
	rows, err := csv.NewReader(strings.NewReader(listed)).ReadAll()
	if err != nil {
		panic(fmt.Sprintf("the embedded packages.csv: %v", err))
	}
	all := make(map[string]AccessPackage, len(rows))
	for _, row := range rows[1:] {
		p := AccessPackage{
			Code: row[0], ID: row[1], Name: row[2], Area: row[3],
			Assignable: row[4] == "true", Delegable: row[5] == "true", InPolicies: row[6] == "true",
		}
		all[p.URN()] = p
	}
	return all
})

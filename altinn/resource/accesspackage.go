package resource

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
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
	p, ok := packages().byURN[urn]
	return p, ok
}

// Packages are the access packages for organisations, area by area.
func Packages() []AccessPackage { return slices.Clone(packages().all) }

// Area (område) is what access packages are sorted under.
type Area struct {
	ID    string // a UUID
	Name  string
	URN   string // without "urn:altinn:"
	Group string // the name of a group
}

// Areas are those that have access packages for organisations.
func Areas() []Area { return areas() }

// Group is what areas are sorted under.
type Group struct {
	ID   string // a UUID
	Name string
	Type string // Organisasjon or Person
}

// Groups are all groups. Those for persons have no areas here.
func Groups() []Group {
	return []Group{
		{"7e2a3af8-08cb-43a9-bdd7-7d5c7e377145", "Allment", "Organisasjon"},
		{"3757643a-316d-4d0e-a52b-4dc7cdebc0b4", "Bransje", "Organisasjon"},
		{"554f0321-53b8-4d97-be12-6a585c507159", "Særskilt", "Organisasjon"},
		{"413f99ca-19ca-4124-8470-b0c1dba3d2ee", "Innbygger", "Person"},
		{"baf3aad0-eee3-417d-9528-6f510ea8d49c", "Vergemål", "Person"},
	}
}

// packages.csv lists the access packages for organisations, and areas.csv their areas, as Altinn's access management has
// them.
//
//go:embed packages.csv
var listedPackages string

//go:embed areas.csv
var listedAreas string

type packageIndex struct {
	all   []AccessPackage
	byURN map[string]AccessPackage
}

var packages = sync.OnceValue(func() packageIndex {
	index := packageIndex{byURN: map[string]AccessPackage{}}
	for _, row := range rows(listedPackages) {
		p := AccessPackage{
			Code: row[0], ID: row[1], Name: row[2], Area: row[3],
			Assignable: row[4] == "true", Delegable: row[5] == "true", InPolicies: row[6] == "true",
		}
		index.all = append(index.all, p)
		index.byURN[p.URN()] = p
	}
	return index
})

var areas = sync.OnceValue(func() []Area {
	var all []Area
	for _, row := range rows(listedAreas) {
		all = append(all, Area{ID: row[0], Name: row[1], URN: row[2], Group: row[3]})
	}
	return all
})

// rows are those of an embedded table, without its head.
func rows(table string) [][]string {
	all, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil {
		panic(fmt.Sprintf("an embedded table: %v", err))
	}
	return all[1:]
}

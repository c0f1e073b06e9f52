// Package mutants shows that the checks can fail: it applies wrong versions of the allocator, one
// at a time, and asks every kind of check whether it notices.
//
// A mutant is an edit of the source with an id and a sentence (mutants.txt, which package edits
// reads). Where the specification has the same bug as a constant, the mutant bears the constant's
// name, and TLC is one more check of it. Mutants are given to the compiler as an overlay; nothing
// is written into the tree. An edit that does not fit the source exactly once is an error, as is a
// mutant that does not compile: neither is ever a catch, and neither is a check that runs out of
// time.
package mutants

import (
	_ "embed"
	"path/filepath"
	"slices"

	"casalloc/tla/edits"
)

// A Mutant is a wrong version.
type Mutant struct {
	edits.Mutant
	Only string // why fewer than two checks can catch it, if so
}

//go:embed mutants.txt
var text string

// Control is the code as it is: every check must pass it, or what the check catches says nothing.
var Control = Mutant{Mutant: edits.Mutant{ID: edits.Control, Sentence: "The code as it is: every check passes."}}

// All returns the mutants.
func All() ([]Mutant, error) {
	read, err := edits.Parse("mutants.txt", text, "only")
	all := make([]Mutant, 0, len(read))
	for _, m := range read {
		all = append(all, Mutant{Mutant: m, Only: m.Fields["only"]})
	}
	return all, err
}

// IDs returns the ids of the mutants.
func IDs(mutants []Mutant) []string {
	ids := make([]string, len(mutants))
	for i, m := range mutants {
		ids[i] = m.ID
	}
	return ids
}

// InC reports whether the mutant is one of the C code, which other checks see than Go's.
func (m Mutant) InC() bool {
	return slices.ContainsFunc(m.Edits, func(e edits.Edit) bool { return isC(e.File) })
}

func isC(file string) bool { return filepath.Ext(file) == ".c" || filepath.Ext(file) == ".h" }

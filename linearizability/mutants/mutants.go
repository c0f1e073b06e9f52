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
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"

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

// InC reports whether the mutant is one of the C code, which other checks see than Go's.
func (m Mutant) InC() bool {
	return slices.ContainsFunc(m.Edits, func(e edits.Edit) bool { return isC(e.File) })
}

func isC(file string) bool { return filepath.Ext(file) == ".c" || filepath.Ext(file) == ".h" }

// overlay writes the mutant into dir for go build -overlay, and returns the file to name there.
func (m Mutant) overlay(root, dir string) (string, error) {
	files, err := m.Apply(os.DirFS(root))
	if err != nil {
		return "", err
	}
	var o struct{ Replace map[string]string }
	o.Replace = make(map[string]string)
	for name, src := range files {
		to := filepath.Join(dir, strings.ReplaceAll(name, "/", "_"))
		if err := os.WriteFile(to, []byte(src), 0o644); err != nil {
			return "", err
		}
		o.Replace[filepath.Join(root, name)] = to
	}
	b, err := json.Marshal(o)
	if err != nil {
		return "", err
	}
	to := filepath.Join(dir, "overlay.json")
	return to, os.WriteFile(to, b, 0o644)
}

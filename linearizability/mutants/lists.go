// Package mutants has the wrong versions of the allocator, of its specification and of the prover,
// and the checks that must catch them. Package mutate says how they are written, applied and
// tabulated.
//
// The code is put to every kind of check there is, the specification to TLC, and the prover to its
// own tests. Mutants of Go and C are given to the compiler as an overlay, those of modules to TLC
// as a copy; nothing is written into the tree.
package mutants

import (
	"fmt"
	"os"
	"path/filepath"

	"casalloc/impl/cmd/command"
	"casalloc/linearizability/mutate"
)

// A List is the wrong versions of one kind. Its mutants.txt stands beside mutants.tsv, which has
// the cells of the last run of each mutant, and mutants.md, the page that shows them.
type List struct {
	Name    string
	Workers int // mutants to run at once

	dir    string   // of the three files, from the root
	edited string   // the folder that the edits start from
	fields []string // that a mutant may have
	title  string   // of the page; "" of a list that is not recorded
	tables func(root string, mutants []mutate.Mutant) ([]mutate.Table, error)
}

// The lists that there are. The checks of the code need both cores.
var (
	Code = List{"code", 1, "linearizability/mutants", ".", []string{"only"}, "Mutants of the code", codeTables}
	Spec = List{"spec", 2, "tla", "tla", []string{"falls", "in"}, "Wrong specifications", specTables}
	// Prover is recorded nowhere: each of its mutants has but one check.
	Prover = List{"prover", 2, "tla/prove/testdata", "tla/prove", []string{"caught"}, "", proverTables}

	Lists = []List{Code, Spec, Prover}
)

// Mutants reads the mutants of the list in the checkout at root.
func (l List) Mutants(root string) ([]mutate.Mutant, error) {
	file := l.dir + "/mutants.txt"
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		return nil, err
	}
	return mutate.Parse(file, string(text), l.fields...)
}

// Tables returns the tables of the list, without a cell.
func (l List) Tables(root string) ([]mutate.Table, error) {
	all, err := l.Mutants(root)
	if err != nil {
		return nil, err
	}
	return l.tables(root, all)
}

// Recorded reads the cells of mutants.tsv into the tables.
func (l List) Recorded(root string, tables []mutate.Table) error {
	if l.title == "" {
		return command.Usagef("nothing is recorded of the %s", l.Name)
	}
	text, err := os.ReadFile(filepath.Join(root, l.dir, "mutants.tsv"))
	mutate.Read(tables, string(text))
	return err
}

// Files returns mutants.tsv and mutants.md of the tables, by path.
func (l List) Files(root string, tables []mutate.Table) map[string]string {
	head := fmt.Sprintf("# %s\n\nWritten by `go run ./linearizability/cmd/mutants -of %s -record`. "+
		"[What the cells are](README.md).\n\n", l.title, l.Name)
	return map[string]string{
		filepath.Join(root, l.dir, "mutants.tsv"): mutate.Record(tables),
		filepath.Join(root, l.dir, "mutants.md"):  head + mutate.Markdown(tables),
	}
}

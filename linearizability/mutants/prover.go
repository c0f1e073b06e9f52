package mutants

import (
	"slices"
	"strings"
	"time"

	"casalloc/linearizability/mutate"
)

// proverTables has one table, of the generator of proof obligations. A mutant names the test that
// catches it ("caught: "), and is put to no other.
func proverTables(root string, mutants []mutate.Mutant) ([]mutate.Table, error) {
	var tests []check
	for i, m := range mutants {
		name := m.Fields["caught"]
		mutants[i].Asked, mutants[i].Must = []string{name}, []string{name}
		if !slices.ContainsFunc(tests, func(c check) bool { return c.Name == name }) {
			run := "^" + strings.ReplaceAll(name, "/", "$/^") + "$"
			tests = append(tests, check{Name: name, pkg: "./tla/prove",
				args: []string{"-test.run=" + run, "-again"}, timeout: 10 * time.Minute})
		}
	}
	return []mutate.Table{bench{root, "tla/prove"}.table("prove", tests, mutants)}, nil
}

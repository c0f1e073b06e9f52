package prove

import (
	"slices"
	"testing"
)

// TestForgotten: a problem has no term that was forgotten. One that is made again would not be equal
// to it, and its number may be that of another term by now.
func TestForgotten(t *testing.T) {
	for _, name := range []string{"BudgetCAS", "HAProxy"} { // HAProxy's promises are hypotheses too
		for p, err := range parsed(t, modules, theorem(t, name)).obligations(nil, "") {
			if err != nil {
				t.Fatal(err)
			}
			live, seen := map[*term]bool{}, map[*term]bool{}
			for _, u := range terms {
				live[u] = true
			}
			for _, g := range slices.Concat(p.hypotheses, p.goals) {
				each(seen, g.formula, func(u *term) {
					if !live[u] {
						t.Fatalf("%s, path %d of %s: %s has a forgotten term, %s", name, p.path, p.action, g.name, u.op)
					}
				})
			}
		}
	}
}

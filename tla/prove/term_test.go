package prove

import "testing"

// TestForgotten: no problem of a path has a term that was made for another path only.
func TestForgotten(t *testing.T) {
	for _, name := range []string{"BudgetCAS", "HAProxy"} { // HAProxy's promises are hypotheses too
		for p, err := range parsed(t, modules, theorem(t, name)).obligations(nil, "") {
			if err != nil {
				t.Fatal(err)
			}
			p.SMT(0, 1) // panics
		}
	}
}

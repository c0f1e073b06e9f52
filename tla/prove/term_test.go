package prove

import "testing"

// TestForgotten: no problem of a path has a term that was made for another path only.
func TestForgotten(t *testing.T) {
	for _, s := range []Statement{
		parsed(t, "testdata", oneWord),
		parsed(t, modules, rival(t, "HAProxy")), // its promises are hypotheses too
	} {
		for p, err := range s.obligations("") {
			if err != nil {
				t.Fatal(err)
			}
			p.SMT(0, 1) // panics
		}
	}
}

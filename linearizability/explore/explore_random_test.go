//go:build interleave

package explore

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"casalloc/linearizability/explore/engine"
)

// TestExploreRandom runs scenarios that are too large to exhaust by random schedules, the same on
// every run. A thread goes on with probability 3/4: what takes many steps of one thread between two
// of another is otherwise hardly ever met.
func TestExploreRandom(t *testing.T) {
	runs := 500
	if testing.Short() {
		runs = 100
	}
	for seed, text := range []string{
		"3:S*8:2/1/0*8:L2/L4*8",
		"4:-2/-1*4:h2.1/0*8:L3/L4*6",
		"200(-,-):@X1/110/20/0*6:@Y1/0*6:190/150/0*6:S/=*6",
		"200(-,9):@X1/110/0*6:@Y1e/8/0*6:150/0*6:L150/L200/L3/YL2/YL-*6",
		"-(-,-(-)):@X1/110/0*6:@Z1e/20/0*6:L150/L200/E*6",
		"200(50(-),-):@Y1/30/0*6:@Y2/0/X3/X0*6:@Z1/150/0*6:X=/XL20/XL-/L100/L200*6",
		"200(-,9,?-):@X1/110/0*4.K/V.1/0*2:ZN.Z1/20/0*4.ZV.Z0:@Y1/0/L4*4.MX1/K/V.0*2:190/150/0/L150/L200/S*6",
		"200(90(-),-):@Y+3/+30/-2/MZ2/MX1*6:@Z+1/-1/MX1/MY2*6:@X+2/-1/MO1/MY1*6:L100/L200/=*5",
	} {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(uint64(seed), 2))
			for i := 0; i < runs; {
				x, err := New(text) // what it learns it keeps, so it is used for some runs only
				if err != nil {
					t.Fatal(err)
				}
				for range 100 {
					i++
					if run := x.Run(mostlyOne(random, x.engine.Threads()), 10_000); run.Err != nil {
						t.Fatalf("%s\n%s", text, x.Report(run))
					}
				}
			}
		})
	}
}

// mostlyOne picks steps so that a thread goes on with probability 3/4.
func mostlyOne(r *rand.Rand, threads int) func(engine.State, []engine.Step) int {
	last := 0
	return func(_ engine.State, possible []engine.Step) int {
		first := func(thread int) int {
			return slices.IndexFunc(possible, func(st engine.Step) bool { return int(st.Thread) == thread })
		}
		for r.IntN(4) == 0 || first(last) < 0 {
			last = r.IntN(threads)
		}
		n := 0
		for _, st := range possible {
			if int(st.Thread) == last {
				n++
			}
		}
		return first(last) + r.IntN(n)
	}
}

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
	runs := 2000
	if testing.Short() {
		runs = 250
	}
	for seed, text := range []string{
		"3:S*8:2/1/0*8:L2/L4*8",
		"4:-2/-1*4:h2.1/0*8:L3/L4*6",
		"200:@1/110/20/0*6:@1/0*6:190/150/0*6:S*6",
		"200:@1/110/0*6:@1e/20/0*6:150/0*6:L150/L200/L3*6",
		"0:@1/110/0*6:@1e/20/0*6:L150/L200/E*6",
		"200:@1/110/0*4.K/D.N.1/20/0*4:@1/0/l4*4.K/D.2/0*2:190/150/0/L150/L200/S*6",
	} {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(uint64(seed), 2))
			for i := 0; i < runs; {
				x, err := New(text) // what it learns it keeps, so it is used for some runs only
				if err != nil {
					t.Fatal(err)
				}
				for range 250 {
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

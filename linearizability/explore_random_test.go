//go:build interleave

package linearizability

import (
	"math/rand/v2"
	"testing"
)

// TestExploreRandom runs scenarios that are too large to exhaust by random schedules, the same on every run. A thread goes on with
// probability 3/4: what takes many steps of one thread between two of another is otherwise hardly ever met.
func TestExploreRandom(t *testing.T) {
	for seed, text := range []string{
		"3:S*8:2/1/0*8:L2/L4*8",
		"4:-2/-1*4:h2.1/0*8:L3/L4*6",
		"200:@1/110/20/0*6:@1/0*6:190/150/0*6:S*6",
		"200:@1/110/0*6:@1e/20/0*6:150/0*6:L150/L200/L3*6",
		"0:@1/110/0*6:@1e/20/0*6:L150/L200/E*6",
	} {
		random := rand.New(rand.NewPCG(uint64(seed), 2))
		for i := 0; i < 2000; {
			x, err := newExplorer(text) // what it learns it keeps, so it is used for some runs only
			if err != nil {
				t.Fatal(err)
			}
			for range 250 {
				i++
				if run := x.random(random); run.err != nil {
					t.Fatalf("%s\n%s", text, x.report(run))
				}
			}
		}
	}
}

// random takes one run to its end.
func (x *explorer) random(r *rand.Rand) *failure {
	f, s, last := new(failure), x.initial, 0
	for f.err == nil && !x.stuck(s) {
		for r.IntN(4) == 0 || x.choices(s, last) == 0 {
			last = r.IntN(len(x.scenario.threads))
		}
		st := step{uint8(last), uint8(r.IntN(x.choices(s, last)))}
		f.schedule = append(f.schedule, st)
		s, f.err = x.take(s, st)
	}
	if f.err == nil {
		f.err = x.judgeEnd(s)
	}
	return f
}

package linearizability_test

import (
	"flag"
	"math/rand/v2"
	"runtime"
	"testing"

	"casalloc/impl"
	lin "casalloc/linearizability"
	"casalloc/linearizability/calls"
	"casalloc/linearizability/workload"
)

var seedFlag = flag.Uint64("history.seed", 0, "seed of the random programs; 0 draws one")

// seed returns the seed of a test's programs and logs it. What they do is the seed's; how they
// interleave is not.
func seed(t *testing.T) uint64 {
	s := *seedFlag
	if s == 0 {
		s = rand.Uint64()
	}
	t.Logf("-history.seed=%d", s)
	return s
}

// Of each kind, as many histories as it takes until enough have operations that overlap: how often
// they do is up to the machine.
const (
	enough       = 300
	maxHistories = 3000
)

func TestHistoriesOfSteps(t *testing.T) { testHistories(t, small(calls.Steps)) }
func TestHistoriesOfCalls(t *testing.T) { testHistories(t, small(calls.Calls)) }

// small returns a function that draws programs for a few bytes. One in four begins Counting.
func small(mix calls.Mix) func(*rand.Rand) calls.Program {
	return func(rng *rand.Rand) calls.Program {
		p := calls.Draw(rng, mix, calls.Small(rng))
		if rng.IntN(4) == 0 {
			p.Tree[0].Limit = impl.NoLimit
		}
		return p
	}
}

func TestHistoriesOfSlack(t *testing.T) { testHistories(t, slack) }

// slack draws a program for clients whose children stock up. One in eight begins Counting.
func slack(rng *rand.Rand) calls.Program {
	shape := calls.Shape{Clients: 3 + rng.IntN(2), Limit: 1000 + rng.Int64N(4000), Budgets: 6}
	shape.Calls = 8 * shape.Clients
	boot := rng.IntN(8) == 0
	shape.Still = !boot && rng.IntN(2) == 0
	p := calls.Draw(rng, calls.Slack, shape)
	if boot {
		p.Tree[0].Limit = impl.NoLimit
	}
	return p
}

// testHistories records short histories and judges each.
func testHistories(t *testing.T, draw func(*rand.Rand) calls.Program) {
	s, total, overlaps := seed(t), 0, 0
	for ; overlaps < enough && total < maxHistories; total++ {
		p := draw(rand.New(rand.NewPCG(s, uint64(total))))
		history, err := workload.Run(p, workload.Recorded)
		lin.Require(t, history, "-history.seed=%d # history %d", s, total)
		if err != nil {
			t.Fatalf("-history.seed=%d, history %d: %v", s, total, err)
		}
		if overlap(history) {
			overlaps++
		}
	}
	t.Logf("%d of %d histories have operations that overlap", overlaps, total)
	if overlaps == 0 && runtime.GOMAXPROCS(0) > 1 {
		t.Error("no two operations overlapped: nothing concurrent was checked")
	}
}

// overlap reports whether two operations of the history overlap.
func overlap(h lin.History) bool {
	for i, a := range h.Ops {
		for _, b := range h.Ops[:i] {
			if a.Call < b.Return && b.Call < a.Return {
				return true
			}
		}
	}
	return false
}

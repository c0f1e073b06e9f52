package linearizability_test

import (
	"math/rand/v2"
	"runtime"
	"testing"

	"casalloc/impl"
	lin "casalloc/linearizability"

	"github.com/anishathalye/porcupine"
)

// Of each kind, as many histories as it takes until enough have operations that overlap: how often they do is up to the machine.
const (
	enough       = 300
	maxHistories = 3000
)

func TestHistoriesOfSteps(t *testing.T) { testHistories(t, steps) }
func TestHistoriesOfCalls(t *testing.T) { testHistories(t, calls) }

// testHistories records short histories of clients that fight for a few bytes, and judges each.
func testHistories(t *testing.T, draw func(*rand.Rand, int64) command) {
	s, total, overlaps := seed(t), 0, 0
	for ; overlaps < enough && total < maxHistories; total++ {
		rng := rand.New(rand.NewPCG(s, uint64(total)))
		limit, still, ps := programs(rng, draw)
		b, rs, h := impl.NewBudget(), lin.NewRecorders(len(ps)), new(heap)
		boot := rng.IntN(4) == 0
		if !boot {
			rs[0].Do(b, lin.Input{Op: lin.SetLimit, N: limit})
		}
		held := run(b, rs, ps, h)
		rs[0].Do(b, lin.Input{Op: lin.Stats}) // what the others left must be explained too
		history := lin.History(rs)
		lin.Require(t, history, "-history.seed=%d, history %d", s, total)
		if got := b.Stats(); got.Mode != impl.Unlimited && got.Allocated != held {
			t.Fatalf("-history.seed=%d, history %d: Exact: %d bytes counted at rest, want %d", s, total, got.Allocated, held)
		}
		if most := h.most.Load(); still && !boot && most > limit {
			t.Fatalf("-history.seed=%d, history %d: NeverOverLimit: %d bytes existed, limit %d", s, total, most, limit)
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
func overlap(history []porcupine.Operation) bool {
	for i, a := range history {
		for _, b := range history[:i] {
			if a.Call < b.Return && b.Call < a.Return {
				return true
			}
		}
	}
	return false
}

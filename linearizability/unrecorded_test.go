package linearizability_test

import (
	"math/rand/v2"
	"sync"
	"testing"

	lin "casalloc/linearizability"
)

// The same load with a clock for each client. A shared clock orders the clients by itself, and the race detector would not see
// that the Budget fails to.
func TestUnrecorded(t *testing.T) {
	s := seed(t)
	for i := range 1000 {
		draw := steps
		if i%2 == 0 {
			draw = calls
		}
		rng := rand.New(rand.NewPCG(s, uint64(i)))
		limit, still, ps := programs(rng, draw)
		b, h := limited(limit), new(heap)
		rs := make([]*lin.Recorder, len(ps))
		for c := range rs {
			rs[c] = lin.NewRecorders(1)[0]
		}
		held := run(b, rs, ps, h)
		if got := b.Stats().Allocated; got != held {
			t.Fatalf("-history.seed=%d, load %d: Exact: %d bytes counted at rest, want %d", s, i, got, held)
		}
		if most := h.most.Load(); still && most > limit {
			t.Fatalf("-history.seed=%d, load %d: NeverOverLimit: %d bytes existed, limit %d", s, i, most, limit)
		}
	}
}

// A budget of 1 byte is a try-lock: what was written before a release is visible to whom the byte is granted next. The race detector
// says so if it is not.
func TestReleaseSynchronizesBeforeGrant(t *testing.T) {
	b := limited(1)
	var wg sync.WaitGroup
	var guarded int // by the byte
	grants := make([]int, 4)
	for i := range grants {
		wg.Go(func() {
			for grants[i] < 1000 {
				if b.Reserve(1) == nil {
					guarded++
					grants[i]++
					b.Release(1)
				}
			}
		})
	}
	wg.Wait()
	if want := 1000 * len(grants); guarded != want {
		t.Errorf("%d increments, want %d", guarded, want)
	}
}

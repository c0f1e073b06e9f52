package linearizability_test

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"casalloc/linearizability/workload"
)

// Programs without a common clock, for the race detector: a clock orders the clients, and hides
// that the Budget fails to.
func TestUnrecorded(t *testing.T) {
	testUnrecorded(t, 1000, func(rng *rand.Rand, i int) workload.Program {
		mix := []workload.Mix{workload.Steps, workload.Calls}[i%2]
		return workload.Draw(rng, mix, workload.Small(rng))
	})
}

func TestAccountsUnrecorded(t *testing.T) {
	testUnrecorded(t, 200, func(rng *rand.Rand, i int) workload.Program {
		shape := workload.Shape{Clients: 4, Commands: 800, Limit: 1000 + rng.Int64N(100_000), Still: i%2 == 0}
		return workload.Draw(rng, workload.Accounts, shape)
	})
}

// testUnrecorded runs programs: half of them with the clients Apart, half with what exists counted.
func testUnrecorded(t *testing.T, programs int, draw func(rng *rand.Rand, i int) workload.Program) {
	s := seed(t)
	for i := range programs {
		p := draw(rand.New(rand.NewPCG(s, uint64(i))), i)
		w := []workload.Watch{workload.Apart, workload.Counted}[i/2%2]
		if _, err := p.Run(w); err != nil {
			t.Fatalf("-history.seed=%d, program %d: %v", s, i, err)
		}
	}
}

// A budget of 1 byte is a try-lock: what was written before a release is visible to whom the byte
// is granted next. The race detector says so if it is not.
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

// Slack is no way around it: a budget of which accounts take all but a few bytes, one at a time, is
// a lock too.
func TestAccountReleaseSynchronizesBeforeGrant(t *testing.T) {
	const limit = 1000
	b := limited(limit)
	var wg sync.WaitGroup
	var guarded int // by most of the limit
	grants := make([]int, 3)
	for i := range grants {
		wg.Go(func() {
			a := b.NewAccount()
			defer a.Close()
			for grants[i] < 1000 {
				if a.Reserve(1) != nil { // stocks the account, now and then
					continue
				}
				if a.Reserve(limit-100) == nil {
					guarded++
					grants[i]++
					a.Release(limit - 100)
				}
				a.Release(1)
				runtime.Gosched()
			}
		})
	}
	wg.Wait()
	if want := 1000 * len(grants); guarded != want {
		t.Errorf("%d increments, want %d", guarded, want)
	}
}

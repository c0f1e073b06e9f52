package impl_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"casalloc/impl"
	"casalloc/linearizability/workload"
)

// Goroutines reserve and release as fast as they can, and now and then release a byte that is
// another's or no one's. In every schedule the counter stays between 0 and the limit, and ends as
// what was granted less what was released.
func TestContention(t *testing.T) {
	for _, tt := range []struct {
		name   string
		limits []int64 // set in turn while the others run, if more than one
	}{
		{"one limit", []int64{6}},
		{"the limit moves", []int64{6, 5, 2}},
	} {
		b := newBudget(t, impl.Enforcing, tt.limits[0], 0)
		check := func(call string, n int64) bool {
			s := b.Stats()
			if s.Allocated < 0 || s.Allocated > tt.limits[0] {
				t.Errorf("%s: counter %d after %s(%d), want 0 to %d", tt.name, s.Allocated, call, n, tt.limits[0])
				return false
			}
			return true
		}
		var balance atomic.Int64
		var others, setter sync.WaitGroup
		var done atomic.Bool
		pace := workload.NewPace(4)
		for g := range int64(4) {
			others.Go(func() {
				held := int64(0) // negative: released more than we reserved
				defer func() { balance.Add(held) }()
				defer pace.End(int(g))
				for i := range int64(200_000) {
					pace.Call(int(g))
					n := 1 + (i+g)%3
					if b.Reserve(n) != nil {
						continue
					}
					held += n
					for _, give := range []int64{n + 1, n} { // one byte that is not ours, if we can
						if give == n || i%8 == 0 {
							if catch(func() { b.Release(give) }) == nil {
								held -= give
								break
							}
						}
					}
					if i%4 == 0 && !check("Release", n) {
						return
					}
				}
			})
		}
		if len(tt.limits) > 1 {
			setter.Go(func() {
				for i := 0; !done.Load(); i++ {
					for !pace.Change() {
						runtime.Gosched()
					}
					n := tt.limits[i%len(tt.limits)]
					must(t, b.SetLimit(n))
					if s := b.Stats(); s.Limit != n {
						t.Errorf("%s: limit %d after SetLimit(%d)", tt.name, s.Limit, n)
						return
					}
				}
			})
		}
		others.Wait()
		done.Store(true)
		setter.Wait()
		if peak := b.Stats().Peak; peak > tt.limits[0] {
			t.Errorf("%s: NeverOverLimit: peak %d, no limit was above %d", tt.name, peak, tt.limits[0])
		}
		if got, want := b.Stats().Allocated, balance.Load(); got != want && !t.Failed() {
			t.Errorf("%s: Exact: counter %d at rest, want the %d that were granted and not released",
				tt.name, got, want)
		}
	}
}

// Package bench measures casalloc beside a library that the module casalloc does not require.
//
//	cd impl/bench && go test -bench=. -count=6
package bench

import (
	"testing"

	"casalloc/impl"

	"golang.org/x/sync/semaphore"
)

// The nearest relative in Go's own libraries: a weighted semaphore takes n of a limit that cannot change, under a mutex.
func BenchmarkReserveRelease(b *testing.B) {
	const n, limit = 64, 1 << 30

	enforcing, full := impl.NewBudget(), impl.NewBudget()
	must(enforcing.SetLimit(limit) == nil && full.SetLimit(n-1) == nil)
	compare(b, "impl=casalloc/mode=enforcing", func(k int) {
		for range k {
			must(enforcing.Reserve(n) == nil)
			enforcing.Release(n)
		}
	})
	compare(b, "impl=casalloc/mode=refused", func(k int) {
		for range k {
			must(full.Reserve(n) == impl.ErrLimit)
		}
	})

	open, closed := alone(limit), alone(n-1)
	compare(b, "impl=semaphore/mode=enforcing", func(k int) {
		for range k {
			must(open.TryAcquire(n))
			open.Release(n)
		}
	})
	compare(b, "impl=semaphore/mode=refused", func(k int) {
		for range k {
			must(!closed.TryAcquire(n))
		}
	})
}

// alone returns a semaphore on cache lines of its own, as a Budget is.
func alone(n int64) *semaphore.Weighted {
	x := new(struct {
		_ [128]byte
		semaphore.Weighted
		_ [256]byte
	})
	x.Weighted = *semaphore.NewWeighted(n) // not in use yet
	return &x.Weighted
}

// batch is how many times a benchmark's body runs in one call, so that the call itself does not count.
const batch = 64

// compare measures body, which does k times what is to be measured: on one goroutine, and on all processors at once.
func compare(b *testing.B, name string, body func(k int)) {
	for _, goroutines := range []string{"one", "parallel"} {
		b.Run(name+"/goroutines="+goroutines, func(b *testing.B) {
			b.ReportAllocs()
			if goroutines == "one" {
				for b.Loop() {
					body(batch)
				}
			} else {
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						body(batch)
					}
				})
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/batch, "ns/op")
		})
	}
}

func must(ok bool) {
	if !ok {
		panic("not what was to be measured")
	}
}

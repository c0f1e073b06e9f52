package impl

import (
	"testing"

	"casalloc/impl/internal/rivals"
)

// What a reservation and its release cost, and beside them in the same run:
//
//	impl=cas       rivals.Word: two compare-and-swap loops on one word, the least that one
//	               shared counter can cost
//	impl=haproxy   rivals.HAProxy: limit and counter in two words of one line
//	impl=addundo   rivals.AddUndo: add first, undo when over
//	impl=mutex     rivals.Mutex: limit and counter under a lock
func BenchmarkReserveRelease(b *testing.B) {
	const n, limit = 64, 1 << 30

	for _, mode := range []Mode{Counting, Enforcing, Unlimited} {
		x := budgetIn(mode, limit)
		compare(b, "impl=casalloc/mode="+mode.String(), func(k int) {
			for range k {
				must(x.Reserve(n) == nil)
				x.Release(n)
			}
		})
	}
	full := budgetIn(Enforcing, n-1)
	compare(b, "impl=casalloc/mode=refused", func(k int) {
		for range k {
			must(full.Reserve(n) == ErrLimit)
		}
	})

	word := new(rivals.Word)
	compare(b, "impl=cas/mode=enforcing", func(k int) {
		for range k {
			must(word.Reserve(n))
			word.Release(n)
		}
	})
	hap := new(rivals.HAProxy)
	hap.Limit.Store(limit)
	compare(b, "impl=haproxy/mode=enforcing", func(k int) {
		for range k {
			must(hap.Reserve(n))
			hap.Release(n)
		}
	})
	undo := &rivals.AddUndo{Limit: limit}
	compare(b, "impl=addundo/mode=enforcing", func(k int) {
		for range k {
			must(undo.Reserve(n))
			undo.Release(n)
		}
	})
	lock := &rivals.Mutex{Limit: limit}
	compare(b, "impl=mutex/mode=enforcing", func(k int) {
		for range k {
			must(lock.Reserve(n))
			lock.Release(n)
		}
	})
}

// What Resize and Realloc add to a backend that does nothing: a new block and its free.
func BenchmarkResize(b *testing.B) {
	const n, limit = 64, 1 << 30

	backend, realloc := opaque(Backend(nullBackend{})), opaque(func() bool { return true })
	compare(b, "call=resize/impl=direct", func(k int) {
		for range k {
			must(realloc())
			must(realloc())
		}
	})
	compare(b, "call=realloc/impl=direct", func(k int) {
		for range k {
			must(backend.Realloc(backend.Realloc(nil, n), 0) == nil)
		}
	})
	for _, mode := range []Mode{Counting, Enforcing, Unlimited} {
		x := budgetIn(mode, limit)
		compare(b, "call=resize/impl=casalloc/mode="+mode.String(), func(k int) {
			for range k {
				must(x.Resize(0, n, realloc) == nil)
				must(x.Resize(n, 0, realloc) == nil)
			}
		})
		a := NewAllocatorOver(budgetIn(mode, limit), backend)
		compare(b, "call=realloc/impl=casalloc/mode="+mode.String(), func(k int) {
			for range k {
				p, err := a.Realloc(nil, n)
				must(err == nil)
				_, err = a.Realloc(p, 0)
				must(err == nil)
			}
		})
	}
}

// batch is how many times a body runs in one call, so that the call itself does not count.
const batch = 64

// compare measures body, which does k times what is to be measured: on one goroutine, and on all
// processors at once.
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

// opaque returns v, of which the compiler then knows nothing.
//
//go:noinline
func opaque[T any](v T) T { return v }

func budgetIn(mode Mode, limit int64) *Budget {
	x := NewBudget()
	switch mode {
	case Enforcing:
		must(x.SetLimit(limit) == nil)
	case Unlimited:
		x.EndBoot()
	}
	return x
}

// A nullBackend makes the same block for all.
type nullBackend struct{}

var nullBlock [64]byte

func (nullBackend) Realloc(block []byte, n int) []byte {
	if n == 0 {
		return nil
	}
	return nullBlock[:n]
}

package impl

import (
	"sync"
	"sync/atomic"
	"testing"
)

// What a reservation and its release cost, and beside them in the same run:
//
//	impl=cas       two compare-and-swap loops on one word, nothing else: the least that one shared counter can cost
//	impl=twoword   limit and counter apart, a compare-and-swap loop on the counter: HAProxy's protocol, from its description
//	impl=addundo   add first, undo when over
//	impl=mutex     limit and counter under a lock
//
// None of them does what casalloc does: catch an over-release, move the limit, know the peak.
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

	cas := new(casWord)
	cas.Store(limit)
	compare(b, "impl=cas/mode=enforcing", func(k int) {
		for range k {
			cas.add(-n)
			cas.add(n)
		}
	})
	two := new(twoWord)
	two.limit.Store(limit)
	compare(b, "impl=twoword/mode=enforcing", func(k int) {
		for range k {
			must(two.resize(0, n))
			must(two.resize(n, 0))
		}
	})
	undo := &addUndo{limit: limit}
	compare(b, "impl=addundo/mode=enforcing", func(k int) {
		for range k {
			must(undo.reserve(n))
			undo.release(n)
		}
	})
	lock := &locked{limit: limit}
	compare(b, "impl=mutex/mode=enforcing", func(k int) {
		for range k {
			must(lock.reserve(n))
			lock.release(n)
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

// The baselines. What they write lies on cache lines of its own, as in a Budget.

type casWord struct {
	_ [lineSize]byte
	atomic.Int64
	_ [2*lineSize - 8]byte
}

func (w *casWord) add(d int64) {
	for {
		v := w.Load()
		if w.CompareAndSwap(v, v+d) {
			return
		}
	}
}

// twoWord has both words on one line, as HAProxy does. A limit of 0 counts and does not enforce, one of ^0 does neither.
type twoWord struct {
	_         [lineSize]byte
	allocated atomic.Uint64
	limit     atomic.Uint64
	_         [2*lineSize - 16]byte
}

func (w *twoWord) resize(osize, nsize uint64) bool {
	limit := w.limit.Load()
	if limit == ^uint64(0) {
		return true
	}
	for {
		v := w.allocated.Load()
		sum := v + nsize - osize
		if nsize != 0 && limit != 0 && sum > limit {
			return false
		}
		if w.allocated.CompareAndSwap(v, sum) {
			return true
		}
	}
}

type addUndo struct {
	_         [lineSize]byte
	allocated atomic.Int64
	_         [lineSize - 8]byte
	limit     int64
	_         [lineSize - 8]byte
}

func (w *addUndo) reserve(n int64) bool {
	if w.allocated.Add(n) > w.limit {
		w.allocated.Add(-n)
		return false
	}
	return true
}

func (w *addUndo) release(n int64) { w.allocated.Add(-n) }

type locked struct {
	_                [lineSize]byte
	mu               sync.Mutex
	allocated, limit int64
	_                [2*lineSize - 24]byte
}

func (w *locked) reserve(n int64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n > w.limit-w.allocated {
		return false
	}
	w.allocated += n
	return true
}

func (w *locked) release(n int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.allocated -= n
}

// Package bench measures casalloc beside its rivals, and beside a library that the module casalloc
// does not require.
package bench

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"

	"casalloc/impl"
	"casalloc/impl/internal/rivals"
	"casalloc/impl/trace"

	"golang.org/x/sync/semaphore"
)

// batch is how often a play repeats its calls, so that the cost of the play itself does not count.
const batch = 64

// A contender is a way to keep a budget. Its client makes one with this limit, in bytes, and
// returns a function that returns what one goroutine calls.
type contender struct {
	name   string
	client func(limit int64) func() budget
}

type budget interface {
	Reserve(n int64) bool
	Release(n int64)
}

// Adapters: errors become a bool.
type (
	word    struct{ *impl.Budget }
	account struct{ *impl.Account }
	sema    struct{ *semaphore.Weighted }
)

func (w word) Reserve(n int64) bool    { return w.Budget.Reserve(n) == nil }
func (a account) Reserve(n int64) bool { return a.Account.Reserve(n) == nil }
func (s sema) Reserve(n int64) bool    { return s.TryAcquire(n) }

func enforcing(limit int64) *impl.Budget {
	b := impl.NewBudget()
	must(b.SetLimit(limit) == nil)
	return b
}

func shared(x budget) func() budget { return func() budget { return x } }

var contenders = []contender{
	{"accounts", func(limit int64) func() budget {
		b := enforcing(limit)
		return func() budget { return account{b.NewAccount()} }
	}},
	{"word", func(limit int64) func() budget { return shared(word{enforcing(limit)}) }},
	{"haproxy", func(limit int64) func() budget {
		x := new(rivals.HAProxy)
		x.Limit.Store(uint64(limit))
		return shared(x)
	}},
	{"addundo", func(limit int64) func() budget { return shared(&rivals.AddUndo{Limit: limit}) }},
	{"mutex", func(limit int64) func() budget { return shared(&rivals.Mutex{Limit: limit}) }},
	{"semaphore", func(limit int64) func() budget { return shared(sema{alone(limit)}) }},
}

// BenchmarkScaling measures what a call costs the goroutine that makes it, over the number of
// goroutines.
//
//	at=far     reserve, release; nothing comes near the limit
//	at=limit   reserve, reserve, release; one block fits for each goroutine, so the second is
//	           refused, unless another goroutine has none at that instant
//	at=trace   the recorded calls of a Lua program in each goroutine; the limit is twice their peak
//
// ns/op is processor time: with more goroutines than processors, goroutines take turns.
func BenchmarkScaling(b *testing.B) {
	const n = 64
	recorded := calls(b)
	for _, load := range []struct {
		at    string
		limit int64 // for each goroutine
		calls int   // that play makes
		play  func(budget)
	}{
		{"far", 1 << 40, 2 * batch, func(x budget) {
			for range batch {
				must(x.Reserve(n))
				x.Release(n)
			}
		}},
		{"limit", n, 3 * batch, func(x budget) {
			for range batch {
				first, second := x.Reserve(n), x.Reserve(n)
				if first {
					x.Release(n)
				}
				if second {
					x.Release(n)
				}
			}
		}},
		{"trace", 2 * 3_644_367, len(recorded), func(x budget) {
			for _, d := range recorded {
				if d > 0 {
					must(x.Reserve(d))
				} else {
					x.Release(-d)
				}
			}
		}},
	} {
		for _, c := range contenders {
			for _, goroutines := range []int{1, 2, 4, 8} {
				b.Run(fmt.Sprintf("at=%s/impl=%s/goroutines=%d", load.at, c.name, goroutines), func(b *testing.B) {
					perCall(b, goroutines, load.calls, c.client(load.limit*int64(goroutines)), load.play)
				})
			}
		}
	}
}

// perCall runs play, which makes so many calls, b.N times in each goroutine, and reports what a call
// costs the goroutine that makes it.
func perCall(b *testing.B, goroutines, calls int, client func() budget, play func(budget)) {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for range goroutines {
		ready.Add(1)
		done.Go(func() {
			x := client()
			play(x) // stocks an account
			ready.Done()
			<-start
			for range b.N {
				play(x)
			}
		})
	}
	ready.Wait()
	b.ResetTimer()
	close(start)
	done.Wait()
	time := float64(b.Elapsed().Nanoseconds()) * float64(min(goroutines, runtime.GOMAXPROCS(0)))
	b.ReportMetric(time/float64(b.N)/float64(goroutines*calls), "ns/op")
}

// calls returns by how many bytes each recorded call grows its block. Frees of NULL and calls that
// change no size are left out.
func calls(b *testing.B) []int64 {
	const file = "../cmd/replay/luacheck.trace.gz"
	f, err := os.Open(file)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	var ds []int64
	for c, err := range trace.NewReader(f, file).All() {
		if err != nil {
			b.Fatal(err)
		}
		osize, nsize := c.Sizes()
		if d := nsize - osize; d != 0 {
			ds = append(ds, d)
		}
	}
	return ds
}

// alone returns a semaphore on cache lines of its own; a Budget has those too. The semaphore is the
// nearest relative in Go's own libraries: it takes n of a limit that cannot change, under a mutex.
func alone(n int64) *semaphore.Weighted {
	x := new(struct {
		_ [128]byte
		semaphore.Weighted
		_ [256]byte
	})
	x.Weighted = *semaphore.NewWeighted(n) // not in use yet
	return &x.Weighted
}

func must(ok bool) {
	if !ok {
		panic("not what was to be measured")
	}
}

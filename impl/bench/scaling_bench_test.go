// Package bench measures casalloc beside its rivals, and beside a library that the module casalloc
// does not require.
package bench

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"casalloc/impl"
	"casalloc/impl/bench/internal/paired"
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

// The first is what the others are compared with.
var contenders = []contender{
	{"haproxy", func(limit int64) func() budget {
		x := new(rivals.HAProxy)
		x.Limit.Store(uint64(limit))
		return shared(x)
	}},
	{"accounts", func(limit int64) func() budget {
		b := enforcing(limit)
		return func() budget { return account{b.NewAccount()} }
	}},
	{"word", func(limit int64) func() budget { return shared(word{enforcing(limit)}) }},
	{"addundo", func(limit int64) func() budget { return shared(&rivals.AddUndo{Limit: limit}) }},
	{"mutex", func(limit int64) func() budget { return shared(&rivals.Mutex{Limit: limit}) }},
	{"semaphore", func(limit int64) func() budget { return shared(sema{alone(limit)}) }},
}

// A load is what a goroutine does.
type load struct {
	limit int64 // for each goroutine
	calls int   // that play makes
	play  func(budget)
}

// BenchmarkScaling measures what a call costs the goroutine that makes it, over the number of
// goroutines.
//
//	at=far     reserve, release; nothing comes near the limit
//	at=limit   reserve, reserve, release; one block fits for each goroutine, so the second is
//	           refused, unless another goroutine has none at that instant
//	at=trace   the recorded calls of a Lua program in each goroutine; the limit is twice their peak
func BenchmarkScaling(b *testing.B) {
	const n = 64
	recorded := calls(b)
	var table paired.Table
	for _, at := range []struct {
		name string
		load
	}{
		{"far", load{1 << 40, 2 * batch, func(x budget) {
			for range batch {
				must(x.Reserve(n))
				x.Release(n)
			}
		}}},
		{"limit", load{n, 3 * batch, func(x budget) {
			for range batch {
				first, second := x.Reserve(n), x.Reserve(n)
				if first {
					x.Release(n)
				}
				if second {
					x.Release(n)
				}
			}
		}}},
		{"trace", load{2 * 3_644_367, len(recorded), func(x budget) {
			for _, d := range recorded {
				if d > 0 {
					must(x.Reserve(d))
				} else {
					x.Release(-d)
				}
			}
		}}},
	} {
		for _, goroutines := range []int{1, 2, 4, 8} {
			b.Run(fmt.Sprintf("at=%s/goroutines=%d", at.name, goroutines), func(b *testing.B) {
				for i, ns := range compare(b, contenders, goroutines, 1<<20, at.load) {
					table.Set(contenders[i].name, fmt.Sprintf("%s, %d", at.name, goroutines), fmt.Sprintf("%.1f", ns))
				}
			})
		}
	}
	table.Print(os.Stdout, "ns a call and goroutine")
}

// BenchmarkApart measures what a call costs a goroutine that works between its calls, as programs
// do: none is the work alone, and the difference is the price.
//
//	steps   dependent steps of arithmetic between one call and the next, some 1.5 ns each
func BenchmarkApart(b *testing.B) {
	alone := contender{"none", func(int64) func() budget { return shared(none{}) }}
	for _, steps := range []int{64, 640} {
		for _, goroutines := range []int{1, 2} {
			b.Run(fmt.Sprintf("steps=%d/goroutines=%d", steps, goroutines), func(b *testing.B) {
				compare(b, append([]contender{alone}, contenders...), goroutines, 1<<16,
					load{1 << 40, 2 * batch, func(x budget) {
						state := uint64(1)
						for range batch {
							must(x.Reserve(64))
							state = work(state, steps)
							x.Release(64)
							state = work(state, steps)
						}
						must(state != 0)
					}})
			})
		}
	}
}

// work makes steps of a xorshift generator, which touch no memory. The state is not 0, and stays
// so.
func work(state uint64, steps int) uint64 {
	for range steps {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
	}
	return state
}

type none struct{}

func (none) Reserve(int64) bool { return true }
func (none) Release(int64)      {}

// compare reports, and returns by contender, what a call costs the goroutine that makes it. Each
// makes about so many calls in a round.
func compare(b *testing.B, contenders []contender, goroutines, calls int, l load) []float64 {
	var names []string
	for _, c := range contenders {
		names = append(names, c.name)
	}
	plays := calls/l.calls + 1
	if testing.Short() {
		plays = 1
	}
	ns, _ := paired.Rounds(b, names, func(i int) float64 {
		return perCall(goroutines, plays, l, contenders[i].client(l.limit*int64(goroutines)))
	})
	return ns
}

// perCall makes so many plays in each goroutine, and returns the nanoseconds of processor time of a
// call: with more goroutines than processors, goroutines take turns.
func perCall(goroutines, plays int, l load, client func() budget) float64 {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for range goroutines {
		ready.Add(1)
		done.Go(func() {
			x := client()
			l.play(x) // stocks an account
			ready.Done()
			<-start
			for range plays {
				l.play(x)
			}
		})
	}
	ready.Wait()
	began := time.Now()
	close(start)
	done.Wait()
	spent := time.Since(began) * time.Duration(min(goroutines, runtime.GOMAXPROCS(0)))
	return float64(spent.Nanoseconds()) / float64(goroutines*plays*l.calls)
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

//go:build linux

package bench

import (
	"fmt"
	"os"
	"testing"

	"casalloc/impl/bench/internal/paired"
	"casalloc/impl/trace"
)

// The first is what the others are compared with. rivals.AddUndo is not among them: a growth that
// it refuses makes others fail, so it cannot be made to answer the same calls in the same way.
var contenders = []contender{haproxy, children, word, mutex, weighted}

// BenchmarkScaling measures what a call costs the goroutine that makes it, over the number of
// goroutines.
//
//	at=far     reserve, release; nothing comes near the limit
//	at=limit   reserve, which is granted, reserve, which is refused, and release
//	at=trace   the recorded calls of a Lua program in each goroutine; the limit is twice their peak
func BenchmarkScaling(b *testing.B) {
	recorded := calls(b)
	var table paired.Table
	for _, at := range []struct {
		name string
		load
	}{
		{"far", far},
		{"limit", atLimit},
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
				for i, ns := range compare(b, contenders, goroutines, at.load) {
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
				compare(b, append([]contender{alone}, contenders...), goroutines,
					load{1 << 40, 2 * batch, func(x budget) {
						state := uint64(1)
						for range batch {
							must(x.Reserve(size))
							state = work(state, steps)
							x.Release(size)
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

// compare reports, and returns by contender, what a call costs the goroutine that makes it.
func compare(b *testing.B, contenders []contender, goroutines int, l load) []float64 {
	var names []string
	for _, c := range contenders {
		names = append(names, c.name)
	}
	ns, _ := paired.Rounds(b, names, func(i int) float64 { return perCall(b, goroutines, l, contenders[i]) })
	return ns
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

package bench

import (
	"fmt"
	"testing"
)

// BenchmarkApart measures what a call costs a goroutine that works between its calls, as programs
// do: impl=none is the work alone, and the difference is the price.
//
//	steps   dependent steps of arithmetic between one call and the next, some 1.5 ns each
func BenchmarkApart(b *testing.B) {
	alone := contender{"none", func(int64) func() budget { return shared(none{}) }}
	for _, steps := range []int{64, 640} {
		for _, c := range append([]contender{alone}, contenders...) {
			for _, goroutines := range []int{1, 2} {
				b.Run(fmt.Sprintf("steps=%d/impl=%s/goroutines=%d", steps, c.name, goroutines), func(b *testing.B) {
					perCall(b, goroutines, 2*batch, c.client(1<<40), func(x budget) {
						state := uint64(1)
						for range batch {
							must(x.Reserve(64))
							state = work(state, steps)
							x.Release(64)
							state = work(state, steps)
						}
						must(state != 0)
					})
				})
			}
		}
	}
}

// work is steps of a xorshift generator, which touch no memory. The state is not 0, and stays so.
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

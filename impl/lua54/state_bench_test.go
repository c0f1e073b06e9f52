//go:build lua54

package lua54

import (
	"context"
	"testing"
	"time"

	"casalloc/impl"
)

// BenchmarkScript runs each script in states that differ in their allocator. It runs them in
// turn, so that a change of the machine's speed meets all of them. The time is that of Run. It
// reports
//
//	luaL-ns/run   with luaL_newstate's own allocator
//	x-unlimited   the time when the accounting has ended, divided by luaL-ns/run
//	x-counting    the same, while counting
//	x-limited     the same, under a limit that is never reached
//	x-stoppable   as x-limited, with a context that can be cancelled: the price of the hook
func BenchmarkScript(b *testing.B) {
	stoppable, cancel := context.WithCancel(context.Background())
	defer cancel()
	kinds := []struct {
		name  string
		ctx   context.Context
		state func(Options) *State
	}{
		{"luaL", context.Background(), func(o Options) *State {
			o.plain = true
			return open(b, nil, o)
		}},
		{"unlimited", context.Background(), func(o Options) *State {
			budget := impl.NewBudget()
			budget.EndBoot()
			return open(b, budget, o)
		}},
		{"counting", context.Background(), func(o Options) *State { return open(b, impl.NewBudget(), o) }},
		{"limited", context.Background(), func(o Options) *State { return open(b, newBudget(b, 1<<30), o) }},
		{"stoppable", stoppable, func(o Options) *State { return open(b, newBudget(b, 1<<30), o) }},
	}
	for _, script := range append([]string{"alloc"}, scripts...) {
		b.Run("script="+script, func(b *testing.B) {
			states := make([]*State, len(kinds))
			for i, k := range kinds {
				s := k.state(Options{Output: discard})
				defer s.Close()
				must(b, s.LoadFile(path(script)))
				states[i] = s
			}
			took := make([]time.Duration, len(kinds))
			for b.Loop() {
				for i, k := range kinds {
					s := states[i]
					start := time.Now()
					must(b, s.Run(k.ctx))
					took[i] += time.Since(start)
				}
			}
			plain := float64(took[0])
			b.ReportMetric(plain/float64(b.N), "luaL-ns/run")
			for i, k := range kinds[1:] {
				b.ReportMetric(float64(took[i+1])/plain, "x-"+k.name)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

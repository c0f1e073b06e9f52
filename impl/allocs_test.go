package impl_test

import (
	"testing"

	"casalloc/impl"
)

// No call allocates, refusals and failures included, nor does an Allocator beyond the block.
func TestAllocs(t *testing.T) {
	block := make([]byte, 9000)
	working := backendFunc(func(_ []byte, n int) []byte {
		if n == 0 {
			return nil
		}
		return block[:n]
	})
	failing := backendFunc(func([]byte, int) []byte { return nil })
	type charged struct {
		party
		works, fails *impl.Allocator
	}
	for name, call := range map[string]struct {
		own int64 // if not 0, the party is an account with this limit
		do  func(p charged)
	}{
		"Reserve, Release":               {none, func(p charged) { p.Reserve(8); p.Release(8) }},
		"the same, drained":              {none, func(p charged) { p.b.Stats(); p.Reserve(8); p.b.Stats(); p.Release(8) }},
		"the same, too large for slack":  {none, func(p charged) { p.Reserve(7000); p.Release(7000) }},
		"Reserve refused":                {none, func(p charged) { p.Reserve(8971) }},
		"Reserve refused by the account": {20, func(p charged) { p.Reserve(8) }},
		"Reserve of a bad size":          {none, func(p charged) { p.Reserve(-1) }},
		"Resize":                         {none, func(p charged) { p.Resize(0, 8, ok); p.Resize(8, 0, ok) }},
		"Resize, growth fails":           {none, func(p charged) { p.Resize(0, 8, fail) }},
		"Resize refused":                 {none, func(p charged) { p.Resize(0, 8971, ok) }},
		"Realloc": {none, func(p charged) {
			block, _ := p.works.Realloc(nil, 8)
			block, _ = p.works.Realloc(block, 4)
			block, _ = p.works.Realloc(block, 9000) // refused under a limit
			p.works.Realloc(block, 0)
		}},
		"Realloc, backend fails": {none, func(p charged) { p.fails.Realloc(nil, 8) }},
		"SetLimit":               {none, func(p charged) { p.Reserve(8); p.b.SetLimit(9000); p.Release(8) }},
		"EndBoot":                {none, func(p charged) { p.Reserve(8); p.b.EndBoot(); p.Release(8) }},
		"Stats, Usage":           {none, func(p charged) { p.b.Stats(); p.b.Usage() }},
		"direct calls": {none, func(p charged) {
			p.Reserve(8)
			p.b.Reserve(8900)
			p.b.Release(8900)
			p.Release(8)
		}},
		"Held, Close, Leave": {Max, func(p charged) {
			p.owner.Held()
			p.account.HeldAtMost()
			p.owner.Close()
			p.owner.Leave()
		}},
	} {
		for _, m := range []impl.Mode{C, E, U} {
			for _, p := range parties(t, m, 9000, call.own) {
				if p.closed && call.own == none {
					continue // these release what they reserve
				}
				x := charged{p, impl.NewAllocatorOver(p.Accountant, working), impl.NewAllocatorOver(p.Accountant, failing)}
				if n := testing.AllocsPerRun(100, func() { call.do(x) }); n != 0 {
					t.Errorf("%s, %v: %s: %v allocations, want 0", p.name, m, name, n)
				}
			}
		}
	}
}

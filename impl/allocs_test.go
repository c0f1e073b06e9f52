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
		sibling      *impl.Budget   // holds 8 bytes
		full         *impl.Budget   // holds as much as it may: nothing
		children     []*impl.Budget // of the party; one for each time
	}
	elsewhere := impl.NewBudget()
	const runs = 20
	for name, call := range map[string]struct {
		own int64
		do  func(p charged)
	}{
		"Reserve, Release":              {None, func(p charged) { p.Reserve(8); p.Release(8) }},
		"the same, drained":             {None, func(p charged) { p.root.Exact(); p.Reserve(8); p.root.Exact(); p.Release(8) }},
		"the same, too large for slack": {None, func(p charged) { p.Reserve(7000); p.Release(7000) }},
		"Reserve refused":               {None, func(p charged) { p.Reserve(8971) }},
		"Reserve refused, drained":      {None, func(p charged) { p.root.Exact(); p.Reserve(8971) }},
		"Reserve refused, hopeless":     {None, func(p charged) { p.Reserve(Max) }},
		"Reserve refused by its own":    {20, func(p charged) { p.Reserve(8) }},
		"Reserve of a bad size":         {None, func(p charged) { p.Reserve(-1) }},
		"Resize":                        {None, func(p charged) { p.Resize(0, 8, ok); p.Resize(8, 0, ok) }},
		"Resize, growth fails":          {None, func(p charged) { p.Resize(0, 8, fail) }},
		"Resize refused":                {None, func(p charged) { p.Resize(0, 8971, ok) }},
		"Realloc": {None, func(p charged) {
			block, _ := p.works.Realloc(nil, 8)
			block, _ = p.works.Realloc(block, 4)
			block, _ = p.works.Realloc(block, 9000) // refused under a limit
			p.works.Realloc(block, 0)
		}},
		"Realloc, backend fails": {None, func(p charged) { p.fails.Realloc(nil, 8) }},
		"SetLimit":               {50, func(p charged) { p.SetLimit(50); p.root.SetLimit(9000) }},
		"EndBoot":                {None, func(p charged) { p.Reserve(8); p.root.EndBoot(); p.Release(8) }},
		"Stats, Exact, Parent":   {None, func(p charged) { p.Stats(); p.Exact(); p.Parent(); p.Name() }},
		"Move":                   {None, func(p charged) { p.Move(p.sibling, 8); p.sibling.Move(p.Budget, 8) }},
		"Move refused": {None, func(p charged) {
			p.Move(p.full, 8)
			p.Move(elsewhere, 8)
		}},
		"Close, Leave": {None, func(p charged) {
			c := p.children[0]
			copy(p.children, p.children[1:])
			c.Reserve(8)
			c.Close()
			c.Reserve(8)
			p.Reserve(8) // it is stocked again, and so is what is above it
			c.Leave()
			c.Reserve(8)
			c.Release(8)
			p.Release(8)
		}},
	} {
		for _, m := range []impl.Mode{C, E, U} {
			for _, p := range parties(t, m, 9000, call.own) {
				if p.closed && call.own == None {
					continue // these release what they reserve
				}
				x := charged{p, impl.NewAllocatorOver(p.Budget, working), impl.NewAllocatorOver(p.Budget, failing),
					p.root.NewChild(None), p.root.NewChild(0), nil}
				x.sibling.Reserve(8)
				for range runs + 1 {
					x.children = append(x.children, p.NewChild(None))
				}
				if n := testing.AllocsPerRun(runs, func() { call.do(x) }); n != 0 {
					t.Errorf("%s, %v: %s: %v allocations, want 0", p.name, m, name, n)
				}
			}
		}
	}
}

//go:build interleave

package explore

import (
	"casalloc/linearizability/calls"
	"casalloc/linearizability/explore/engine"
)

// bodies runs the threads of a scenario on a machine: each time the next call of the thread.
func bodies(s scenario, m *machine) func(t *engine.Thread[callerState, event]) {
	return func(t *engine.Thread[callerState, event]) {
		v := &t.View
		items := s.Clients[t.Number].Items
		if v.next == len(items) {
			return
		}
		item := items[v.next]
		c := item[t.Choose(len(item))]
		r := &caller{machine: m, Thread: t, budget: m.budgets[c.Via]}
		v.next++
		if c.Op == calls.Claim { // nothing is called
			v.misuse, v.at[c.Via].block = true, c.N
			return
		}
		v.call, v.ended = c, ""
		switch c.Op {
		case calls.Resize, calls.Realloc:
			r.resize(c)
		case calls.Reserve:
			r.reserve(c)
		case calls.Release:
			r.release(c)
		case calls.Move:
			r.move(c)
		case calls.NewChild:
			r.newChild(c, m.budgets[s.Tree[c.Via].Parent], s.Tree[c.Via].Limit)
		default:
			r.operation(c)
		}
		v.call, v.in = calls.Call{}, calls.Call{}
	}
}

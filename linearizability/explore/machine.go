//go:build interleave

package explore

import (
	"errors"

	"casalloc/impl"
	"casalloc/linearizability/calls"
	"casalloc/linearizability/explore/engine"
)

// A machine is a tree of budgets whose shared memory is the engine's: every operation of the real
// code on it is asked of the thread that runs, and answered by the engine.
type machine struct {
	budgets []*impl.Budget // those too that a thread has yet to make
	cells   []engine.Cell
	current func() *engine.Thread[callerState, event] // the thread that runs, or nil
	numbers []int                                     // of the budgets in impl

	underLock, tallies map[int]bool // the cells that the holder of the lock writes; that are counted in

	solo  engine.Memory // the memory while no thread runs: operations happen at once
	steps int           // of those

	tamper func(cell string, op impl.Op) impl.Op // nil, or what a test does to operations to see a check fail
}

func newMachine(s scenario) *machine {
	m := &machine{budgets: s.Tree.Make(), numbers: s.numbers(), underLock: make(map[int]bool), tallies: make(map[int]bool),
		current: func() *engine.Thread[callerState, event] { return nil }}
	later := 0
	for _, b := range m.budgets {
		if b == nil {
			later++
		}
	}
	root := m.budgets[0]
	for i, c := range impl.Attach(root, later, m.yield) {
		m.cells = append(m.cells, engine.Cell(c))
		switch fieldOf(c.Name) {
		case "base", "cap", "limit":
			m.underLock[i] = true
		case "refused", "rolledBack":
			m.tallies[i] = true
		}
		if i < len(m.solo) { // more cells than that are the engine's to refuse
			m.solo[i] = c.Value
		}
	}
	for i, n := range m.numbers {
		m.budgets[i] = impl.BudgetOf(root, n)
	}
	return m
}

// errStuck unwinds a call that runs alone and does not end.
var errStuck = errors.New("explore: the call does not end")

func (m *machine) yield(cell int, op impl.Op) int64 {
	if op.Kind == impl.OpNewBudget {
		return int64(m.numbers[m.current().View.call.Via])
	}
	if m.tamper != nil {
		op = m.tamper(m.cells[cell].Name, op)
	}
	if t := m.current(); t != nil {
		return m.ask(t, cell, op)
	}
	if m.steps++; m.steps > 1000 || !op.Enabled(m.solo[cell]) {
		panic(errStuck)
	}
	return op.Do(&m.solo[cell])
}

// ask asks for an operation of a thread. What only the holder of the lock writes, the holder of the
// lock loads in no step of its own. Nor are tallies counted in one: no call depends on them.
func (m *machine) ask(t *engine.Thread[callerState, event], cell int, op impl.Op) int64 {
	if m.tallies[cell] || t.View.locked && op.Kind == impl.OpLoad && m.underLock[cell] {
		return t.DoOwn(cell, op)
	}
	answer := t.Do(cell, op)
	switch op.Kind {
	case impl.OpLock, impl.OpTryLock:
		t.View.locked = answer != 0
	case impl.OpUnlock:
		t.View.locked = false
	}
	return answer
}

// stats is what the real code says of each budget in the memory: first Stats of all, then Exact.
// It reports whether the calls ended.
func (m *machine) stats(memory engine.Memory) (cheap, exact []impl.Stats, ok bool) {
	m.solo, m.steps = memory, 0
	panicked, _ := calls.Try(func() error {
		for _, b := range m.budgets {
			cheap = append(cheap, b.Stats())
		}
		for _, b := range m.budgets {
			exact = append(exact, b.Exact())
		}
		return nil
	})
	return cheap, exact, panicked == nil
}

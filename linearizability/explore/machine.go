//go:build interleave

package explore

import (
	"errors"
	"sync"

	"casalloc/impl"
	"casalloc/linearizability"
	"casalloc/linearizability/explore/engine"
)

// A machine is a Budget whose shared memory is the engine's: every operation of the real code on it
// is asked of the thread that runs, and answered by the engine.
type machine struct {
	budget  *impl.Budget
	users   []impl.Accountant // what each thread calls: the budget, or an account of it
	cells   []engine.Cell
	current func() *engine.Thread[view, event] // the thread that runs, or nil

	solo  engine.Memory // the memory while no thread runs: operations happen at once
	steps int           // of those

	tamper func(cell string, op impl.Op) impl.Op // nil, or what a test does to operations to see a check fail
}

func newMachine(s scenario) *machine {
	m := &machine{budget: impl.NewBudget(), current: func() *engine.Thread[view, event] { return nil }}
	for _, p := range s.threads {
		if !p.account {
			m.users = append(m.users, m.budget)
			continue
		}
		a := m.budget.NewAccount()
		neverDropped.Store(a, true)
		m.users = append(m.users, a)
	}
	for i, c := range impl.Attach(m.budget, m.yield) {
		m.cells = append(m.cells, engine.Cell(c))
		if i < len(m.solo) { // more cells than that are the engine's to refuse
			m.solo[i] = c.Value
		}
	}
	return m
}

// neverDropped holds all accounts: the garbage collector drains one that is dropped, on a goroutine
// of its own.
var neverDropped sync.Map

// errStuck unwinds a call that runs alone and does not end.
var errStuck = errors.New("explore: the call does not end")

func (m *machine) yield(cell int, op impl.Op) int64 {
	if m.tamper != nil {
		op = m.tamper(m.cells[cell].Name, op)
	}
	if t := m.current(); t != nil {
		return t.Do(cell, op)
	}
	if m.steps++; m.steps > engine.MaxSteps || !op.Enabled(m.solo[cell]) {
		panic(errStuck)
	}
	return op.Do(&m.solo[cell])
}

// stats is what Stats of the real code says of the memory. It reports whether the call ended.
func (m *machine) stats(memory engine.Memory) (s impl.Stats, ok bool) {
	m.solo, m.steps = memory, 0
	panicked, _ := linearizability.Try(func() error {
		s = m.budget.Stats()
		return nil
	})
	return s, panicked == nil
}

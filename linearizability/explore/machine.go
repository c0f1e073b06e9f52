//go:build interleave

package explore

import (
	"errors"
	"runtime"

	"casalloc/impl"
	"casalloc/linearizability/calls"
	"casalloc/linearizability/explore/engine"
)

// A machine is a Budget whose shared memory is the engine's: every operation of the real code on it
// is asked of the thread that runs, and answered by the engine.
type machine struct {
	budget   *impl.Budget
	accounts []*impl.Account // by the number of the stock, those too that a thread has yet to make
	cells    []engine.Cell
	current  func() *engine.Thread[callerState, event] // the thread that runs, or nil
	newStock func(thread, item int) int                // the number of the stock for an account that it makes

	solo  engine.Memory // the memory while no thread runs: operations happen at once
	steps int           // of those

	tamper func(cell string, op impl.Op) impl.Op // nil, or what a test does to operations to see a check fail
}

func newMachine(s scenario) *machine {
	m := &machine{budget: impl.NewBudget(), newStock: s.spare,
		current: func() *engine.Thread[callerState, event] { return nil }}
	var made []*impl.Account
	for range s.owners(len(s.Clients)) {
		made = append(made, m.budget.NewAccount())
	}
	stocks := s.spare(len(s.Clients), 0)
	for i, c := range impl.Attach(m.budget, stocks-len(made), m.yield) {
		m.cells = append(m.cells, engine.Cell(c))
		if i < len(m.solo) { // more cells than that are the engine's to refuse
			m.solo[i] = c.Value
		}
	}
	runtime.KeepAlive(made) // until here the garbage collector drops what nobody has
	for i := range stocks {
		m.accounts = append(m.accounts, impl.AccountOf(m.budget, i))
	}
	return m
}

// user is what a thread calls: the budget, or its account of this number from 1.
func (m *machine) user(account int) impl.Accountant {
	if account == 0 {
		return m.budget
	}
	return m.accounts[account-1]
}

// errStuck unwinds a call that runs alone and does not end.
var errStuck = errors.New("explore: the call does not end")

func (m *machine) yield(cell int, op impl.Op) int64 {
	if op.Kind == impl.OpNewStock {
		t := m.current()
		return int64(m.newStock(t.Number, t.View.next-1))
	}
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
	panicked, _ := calls.Try(func() error {
		s = m.budget.Stats()
		return nil
	})
	return s, panicked == nil
}

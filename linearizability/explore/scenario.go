//go:build interleave

package explore

import (
	"errors"
	"fmt"

	"casalloc/linearizability/calls"
	"casalloc/linearizability/explore/engine"
)

// maxBudgets is how many budgets a scenario can have.
const maxBudgets = (engine.MaxCells - cellsOfTree) / cellsOfBudget

// Cells of what a tree has beside its budgets, and of a budget.
const (
	cellsOfTree   = 4
	cellsOfBudget = 11
)

// A scenario is a program, each client of which is a thread.
type scenario struct {
	calls.Program
	text string
}

// parseScenario reads a scenario: the text of a program that says what it calls without a look at
// what it has.
func parseScenario(text string) (scenario, error) {
	p, err := calls.Parse(text)
	s := scenario{Program: p, text: text}
	switch n, m := len(s.Clients), len(s.Tree); {
	case err != nil:
	case n > engine.MaxThreads:
		err = fmt.Errorf("%d threads, want at most %d", n, engine.MaxThreads)
	case m > maxBudgets:
		err = fmt.Errorf("%d budgets, want at most %d", m, maxBudgets)
	default:
		err = s.check()
	}
	if err != nil {
		return s, fmt.Errorf("scenario %q: %w", text, err)
	}
	return s, nil
}

// check returns an error if a thread has too many choices, a call that the explorer does not make,
// or a call of a budget that it does not have: one that is made later is its maker's.
func (s scenario) check() error {
	var made set
	for t, c := range s.Clients {
		var own set // that the thread has surely made
		for _, item := range c.Items {
			if len(item) > engine.MaxChoices {
				return fmt.Errorf("%d choices, want at most %d", len(item), engine.MaxChoices)
			}
			for _, call := range item {
				if err := s.checkCall(call, len(item), &made, &own); err != nil {
					return fmt.Errorf("call %v of %s: %w", call, engine.ThreadName(t), err)
				}
			}
		}
		if s.Tree[c.At].Later && c.Held > 0 {
			return errors.New("a block at a budget that is made later")
		}
	}
	return nil
}

func (s scenario) checkCall(c calls.Call, choices int, made, own *set) error {
	there := func(v calls.Via) bool { return !s.Tree[v].Later || own.has(v) }
	switch {
	case c.Of != calls.Nothing || c.Nest:
		return errors.New("is not explored")
	case c.Op != calls.NewChild:
		if !there(c.Via) || !there(c.To) {
			return errors.New("the thread does not have the budget")
		}
	case choices > 1 || !s.Tree[c.Via].Later || made.has(c.Via) || !there(s.Tree[c.Via].Parent):
		return errors.New("the budget cannot be made here")
	default:
		made.add(c.Via)
		own.add(c.Via)
	}
	return nil
}

// numbers are the numbers that impl gives to the budgets of the tree: those that are made later
// come after the others.
func (s scenario) numbers() []int {
	numbers, n := make([]int, len(s.Tree)), 0
	for _, later := range []bool{false, true} {
		for i, b := range s.Tree {
			if b.Later == later {
				numbers[i] = n
				n++
			}
		}
	}
	return numbers
}

// common is the lowest budget that is above both, or is one of them and above the other.
func (s scenario) common(a, b calls.Via) calls.Via {
	for !s.Tree.Within(b, a) {
		a = s.Tree[a].Parent
	}
	return a
}

// A set of budgets.
type set uint16

func (s set) has(v calls.Via) bool { return s&(1<<v) != 0 }
func (s *set) add(v calls.Via)     { *s |= 1 << v }

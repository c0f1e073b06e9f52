//go:build interleave

package explore

import (
	"errors"
	"fmt"
	"strings"

	"casalloc/impl"
	"casalloc/linearizability/calls"
	"casalloc/linearizability/explore/engine"
)

// A layout is where in the memory the fields of a tree are: the numbers of their cells.
type layout struct {
	cells       []engine.Cell
	lock, bound int
	budgets     []budgetCells // by their numbers in the scenario
}

// budgetCells are those of one budget; base is the first of the two.
type budgetCells struct{ word, base, limit, direct int }

// newLayout finds the fields of the budgets of these numbers. The error names those that are not
// there.
func newLayout(cells []engine.Cell, numbers []int) (layout, error) {
	var missing []error
	find := func(name string) int {
		for i, c := range cells {
			if c.Name == name {
				return i
			}
		}
		missing = append(missing, fmt.Errorf("impl has no field %s", name))
		return 0
	}
	l := layout{cells: cells, lock: find("lock"), bound: find("bound")}
	for _, n := range numbers {
		field := func(name string) int { return find(fmt.Sprintf("budgets[%d].%s", n, name)) }
		b := budgetCells{field("word"), field("base[0]"), field("limit"), field("direct")}
		if field("base[1]") != b.base+1 {
			missing = append(missing, errors.New("base[1] does not follow base[0]"))
		}
		l.budgets = append(l.budgets, b)
	}
	return l, errors.Join(missing...)
}

// field is the name of a cell, without an index and what it is a field of.
func (l *layout) field(cell int) string { return fieldOf(l.cells[cell].Name) }

func fieldOf(name string) string {
	field, _, _ := strings.Cut(name[strings.LastIndexByte(name, '.')+1:], "[")
	return field
}

// wordAt is the budget that a cell is the word of.
func (l *layout) wordAt(cell int) (v calls.Via, ok bool) {
	for i := range l.budgets {
		if l.budgets[i].word == cell {
			return calls.Via(i), true
		}
	}
	return 0, false
}

// A level is what the word of a budget says, in bytes.
type level struct {
	impl.Word
	made  bool
	used  int64
	taken int64 // from its parent
	slack int64 // of a child
}

// level reads a budget. The limit of the root is the one that the judge knows to be in force.
func (l *layout) level(v calls.Via, rootLimit int64, m *engine.Memory) level {
	c := &l.budgets[v]
	w := m[c.word]
	at := level{Word: impl.WordOf(w), made: w != 0} // no stocked child is in generation 0
	switch {
	case at.Left || at.Unlimited:
	case v == calls.Root:
		at.used = rootLimit - at.Value
	case at.Drained:
		at.used, at.taken = -at.Value, -at.Value
	default:
		at.taken = impl.WordOf(m[c.base+int(w&1)]).Value
		at.used, at.slack = at.taken-at.Value, at.Value
	}
	return at
}

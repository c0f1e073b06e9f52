//go:build interleave

package impl

import (
	"fmt"
	"reflect"
	"unsafe"
)

// CountingBase is the base while Counting, in bytes.
const CountingBase = countingBase

// A Word is a word or a base, taken apart.
type Word struct {
	Value, Gen              int64
	Stocked, Inner, Drained bool
	Unlimited, Left         bool
}

// WordOf takes a word or a base apart.
func WordOf(w int64) Word {
	return Word{w >> tagBits, w & genMask, w&stocked != 0, w&inner != 0, w&drained != 0, w >= unlimited, w < leftBelow}
}

// A Cell is a piece of memory: its name in the structure, its value, and the number from 1 of the
// lock that guards it, if one does.
type Cell struct {
	Name  string
	Value int64
	Own   bool
	Guard int
}

// Attach sends every operation on the memory of the tree of b to yield, with the number of the
// cell, and returns the cells. From then on the memory is the attacher's: the tree's own is neither
// read nor written. The tree is given so many budgets more, for children that are made later. Then
// yield also answers OpNewBudget, with -1 in place of a cell.
func Attach(b *Budget, more int, yield func(cell int, op Op) int64) []Cell {
	t := b.tree
	for range more {
		t.newBudget()
	}
	if n := len(t.budgets); n > MaxBudgets {
		panic(fmt.Sprintf("casalloc: %d budgets, want at most %d", n, MaxBudgets))
	}
	t.yield = func(op Op) int64 { return yield(-1, op) }
	var cells []Cell
	attach := func(name string, c *cell, kind reflect.Type) {
		i := len(cells)
		cells = append(cells, Cell{Name: name, Value: c.v})
		if kind == reflect.TypeFor[budgetList]() {
			cells[i].Guard = 1 // the lock is the first cell
		}
		c.yield = func(op Op) int64 { return yield(i, op) }
	}
	attach("lock", &t.lock.cell, nil)
	attach("bound", &t.bound.cell, nil)
	eachCell(reflect.ValueOf(&t.tallies).Elem(), "tallies", attach)
	for i, b := range t.budgets {
		eachCell(reflect.ValueOf(b).Elem(), fmt.Sprintf("budgets[%d]", i), attach)
	}
	return cells
}

// BudgetOf returns budget i of an attached tree, by its number from 0, the root.
func BudgetOf(b *Budget, i int) *Budget { return b.tree.budgets[i] }

// eachCell visits the cells of v, with the type that each is the memory of. It panics on memory
// that is no cell: it could be shared, and no schedule would know.
func eachCell(v reflect.Value, name string, visit func(name string, c *cell, t reflect.Type)) {
	switch t := v.Type(); {
	case t == reflect.TypeFor[fixed](), t == reflect.TypeFor[label](), t == reflect.TypeFor[links]():
	case t == reflect.TypeFor[atomicInt64](), t == reflect.TypeFor[mutex]():
		visit(name, (*cell)(unsafe.Pointer(v.UnsafeAddr())), t)
	case t == reflect.TypeFor[budgetList]():
		l := (*budgetList)(unsafe.Pointer(v.UnsafeAddr()))
		visit(name, &l.set, t)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.Name != "_" {
				eachCell(v.Field(i), name+"."+f.Name, visit)
			}
		}
	case v.Kind() == reflect.Array:
		for i := range v.Len() {
			eachCell(v.Index(i), fmt.Sprintf("%s[%d]", name, i), visit)
		}
	default:
		panic(fmt.Sprintf("casalloc: %s is shared memory of type %v", name, v.Type()))
	}
}

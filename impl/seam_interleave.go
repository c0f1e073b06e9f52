//go:build interleave

package impl

import (
	"math/bits"
	"runtime"
	"slices"
	"sync/atomic"
)

// Under the tag interleave an operation on shared memory is answered by a scheduler, if one is
// attached (inspect_interleave.go), which chooses the order. If none is, it is plain sync/atomic,
// so that the other tests run under the tag too. Go's atomics are sequentially consistent, so an
// order of operations is all there is to a schedule.

const stripes = 1 // or which goroutine makes a call would be a part of the state

// An OpKind is an operation on one cell of shared memory.
type OpKind uint8

const (
	OpLoad OpKind = iota
	OpStore
	OpSwap
	OpAdd
	OpCompareAndSwap
	OpLock
	OpTryLock
	OpUnlock
	OpNewBudget // of no memory: asks for the number of a budget that is in no tree yet
)

// An Op is one atomic operation. Old is what CompareAndSwap expects; New is what is stored, swapped
// in or added.
type Op struct {
	Kind     OpKind
	Old, New int64
}

// Enabled reports whether the operation can happen now: only Lock ever waits.
func (o Op) Enabled(v int64) bool { return o.Kind != OpLock || v == 0 }

// Do performs the operation on v and returns what the caller gets: the value, or 1 for true and 0
// for false.
func (o Op) Do(v *int64) int64 {
	old := *v
	switch o.Kind {
	case OpLoad:
		return old
	case OpStore:
		*v = o.New
	case OpSwap:
		*v = o.New
		return old
	case OpAdd:
		*v += o.New
		return *v
	case OpCompareAndSwap:
		if old != o.Old {
			return 0
		}
		*v = o.New
		return 1
	case OpLock, OpTryLock:
		*v = 1
		return 1 - old
	case OpUnlock:
		if old == 0 {
			panic("casalloc: unlock of unlocked mutex")
		}
		*v = 0
	}
	return 0
}

// A cell is the memory of an atomicInt64 or a mutex (1: locked).
type cell struct {
	v     int64
	yield func(Op) int64
}

type atomicInt64 struct{ cell cell }

func (a *atomicInt64) Load() int64 {
	if y := a.cell.yield; y != nil {
		return y(Op{Kind: OpLoad})
	}
	return atomic.LoadInt64(&a.cell.v)
}

func (a *atomicInt64) Store(n int64) {
	if y := a.cell.yield; y != nil {
		y(Op{Kind: OpStore, New: n})
		return
	}
	atomic.StoreInt64(&a.cell.v, n)
}

func (a *atomicInt64) Swap(n int64) int64 {
	if y := a.cell.yield; y != nil {
		return y(Op{Kind: OpSwap, New: n})
	}
	return atomic.SwapInt64(&a.cell.v, n)
}

func (a *atomicInt64) Add(n int64) int64 {
	if y := a.cell.yield; y != nil {
		return y(Op{Kind: OpAdd, New: n})
	}
	return atomic.AddInt64(&a.cell.v, n)
}

func (a *atomicInt64) CompareAndSwap(old, n int64) bool {
	if y := a.cell.yield; y != nil {
		return y(Op{Kind: OpCompareAndSwap, Old: old, New: n}) != 0
	}
	return atomic.CompareAndSwapInt64(&a.cell.v, old, n)
}

type mutex struct{ cell cell }

func (m *mutex) Lock() {
	if y := m.cell.yield; y != nil {
		y(Op{Kind: OpLock})
		return
	}
	for !atomic.CompareAndSwapInt64(&m.cell.v, 0, 1) {
		runtime.Gosched()
	}
}

func (m *mutex) TryLock() bool {
	if y := m.cell.yield; y != nil {
		return y(Op{Kind: OpTryLock}) != 0
	}
	return atomic.CompareAndSwapInt64(&m.cell.v, 0, 1)
}

func (m *mutex) Unlock() {
	if y := m.cell.yield; y != nil {
		y(Op{Kind: OpUnlock})
		return
	}
	if !atomic.CompareAndSwapInt64(&m.cell.v, 1, 0) {
		panic("casalloc: unlock of unlocked mutex")
	}
}

// A budgetList is a set of children of a budget: a bit each, by its number. Once a scheduler is
// attached, no budget is made or forgotten. Which of them are in the list is memory then, guarded
// by the lock: an operation on it is no step of a schedule, but its value is part of the state.
type budgetList struct {
	set cell
	of  *spares
}

type links struct{}

const (
	ofChildren = iota
	ofStock
)

// MaxBudgets is how many budgets an attached tree can have.
const MaxBudgets = 15

func (l *budgetList) get() int64 {
	if l.set.yield == nil {
		return l.set.v
	}
	return l.set.yield(Op{Kind: OpLoad})
}

func (l *budgetList) put(v int64) {
	if l.set.yield == nil {
		l.set.v = v
		return
	}
	l.set.yield(Op{Kind: OpStore, New: v})
}

func (l *budgetList) len() int64 { return int64(bits.OnesCount64(uint64(l.get()))) }

func (l *budgetList) first() *Budget {
	if v := l.get(); v != 0 {
		return l.of.budgets[bits.TrailingZeros64(uint64(v))]
	}
	return nil
}

func (l *budgetList) has(b *Budget, _ int) bool { return l.get()&l.of.bit(b) != 0 }
func (l *budgetList) add(b *Budget, _ int)      { l.put(l.get() | l.of.bit(b)) }
func (l *budgetList) remove(b *Budget, _ int)   { l.put(l.get() &^ l.of.bit(b)) }

func (l *budgetList) all(int) (all []*Budget) {
	for v := l.get(); v != 0; v &= v - 1 {
		all = append(all, l.of.budgets[bits.TrailingZeros64(uint64(v))])
	}
	return all
}

// spares are all budgets of a tree, those too that an attached tree can yet make.
type spares struct {
	budgets []*Budget
	yield   func(Op) int64
}

func (s *spares) register(b *Budget) {
	s.budgets = append(s.budgets, b)
	b.children.of, b.stock.of = s, s
}

func (s *spares) bit(b *Budget) int64 { return 1 << slices.Index(s.budgets, b) }

func (t *tree) newBudget() *Budget {
	if t.yield != nil {
		return t.budgets[t.yield(Op{Kind: OpNewBudget})]
	}
	b := new(Budget)
	t.register(b)
	return b
}

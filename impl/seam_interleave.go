//go:build interleave

package impl

import (
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
	OpNewStock // of no memory: asks for the number of a stock that is in no list yet
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

// ownInt64 is memory that one goroutine at a time uses. An operation on it is no step of a
// schedule, but its value is part of the state.
type ownInt64 struct{ cell cell }

func (o *ownInt64) Load() int64 {
	if y := o.cell.yield; y != nil {
		return y(Op{Kind: OpLoad})
	}
	return o.cell.v
}

func (o *ownInt64) Store(n int64) {
	if y := o.cell.yield; y != nil {
		y(Op{Kind: OpStore, New: n})
		return
	}
	o.cell.v = n
}

// A stockList is stocks in some order. Once a scheduler is attached, no stock is made or forgotten.
// Which of them are in the list is memory then, guarded by the setter lock: an operation on it is
// no step of a schedule, but its value is part of the state.
type stockList struct {
	stocks []*stock // the list, or all that an attached budget can ever have
	// list has four bits for each stock in the list, the first lowest: its number from 1.
	list cell
}

// MaxStocks is how many stocks an attached budget can have: four bits for each.
const MaxStocks = 15

func (l *stockList) all() []*stock {
	if l.list.yield == nil {
		return l.stocks
	}
	var stocks []*stock
	for list := l.list.yield(Op{Kind: OpLoad}); list > 0; list >>= 4 {
		stocks = append(stocks, l.stocks[list&15-1])
	}
	return stocks
}

func (l *stockList) set(stocks []*stock) {
	if l.list.yield == nil {
		l.stocks = stocks
		return
	}
	l.list.yield(Op{Kind: OpStore, New: l.pack(stocks)})
}

// pack is list for these stocks.
func (l *stockList) pack(stocks []*stock) (list int64) {
	for i, st := range stocks {
		list |= int64(slices.Index(l.stocks, st)+1) << (4 * i)
	}
	return list
}

func (l *stockList) add(st *stock) { l.set(append(l.all(), st)) }
func (l *stockList) remove(st *stock) {
	stocks := l.all()
	i := slices.Index(stocks, st)
	l.set(slices.Delete(stocks, i, i+1))
}

func (b *Budget) newStock() *stock {
	if y := b.stocks.list.yield; y != nil {
		return b.stocks.stocks[y(Op{Kind: OpNewStock})]
	}
	return new(stock)
}

// onDrop has the garbage collector call f with the stock of a once a is unreachable. With a
// scheduler attached, the explorer calls Drop itself.
func (a *Account) onDrop(f func(*stock)) {
	b := a.budget
	runtime.AddCleanup(a, func(st *stock) {
		if b.stocks.list.yield == nil {
			f(st)
		}
	}, a.stock)
}

// No decision depends on what other goroutines read of a stock, so in this build it is no memory:
// it would only make states that no call can tell apart. The reading is for one goroutine, or with
// none at work.
type sharedTaken struct{}

func (sharedTaken) follow(int64) {}

func readTaken(st *stock) int64 { return st.taken.Load() }

package wazeromem

import (
	"math"
	"sync"

	"casalloc/impl"

	"github.com/tetratelabs/wazero/experimental"
)

// A memory is the linear memory of one module, if it has one, and what the module is charged.
type memory struct {
	allocator *Allocator
	budget    *impl.Budget    // a child of the allocator's; it has left when the memory is freed
	blocks    *impl.Allocator // charges budget

	lock    sync.Mutex // of the rest: Close may come from any goroutine
	block   []byte     // of no bytes: there is none
	refused error      // why there is none
}

func (a *Allocator) newMemory() *memory {
	b := a.budget.NewChild(impl.NoLimit)
	return &memory{allocator: a, budget: b, blocks: impl.NewAllocatorOver(b, a.backend)}
}

// Reallocate implements experimental.LinearMemory: growth, or nil. A memory of no bytes has one, so
// that it has an address which it keeps.
func (m *memory) Reallocate(size uint64) []byte {
	m.lock.Lock()
	defer m.lock.Unlock()
	grown, err := m.block, impl.ErrSize
	if size <= math.MaxInt {
		grown, err = m.blocks.Realloc(m.block, int(max(size, 1)))
	}
	if err != nil {
		err = m.refuse(int64(size)-int64(len(m.block)), err)
		if m.block == nil {
			m.refused = err
		}
		return nil
	}
	m.block = grown
	return grown[:size]
}

// refuse returns err, of a growth by n bytes, with its numbers, and keeps it for Refusal.
func (m *memory) refuse(n int64, err error) error {
	err = impl.Explain(m.budget, n, err)
	m.allocator.refusal.Store(&err)
	return err
}

// free frees the block, and nothing of the module is charged any more. A growth that comes later is
// refused. Freeing again changes nothing.
func (m *memory) free() {
	m.lock.Lock()
	defer m.lock.Unlock()
	if _, err := m.blocks.Realloc(m.block, 0); err != nil {
		panic(err) // a free cannot fail
	}
	m.block = nil
	m.budget.Leave()
}

// A linear is the reference to a memory that wazero holds. The memory can be touched as long as the
// linear is reachable, so neither a memory nor an instance refers to its linear.
type linear struct {
	*memory
	owned bool         // by an instance, which frees the memory
	view  wazeroMemory // the memory in wazero; zero while the module is instantiated
	lost  bool         // wazero has forgotten the linear
}

var _ experimental.LinearMemory = (*linear)(nil)

// Free implements experimental.LinearMemory. wazero calls it when it closes a module that has the
// memory, and forgets the linear then: it would grow the memory on the Go heap.
//
// For an instance that happens if the module that is closed imports the memory and was not made by
// Instantiate, or if a module is closed before wazero has returned it. The memory stays, and does
// not grow any more.
func (l *linear) Free() {
	if !l.owned {
		l.free()
		return
	}
	l.lock.Lock()
	defer l.lock.Unlock()
	l.lost = true
	if l.view.known() {
		l.view.freeze()
	}
}

// restore makes the memory grow again after a Free, once wazero has forgotten the linear.
func (l *linear) restore() {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.lost && l.view.known() {
		l.lost = false
		l.view.thaw(l)
	}
}

// seen sets the memory that wazero has made.
func (l *linear) seen(view wazeroMemory) {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.view = view; l.lost {
		view.freeze()
	}
}

// clear takes the block from wazero, before it is freed.
func (l *linear) clear() {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.view.known() {
		l.view.clear()
	}
}
